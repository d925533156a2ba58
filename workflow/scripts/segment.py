"""Chosen cines -> segmentation.npz and the patient's rows of quality.tsv."""

from pathlib import Path

from echogls import cine, logs, tables
from echogls.segmentation import clip, patient, quality
from echogls.segmentation.by_hand import read_outlines
from echogls.views.chosen import chosen_clips

logs.start(snakemake.log[0])
chosen = chosen_clips(tables.read_table(snakemake.input.views))
cines = cine.load_cines(snakemake.input.cines, chosen)
drawn = {
    name: read_outlines(Path(path), len(cines[name].frames), cines[name].frames.shape[1:])
    for name, path in snakemake.params.drawn.items()
    if name in chosen
}
rows = []
segmentations = patient.segmented_clips(
    cines,
    chosen,
    models=Path(snakemake.input.models).parent,
    network=snakemake.params.network,
    workers=snakemake.threads,
    drawn=drawn,
    rows=rows,
)
clip.save_segmentations(snakemake.output.segmentation, segmentations)
where = {
    "cohort": snakemake.wildcards.cohort,
    "patient": snakemake.wildcards.patient,
    "segmentation": snakemake.params.network,
}
rows = [where | row for row in rows]
tables.write_table(snakemake.output.quality, rows, quality.TABLE_COLUMNS)
