"""Material points: flow moves them along the wall, the contour holds them to it.

The paper's filter measures positions at equal shares of each frame's contour, which is
not the same tissue over time. Here the contour of one frame, end-diastole, names the
tissue. Flow carries it to every other frame; of the contours there only the distance
across the wall counts, and of their ends how far the annulus has come along it.

The unknowns are where the tissue is in all frames: control points of a cubic spline along
the wall. Flow counts by its covariance, which is large along a wall without contrast along
it, where the neighbours and the annulus of the contours have more to say; so does motion
over stretches of several frames, of estimators that tell it. One least-squares problem
weighs everything over the whole clip, and says how the lengths of any two frames err together.
"""

from dataclasses import dataclass, replace

import numpy as np

from echogls.fusion import noise
from echogls.fusion.block_banded import Cholesky, factored
from echogls.fusion.fused import Fused
from echogls.fusion.velocities import VelocityAt
from echogls.options import check_at_least
from echogls.study import StudyError

CONTROLS = 24  # of the spline: some 9 mm of wall apart, four a segment; by judgement
# Errors of neighbours on the wall are alike over so much of it, mm: of flow (the estimators'
# kernels), of a contour (as long as what it mistakes for wall). By judgement.
FLOW_ALIKE_MM = 8.0
CONTOUR_ALIKE_MM = 12.0
# Velocities of the wall, mm/s, as they are expected before anything is measured; by judgement: ten
# times that of the annulus at its systolic peak, so that it holds only what else nothing holds; and
# how far a control point's may lie from the middle of its neighbours'.
FASTEST_MM_S = 1000.0
BEND_MM_S = 20.0
# Along the wall, mm: in the reference frame the contour names the points; by judgement, well under
# a point's distance from the next.
ANCHOR_SD = 0.3
# Standard deviations of a contour's distance from which on it counts less; by judgement: of normal
# errors one in 80.
GATE = 2.5
LEAST_CONFIDENCE = 0.02  # less counts as this: variance stays finite; by judgement
START_SD = 100.0  # mm, before anything is measured
# Variance of lengths over what follows from all that, in which it is not where the reference
# contour lies. So `gls_sd` covers the error of 31 of 32 development clips (benchmarks/carried.py
# --half 0, 8 of each row of docs/accuracy.md), of those coded by H.264 7 of 8.
LENGTH_INFLATION = 2.0


def fuse(
    centreline_mm: np.ndarray,
    velocity_at: VelocityAt | None,
    times_s: np.ndarray,
    *,
    pixel_mm: float | None,
    contour_sd_mm: float = 1.25,
    annulus_sd_mm: float = 2.0,
    flow_share: float = 0.02,
    flow_inflation: float = 8.0,
    stretch_inflation: float = 12.0,
    between_inflation: float = 60.0,
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
    stretch_inflation, between_inflation : the same of motion over stretches of frames, where it is
        known, and of that between their neighbouring frames, which it takes the place of.
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
        stretch_inflation=stretch_inflation,
        between_inflation=between_inflation,
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
    inflation = between_inflation if getattr(velocity_at, "stretches", ()) else flow_inflation
    positions = carried(centreline_mm[reference], reference, velocity_at, times_s)
    held = smoothness(CONTROLS, np.diff(times_s), unit)
    for _ in range(passes):
        factor = None  # the last pass's, before the next one is made
        moves = [
            move.less_sure(inflation, lasting * flow_share)
            for move in moves_between(positions, velocity_at, times_s, pixel)
        ]
        moves += [
            move.less_sure(stretch_inflation, lasting * flow_share)
            for move in moves_over_stretches(positions, velocity_at)
        ]
        equations = Equations(t, 2 * CONTROLS, max(b - a for a, b in (m.span for m in moves)))
        for move in moves:
            terms = information(basis, move.displacement, flow_alike * move.covariance)
            equations.tie(*move.span, *terms)
        for k, precision in enumerate(held):
            equations.tie(k, k + 1, precision, 0.0)
        equations.hold(0, np.eye(2 * CONTROLS) / START_SD**2, 0.0)
        for k in range(t):
            equations.measure(k, measured.rows(k, positions[k], basis))
        factor, force = factored(equations.lower), equations.force
        del equations  # of a long clip, a quarter of a gigabyte
        controls = factor.solve(force.ravel()).reshape(t, 2, CONTROLS)
        positions = centreline_mm[reference] + np.einsum("tam,nm->tna", controls, basis)
    states = np.full((t, n, 6), np.nan)
    states[..., :2] = positions
    if t > 2:
        states[..., 2:4] = np.gradient(positions, times_s, axis=0)
        states[..., 4:6] = np.gradient(states[..., 2:4], times_s, axis=0)
    full = np.full((t, n, 6, 6), np.nan)
    full[..., :2, :2] = position_covariances(factor, basis)
    interval = float(np.median(np.diff(times_s)))
    return Fused(
        states=states,
        covariances=full,
        times_s=times_s,
        correlation_length_mm=CONTOUR_ALIKE_MM * unit,
        position_sd_mm=float(measured.across_sd if np.isfinite(measured.across_sd) else jitter),
        velocity_sd_mm_s=float(noise.FLOW_FLOOR_PX * pixel / interval),
        length_covariance_mm2=LENGTH_INFLATION * length_covariance(factor, positions, basis),
        calibrated=True,
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


@dataclass(frozen=True)
class Move:
    """What the N points are displaced by from one frame to a later one.

    Attributes
    ----------
    span : the two frames.
    displacement : (N, 2) mm; 0 where unknown.
    covariance : (N, 2, 2) mm2 of its error; inf where the displacement is unknown.
    """

    span: tuple[int, int]
    displacement: np.ndarray
    covariance: np.ndarray

    def less_sure(self, inflation: float, share: float) -> "Move":
        """The same with its variance so many times as large, and a slow error that is a share of
        the displacement added."""
        slow = share * np.linalg.norm(self.displacement, axis=1)
        covariance = inflation * self.covariance + (slow**2)[:, None, None] * np.eye(2)
        return replace(self, covariance=covariance)


def _known_alone(span, displacement, covariance):
    unknown = ~np.isfinite(covariance).all(axis=(1, 2)) | ~np.isfinite(displacement).all(axis=1)
    covariance = np.where(unknown[:, None, None], np.inf, covariance)
    return Move(span, np.where(unknown[:, None], 0.0, displacement), covariance)


def moves_between(
    positions: np.ndarray, velocity_at: VelocityAt, times_s: np.ndarray, pixel: float
) -> list[Move]:
    """The moves between neighbouring frames of points with these positions (T, N, 2).

    An estimator that does not tell its errors is taken to err by FLOW_FLOOR_PX at confidence 1, and
    with a variance that goes as 1 / confidence.
    """
    states = getattr(velocity_at, "covariance", lambda k, points: None)
    moves = []
    for k in range(len(times_s) - 1):
        move, confidence = _move(k, positions[k], velocity_at, times_s)
        spread = states(k, positions[k])
        if spread is None:
            variance = (noise.FLOW_FLOOR_PX * pixel) ** 2 / np.maximum(confidence, LEAST_CONFIDENCE)
            spread = variance[:, None, None] * np.eye(2)
        spread = np.where((confidence <= 0)[:, None, None], np.inf, spread)
        moves.append(_known_alone((k, k + 1), move, spread))
    return moves


def moves_over_stretches(positions: np.ndarray, velocity_at: VelocityAt) -> list[Move]:
    """The moves over the stretches of frames whose motion an estimator tells; none of others."""
    stretches = getattr(velocity_at, "stretches", ())
    return [
        _known_alone(span, *velocity_at.over_stretch(number, positions[span[0]]))
        for number, span in enumerate(stretches)
    ]


def _move(k, points, velocity_at, times_s):
    velocity, confidence = velocity_at(k, points)
    return velocity * (times_s[k + 1] - times_s[k]), confidence


def spline_basis(points: int, controls: int) -> np.ndarray:
    """(points, controls): cubic B-splines on even knots along the wall; rows sum to 1.

    By their recursion (de Boor 1972, J Approx Theory 6, 50-62): scipy.interpolate takes as long to
    import as half of the fusion to run.
    """
    knots = np.r_[[0.0] * 3, np.linspace(0, 1, controls - 2), [1.0] * 3]
    at = np.linspace(0, 1, points)[:, None]
    basis = ((knots[:-1] <= at) & (at < knots[1:])).astype(float)
    basis[-1, controls - 1] = 1  # the wall's end belongs to the last piece
    for degree in (1, 2, 3):
        start, width = knots[:-degree], knots[degree:] - knots[:-degree]
        share = np.where(width > 0, (at - start) / np.where(width > 0, width, 1), 0)
        basis = share[:, :-1] * basis[:, :-1] + (1 - share[:, 1:]) * basis[:, 1:]
    return basis


def information(
    basis: np.ndarray, displacement: np.ndarray, covariance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What measured displacements (N, 2) with covariances (N, 2, 2) say of those d of the control
    points: P (2 M, 2 M) and h (2 M,), by which they are likely as exp(-(d' P d) / 2 + h' d).

    x of all control points come first, then y.
    """
    m = basis.shape[1]
    measured = np.isfinite(covariance).all(axis=(1, 2))
    weights = np.zeros(covariance.shape)
    weights[measured] = np.linalg.inv(covariance[measured])
    precision, pull = np.empty((2, m, 2, m)), np.empty((2, m))
    for a in (0, 1):
        for b in (0, 1):
            precision[a, :, b] = basis.T @ (weights[:, a, b, None] * basis)
        pull[a] = basis.T @ np.einsum("nb,nb->n", weights[:, a], displacement)
    return precision.reshape(2 * m, 2 * m), pull.ravel()


def smoothness(controls: int, seconds: np.ndarray, unit: float) -> np.ndarray:
    """(K, 2 M, 2 M): the precision of displacements of M control points over K intervals before
    anything is measured, by how fast and how unevenly a wall can move at all."""
    bend = np.diff(np.eye(controls), 2, axis=0) / (BEND_MM_S * unit)
    one = bend.T @ bend + np.eye(controls) / (FASTEST_MM_S * unit) ** 2
    return np.kron(np.eye(2), one) / seconds[:, None, None] ** 2


class Equations:
    """The normal equations of displacements (T, B), each frame's from the reference contour.

    Attributes
    ----------
    lower : (T, reach + 1, B, B), as `block_banded.factored` takes them.
    force : (T, B), the right-hand side.
    """

    def __init__(self, frames: int, unknowns: int, reach: int):
        self.lower = np.zeros((frames, reach + 1, unknowns, unknowns))
        self.force = np.zeros((frames, unknowns))

    def tie(self, first: int, second: int, precision: np.ndarray, pull: np.ndarray | float):
        """Add what is known of the displacement from one frame to a later one."""
        self.hold(first, precision, -pull)
        self.hold(second, precision, pull)
        self.lower[first, second - first] -= precision

    def hold(self, k: int, precision: np.ndarray, pull: np.ndarray | float):
        """Add what is known of frame k's displacement itself."""
        self.lower[k, 0] += precision
        self.force[k] += pull

    def measure(self, k: int, rows: tuple[np.ndarray, ...] | None) -> None:
        """Add rows H (R, B), values (R,) and variances (R,) of frame k, if there are any."""
        if rows is not None:
            H, values, variance = rows
            weighted = H / variance[:, None]
            self.hold(k, weighted.T @ H, weighted.T @ values)


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


def position_covariances(factor: Cholesky, basis: np.ndarray) -> np.ndarray:
    """(T, N, 2, 2) mm2 of the points' positions, by the factor of the normal equations."""
    m = basis.shape[1]
    inverse = factor.inverse_diagonal().reshape(-1, 2, m, 2, m)
    return np.einsum("nm,tambj,nj->tnab", basis, inverse, basis, optimize=True)


def length_covariance(factor: Cholesky, positions: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """(T, T) mm2 of the arc lengths of all frames, first order: G' A^-1 G, where G holds the slope
    of each frame's length on the control points."""
    along = np.diff(positions, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-9)
    nothing = np.zeros_like(along[:, :1])
    slopes = np.concatenate([nothing, along], axis=1) - np.concatenate([along, nothing], axis=1)
    of_controls = np.concatenate([slopes[..., 0] @ basis, slopes[..., 1] @ basis], axis=1)
    return factor.inverse_products(of_controls)


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
