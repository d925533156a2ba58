"""Estimated motion beside the true one of a simulated patient -> end-point errors."""

from functools import partial

import numpy as np

from echogls import cine, logs, motion, tables
from echogls.strain import motion_error
from echogls.views.selection import chosen_clips

logs.start(snakemake.log[0])
told = snakemake.input
tracks = motion.load_tracks(told.tracks)
cines = cine.load_cines(told.cines, tracks)
with np.load(told.truth, allow_pickle=False) as stored:
    truth = dict(stored)
head = {"cohort": snakemake.wildcards.cohort, "patient": snakemake.wildcards.patient}
head |= {"motion": snakemake.wildcards.motion, "segmentation": snakemake.params.network}
rows = [
    head
    | {"view": view, "clip": clip}
    | motion_error.clip_motion_error(cines[clip], partial(motion.sample, tracks[clip]), truth)
    for clip, view in chosen_clips(tables.read_table(told.views)).items()
    if clip in tracks and view == "a4c"  # the truth is that of the four-chamber clip
]
tables.write_table(snakemake.output[0], rows, motion_error.COLUMNS)
