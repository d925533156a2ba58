"""An endocardium that an expert traced in some frames, as ED and ES of a recording of stills."""

from dataclasses import replace

import numpy as np

from echogls.cine import Cine
from echogls.polyline import resample
from echogls.segmentation.cavity import area, long_axis
from echogls.segmentation.clip import Segmentation
from echogls.segmentation.contour import POINTS, Wall
from echogls.study import CENTRELINE_POINTS


def traced_pair(cine: Cine) -> tuple[Cine, Segmentation, tuple[int, int]] | None:
    """The traced frames with the largest and the smallest cavity.

    The line stands in for the centreline: there is no epicardium. Strain on it is that of the
    endocardium, which shortens more than the middle of the wall.

    Parameters
    ----------
    cine : with `traced`.

    Returns
    -------
    A cine of the two frames (ED first, kind "ed_es"), their lines, and their numbers in the
    clip; None where fewer than two frames are traced.
    """
    traced = np.flatnonzero(np.isfinite(cine.traced).all(axis=(1, 2)))
    if len(traced) < 2:
        return None
    up = np.array([0.0, -1.0])
    walls = {k: Wall(cine.traced[k], cine.traced[k], up) for k in traced}
    areas = {k: area(wall) for k, wall in walls.items()}
    frames = max(areas, key=areas.get), min(areas, key=areas.get)
    if frames[0] == frames[1]:
        return None
    index = list(frames)
    part = {name: getattr(cine, name) for name in ("frames", "reference", "traced")}
    part = {name: None if array is None else array[index] for name, array in part.items()}
    pair = replace(cine, **part, times_s=np.array([0.0, 1.0]), kind="ed_es")
    scale = cine.scale
    lines = [resample(cine.traced[k] * scale, POINTS) for k in frames]
    empty = np.full((2, POINTS, 2), np.nan)
    segmentation = Segmentation(
        mask=np.zeros(pair.frames.shape, np.uint8) if pair.reference is None else pair.reference,
        endocardium_mm=np.stack(lines),
        epicardium_mm=empty,
        centreline_mm=np.stack([resample(line, CENTRELINE_POINTS) for line in lines]),
        area_mm2=np.array([areas[k] for k in frames]) * scale**2,
        length_mm=np.array([long_axis(walls[k]) for k in frames]) * scale,
        thickness_mm=np.full(2, np.nan),
        wall_brighter=np.full(2, np.nan),
        plausible=np.ones(2, bool),
        codes=((), ()),
        ed_candidate=0,
        es_candidate=1,
        pixel_mm=scale,
    )
    return pair, segmentation, frames
