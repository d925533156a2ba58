"""Endocardium and epicardium -> the line midway between them (paper, section 2.2)."""

import numpy as np

from echogls.segmentation.contour import Wall, resample, smooth
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
    inner = _nearest(middle, wall.endocardium)
    outer = _nearest(middle, wall.epicardium)
    half = 0.5 * (inner + outer)
    # the ends stay: there the nearest point is the curve's own end, not its normal
    weight = np.clip(np.minimum(np.arange(len(middle)), np.arange(len(middle))[::-1]) / 10, 0, 1)
    middle = middle + weight[:, None] * (half - middle)
    return resample(smooth(middle), count)


def thickness(wall: Wall) -> np.ndarray:
    """(200,) distance from each endocardial point to the nearest epicardial one."""
    return np.hypot(*(_nearest(wall.endocardium, wall.epicardium) - wall.endocardium).T)


def _nearest(points, curve):
    """For each point the nearest place on a polyline, on either side of its nearest corner."""
    square = (points**2).sum(1)[:, None] - 2 * points @ curve.T + (curve**2).sum(1)
    corner = square.argmin(1)
    best, least = curve[corner], np.full(len(points), np.inf)
    for first in (np.maximum(corner - 1, 0), np.minimum(corner, len(curve) - 2)):
        start, step = curve[first], curve[first + 1] - curve[first]
        along = ((points - start) * step).sum(-1) / np.maximum((step**2).sum(-1), 1e-12)
        foot = start + np.clip(along, 0, 1)[:, None] * step
        distance = ((points - foot) ** 2).sum(-1)
        best = np.where((distance < least)[:, None], foot, best)
        least = np.minimum(distance, least)
    return best
