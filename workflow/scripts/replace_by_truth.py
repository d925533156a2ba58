"""A simulated patient's parts, each in turn replaced by the truth -> GLS of each variant."""

from functools import partial

import numpy as np

from echogls import cine, fusion, logs, motion, tables
from echogls.segmentation.clip import load_segmentations
from echogls.simulation.stored_truth import FIELD_STEP, truth_of_view
from echogls.strain import budget
from echogls.views.chosen import chosen_clips

logs.start(snakemake.log[0])
told, params = snakemake.input, snakemake.params
walls = load_segmentations(told.segmentation)
cines = cine.load_cines(told.cines, walls, images=False)
tracks = motion.load_tracks(told.tracks) if told.get("tracks") else {}
paths = fusion.load_fused(told.fused)
with np.load(told.truth, allow_pickle=False) as stored:
    truths = dict(stored)
rows = []
for clip, view in chosen_clips(tables.read_table(told.views)).items():
    truth = truth_of_view(truths, view)
    if clip not in paths or not truth:
        continue
    rows += budget.budget_rows(
        view=view,
        cine=cines[clip],
        wall=walls[clip],
        velocity_at=partial(motion.sample, tracks[clip]) if clip in tracks else None,
        path=paths[clip],
        truth=truth,
        field_step=FIELD_STEP,
        fusion=params.fusion,
        options=params.options["options"].get(params.fusion),
        settings=params.settings,
    )
rows += budget.averaged_budget(rows, params.wanted)
tables.write_table(snakemake.output[0], rows, budget.COLUMNS)
