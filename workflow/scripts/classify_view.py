"""Cines -> views.tsv: what each clip shows, which one is measured, why not the others."""

from pathlib import Path

from echogls import cine, logs, tables
from echogls.views import patient, selection

logs.start(snakemake.log[0])
rows = patient.classify_patient(
    tables.read_table(snakemake.input.clips),
    cine.load_cines(snakemake.input.cines),
    models=Path(snakemake.input.models).parent,
    settings=snakemake.params.settings,
    wanted=snakemake.params.wanted,
    overrides=snakemake.params.overrides,
    trust_stated=snakemake.params.trust_stated,
    repeats=snakemake.params.repeats,
    workers=snakemake.threads,
)
tables.write_table(snakemake.output.views, rows, selection.COLUMNS)
