"""A simulated patient's motion and methods beside the truth -> its end-point errors, and GLS
with parts replaced by the truth."""

import numpy as np

from echogls import cine, fusion, logs, motion, tables
from echogls.segmentation.clip import load_segmentations
from echogls.strain import beside_truth, budget
from echogls.strain.motion_error import COLUMNS as MOTION_COLUMNS
from echogls.views.chosen import chosen_clips

logs.start(snakemake.log[0])
told, params = snakemake.input, snakemake.params
patient = {name: snakemake.wildcards[name] for name in ("cohort", "patient")}
walls = {
    name: load_segmentations(file)
    for name, file in zip(params.networks, told.segmentations, strict=True)
}
tracks = {
    tuple(key): motion.load_tracks(file)
    for key, file in zip(params.motions, told.get("tracks", ()), strict=True)
}
chosen = chosen_clips(tables.read_table(told.views))
cines = cine.load_cines(told.cines, chosen, images=False)
with np.load(told.truth, allow_pickle=False) as stored:
    truth = dict(stored)

errors = beside_truth.motion_error_rows(chosen=chosen, cines=cines, tracks=tracks, truth=truth)
tables.write_table(snakemake.output.motion_error, [patient | row for row in errors], MOTION_COLUMNS)
variants = []
for (method, parts), file in zip(params.methods.items(), told.fused, strict=True):
    rows = beside_truth.method_budget(
        chosen=chosen,
        cines=cines,
        walls=walls[parts["segmentation"]],
        tracks=tracks.get((parts["motion"], parts["segmentation"]), {}),
        fused=fusion.load_fused(file),
        truth=truth,
        fusion=parts["fusion"],
        options=params.options["options"].get(parts["fusion"]),
        settings=params.settings,
        wanted=params.wanted,
    )
    variants += [{"method": method} | row for row in rows]
tables.write_table(snakemake.output.budget, variants, ("method", *budget.COLUMNS))
