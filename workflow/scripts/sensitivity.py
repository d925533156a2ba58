"""Every method's GLS under every definition -> sensitivity.tsv."""

from itertools import product

from echogls import logs, tables
from echogls.agreement import sensitivity

logs.start(snakemake.log[0])
owners = product(snakemake.params.patients, snakemake.params.methods)
files = zip(owners, snakemake.input.definitions, strict=True)
rows = sensitivity.sensitivity_rows(
    tables.read_table(snakemake.input.pairs),
    {owner: tables.read_table(path) for owner, path in files},
)
tables.write_table(snakemake.output[0], rows, sensitivity.COLUMNS)
