"""How noisy the filter's inputs are: read off each clip, or derived from stated physics.

White noise of position and velocity comes from each clip's own jitter; the jerk comes
from how fast a heart's wall can change its motion. Slow errors (a contour that is wrong
in the same way in every frame) leave no jitter; CONTOUR_SD_MM and LASTING_S, chosen for
`material` on 24 simulated clips that are in no cohort, stand for them.
"""

import numpy as np

# Wall acceleration: the mitral annulus reaches its systolic peak of about 8 cm/s
# within about 80 ms of its start, 1 m/s2; early and late filling are alike. The
# rest of the wall is slower, so the filter follows rather than smooths too much.
ACCELERATION_SD_MM_S2 = 1000.0
# How long an acceleration lasts: each of those phases rises and brakes in about 80 ms.
ACCELERATION_TIME_S = 0.05

# Flow between two images is not known better than this, in pixels (standard deviation); by
# judgement.
FLOW_FLOOR_PX = 0.05

# Where the spacing is unknown: length of the wall from annulus over apex to annulus at
# ED, the median of 449 four-chamber masks of CAMUS (152 to 286 mm).
WALL_MM = 215.0

# A contour errs by this across the wall in the same way for so long, beside its jitter: some
# 1.3 mm on average against experts (workflow/models/unet.md), more in single places. Chosen as the
# docstring says.
CONTOUR_SD_MM = 3.0
LASTING_S = 0.15

# Share of the wall over which errors are taken to be correlated where nothing says so; by
# judgement, some 20 mm.
CORRELATED_SHARE = 0.1


def jerk_density(
    acceleration_sd: float = ACCELERATION_SD_MM_S2,
    acceleration_time_s: float = ACCELERATION_TIME_S,
) -> float:
    """Spectral density q of white-noise jerk, mm2/s5, that makes accelerations like these.

    q = 2 sd^2 / time: the noise that drives Singer's acceleration model (Singer 1970,
    IEEE Transactions on Aerospace and Electronic Systems 6(4), 473-483).
    """
    return 2 * acceleration_sd**2 / acceleration_time_s


def white_noise_sd(
    values: np.ndarray, times_s: np.ndarray, relative_variance: np.ndarray | None = None
) -> float:
    """Standard deviation of the white noise in time series, from their jitter.

    Third differences over four neighbouring frames remove any parabola and leave the
    noise times sqrt(1 + 9 + 9 + 1) = sqrt(20) for equal intervals; here they are third
    divided differences, so that intervals may vary, each scaled to unit noise. The
    median absolute value / 0.6745 is not moved by a few bad frames.

    Parameters
    ----------
    values : (T, N, C); NaN where unknown.
    times_s : (T,)
    relative_variance : (T, N), variance of each value relative to the one asked for;
        inf or NaN where unknown. None: all alike.

    Returns
    -------
    float, in the unit of `values`; NaN where no four neighbouring frames are known.
    """
    if len(times_s) < 4:
        return float("nan")
    times = np.lib.stride_tricks.sliding_window_view(times_s, 4)
    apart = times[:, :, None] - times[:, None, :] + np.eye(4)
    weights = 1 / apart.prod(axis=2)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    windows = np.lib.stride_tricks.sliding_window_view(values, 4, axis=0)
    differences = np.einsum("tnci,ti->tnc", windows, weights)
    if relative_variance is not None:
        variances = np.lib.stride_tricks.sliding_window_view(relative_variance, 4, axis=0)
        with np.errstate(invalid="ignore"):
            differences /= np.sqrt(np.einsum("tni,ti->tn", variances, weights**2))[..., None]
            differences[~np.isfinite(variances).all(axis=2)] = np.nan
    sizes = np.abs(differences[np.isfinite(differences)])
    return float(np.median(sizes) / 0.6745) if sizes.size else float("nan")


def position_sd(centreline: np.ndarray, times_s: np.ndarray, pixel: float) -> float:
    """Noise of a contour point in one coordinate, in the unit of the contour.

    Not below what a grid can tell: a position rounded to whole pixels is uniform over
    one, with standard deviation pixel / sqrt(12). That floor alone where the clip has
    no four neighbouring frames.
    """
    floor = pixel / np.sqrt(12)
    return float(np.fmax(white_noise_sd(centreline, times_s), floor))


def lasting_frames(times_s: np.ndarray) -> float:
    """Frames in LASTING_S, at least 1.

    White noise of that many times the variance stands for one error that lasts so long: a
    frame tells less than it seems to, for its neighbours err alike.
    """
    return max(LASTING_S / float(np.median(np.diff(times_s))), 1.0)


def held_by_motion(variance: np.ndarray, reach: float, times_s: np.ndarray) -> np.ndarray:
    """Weight of motion against the contour along the wall, (T, N): 1 where motion is exact, 0
    where it is unknown.

    In LASTING_S a point that goes by motion alone strays by w, w^2 = variance * interval *
    LASTING_S, the sum of independent errors; the share is 1 / (1 + (w / reach)^2).

    Parameters
    ----------
    variance : (T, N), of velocity in one coordinate; inf or NaN: unknown.
    reach : by how much a point may stray until half of the share is gone.
    """
    strayed = variance * float(np.median(np.diff(times_s))) * LASTING_S
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 1 / (1 + strayed / reach**2)
    return np.where(np.isfinite(share), share, 0.0)


def covariance(sd: float | np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Covariance (*shape, 2, 2) of a standard deviation alike in both directions, or as it is."""
    if np.ndim(sd) == 4:
        return np.asarray(sd)
    variance = np.broadcast_to(sd, shape)[..., None, None] ** 2
    return np.where(np.eye(2) > 0, variance, 0.0)


def wall_covariance(tangent: np.ndarray, along_sd, across_sd) -> np.ndarray:
    """Covariance (..., 2, 2) of errors along and across the wall, by its unit tangent (..., 2)."""
    across = np.asarray(across_sd)[..., None, None] ** 2
    more = np.asarray(along_sd)[..., None, None] ** 2 - across
    return across * np.eye(2) + more * tangent[..., :, None] * tangent[..., None, :]


def tangents(line: np.ndarray) -> np.ndarray:
    """Unit tangents (..., N, 2) of lines (..., N, 2), over several steps: a single one is noisy."""
    k = np.arange(line.shape[-2])
    ahead = line[..., np.minimum(k + 3, k[-1]), :] - line[..., np.maximum(k - 3, 0), :]
    return ahead / np.maximum(np.linalg.norm(ahead, axis=-1, keepdims=True), 1e-9)


def velocity_sd(
    velocities: np.ndarray, confidence: np.ndarray, times_s: np.ndarray, pixel: float
) -> float:
    """Noise of a velocity over one interval at confidence 1, in one coordinate.

    Parameters
    ----------
    velocities : (T - 1, N, 2), over the intervals (not averaged between them).
    confidence : (T - 1, N); the variance is taken to go as 1 / confidence.
    times_s : (T,)
    pixel : pixel size; the floor is FLOW_FLOOR_PX pixels in a median interval.
    """
    with np.errstate(divide="ignore"):
        relative_variance = 1 / confidence
    middles = (times_s[:-1] + times_s[1:]) / 2
    floor = FLOW_FLOOR_PX * pixel / np.median(np.diff(times_s))
    return float(np.fmax(white_noise_sd(velocities, middles, relative_variance), floor))


def correlation_length(residuals: np.ndarray, spacing: float) -> float:
    """Distance along the wall at which errors are correlated by 1/e.

    Parameters
    ----------
    residuals : (T, N, C), position errors scaled to unit variance, such as a filter's
        innovations; NaN where unknown.
    spacing : mean distance between neighbouring points.

    Returns
    -------
    float, in the unit of `spacing`, at least `spacing` / 2 and at most the whole wall.
    """
    n = residuals.shape[1]
    rows = residuals.transpose(0, 2, 1).reshape(-1, n)
    rows = rows[np.isfinite(rows).all(axis=1)]
    power = np.mean(rows**2) if rows.size else 0.0
    if power == 0:
        return CORRELATED_SHARE * spacing * (n - 1)
    # Autocorrelation at every lag at once: zero padding keeps the wall's ends apart.
    spectrum = np.abs(np.fft.rfft(rows, 2 * n, axis=1)) ** 2
    products = np.fft.irfft(spectrum.mean(axis=0), 2 * n)[:n] / np.arange(n, 0, -1)
    correlation = products / power
    below = np.flatnonzero(correlation < np.exp(-1))
    if not below.size:
        return float(spacing * (n - 1))
    lag = below[0]
    step = correlation[lag - 1] - correlation[lag]
    place = lag - 1 + (correlation[lag - 1] - np.exp(-1)) / step
    return float(spacing * max(place, 0.5))


def mean_arc_length(centreline: np.ndarray) -> float:
    """Mean arc length of the centrelines (T, N, 2) that are known; NaN where none is."""
    lengths = np.linalg.norm(np.diff(centreline, axis=1), axis=2).sum(axis=1)
    finite = lengths[np.isfinite(lengths)]
    return float(finite.mean()) if finite.size else float("nan")
