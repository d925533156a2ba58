"""Lines of points in the plane: points at equal steps, the apex, the nearest place on a line."""

import numpy as np

# Points that reach this share of the largest distance from the annulus are the apex: their middle
# moves less from frame to frame than the one farthest point. By judgement.
APEX_SHARE = 0.98


def resample(line: np.ndarray, count: int) -> np.ndarray:
    """(N, 2) polyline -> (count, 2) points at equal arc length, the ends kept."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    line = line[np.r_[True, steps > 1e-9]]
    arc = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    at = np.linspace(0, arc[-1], count)
    return np.stack([np.interp(at, arc, line[:, 0]), np.interp(at, arc, line[:, 1])], -1)


def apex_ends(line: np.ndarray) -> tuple[int, int]:
    """The first and the last of the points of an open line (N, 2) that are farthest from the middle
    of its ends: an outline's apex."""
    distance = np.linalg.norm(line - (line[0] + line[-1]) / 2, axis=1)
    far = np.flatnonzero(distance >= APEX_SHARE * distance.max())
    return int(far[0]), int(far[-1])


def nearest_place(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """For each of the points (M, 2) the nearest place (M, 2) on a polyline (N, 2).

    It is sought on the two steps beside the line's nearest corner, which on a line as smooth as
    an outline is where it is.
    """
    square = (points**2).sum(1)[:, None] - 2 * points @ line.T + (line**2).sum(1)
    corner = square.argmin(1)
    best, least = line[corner], np.full(len(points), np.inf)
    for first in (np.maximum(corner - 1, 0), np.minimum(corner, len(line) - 2)):
        start, step = line[first], line[first + 1] - line[first]
        along = ((points - start) * step).sum(-1) / np.maximum((step**2).sum(-1), 1e-12)
        foot = start + np.clip(along, 0, 1)[:, None] * step
        distance = ((points - foot) ** 2).sum(-1)
        best = np.where((distance < least)[:, None], foot, best)
        least = np.minimum(distance, least)
    return best
