"""From flow between frames to the velocity of the wall's points at the frames.

Displacement over an interval divided by its length is the mean velocity, exact
in the middle of the interval for a parabolic path: half an interval away from
either frame. What is needed at frame k lies between two such middles.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echogls.study import CENTRELINE_POINTS

# (k, points (N, 2)) -> velocity (N, 2) in mm/s from frame k to k + 1, and confidence (N,).
VelocityAt = Callable[[int, np.ndarray], tuple[np.ndarray, np.ndarray]]

# Of motion along a wall of CENTRELINE_POINTS: what is shorter than about 3 of them is noise. Chosen
# on the simulated patients of the default study and 9 clips of real texture, where 5 of them give a
# GLS of `best` that is 0.2 points weaker.
BENDING = 100.0
MEASURED_SHARE = 0.1  # of the points; a line through fewer would go astray elsewhere; by judgement


@dataclass(frozen=True)
class IntervalVelocities:
    """Mean velocities over the T - 1 intervals, seen from the points of either frame.

    Attributes
    ----------
    leaving, arriving : (T - 1, N, 2), mm/s (x, y), over the interval from k to k + 1, of
        the tissue that is on the centreline in frame k, and in frame k + 1.
    leaving_confidence, arriving_confidence : (T - 1, N), 0..1; 0 where unknown.
    """

    leaving: np.ndarray
    leaving_confidence: np.ndarray
    arriving: np.ndarray
    arriving_confidence: np.ndarray


@dataclass(frozen=True)
class FrameVelocities:
    """Velocities at the frames.

    Attributes
    ----------
    velocity : (T, N, 2), mm/s (x, y); NaN where unknown.
    confidence : (T, N), 0..1; 0 where unknown.
    offset_s : (T, N), how far the time that the velocity belongs to lies from the
        frame's: 0 between two intervals, half an interval where one is missing.
    """

    velocity: np.ndarray
    confidence: np.ndarray
    offset_s: np.ndarray


def over_intervals(
    velocity_at: Callable[[int, np.ndarray], tuple[np.ndarray, np.ndarray]],
    centreline_mm: np.ndarray,
    times_s: np.ndarray,
) -> IntervalVelocities:
    """Sample the flow of every pair of frames at the centrelines of both.

    The flow from k to k + 1 is drawn on frame k. Tissue on the centreline of frame
    k + 1 was elsewhere then; one fixed-point step goes back to it. A frame without
    a contour is sampled between its neighbours' contours, linearly in time.

    Parameters
    ----------
    velocity_at : as in `echogls.fusion.fuse_clip`.
    centreline_mm : (T, N, 2); NaN rows where a frame has no contour.
    times_s : (T,)
    """
    points = _without_gaps(centreline_mm, times_s)
    leaving, arriving = [], []
    for k, seconds in enumerate(np.diff(times_s)):
        leaving.append(velocity_at(k, points[k]))
        back, _ = velocity_at(k, points[k + 1])
        arriving.append(velocity_at(k, points[k + 1] - seconds * back))
    n = centreline_mm.shape[1]
    return IntervalVelocities(
        leaving=np.array([velocity for velocity, _ in leaving]).reshape(-1, n, 2),
        leaving_confidence=np.array([confidence for _, confidence in leaving]).reshape(-1, n),
        arriving=np.array([velocity for velocity, _ in arriving]).reshape(-1, n, 2),
        arriving_confidence=np.array([confidence for _, confidence in arriving]).reshape(-1, n),
    )


def at_frames(intervals: IntervalVelocities, times_s: np.ndarray) -> FrameVelocities:
    """Velocity at each frame from the intervals before and after it.

    v(t_k) = (h_after v_before + h_before v_after) / (h_before + h_after), linear
    between the middles of the two intervals: second-order accurate, exact for a
    parabolic path, whatever the intervals. Where only one is known (the clip's ends,
    or confidence 0) it stands alone, half an interval off. The confidence is the
    lower of the two.
    """
    seconds = np.diff(times_s)[:, None]
    t, n = len(times_s), intervals.leaving.shape[1]
    before, after = np.full((t, n, 2), np.nan), np.full((t, n, 2), np.nan)
    before[1:], after[:-1] = intervals.arriving, intervals.leaving
    before_confidence, after_confidence = np.zeros((t, n)), np.zeros((t, n))
    before_confidence[1:] = intervals.arriving_confidence
    after_confidence[:-1] = intervals.leaving_confidence
    before_s, after_s = np.zeros((t, n)), np.zeros((t, n))
    before_s[1:], after_s[:-1] = seconds, seconds

    has_before, has_after = before_confidence > 0, after_confidence > 0
    weight = np.where(
        has_before & has_after, before_s / np.maximum(before_s + after_s, 1e-12), has_after
    )[..., None]
    velocity = np.where(has_before[..., None], before, 0.0) * (1 - weight)
    velocity += np.where(has_after[..., None], after, 0.0) * weight
    has_either = has_before | has_after
    lower = np.minimum(
        np.where(has_before, before_confidence, np.inf),
        np.where(has_after, after_confidence, np.inf),
    )
    one_sided = has_before ^ has_after
    return FrameVelocities(
        velocity=np.where(has_either[..., None], velocity, np.nan),
        confidence=np.where(has_either, lower, 0.0),
        offset_s=np.where(one_sided, np.where(has_after, after_s, before_s) / 2, 0.0),
    )


def smoothed(velocity_at: VelocityAt) -> VelocityAt:
    """The same motion, smooth along the wall: sampled at points that are neighbours on it.

    Neighbouring points that err apart make a line longer, and the more so the longer their
    errors add up: strain would be too little.
    """

    def sample(k, points):
        velocity, confidence = velocity_at(k, points)
        return smooth_along_wall(velocity, confidence), confidence

    return sample


def smooth_along_wall(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A smooth curve through values (N, C) at N points, by weights (N,) in 0..1.

    Minimises sum w (x - v)^2 + bending * sum (second difference of x)^2: linear change
    along the wall passes unchanged, and where nothing is known (weight 0, any value) it goes on.
    """
    n = len(values)
    measured = weights > 0
    values = np.where(measured[:, None], values, 0.0)
    if measured.mean() < MEASURED_SHARE or measured.sum() < 2:  # too few for a line: their mean
        return np.zeros_like(values) + values.sum(axis=0) / max(measured.sum(), 1)
    weights = np.where(measured, np.maximum(weights, 1e-6 * weights.max()), 0.0)
    return np.linalg.solve(_bending(n) + np.diag(weights), weights[:, None] * values)


@functools.cache
def _bending(n):
    """(n, n): x' B x is the sum of squared second differences of x, times BENDING."""
    differences = np.diff(np.eye(n), 2, axis=0)
    return BENDING * (n / CENTRELINE_POINTS) ** 4 * differences.T @ differences


def _without_gaps(centreline_mm: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """Centrelines with frames that lack one filled linearly in time, the ends held."""
    with_contour = np.flatnonzero(np.isfinite(centreline_mm).all(axis=(1, 2)))
    if len(with_contour) in (0, len(times_s)):
        return centreline_mm
    place = np.interp(times_s, times_s[with_contour], np.arange(len(with_contour)))
    low = np.minimum(place.astype(int), max(len(with_contour) - 2, 0))
    high = np.minimum(low + 1, len(with_contour) - 1)
    part = (place - low)[:, None, None]
    return (1 - part) * centreline_mm[with_contour[low]] + part * centreline_mm[with_contour[high]]
