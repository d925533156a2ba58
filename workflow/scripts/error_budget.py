"""Every GLS with parts replaced by truth, against the true one -> budget.tsv."""

from itertools import product

from echogls import logs, tables
from echogls.agreement import sensitivity

logs.start(snakemake.log[0])
owners = product(snakemake.params.patients, snakemake.params.methods)
files = zip(owners, snakemake.input.variants, strict=True)
rows = sensitivity.sensitivity_rows(
    tables.read_table(snakemake.input.pairs),
    {owner: tables.read_table(path) for owner, path in files},
    comparisons=("method_truth",),
    flagged=False,
)
tables.write_table(snakemake.output[0], rows, sensitivity.COLUMNS)
