"""Material points: flow moves them along the wall, the contour holds them to it.

The paper's filter measures positions at equal shares of each frame's contour, which is
not the same tissue over time. Here the contour of one frame, end-diastole, names the
tissue. Flow carries it to every other frame; of the contours there only the distance
across the wall counts, and of their ends how far the annulus has come along it.

All points of a frame are one state: control points of a cubic spline along the wall. Flow
counts by its covariance, which is large along a wall without contrast along it, where the
neighbours and the annulus of the contours have more to say. A Kalman filter and a
Rauch-Tung-Striebel smoother (1965, AIAA Journal 3(8), 1445-1450) weigh everything over the
whole clip, forwards and backwards, and say how the lengths of any two frames err together.
"""

from dataclasses import dataclass

import numpy as np

from echogls.fusion import noise
from echogls.fusion.fused import Fused
from echogls.fusion.velocities import VelocityAt
from echogls.options import check_at_least
from echogls.study import StudyError

CONTROLS = 24  # of the spline: some 9 mm of wall apart
# Errors of neighbours on the wall are alike over so much of it, mm: of flow (the estimators'
# kernels), of a contour (as long as what it mistakes for wall).
FLOW_ALIKE_MM = 8.0
CONTOUR_ALIKE_MM = 12.0
# Velocities of the wall, mm/s: the annulus at its systolic peak, and how far a control point's may
# lie from the middle of its neighbours'.
FASTEST_MM_S = 1000.0
BEND_MM_S = 20.0
ANCHOR_SD = 0.3  # mm along the wall: in the reference frame the contour names the points
GATE = 2.5  # standard deviations of a contour's distance from which on it counts less
LEAST_CONFIDENCE = 0.02
START_SD = 100.0  # mm, before anything is measured
# Variance of lengths over what follows from all that, in which it is not where the reference
# contour lies. So `gls_sd` covers the error of 74 of 78 development clips (benchmarks/carried.py),
# of those coded by H.264 8 of 12.
LENGTH_INFLATION = 2.0


def fuse(
    centreline_mm: np.ndarray,
    velocity_at: VelocityAt | None,
    times_s: np.ndarray,
    *,
    pixel_mm: float | None,
    contour_sd_mm: float = 1.25,
    annulus_sd_mm: float = 2.5,
    flow_share: float = 0.02,
    flow_inflation: float = 8.0,
    smooth: bool = True,
    gate: float = GATE,
    passes: int = 3,
) -> Fused:
    """Fuse one clip; see `echogls.fusion.fuse_clip` for the arrays.

    Parameters
    ----------
    contour_sd_mm : slow error of the contour across the wall, beside its jitter; inf: only
        the reference frame's contour is used.
    annulus_sd_mm : slow error of the contour's two ends along the wall; inf: not used.
    flow_share : slow error of flow, as a share of the displacement.
    flow_inflation : variance of flow over what its estimator states, for its errors last for some
        frames.
    smooth : False leaves the forward filter alone, whose frames err independently.
    gate : a contour point farther off than so many standard deviations counts less.
    passes : times that flow and contour are read off where the points then are.

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
        flow_inflation=flow_inflation,
        gate=gate,
    )
    has_contour = np.isfinite(centreline_mm).all(axis=(1, 2))
    if not has_contour.any():
        return _unknown(centreline_mm.shape[:2], times_s)
    t, n = centreline_mm.shape[:2]
    wall = noise.mean_arc_length(centreline_mm)
    unit = 1.0 if pixel_mm else wall / noise.WALL_MM
    pixel = pixel_mm or 1.0
    spacing = wall / (n - 1)
    jitter = noise.position_sd(centreline_mm, times_s, pixel)
    reference = reference_frame(centreline_mm, has_contour)
    lasting = np.sqrt(noise.lasting_frames(times_s))
    measured = Measured(
        centreline_mm,
        has_contour,
        reference,
        jitter_sd=jitter,
        across_sd=float(np.hypot(jitter, contour_sd_mm * unit * lasting)),
        ends_sd=float(np.hypot(jitter, annulus_sd_mm * unit * lasting)),
        anchor_sd=ANCHOR_SD * unit,
        alike=max(CONTOUR_ALIKE_MM * unit / spacing, 1.0),
        gate=gate,
    )
    basis = spline_basis(n, CONTROLS)
    flow_alike = max(FLOW_ALIKE_MM * unit / spacing, 1.0)
    positions = carried(centreline_mm[reference], reference, velocity_at, times_s)
    for _ in range(passes):
        moves, covariance = moves_along(positions, velocity_at, times_s, pixel)
        slow = lasting * flow_share * np.linalg.norm(moves, axis=2)
        covariance = flow_inflation * covariance + (slow**2)[..., None, None] * np.eye(2)
        steps = [
            step(basis, move, spread * flow_alike, seconds, unit)
            for move, spread, seconds in zip(moves, covariance, np.diff(times_s), strict=True)
        ]
        result = smoothed(basis, steps, measured, positions, backwards=smooth)
        positions = result.positions
    states = np.full((t, n, 6), np.nan)
    states[..., :2] = positions
    if t > 2:
        states[..., 2:4] = np.gradient(positions, times_s, axis=0)
        states[..., 4:6] = np.gradient(states[..., 2:4], times_s, axis=0)
    full = np.full((t, n, 6, 6), np.nan)
    full[..., :2, :2] = result.covariances
    interval = float(np.median(np.diff(times_s)))
    return Fused(
        states=states,
        covariances=full,
        times_s=times_s,
        correlation_length_mm=CONTOUR_ALIKE_MM * unit,
        position_sd_mm=float(measured.across_sd if np.isfinite(measured.across_sd) else jitter),
        velocity_sd_mm_s=float(noise.FLOW_FLOOR_PX * pixel / interval),
        length_covariance_mm2=LENGTH_INFLATION * result.length_covariance,
    )


def _unknown(shape, times_s):
    nothing = np.full((*shape, 6, 6), np.nan)
    return Fused(nothing[..., 0], nothing, times_s, float("nan"), float("nan"), float("nan"))


def reference_frame(centreline_mm: np.ndarray, has_contour: np.ndarray) -> int:
    """The frame whose contour is longest, end-diastole, in a median over five frames."""
    lengths = np.full(len(has_contour), np.nan)
    steps = np.linalg.norm(np.diff(centreline_mm[has_contour], axis=1), axis=2)
    lengths[has_contour] = steps.sum(axis=1)
    frames = np.flatnonzero(has_contour)
    typical = [np.nanmedian(lengths[max(k - 2, 0) : k + 3]) for k in frames]
    return int(frames[int(np.argmax(typical))])


def carried(
    start: np.ndarray, reference: int, velocity_at: VelocityAt, times_s: np.ndarray
) -> np.ndarray:
    """Points (N, 2) of the reference frame carried by flow alone: (T, N, 2)."""
    t = len(times_s)
    positions = np.empty((t, *start.shape))
    positions[reference] = start
    for k in range(reference, t - 1):
        positions[k + 1] = positions[k] + _move(k, positions[k], velocity_at, times_s)[0]
    for k in range(reference - 1, -1, -1):
        place = positions[k + 1]
        for _ in range(3):  # the flow is drawn on frame k: find who arrives here
            place = positions[k + 1] - _move(k, place, velocity_at, times_s)[0]
        positions[k] = place
    return positions


def moves_along(
    positions: np.ndarray, velocity_at: VelocityAt, times_s: np.ndarray, pixel: float
) -> tuple[np.ndarray, np.ndarray]:
    """Moves (T - 1, N, 2) mm of points with these positions, and their covariances
    (T - 1, N, 2, 2) mm2, inf where motion is unknown.

    An estimator that does not tell its errors is taken to err by FLOW_FLOOR_PX at confidence 1, and
    with a variance that goes as 1 / confidence.
    """
    states = getattr(velocity_at, "covariance", lambda k, points: None)
    moves, spreads = [], []
    for k in range(len(times_s) - 1):
        move, confidence = _move(k, positions[k], velocity_at, times_s)
        spread = states(k, positions[k])
        if spread is None:
            variance = (noise.FLOW_FLOOR_PX * pixel) ** 2 / np.maximum(confidence, LEAST_CONFIDENCE)
            spread = variance[:, None, None] * np.eye(2)
        unknown = (confidence <= 0) | ~np.isfinite(spread).all(axis=(1, 2))
        spread = np.where(unknown[:, None, None], np.inf, spread)
        moves.append(np.where(unknown[:, None], 0.0, move))
        spreads.append(spread)
    return np.array(moves), np.array(spreads)


def _move(k, points, velocity_at, times_s):
    velocity, confidence = velocity_at(k, points)
    return velocity * (times_s[k + 1] - times_s[k]), confidence


def spline_basis(points: int, controls: int) -> np.ndarray:
    """(points, controls): cubic B-splines on even knots along the wall; rows sum to 1."""
    from scipy.interpolate import BSpline

    knots = np.r_[[0.0] * 3, np.linspace(0, 1, controls - 2), [1.0] * 3]
    return BSpline.design_matrix(np.linspace(0, 1, points), knots, 3).toarray()


def step(
    basis: np.ndarray, moves: np.ndarray, covariance: np.ndarray, seconds: float, unit: float
) -> tuple[np.ndarray, np.ndarray]:
    """What one interval moves the control points by, (2 M,) mm, and its covariance.

    The most likely smooth motion: by the measured moves (N, 2) with covariance (N, 2, 2), by how
    fast and how unevenly a wall can move at all. x of all control points come first, then y.
    """
    m = basis.shape[1]
    with np.errstate(invalid="ignore"):
        spread = np.where(np.isfinite(covariance), covariance, 0.0)
    measured = np.isfinite(covariance).all(axis=(1, 2))
    information = np.zeros_like(spread)
    information[measured] = np.linalg.inv(spread[measured])
    bend = np.diff(np.eye(m), 2, axis=0) / (BEND_MM_S * unit * seconds)
    prior = bend.T @ bend + np.eye(m) / (FASTEST_MM_S * unit * seconds) ** 2
    total = np.zeros((2 * m, 2 * m))
    force = np.zeros(2 * m)
    for a in (0, 1):
        for b in (0, 1):
            total[a * m : a * m + m, b * m : b * m + m] = basis.T @ (
                information[:, a, b, None] * basis
            )
        total[a * m : a * m + m, a * m : a * m + m] += prior
        force[a * m : a * m + m] = basis.T @ np.einsum("nb,nb->n", information[:, a], moves)
    spread = np.linalg.inv(total)
    return spread @ force, (spread + spread.T) / 2


@dataclass(frozen=True)
class Measured:
    """The contours of a clip and how far they are believed; lengths in their unit.

    Attributes
    ----------
    centreline : (T, N, 2); has_contour : (T,) bool; reference : the frame that names the points.
    jitter_sd : of the reference contour in any direction, of one point.
    across_sd, ends_sd : of a contour point across the wall, of its ends along it; inf: not used.
    anchor_sd : along the wall in the reference frame.
    alike : points that err alike.
    gate : standard deviations beyond which a point counts less.
    """

    centreline: np.ndarray
    has_contour: np.ndarray
    reference: int
    jitter_sd: float
    across_sd: float
    ends_sd: float
    anchor_sd: float
    alike: float
    gate: float

    def rows(
        self, k: int, positions: np.ndarray, basis: np.ndarray
    ) -> tuple[np.ndarray, ...] | None:
        """Rows H (R, 2 M), values (R,) of displacements from the reference contour and variances
        (R,) of frame k near points (N, 2); None where there is nothing to measure."""
        start = self.centreline[self.reference]
        if k == self.reference:
            tangent = noise.tangents(start)
            normal = _turned(tangent)
            zero = np.zeros(len(start))
            alike = np.full(len(start), self.alike)
            along = self.anchor_sd**2 * alike
            along[[0, -1]] = self.jitter_sd**2
            return (
                np.vstack([_rows(basis, normal), _rows(basis, tangent)]),
                np.r_[zero, zero],
                np.r_[self.jitter_sd**2 * alike, along],
            )
        if not (self.has_contour[k] and np.isfinite(self.across_sd)):
            return None
        place, tangent = foot(positions, self.centreline[k])
        normal = _turned(tangent)
        rest = np.einsum("nc,nc->n", place - positions, normal)
        variance = self.across_sd**2 * self.alike * _less(rest, self.across_sd, self.gate)
        rows, values = _rows(basis, normal), np.einsum("nc,nc->n", place - start, normal)
        if np.isfinite(self.ends_sd):
            ends = self.centreline[k][[0, -1]]
            rest = np.einsum("nc,nc->n", ends - positions[[0, -1]], tangent[[0, -1]])
            along = np.einsum("nc,nc->n", ends - start[[0, -1]], tangent[[0, -1]])
            rows = np.vstack([rows, _rows(basis[[0, -1]], tangent[[0, -1]])])
            values = np.r_[values, along]
            variance = np.r_[variance, self.ends_sd**2 * _less(rest, self.ends_sd, self.gate)]
        return rows, values, variance


def _turned(tangent):
    return np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)


def _rows(basis, directions):
    return np.hstack([directions[:, :1] * basis, directions[:, 1:] * basis])


def _less(rest, sd, gate):
    """Factor of the variance of what lies off by `rest`: 1 up to the gate, then fast more."""
    return np.maximum(np.abs(rest) / (gate * sd), 1.0) ** 4


@dataclass(frozen=True)
class Smoothed:
    """positions (T, N, 2), their covariances (T, N, 2, 2), and length_covariance (T, T)."""

    positions: np.ndarray
    covariances: np.ndarray
    length_covariance: np.ndarray


def smoothed(
    basis: np.ndarray,
    steps: list[tuple[np.ndarray, np.ndarray]],
    measured: Measured,
    positions: np.ndarray,
    *,
    backwards: bool = True,
) -> Smoothed:
    """Filter and smoother of the displacements d (2 M,) of the control points from the
    reference contour: d(k + 1) = d(k) + u(k) + w, w ~ N(0, Q(k)).

    steps : (u, Q) of each interval; positions : (T, N, 2), where contours are read off.
    backwards : False leaves out the smoother.
    """
    t, m = len(steps) + 1, basis.shape[1]
    state, covariance = np.zeros(2 * m), np.diag(np.full(2 * m, START_SD**2))
    states, spreads = np.empty((t, 2 * m)), np.empty((t, 2 * m, 2 * m))
    gains, ahead = [], []
    for k in range(t):
        if k:
            move, noise_of_it = steps[k - 1]
            predicted = covariance + noise_of_it
            gain = np.linalg.solve(predicted, covariance).T
            gains.append(gain if backwards else np.zeros_like(gain))
            state, covariance = state + move, predicted
            ahead.append((state, covariance))
        rows = measured.rows(k, positions[k], basis)
        if rows is not None:
            H, values, variance = rows
            weighted = H / variance[:, None]
            covariance = np.linalg.inv(np.linalg.inv(covariance) + weighted.T @ H)
            covariance = (covariance + covariance.T) / 2
            state = state + covariance @ (weighted.T @ (values - H @ state))
        states[k], spreads[k] = state, covariance
    for k in range(t - 2, -1, -1):
        states[k] = states[k] + gains[k] @ (states[k + 1] - ahead[k][0])
        change = spreads[k + 1] - ahead[k][1]
        spreads[k] = spreads[k] + gains[k] @ change @ gains[k].T
    start = measured.centreline[measured.reference]
    positions = start + np.stack([states[:, :m] @ basis.T, states[:, m:] @ basis.T], axis=-1)
    blocks = [
        np.einsum("nm,tmj,nj->tn", basis, spreads[:, a : a + m, b : b + m], basis)
        for a, b in ((0, 0), (0, m), (m, m))
    ]
    covariances = np.stack([blocks[0], blocks[1], blocks[1], blocks[2]], axis=-1)
    return Smoothed(
        positions,
        covariances.reshape(*positions.shape[:2], 2, 2),
        _length_covariance(positions, basis, spreads, gains),
    )


def _length_covariance(positions, basis, spreads, gains):
    """(T, T) of the arc lengths of all frames, first order.

    Of two frames a < b the states' covariance is G(a) G(a + 1) ... G(b - 1) P(b), by the
    smoother's gains G and covariances P.
    """
    along = np.diff(positions, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-9)
    nothing = np.zeros_like(along[:, :1])
    slopes = np.concatenate([nothing, along], axis=1) - np.concatenate([along, nothing], axis=1)
    of_controls = np.concatenate([slopes[..., 0] @ basis, slopes[..., 1] @ basis], axis=1)
    t = len(positions)
    covariance = np.empty((t, t))
    later = np.empty((spreads.shape[1], 0))
    for k in range(t - 1, -1, -1):
        if k < t - 1:
            later = gains[k] @ later
        later = np.column_stack([spreads[k] @ of_controls[k], later])
        covariance[k, k:] = of_controls[k] @ later
        covariance[k:, k] = covariance[k, k:]
    return covariance


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
