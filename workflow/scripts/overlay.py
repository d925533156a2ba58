"""A patient's measurement by one method, for eyes: moving overlay, still, strain curve, and what
the report plays."""

import json
from pathlib import Path

import numpy as np

from echogls import cine, fusion, logs, tables
from echogls.manuscript import patient, viewer
from echogls.segmentation.clip import load_segmentations
from echogls.simulation.stored_truth import truth_of_view
from echogls.study import VIEW_SEGMENTS

logs.start(snakemake.log[0])
walls = load_segmentations(snakemake.input.segmentation, masks=False)
names = snakemake.wildcards
cohort = names.cohort
if snakemake.params.simulated and "simulated" not in cohort:
    cohort = f"{cohort} (simulated)"
told = {
    "views": tables.read_table(snakemake.input.views),
    "measurements": tables.read_table(snakemake.input.measurements),
    "curve": tables.read_table(snakemake.input.curve),
    "cines": cine.load_cines(snakemake.input.cines, walls),
    "walls": walls,
    "fused": fusion.load_fused(snakemake.input.fused),
}
patient.draw_patient(
    **told,
    title=f"{cohort}, {names.patient}, {names.method}",
    movie=snakemake.output.movie,
    still=snakemake.output.still,
    plot=snakemake.output.plot,
)
truth = {}
if made_true := snakemake.input.get("truth"):
    with np.load(made_true, allow_pickle=False) as stored:
        lines = {name: stored[name] for name in stored.files if "velocity" not in name}
    truth = {view: truth_of_view(lines, view) for view in VIEW_SEGMENTS}
played = viewer.viewer_data(**told, truth=truth)
Path(snakemake.output.viewer).write_text(json.dumps(played, separators=(",", ":")), "utf-8")
