"""A cohort's table of readings, and the vendor exports that it names -> readers.tsv."""

from pathlib import Path

from echogls import logs, readers, study, tables

logs.start(snakemake.log[0])
rows, notes = readers.read_readers(
    Path(snakemake.input.table),
    cohort=snakemake.wildcards.cohort,
    patients=snakemake.params.patients,
    views=snakemake.params.views,
    gls=snakemake.params.gls,
)
print(*notes, sep="\n")
tables.write_table(snakemake.output[0], rows, study.MEASUREMENT_COLUMNS)
