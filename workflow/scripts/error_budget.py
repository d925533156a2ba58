"""Every GLS with parts replaced by truth, against the true one -> budget.tsv."""

from echogls import logs, tables
from echogls.agreement import sensitivity

logs.start(snakemake.log[0])
files = zip(snakemake.params.patients, snakemake.input.variants, strict=True)
rows = sensitivity.sensitivity_rows(
    tables.read_table(snakemake.input.pairs),
    sensitivity.by_method({patient: tables.read_table(path) for patient, path in files}),
    comparisons=("method_truth",),
    flagged=False,
    **snakemake.params.width,
)
tables.write_table(snakemake.output[0], rows, sensitivity.BUDGET_COLUMNS)
