"""Estimated motion beside the true one of a simulated patient -> end-point errors."""

from functools import partial

import numpy as np

from echogls import cine, logs, motion, tables
from echogls.simulation.stored_truth import truth_of_view
from echogls.strain import motion_error
from echogls.study import VIEW_SEGMENTS
from echogls.views.chosen import chosen_clips

logs.start(snakemake.log[0])
told = snakemake.input
tracks = motion.load_tracks(told.tracks)
cines = cine.load_cines(told.cines, tracks, images=False)
with np.load(told.truth, allow_pickle=False) as stored:
    truths = {view: truth_of_view(dict(stored), view) for view in VIEW_SEGMENTS}
head = {"cohort": snakemake.wildcards.cohort, "patient": snakemake.wildcards.patient}
head |= {"motion": snakemake.wildcards.motion, "segmentation": snakemake.params.network}
rows = []
for clip, view in chosen_clips(tables.read_table(told.views)).items():
    if clip in tracks and truths.get(view):
        velocity_at = partial(motion.sample, tracks[clip])
        errors = motion_error.clip_motion_error(cines[clip], velocity_at, truths[view])
        rows.append(head | {"view": view, "clip": clip} | errors)
tables.write_table(snakemake.output[0], rows, motion_error.COLUMNS)
