"""One patient's files -> clips.tsv and cines.npz, and digests of the files."""

from pathlib import Path

from echogls import cine, cohorts, logs, study, tables
from echogls.run_record.inputs import COLUMNS, input_rows

STAMP = ".snakemake_timestamp"  # which Snakemake leaves in folders that a rule made

logs.start(snakemake.log[0])
source, path = snakemake.params.format, snakemake.params.path
path = Path(path) if isinstance(path, str) else [Path(file) for file in path]
whose = snakemake.wildcards.cohort, snakemake.wildcards.patient
read = [file for file in cohorts.source_files(source, path) if file.name != STAMP]
files = input_rows("recording", read, *whose)
rows = []
settings, overrides = snakemake.params.settings, snakemake.params.overrides
cines = cohorts.usable_clips(source, path, settings, overrides, rows=rows)
cine.save_cines(snakemake.output.cines, cines)
tables.write_table(snakemake.output.clips, rows, study.CLIP_COLUMNS)
tables.write_table(snakemake.output.inputs, files, COLUMNS)
