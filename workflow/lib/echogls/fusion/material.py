"""Material points: flow moves them along the wall, the contour holds them to it.

The paper's filter measures positions at equal shares of each frame's contour, which is
not the same tissue over time. Here the contour of one frame, end-diastole, names the
tissue. Flow carries it to every other frame; of the contours there only the distance
across the wall counts, and of their ends, weakly, how far the annulus has come. A
Kalman filter and a Rauch-Tung-Striebel smoother (1965, AIAA Journal 3(8), 1445-1450)
weigh both over the whole clip, forwards and backwards.
"""

import numpy as np

from echogls.fusion import noise
from echogls.fusion.fused import Fused
from echogls.fusion.velocities import VelocityAt, smoothed
from echogls.options import check_at_least
from echogls.study import StudyError

# Flow errs by a share of the motion that it measures, in the same way for a while.
FLOW_SHARE = 0.08
FASTEST_MM_S = 80.0  # the annulus at its systolic peak: what a frame without flow may hide
ANCHOR_SD = 0.02  # mm: in the reference frame the contour names the points
GATE = 4.0  # standard deviations of an innovation across the wall


def fuse(
    centreline_mm: np.ndarray,
    velocity_at: VelocityAt | None,
    times_s: np.ndarray,
    *,
    pixel_mm: float | None,
    contour_sd_mm: float = noise.CONTOUR_SD_MM,
    annulus_sd_mm: float = 6.0,
    flow_share: float = FLOW_SHARE,
    smooth: bool = True,
    gate: float = GATE,
    passes: int = 2,
) -> Fused:
    """Fuse one clip; see `echogls.fusion.fuse_clip` for the arrays.

    Parameters
    ----------
    contour_sd_mm : slow error of the contour across the wall, beside its jitter; inf: only
        the reference frame's contour is used.
    annulus_sd_mm : slow error of the contour's two ends along the wall; inf: not used.
    flow_share : slow error of flow, as a share of the displacement.
    smooth : False leaves the forward filter alone.
    gate : a contour point farther off than so many standard deviations is not used.
    passes : times that flow is sampled where the points then are.

    Returns
    -------
    Fused : velocities and accelerations are differences of the positions.
    """
    if velocity_at is None:
        raise StudyError(
            "fusion: 'material' needs motion and got none; a recording of stills is fused by 'none'"
        )
    check_at_least("fusion: 'material'", 1, passes=passes)
    check_at_least(
        "fusion: 'material'",
        0,
        contour_sd_mm=contour_sd_mm,
        annulus_sd_mm=annulus_sd_mm,
        flow_share=flow_share,
        gate=gate,
    )
    velocity_at = smoothed(velocity_at)
    known = np.isfinite(centreline_mm).all(axis=(1, 2))
    if not known.any():
        return _unknown(centreline_mm.shape[:2], times_s)
    wall = noise.mean_arc_length(centreline_mm)
    unit = 1.0 if pixel_mm else wall / noise.WALL_MM
    pixel = pixel_mm or 1.0
    jitter = noise.position_sd(centreline_mm, times_s, pixel)
    reference = reference_frame(centreline_mm, known)
    lasting = noise.lasting_frames(times_s)
    across_sd = np.hypot(jitter, contour_sd_mm * unit * np.sqrt(lasting))
    ends_sd = np.hypot(jitter, annulus_sd_mm * unit * np.sqrt(lasting))

    path, moves, confidence = carried(centreline_mm[reference], reference, velocity_at, times_s)
    for number in range(passes):
        if number:
            moves, confidence = moves_along(path, velocity_at, times_s)
        flow_sd = noise.FLOW_FLOOR_PX * pixel
        variance = flow_sd**2 / np.maximum(confidence, 0.02)
        variance = variance + lasting * (flow_share * np.linalg.norm(moves, axis=2)) ** 2
        # The neighbours' motion, smoothed along the wall, is all that is known there.
        farthest = FASTEST_MM_S * unit * np.diff(times_s)[:, None]
        variance = np.where(confidence > 0, variance, farthest**2)
        path, covariances, rest = _smoothed(
            path, moves, variance, centreline_mm, known, reference,
            across_sd, ends_sd, ANCHOR_SD * unit, gate, smooth,
        )  # fmt: skip
    t, n = path.shape[:2]
    states = np.full((t, n, 6), np.nan)
    states[..., :2] = path
    if t > 2:
        states[..., 2:4] = np.gradient(path, times_s, axis=0)
        states[..., 4:6] = np.gradient(states[..., 2:4], times_s, axis=0)
    full = np.full((t, n, 6, 6), np.nan)
    full[..., :2, :2] = covariances
    interval = float(np.median(np.diff(times_s)))
    return Fused(
        states=states,
        covariances=full,
        times_s=times_s,
        correlation_length_mm=noise.correlation_length(rest, wall / (n - 1)),
        position_sd_mm=float(across_sd if np.isfinite(across_sd) else jitter),
        velocity_sd_mm_s=float(noise.FLOW_FLOOR_PX * pixel / interval),
    )


def _unknown(shape, times_s):
    nothing = np.full((*shape, 6, 6), np.nan)
    return Fused(nothing[..., 0], nothing, times_s, float("nan"), float("nan"), float("nan"))


def reference_frame(centreline_mm: np.ndarray, known: np.ndarray) -> int:
    """The frame whose contour is longest, end-diastole, in a median over five frames."""
    lengths = np.full(len(known), np.nan)
    steps = np.linalg.norm(np.diff(centreline_mm[known], axis=1), axis=2)
    lengths[known] = steps.sum(axis=1)
    frames = np.flatnonzero(known)
    typical = [np.nanmedian(lengths[max(k - 2, 0) : k + 3]) for k in frames]
    return int(frames[int(np.argmax(typical))])


def carried(
    start: np.ndarray, reference: int, velocity_at: VelocityAt, times_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (N, 2) of the reference frame carried by flow alone.

    Returns
    -------
    path (T, N, 2); moves (T - 1, N, 2) mm from frame k to k + 1;
    confidence (T - 1, N).
    """
    t, n = len(times_s), len(start)
    path = np.empty((t, n, 2))
    moves, confidence = np.empty((t - 1, n, 2)), np.empty((t - 1, n))
    path[reference] = start
    for k in range(reference, t - 1):
        moves[k], confidence[k] = _move(k, path[k], velocity_at, times_s)
        path[k + 1] = path[k] + moves[k]
    for k in range(reference - 1, -1, -1):
        place = path[k + 1]
        for _ in range(3):  # the flow is drawn on frame k: find who arrives here
            moves[k], confidence[k] = _move(k, place, velocity_at, times_s)
            place = path[k + 1] - moves[k]
        path[k] = place
    return path, moves, confidence


def moves_along(
    path: np.ndarray, velocity_at: VelocityAt, times_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Moves (T - 1, N, 2) mm and confidence (T - 1, N) where the points of a path are."""
    found = [_move(k, path[k], velocity_at, times_s) for k in range(len(times_s) - 1)]
    return np.array([move for move, _ in found]), np.array([sure for _, sure in found])


def _move(k, points, velocity_at, times_s):
    velocity, confidence = velocity_at(k, points)
    return velocity * (times_s[k + 1] - times_s[k]), confidence


def _smoothed(
    path, moves, flow_variance, centreline, known, reference,
    across_sd, ends_sd, anchor_sd, gate, smooth,
):  # fmt: skip
    """Filter and smoother of positions (T, N, 2) with given moves between frames.

    x(k + 1) = x(k) + move(k) + w. In each frame the contour measures x along the path's
    normal, its ends along the tangent too, the reference frame in both directions.
    """
    t, n = path.shape[:2]
    eye = np.eye(2)
    state, covariance = np.empty((t, n, 2)), np.empty((t, n, 2, 2))
    before, spread = np.empty((t, n, 2)), np.empty((t, n, 2, 2))
    rests = np.full((t, n, 2), np.nan)
    x, P = path[0].copy(), np.broadcast_to(100.0**2 * eye, (n, 2, 2)).copy()
    for k in range(t):
        if k:
            x = x + moves[k - 1]
            P = P + flow_variance[k - 1][:, None, None] * eye
        before[k], spread[k] = x, P
        if k == reference:
            x, P = _update(x, P, centreline[k], anchor_sd**2 * np.broadcast_to(eye, P.shape))[:2]
        elif known[k] and np.isfinite(across_sd):
            place, tangent = foot(path[k], centreline[k])
            along = np.full(n, 1e3 * across_sd)
            if np.isfinite(ends_sd):
                along[[0, -1]] = ends_sd
                place[[0, -1]] = centreline[k][[0, -1]]
            R = noise.wall_covariance(tangent, along, across_sd)
            new, shrunk, rest, size = _update(x, P, place, R)
            used = size <= gate**2
            x = np.where(used[:, None], new, x)
            P = np.where(used[:, None, None], shrunk, P)
            rests[k] = rest
        state[k], covariance[k] = x, P
    if smooth:
        for k in range(t - 2, -1, -1):
            gain = covariance[k] @ np.linalg.inv(spread[k + 1])
            rest = (state[k + 1] - before[k + 1])[..., None]
            state[k] = state[k] + (gain @ rest)[..., 0]
            change = covariance[k + 1] - spread[k + 1]
            covariance[k] = covariance[k] + gain @ change @ gain.transpose(0, 2, 1)
    return state, covariance, rests


def _update(x, P, place, R):
    """Measure both coordinates with covariance R; also the scaled innovation and its size."""
    S = P + R
    inverse = np.linalg.inv(S)
    rest = place - x
    gain = P @ inverse
    new = x + (gain @ rest[..., None])[..., 0]
    kept = np.eye(2) - gain
    shrunk = kept @ P @ kept.transpose(0, 2, 1) + gain @ R @ gain.transpose(0, 2, 1)
    size = np.einsum("ni,nij,nj->n", rest, inverse, rest)
    scaled = rest / np.sqrt(np.diagonal(S, axis1=1, axis2=2))
    return new, shrunk, scaled, size


def foot(points: np.ndarray, curve: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of N points the nearest place (N, 2) on a polyline and its unit tangent (N, 2).

    Beyond the curve's ends it goes on straight, so that an end is not pulled along the wall.
    """
    start, step = curve[:-1], np.diff(curve, axis=0)
    square = np.maximum((step**2).sum(axis=1), 1e-12)
    offset = points[:, None] - start
    along = np.einsum("nsi,si->ns", offset, step)
    low, high = np.zeros(len(step)), np.ones(len(step))
    low[0], high[-1] = -10.0, 10.0
    share = np.clip(along / square, low, high)
    away2 = np.einsum("nsi,nsi->ns", offset, offset) + share * (share * square - 2 * along)
    best = away2.argmin(axis=1)
    feet = start[best] + share[np.arange(len(points)), best, None] * step[best]
    # The tangent over several steps: a contour's single step is noisy.
    smooth = curve[np.minimum(best + 4, len(curve) - 1)] - curve[np.maximum(best - 3, 0)]
    length = np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-9)
    return feet, smooth / length
