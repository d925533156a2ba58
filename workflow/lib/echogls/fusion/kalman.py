"""The Kalman filter of Ostvik 2018, section 2.4: z = [x, y, vx, vy] for every point.

Forward only, as in the paper. Every point of the centreline is one filter; all
run side by side as the leading axis of the arrays.

A limit that the paper shares: positions are equally spaced along each frame's
contour, so along the wall they are not the same tissue, and they pull the segments'
strains towards the global one: where every contour is believed (`contour_sd_mm` 0), of a
simulated difference of 8 points between base and apex about 3 remain with good flow
(2 mm/s) and 1 with fair flow (8 mm/s). Global strain needs only the ends and the shape.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echogls.fusion import noise, velocities
from echogls.fusion.fused import Fused
from echogls.fusion.length_errors import length_covariance
from echogls.fusion.motion_model import MEASUREMENT, process_noise, transition
from echogls.options import check_at_least
from echogls.study import StudyError

# Standard deviations of the start, an order of magnitude beyond any heart's:
# mm, mm/s, mm/s2. Diffuse enough not to matter, finite enough to compute with.
START_SD = np.array([100.0, 100.0, 1000.0, 1000.0, 10000.0, 10000.0])
LEAST = 1e-3  # mm, mm/s and s of options that must be above zero; far below any sensible one


@dataclass(frozen=True)
class Filtered:
    """What the filter knows after each frame.

    Attributes
    ----------
    states : (T, N, 6), [x, y, vx, vy, ax, ay] in mm, mm/s, mm/s2. NaN throughout for
        a point whose position is never measured.
    covariances : (T, N, 6, 6), symmetric, positive.
    innovations : (T, N, 4), measured minus predicted; NaN where not measured.
    innovation_covariances : (T, N, 4, 4), of the innovations where measured.
    transitions, disturbances : (T - 1, N, 6, 6), what becomes of an error from one frame to the
        next, (I - K H) F, and the covariance of what is added to it.
    log_likelihood : (N,), of the point's measurements. The diffuse start adds a
        constant, so compare only within the same clip.
    """

    states: np.ndarray
    covariances: np.ndarray
    innovations: np.ndarray
    innovation_covariances: np.ndarray
    transitions: np.ndarray
    disturbances: np.ndarray
    log_likelihood: np.ndarray


def start(positions: np.ndarray, velocities_mm_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """State (N, 6) and covariance (N, 6, 6) before the first frame: diffuse.

    Centred on each point's first measured position and velocity (0 where no velocity
    is ever measured), at rest in acceleration.
    """
    measured = np.concatenate([positions, velocities_mm_s], axis=2)
    first = np.isfinite(measured).argmax(axis=0)
    initial = np.take_along_axis(measured, first[None], axis=0)[0]
    initial[:, 2:] = np.where(np.isfinite(initial[:, 2:]), initial[:, 2:], 0.0)
    state = np.concatenate([initial, np.zeros((len(initial), 2))], axis=1)
    return state, np.broadcast_to(np.diag(START_SD**2), (len(initial), 6, 6)).copy()


def filter_points(
    positions: np.ndarray,
    velocities_mm_s: np.ndarray,
    position_noise: float | np.ndarray,
    velocity_sd: float | np.ndarray,
    times_s: np.ndarray,
    jerk_density: float,
) -> Filtered:
    """Run the constant-acceleration filter over N points at once.

    Predict: x = F x, P = F P F' + Q. Update: S = H P H' + R, K = P H' S^-1,
    x = x + K (z - H x), P = (I - K H) P (I - K H)' + K R K' (Joseph's form, which
    stays symmetric and positive). A component that was not measured has its row of H
    set to zero: its gain is exactly zero, and the others are as if it never existed.

    Parameters
    ----------
    positions : (T, N, 2), mm (x, y); NaN where not measured.
    velocities_mm_s : (T, N, 2), mm/s; NaN where not measured.
    position_noise : standard deviation, a scalar or (T, N), or covariance (T, N, 2, 2).
    velocity_sd : scalar or (T, N). Of both, positive; inf or NaN: not measured.
    times_s : (T,), increasing.
    jerk_density : mm2/s5, see `echogls.fusion.noise.jerk_density`.
    """
    t, n = positions.shape[:2]
    measured = np.concatenate([positions, velocities_mm_s], axis=2)
    R = np.zeros((t, n, 4, 4))
    R[..., :2, :2] = noise.covariance(position_noise, (t, n))
    R[..., 2:, 2:] = noise.covariance(velocity_sd, (t, n))
    diagonal = np.arange(4)
    is_measured = np.isfinite(measured) & np.isfinite(R[..., diagonal, diagonal])
    # An unmeasured component gets residual 0 and variance 1; its row of H is 0.
    R = np.where(is_measured[..., :, None] & is_measured[..., None, :], R, np.eye(4))
    rows = is_measured.astype(float)

    state, covariance = start(
        np.where(is_measured[..., :2], positions, np.nan),
        np.where(is_measured[..., 2:], velocities_mm_s, np.nan),
    )
    states, covariances = np.empty((t, n, 6)), np.empty((t, n, 6, 6))
    innovations, spreads = np.empty((t, n, 4)), np.empty((t, n, 4, 4))
    transitions, disturbances = np.empty((t, n, 6, 6)), np.empty((t, n, 6, 6))
    for k in range(t):
        dt = times_s[k] - times_s[k - 1] if k else 0.0
        F, Q = transition(dt), process_noise(dt, jerk_density)
        state = state @ F.T
        covariance = F @ covariance @ F.T + Q
        H = rows[k][:, :, None] * MEASUREMENT
        HT = H.transpose(0, 2, 1)
        residual = np.where(is_measured[k], measured[k] - state[:, :4], 0.0)
        PHT = covariance @ HT
        S = H @ PHT + R[k]
        gain = np.linalg.solve(S, PHT.transpose(0, 2, 1)).transpose(0, 2, 1)
        state = state + (gain @ residual[..., None])[..., 0]
        kept = np.eye(6) - gain @ H
        measured_noise = gain @ R[k] @ gain.transpose(0, 2, 1)
        covariance = kept @ covariance @ kept.transpose(0, 2, 1) + measured_noise
        covariance = (covariance + covariance.transpose(0, 2, 1)) / 2
        transitions[k] = kept @ F
        disturbances[k] = kept @ Q @ kept.transpose(0, 2, 1) + measured_noise
        states[k], covariances[k], innovations[k], spreads[k] = state, covariance, residual, S
    return Filtered(
        states=states,
        covariances=covariances,
        innovations=np.where(is_measured, innovations, np.nan),
        innovation_covariances=spreads,
        transitions=transitions[1:],
        disturbances=disturbances[1:],
        log_likelihood=_log_likelihood(innovations, spreads, is_measured),
    )


def fuse(
    centreline_mm: np.ndarray,
    velocity_at: Callable[[int, np.ndarray], tuple[np.ndarray, np.ndarray]] | None,
    times_s: np.ndarray,
    *,
    pixel_mm: float | None,
    position_sd_mm: float | None = None,
    contour_sd_mm: float = 0.0,
    along_sd_mm: float | None = None,
    velocity_sd_mm_s: float | None = None,
    acceleration_sd_mm_s2: float = noise.ACCELERATION_SD_MM_S2,
    acceleration_time_s: float = noise.ACCELERATION_TIME_S,
) -> Fused:
    """Fuse one clip by the filter; see `echogls.fusion.fuse_clip` for the arrays.

    The velocity of a frame averages two flows, and each flow serves two frames. Their
    noise is therefore not white, which the filter assumes; the averaging is not
    credited (each frame's velocity counts as noisy as one flow), which gives slow motion
    the weight that it has. What the covariances say of the length of the wall, in one frame and in
    two together (`length_errors`), is therefore the model's opinion and not calibrated: errors of
    outlines and of motion last, and motion that is found too small is a bias.

    A one-sided velocity is off by half an interval, and its variance grows by what the
    acceleration can do in that time. Before its first contour a point is nowhere (NaN).

    Parameters
    ----------
    position_sd_mm, velocity_sd_mm_s : noise in one coordinate; None: from the clip's jitter.
    contour_sd_mm : slow error of the contour, beside its jitter, such as 0.5.
        The first contour names the tissue and has none: where it lies is where the points
        are. With 0 frames that err alike count as so many opinions, and the path moves
        from what the first contour says to what many say, as if the wall had moved.
    along_sd_mm : the same along the wall where motion holds a point; None: as across it. What
        lies at equal shares of two contours is not the same tissue, so a contour tells less
        there, such as 6. The less is known of the motion, the nearer it is to that across the
        wall (`noise.held_by_motion`): where none is known nothing else holds a point.
    acceleration_sd_mm_s2, acceleration_time_s : see `echogls.fusion.noise`.
    """
    if velocity_at is None:
        raise StudyError(
            "fusion: 'kalman' needs motion and got none; a recording of stills is fused by 'none'"
        )
    owner = "fusion: 'kalman'"
    check_at_least(
        owner,
        0,
        contour_sd_mm=contour_sd_mm,
        along_sd_mm=along_sd_mm,
        acceleration_sd_mm_s2=acceleration_sd_mm_s2,
    )
    check_at_least(
        owner,
        LEAST,
        position_sd_mm=position_sd_mm,
        velocity_sd_mm_s=velocity_sd_mm_s,
        acceleration_time_s=acceleration_time_s,
    )
    if along_sd_mm is not None and not np.isfinite(along_sd_mm):
        raise StudyError(
            f"fusion: 'kalman' has along_sd_mm {along_sd_mm}, expected a finite number; with 100 "
            "a contour says nothing along the wall"
        )
    unit = 1.0 if pixel_mm else noise.mean_arc_length(centreline_mm) / noise.WALL_MM
    pixel = pixel_mm or 1.0
    acceleration_sd = acceleration_sd_mm_s2 * unit

    intervals = velocities.over_intervals(velocities.smoothed(velocity_at), centreline_mm, times_s)
    frames = velocities.at_frames(intervals, times_s)
    if position_sd_mm is None:
        position_sd_mm = noise.position_sd(centreline_mm, times_s, pixel)
    seen = np.isfinite(centreline_mm).all(axis=2)
    lasting = unit * np.sqrt(noise.lasting_frames(times_s))
    if velocity_sd_mm_s is None:
        velocity_sd_mm_s = noise.velocity_sd(
            intervals.leaving, intervals.leaving_confidence, times_s, pixel
        )
    with np.errstate(divide="ignore"):
        variance = velocity_sd_mm_s**2 / frames.confidence
    across_sd = np.hypot(position_sd_mm, contour_sd_mm * lasting)
    along_sd = np.full(seen.shape, across_sd)
    if along_sd_mm is not None:
        apart = np.hypot(position_sd_mm, along_sd_mm * lasting)
        reach = unit * np.hypot(along_sd_mm, contour_sd_mm)
        held = noise.held_by_motion(variance, reach, times_s)
        along_sd = np.sqrt(across_sd**2 + held * (apart**2 - across_sd**2))
    contour = noise.wall_covariance(noise.tangents(centreline_mm), along_sd, across_sd)
    contour[seen.argmax(axis=0), np.arange(seen.shape[1])] = position_sd_mm**2 * np.eye(2)
    filtered = filter_points(
        centreline_mm,
        frames.velocity,
        contour,
        np.sqrt(variance + (acceleration_sd * frames.offset_s) ** 2),
        times_s,
        noise.jerk_density(acceleration_sd, acceleration_time_s),
    )
    # What lies before a point's first contour is a guess of the diffuse start.
    unseen = ~np.logical_or.accumulate(seen, axis=0)
    states = np.where(unseen[..., None], np.nan, filtered.states)
    covariances = np.where(unseen[..., None, None], np.nan, filtered.covariances)
    # The first frame's innovation is against the diffuse start: it says nothing.
    spread = np.sqrt(np.diagonal(filtered.innovation_covariances, axis1=2, axis2=3)[1:, :, :2])
    spacing = noise.mean_arc_length(centreline_mm) / (centreline_mm.shape[1] - 1)
    alike = noise.correlation_length(filtered.innovations[1:, :, :2] / spread, spacing)
    return Fused(
        states=states,
        covariances=covariances,
        times_s=times_s,
        correlation_length_mm=alike,
        position_sd_mm=float(position_sd_mm),
        velocity_sd_mm_s=float(velocity_sd_mm_s),
        length_covariance_mm2=length_covariance(
            states[..., :2],
            filtered.covariances[0],
            filtered.transitions,
            filtered.disturbances,
            alike,
        ),
    )


def _log_likelihood(
    innovations: np.ndarray, spreads: np.ndarray, is_measured: np.ndarray
) -> np.ndarray:
    """Sum over frames of log N(innovation; 0, S); an unmeasured component adds nothing."""
    whitened = np.linalg.solve(spreads, innovations[..., None])[..., 0]
    squares = (innovations * whitened).sum(axis=2)
    _, log_determinants = np.linalg.slogdet(spreads)
    terms = squares + log_determinants + np.log(2 * np.pi) * is_measured.sum(axis=2)
    return -0.5 * terms.sum(axis=0)
