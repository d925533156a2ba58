"""Centrelines and motion -> the fused path of every point."""

from echogls import cine, fusion, logs, motion
from echogls.segmentation.clip import load_segmentations

logs.start(snakemake.log[0])
name, options = snakemake.params.fusion, snakemake.params.options
walls = load_segmentations(snakemake.input.segmentation, masks=False)
cines = cine.load_cines(snakemake.input.cines, walls, images=False)
tracks = motion.load_tracks(snakemake.input.tracks) if snakemake.input.get("tracks") else {}
fused = {}
for clip, wall in walls.items():
    if not wall.plausible.any():
        continue
    method = name if clip in tracks else "none"  # two stills have no motion
    fused[clip] = fusion.fuse_clip(
        wall.usable_centreline_mm,
        motion.Sampler(tracks[clip]) if clip in tracks else None,
        cines[clip].times_s,
        method=method,
        pixel_mm=wall.pixel_mm if cines[clip].spacing_mm else None,
        options=options if method == name else snakemake.params.options_of_stills,
    )
fusion.save_fused(snakemake.output.fused, fused)
