"""Every patient's clips and what they were taken for -> the cohort's clips.tsv and views.tsv."""

from echogls import logs, tables

logs.start(snakemake.log[0])
for name in ("clips", "views"):
    paths = dict(zip(snakemake.params.patients, snakemake.input[name], strict=True))
    tables.join_tables(snakemake.output[name], paths, snakemake.wildcards.cohort)
