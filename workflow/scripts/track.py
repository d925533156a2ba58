"""Chosen cines and their walls -> motion between each pair of frames."""

from echogls import cine, logs, motion
from echogls.segmentation.clip import load_segmentations
from echogls.study import LABELS

logs.start(snakemake.log[0])
settings = snakemake.params.settings
walls = load_segmentations(snakemake.input.segmentation)
cines = cine.load_cines(snakemake.input.cines, walls)
tracks = {
    clip: motion.track_clip(
        cines[clip].frames,
        wall.mask == LABELS["myocardium"],
        cines[clip].scale,
        cines[clip].times_s,
        snakemake.wildcards.motion,
        options=settings["options"],
        mask_image=settings["mask_image"],
        margin_mm=settings["margin_mm"],
        smooth=settings["smooth"],
    )
    for clip, wall in walls.items()
    if cines[clip].kind == "sequence" and wall.plausible.any()
}
motion.save_tracks(snakemake.output.tracks, tracks)
