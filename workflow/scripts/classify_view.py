"""clips.tsv -> views.tsv: which clip of each view is measured, and why not the others."""

from echogls import logs, tables
from echogls.views import selection

logs.start(snakemake.log[0])
clips = tables.read_table(snakemake.input.clips)
rows = selection.choose_clips(clips, wanted=snakemake.params.wanted)
tables.write_table(snakemake.output.views, rows, selection.COLUMNS)
