"""Which views clips have and for which they were taken -> view_confusion.tsv."""

from echogls import logs, tables
from echogls.cohort_tables import confusion

logs.start(snakemake.log[0])
patients = snakemake.params.patients
rows = confusion.confusion_rows(
    snakemake.wildcards.cohort,
    clips=tables.read_joined(snakemake.input.clips, patients),
    views=tables.read_joined(snakemake.input.views, patients),
)
tables.write_table(snakemake.output[0], rows, confusion.COLUMNS)
