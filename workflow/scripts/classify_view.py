"""Cines -> views.tsv: what each clip shows, which one is measured, why not the others."""

from pathlib import Path

from echogls import cine, logs, runtime, tables
from echogls.views import opinion, selection

logs.start(snakemake.log[0])
settings = snakemake.params.settings
models = Path(snakemake.input.models).parent
clips = tables.read_table(snakemake.input.clips)
classifier, segmenter = (
    runtime.load_graph(runtime.shipped_model(models, settings[key]), threads=1)
    for key in ("network", "segmentation")
)
opinions = opinion.form_opinions(
    cine.load_cines(snakemake.input.cines),
    classifier,
    segmenter,
    temperature=runtime.model_facts(models, settings["network"])["temperature"],
    wanted=snakemake.params.wanted,
    workers=snakemake.threads,
)
rows = selection.choose_clips(
    clips,
    snakemake.params.wanted,
    opinions,
    threshold=settings["threshold"],
    overrides=snakemake.params.overrides,
    trust_stated=snakemake.params.trust_stated,
    repeats=snakemake.params.repeats,
)
tables.write_table(snakemake.output.views, rows, selection.COLUMNS)
