"""Endocardium and epicardium -> the line midway between them (paper, section 2.2)."""

import numpy as np

from echogls.polyline import nearest_place, resample
from echogls.segmentation.contour import Wall, smooth
from echogls.study import CENTRELINE_POINTS


def centreline(wall: Wall, count: int = CENTRELINE_POINTS) -> np.ndarray:
    """The centreline of the wall, septal to lateral annulus.

    Each point of the inner curve is paired with the outer one at the same share
    of the arc; the midpoints are moved once along the local normal to halve the
    distance between the curves, then resampled.

    Returns
    -------
    (count, 2) points (x, y) in the wall's own unit, equally spaced along the arc.
    """
    middle = resample(0.5 * (wall.endocardium + wall.epicardium), len(wall.endocardium))
    inner = nearest_place(middle, wall.endocardium)
    outer = nearest_place(middle, wall.epicardium)
    half = 0.5 * (inner + outer)
    # the ends stay: there the nearest point is the curve's own end, not its normal
    weight = np.clip(np.minimum(np.arange(len(middle)), np.arange(len(middle))[::-1]) / 10, 0, 1)
    middle = middle + weight[:, None] * (half - middle)
    return resample(smooth(middle), count)


def thickness(wall: Wall) -> np.ndarray:
    """(200,) distance from each endocardial point to the nearest epicardial one."""
    return np.hypot(*(nearest_place(wall.endocardium, wall.epicardium) - wall.endocardium).T)
