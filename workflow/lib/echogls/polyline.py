"""Lines of points in the plane: points at equal steps, and the nearest place on a line."""

import numpy as np


def resample(line: np.ndarray, count: int) -> np.ndarray:
    """(N, 2) polyline -> (count, 2) points at equal arc length, the ends kept."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    line = line[np.r_[True, steps > 1e-9]]
    arc = np.r_[0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    at = np.linspace(0, arc[-1], count)
    return np.stack([np.interp(at, arc, line[:, 0]), np.interp(at, arc, line[:, 1])], -1)


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
