"""A simulated patient's motion and methods beside the truth -> its end-point errors, and GLS
with parts replaced by the truth."""

import numpy as np

from echogls import cine, fusion, logs, motion, tables
from echogls.segmentation.clip import load_outlines
from echogls.truth import beside_truth
from echogls.truth.motion_error import COLUMNS as MOTION_COLUMNS
from echogls.views.chosen import best_clips

logs.start(snakemake.log[0])
inputs, params = snakemake.input, snakemake.params
patient = {name: snakemake.wildcards[name] for name in ("cohort", "patient")}
motions = map(tuple, params.motions)
tracks = dict(zip(motions, map(motion.load_tracks, inputs.tracks), strict=True))
chosen = {clip: view for view, clip in best_clips(tables.read_table(inputs.views)).items()}
cines = cine.load_cines(inputs.cines, chosen, images=False)
with np.load(inputs.truth, allow_pickle=False) as stored:
    truth = dict(stored)

errors = beside_truth.motion_errors(chosen=chosen, cines=cines, tracks=tracks, truth=truth)
tables.write_table(snakemake.output.motion_error, [patient | row for row in errors], MOTION_COLUMNS)
variants = beside_truth.method_budgets(
    methods=params.methods,
    chosen=chosen,
    cines=cines,
    walls=load_outlines(params.networks, inputs.segmentations),
    tracks=tracks,
    fused=dict(zip(params.methods, map(fusion.load_fused, inputs.fused), strict=True)),
    truth=truth,
    settings=params.settings,
    wanted=params.wanted,
)
tables.write_table(snakemake.output.budget, variants, beside_truth.BUDGET_COLUMNS)
