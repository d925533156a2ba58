"""Chosen cines and their walls -> motion between each pair of frames."""

from pathlib import Path

from echogls import cine, logs, motion
from echogls.segmentation.clip import load_segmentations

logs.start(snakemake.log[0])
listing = snakemake.input.get("models")
walls = load_segmentations(snakemake.input.segmentation)
tracks = motion.tracked_clips(
    cine.load_cines(snakemake.input.cines, walls),
    walls,
    snakemake.wildcards.motion,
    snakemake.params.settings,
    models=Path(listing).parent if listing else None,
    workers=snakemake.threads,
)
motion.save_tracks(snakemake.output.tracks, tracks)
