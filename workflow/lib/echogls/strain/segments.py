"""The six segments of an apical view's wall, as the same tissue through time."""

import numpy as np

from echogls.polyline import apex_ends
from echogls.strain.longitudinal import cumulative_arc_length
from echogls.study import SEGMENTS


def apex_place(points: np.ndarray) -> float:
    """Where the apex is on a centreline (N, 2), as a fractional index.

    The middle, by arc length, of the points farthest from the middle of the annulus.
    """
    first, last = apex_ends(points)
    along = cumulative_arc_length(points)
    return _place(along, (along[first] + along[last]) / 2)


def segment_bounds(points: np.ndarray) -> np.ndarray:
    """Bounds of the six segments (study.VIEW_SEGMENTS) at ED, (7,) fractional indices.

    Each wall, from its annulus to the apex, is divided in three equal arc lengths.

    Parameters
    ----------
    points : (N, 2), mm, from the annulus on the left (of the four-chamber view the septal
        one) over the apex to the other.
    """
    along = cumulative_arc_length(points)
    apex = np.interp(apex_place(points), np.arange(len(points)), along)
    third = len(SEGMENTS) // 2
    bounds = np.concatenate(
        [np.linspace(0, apex, third + 1), np.linspace(apex, along[-1], third + 1)[1:]]
    )
    return _place(along, bounds)


def segment_lengths(
    points: np.ndarray, bounds: np.ndarray, counted: np.ndarray | None = None
) -> np.ndarray:
    """Arc length of each segment: (T, N, 2) mm and (7,) bounds -> (T, 6) mm.

    A bound between two points stays at the same share of their step, so the segments'
    lengths add up to the whole at all times.

    counted : (N - 1,) bool, the steps between points that count; None: all of them.
    """
    along = cumulative_arc_length(points)
    if counted is not None:
        steps = np.where(counted, np.diff(along, axis=1), 0.0)
        along = np.concatenate([np.zeros_like(along[:, :1]), np.cumsum(steps, axis=1)], axis=1)
    low = np.minimum(bounds.astype(int), points.shape[1] - 2)
    at_bounds = along[:, low] + (bounds - low) * (along[:, low + 1] - along[:, low])
    return np.diff(at_bounds, axis=1)


def _place(along: np.ndarray, lengths: np.ndarray | float) -> np.ndarray | float:
    """The fractional index at which the arc length `along` (N,) reaches `lengths`."""
    return np.interp(lengths, along, np.arange(len(along)))
