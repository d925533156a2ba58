"""What a clip knows of motion beyond each pair of frames: it goes on in time, and in space.

The errors of neighbouring pairs are nearly independent, the motion of tissue is not. Both
steps need the error that an estimator expects, in its own pixels; confidence tells it as
1 / (1 + (error / sure_px)^2).
"""

import cv2
import numpy as np

ORDER = 3  # differences over time: any parabola of the velocity passes unchanged
# Expected size of that difference of the displacement, chosen on 12 simulated clips and 12 of real
# texture, at a rate of CHANGE_FPS; at others as sqrt(rate^-7): a third derivative that is white.
CHANGE_PX = 0.32
CHANGE_FPS = 55.0
# By judgement.
UNKNOWN_PX = 30.0  # error of what was not seen: beyond any motion
ERROR_FLOOR_PX = 3e-3  # below any error, so that weights stay finite
CHUNK = 2_000_000  # values of nodes and intervals that are smoothed at once: a matter of memory
NEAR = 4.0  # nodes: deviation of the mean that stands for what is not seen


def smooth_over_time(
    velocity: np.ndarray, confidence: np.ndarray, times_s: np.ndarray, sure_px: float
) -> None:
    """Smooth velocity (T - 1, h, w, 2) in place, each node over the intervals between T frames.

    Minimises, at each node, sum (s - v)^2 / error^2 + sum (third difference of s)^2 / change^2
    (Whittaker 1923, Proc Edinb Math Soc 41, 63-75): surely measured motion stays, unsure
    motion follows the frames around. Nodes without confidence in any frame stay as they are.
    """
    count = len(velocity)
    if count <= ORDER:
        return
    penalty, longer2 = _penalty(times_s)
    nodes = np.argwhere((confidence > 0).any(axis=0))
    for some in np.array_split(nodes, -(-len(nodes) * count // CHUNK) or 1):
        rows, columns = some.T
        velocity[:, rows, columns] = _smoothed_nodes(
            velocity[:, rows, columns], confidence[:, rows, columns], penalty, longer2, sure_px
        )


def _penalty(times_s):
    """(N, N) of the third differences of N intervals, and (N,) squares of how much longer each is
    than the usual one."""
    rate = 1 / float(np.median(np.diff(times_s)))
    # The error of a displacement makes less of one in velocity, the longer the interval.
    longer2 = (np.diff(times_s) * rate) ** 2
    middles = (times_s[1:] + times_s[:-1]) / 2
    change2 = CHANGE_PX**2 * (CHANGE_FPS / rate) ** (2 * ORDER + 1)
    differences = _differences(middles * rate)
    return differences.T @ differences / change2, longer2


def _smoothed_nodes(velocity, confidence, penalty, longer2, sure_px):
    """Velocity (N, nodes, 2) over N intervals, smoothed."""
    from scipy.linalg import solveh_banded  # takes 0.2 s: only those who estimate motion pay

    count = len(velocity)
    seen = np.ascontiguousarray(np.moveaxis(confidence, 0, 1), np.float64)
    values = np.moveaxis(velocity, 0, 1).astype(np.float64)
    error2 = sure_px**2 * (1 / np.maximum(seen, 1e-9) - 1) + ERROR_FLOOR_PX**2
    weights = longer2 * np.where(seen > 0, 1 / error2, UNKNOWN_PX**-2)
    # One system for all nodes: independent blocks on one band.
    bands = np.zeros((ORDER + 1, len(seen), count))
    for offset in range(1, ORDER + 1):
        bands[ORDER - offset, :, offset:] = np.diagonal(penalty, offset)
    bands[ORDER] = np.diagonal(penalty) + weights
    solution = solveh_banded(
        bands.reshape(ORDER + 1, -1),
        (weights[..., None] * values).reshape(-1, 2),
        overwrite_ab=True,
        overwrite_b=True,
        check_finite=False,
    )
    return np.moveaxis(solution.reshape(values.shape), 1, 0)


def carried_on(displacement: np.ndarray, confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Motion (h, w, 2) where nothing was seen: the mean of what was, near by.

    Its confidence falls with the distance from there, as the error grows that a strain of a
    percent or so from frame to frame leaves; some 15 nodes away motion stays unknown.
    """
    seen = confidence > 0
    if seen.all() or not seen.any():
        return displacement, confidence
    total = cv2.GaussianBlur(confidence, (0, 0), NEAR)
    reached = ~seen & (total > 1e-6)
    mean = cv2.GaussianBlur(displacement * confidence[..., None], (0, 0), NEAR)
    square = cv2.GaussianBlur(confidence * confidence, (0, 0), NEAR)
    away = cv2.distanceTransform((~seen).astype(np.uint8), cv2.DIST_L2, 5)[reached]
    motion, sure = displacement.copy(), confidence.copy()
    motion[reached] = mean[reached] / total[reached, None]
    sure[reached] = square[reached] / total[reached] / (1 + away * away)
    return motion, sure


def _differences(places: np.ndarray) -> np.ndarray:
    """(N - ORDER, N): differences of ORDER, divided where places (N,) are not one apart."""
    rows = np.eye(len(places))
    for order in range(1, ORDER + 1):
        span = (places[order:] - places[:-order]) / order
        rows = np.diff(rows, axis=0) / span[:, None]
    return rows
