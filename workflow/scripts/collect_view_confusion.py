"""Which views clips have and for which they were taken -> view_confusion.tsv."""

from echogls import logs, tables
from echogls.cohort_tables import confusion

logs.start(snakemake.log[0])
patients, read = snakemake.params.patients, tables.read_table
rows = confusion.confusion_rows(
    snakemake.wildcards.cohort,
    clips=dict(zip(patients, map(read, snakemake.input.clips), strict=True)),
    views=dict(zip(patients, map(read, snakemake.input.views), strict=True)),
)
tables.write_table(snakemake.output[0], rows, confusion.COLUMNS)
