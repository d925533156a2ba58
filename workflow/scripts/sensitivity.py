"""Every method's GLS under every definition -> sensitivity.tsv."""

from echogls import logs, tables
from echogls.agreement import sensitivity

logs.start(snakemake.log[0])
files = zip(snakemake.params.patients, snakemake.input.definitions, strict=True)
rows = sensitivity.sensitivity_rows(
    tables.read_table(snakemake.input.pairs),
    sensitivity.by_method({patient: tables.read_table(path) for patient, path in files}),
    **snakemake.params.width,
)
tables.write_table(snakemake.output[0], rows, sensitivity.COLUMNS)
