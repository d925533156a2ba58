"""One patient's outlines and motion become paths."""

from collections.abc import Mapping

from echogls import fusion as fusions
from echogls import motion
from echogls.cine import Cine
from echogls.fusion.fused import Fused, as_stored
from echogls.segmentation.clip import Segmentation


def fuse_patient(
    cines: Mapping[str, Cine],
    walls: Mapping[str, Segmentation],
    tracks: Mapping[str, motion.Track],
    *,
    fusion: str,
    options: Mapping[str, object] | None = None,
    options_of_stills: Mapping[str, object] | None = None,
) -> dict[str, Fused]:
    """Fuse every clip with a plausible outline; the arrays are as precise as those of a file.

    Parameters
    ----------
    tracks : by clip; one without is measured on its outlines alone, as two stills are.
    fusion, options : of the method; `options_of_stills` are those of fusion `none`.
    """
    fused = {}
    for clip, wall in walls.items():
        if not wall.plausible.any():
            continue
        method = fusion if clip in tracks else "none"
        result = fusions.fuse_clip(
            wall.usable_centreline_mm,
            motion.Sampler(tracks[clip]) if clip in tracks else None,
            cines[clip].times_s,
            method=method,
            pixel_mm=wall.pixel_mm if cines[clip].spacing_mm else None,
            options=options if method == fusion else options_of_stills,
        )
        fused[clip] = as_stored(result)
    return fused
