"""Everything left out of a cohort, clip by clip and patient by patient -> exclusions.tsv."""

from echogls import exclusions, logs, tables

logs.start(snakemake.log[0])
read = tables.read_table
patients = snakemake.params.patients
rows = exclusions.exclusion_rows(
    snakemake.wildcards.cohort,
    clips=dict(zip(patients, map(read, snakemake.input.clips), strict=True)),
    views=dict(zip(patients, map(read, snakemake.input.views), strict=True)),
    measurements=read(snakemake.input.measurements),
)
tables.write_table(snakemake.output[0], rows, exclusions.COLUMNS)
