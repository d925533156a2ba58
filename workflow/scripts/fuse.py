"""Centrelines and motion -> the fused path of every point."""

from echogls import cine, fusion, logs, motion
from echogls.fusion.patient import fuse_patient
from echogls.segmentation.clip import load_segmentations

logs.start(snakemake.log[0])
walls = load_segmentations(snakemake.input.segmentation, masks=False)
fused = fuse_patient(
    cine.load_cines(snakemake.input.cines, walls, images=False),
    walls,
    motion.load_tracks(snakemake.input.tracks) if snakemake.input.get("tracks") else {},
    fusion=snakemake.params.fusion,
    options=snakemake.params.options,
    options_of_stills=snakemake.params.options_of_stills,
)
fusion.save_fused(snakemake.output.fused, fused)
