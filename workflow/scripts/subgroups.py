"""Pairs of raters and the patients' covariates -> subgroups.tsv."""

from echogls import logs, tables
from echogls.agreement import subgroups

logs.start(snakemake.log[0])
covariates = [
    row for path in snakemake.input.get("covariates", []) for row in tables.read_table(path)
]
rows = subgroups.cohort_subgroups(
    tables.read_table(snakemake.input.pairs),
    covariates or snakemake.params.sheet,
    names=snakemake.params.names,
    minimum=snakemake.params.minimum,
    **snakemake.params.width,
)
tables.write_table(snakemake.output[0], rows, subgroups.COHORT_COLUMNS)
