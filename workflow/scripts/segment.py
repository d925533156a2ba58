"""Chosen cines -> segmentation.npz and the patient's rows of quality.tsv."""

from pathlib import Path

from echogls import cine, logs, runtime, tables
from echogls.segmentation import clip, quality
from echogls.segmentation.by_hand import read_outlines
from echogls.views.chosen import chosen_clips

logs.start(snakemake.log[0])
chosen = chosen_clips(tables.read_table(snakemake.input.views))
cines = cine.load_cines(snakemake.input.cines, chosen)
graph = runtime.shipped_model(Path(snakemake.input.models).parent, snakemake.params.network)
network = runtime.load_graph(graph, threads=1)
found = {}
for name in chosen:
    frames = cines[name].frames
    path = snakemake.params.drawn.get(name)
    drawn = read_outlines(Path(path), len(frames), frames.shape[1:]) if path else {}
    found[name] = clip.segment_clip(cines[name], network, workers=snakemake.threads, drawn=drawn)
clip.save_segmentations(snakemake.output.segmentation, found)
where = {
    "cohort": snakemake.wildcards.cohort,
    "patient": snakemake.wildcards.patient,
    "segmentation": snakemake.params.network,
}
data = runtime.trained_on(Path(snakemake.input.models).parent, snakemake.params.network)
rows = [
    where | {"view": view} | row
    for name, view in chosen.items()
    for row in (
        *quality.quality_rows(name, cines[name], found[name]),
        quality.training_row(name, view, data),
    )
]
tables.write_table(snakemake.output.quality, rows, (*where, "view", *quality.COLUMNS))
