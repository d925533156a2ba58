"""A cohort's readings, vendor exports and experts' outlines -> readers.tsv."""

from pathlib import Path

from echogls import logs, readers, study, tables
from echogls.strain.average import with_averages

logs.start(snakemake.log[0])
rows, notes = [], []
if snakemake.input.get("table"):
    rows, notes = readers.read_readers(
        Path(snakemake.input.table),
        cohort=snakemake.wildcards.cohort,
        patients=snakemake.params.patients,
        views=snakemake.params.views,
        gls=snakemake.params.gls,
        layout=readers.layout_of(snakemake.params.readers),
    )
print(*notes, sep="\n")
rows += [row for path in snakemake.input.get("contours", []) for row in tables.read_table(path)]
rows = with_averages(rows, snakemake.params.views, snakemake.params.missing_view)
tables.write_table(snakemake.output[0], rows, study.MEASUREMENT_COLUMNS)
