"""One patient's files -> clips.tsv and cines.npz."""

from pathlib import Path

from echogls import cine, cohorts, logs, study, tables

logs.start(snakemake.log[0])
path = snakemake.params.path
rows = []
cines = cohorts.usable_clips(
    snakemake.params.format,
    Path(path) if isinstance(path, str) else [Path(file) for file in path],
    settings=snakemake.params.settings,
    overrides=snakemake.params.overrides,
    rows=rows,
)
cine.save_cines(snakemake.output.cines, cines)
tables.write_table(snakemake.output.clips, rows, study.CLIP_COLUMNS)
