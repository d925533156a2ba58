"""A signal of the beating heart over time: smoothed, and where it is largest and smallest."""

from collections.abc import Iterator, Sequence

import numpy as np

# Half-power frequency of the smoothing, Hz: above the second harmonic of the fastest
# heart's systole, below the jitter of single frames.
CUTOFF_HZ = 5.0
# A frame so many standard deviations of the Gaussian farther away than the nearest one weighs
# nothing (1e-14); and so many frames are smoothed at once, by judgement.
REACH, TOGETHER = 8.0, 128
# No two beats are nearer than at 200/min, seconds; by judgement, faster than most newborns' hearts.
SHORTEST_BEAT_S = 60 / 200
# A minimum is a systole if the curve rises by this share of its range on both sides;
# the dip before atrial contraction and noise on diastasis are smaller. By judgement, as are
# LEVEL and SMALLEST_RANGE.
PROMINENCE = 0.4
# Over so many seconds breathing and a probe that moves change the cavity in the picture, too:
# what is slower than TREND_HZ is not of the range then. By judgement: about breathing's rate, and
# slower than any heart.
LONG_S, TREND_HZ = 2.5, 0.27
# Bumps of diastasis within this share of the range from the highest are as high; the
# last of them, nearest to systole, is ED.
LEVEL = 0.1
# Less variation than this share of the largest value is no heartbeat.
SMALLEST_RANGE = 0.03


def smooth(signal: np.ndarray, times_s: np.ndarray, cutoff_hz: float = CUTOFF_HZ) -> np.ndarray:
    """Low-pass a signal (T,) with NaN gaps at irregular times; NaN only if all is.

    Local lines under a Gaussian in time, so that the clip's ends are not bent, with two
    rounds of bisquare weights against outliers (Cleveland 1979, Journal of the American
    Statistical Association 74, 829-836). The Gaussian's standard deviation that halves
    the power at f is sqrt(ln 2) / (2 pi f).
    """
    finite = np.isfinite(signal)
    if not finite.any():
        return np.full(len(signal), np.nan)
    values, known_s = signal[finite], times_s[finite]
    sd = np.sqrt(np.log(2)) / (2 * np.pi * cutoff_hz)
    parts = []
    for frames, near in _near(times_s, known_s, REACH * sd):
        away = (known_s[near][None] - times_s[frames, None]) / sd
        # Relative to the nearest known frame: a long gap must not underflow.
        closest = np.abs(away).min(axis=1, keepdims=True)
        parts.append((frames, near, away, np.exp(-0.5 * (away**2 - closest**2))))
    curve, trust = np.empty(len(signal)), np.ones(len(values))
    for _ in range(3):
        for frames, near, away, kernel in parts:
            weights = kernel * trust[near]
            total = weights.sum(axis=1)
            first, second = (weights * away).sum(axis=1), (weights * away**2).sum(axis=1)
            # A weak pull of the slope to zero: beyond the known frames hold, do not extrapolate.
            second += 0.01 * total
            level, tilt = weights @ values[near], (weights * away) @ values[near]
            curve[frames] = (second * level - first * tilt) / (total * second - first**2)
        error = np.abs(values - curve[finite])
        # Six median errors, but no less than what a sharp clean curve is smoothed by.
        limit = max(6 * np.median(error), 0.12 * np.ptp(np.quantile(values, [0.05, 0.95])), 1e-12)
        trust = np.maximum((1 - np.minimum(error / limit, 1) ** 2) ** 2, 1e-6)
    return curve


def _near(
    times_s: np.ndarray, known_s: np.ndarray, reach_s: float
) -> Iterator[tuple[slice, slice]]:
    """Frames, TOGETHER at a time, with the known ones that have a weight in any of them: those up
    to `reach_s` farther than the nearest one."""
    right = np.searchsorted(known_s, times_s).clip(0, len(known_s) - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.minimum(np.abs(known_s[right] - times_s), np.abs(known_s[left] - times_s))
    for begin in range(0, len(times_s), TOGETHER):
        frames = slice(begin, min(begin + TOGETHER, len(times_s)))
        far = nearest[frames].max() + reach_s
        ends = times_s[frames.start] - far, times_s[frames.stop - 1] + far
        yield frames, slice(*np.searchsorted(known_s, ends, side="right"))


def largest_before_systole(
    curve: np.ndarray, times_s: np.ndarray, systoles: Sequence[int] | None = None
) -> list[int]:
    """ED frames of a smooth curve (T,), each before a systole, and one after the last if seen.

    systoles : as `find_systoles` gives them; None: they are looked for.
    """
    span = np.ptp(curve)
    if not span > SMALLEST_RANGE * np.abs(curve).max():
        return []
    systoles = find_systoles(curve, times_s) if systoles is None else systoles
    starts: list[int] = []
    begin = 0
    for systole in systoles:
        peaks = _peaks(curve, begin, systole, curve[begin : systole + 1].max() - LEVEL * span)
        starts += peaks[-1:]
        begin = systole
    if starts:
        # The next ED of the last beat: as high as its own, so not just diastasis.
        level = curve[starts[-1]] - LEVEL / 2 * span
        peaks = _peaks(curve, begin, len(curve) - 1, level)
        starts += peaks[-1:]
    return starts


def find_systoles(curve: np.ndarray, times_s: np.ndarray, *, drifts: bool = True) -> list[int]:
    """Frames of the deep minima of a smooth curve (T,): those between a fall and a rise by at
    least PROMINENCE of its range.

    At the clip's ends one of the two is enough. Of two nearer than SHORTEST_BEAT_S the
    deeper stays. In a clip of LONG_S or more a drift does not make the range larger, if it
    `drifts`.
    """
    long = drifts and times_s[-1] - times_s[0] >= LONG_S
    drift = smooth(curve, times_s, TREND_HZ) if long else 0.0
    prominence = PROMINENCE * np.ptp(curve - drift)
    minima: list[int] = []
    falling, extreme = True, 0
    for frame, value in enumerate(curve):
        beyond = curve[extreme] - value if falling else value - curve[extreme]
        if beyond > 0:
            extreme = frame
        elif beyond < -prominence:
            if falling:
                minima.append(extreme)
            falling, extreme = not falling, frame
    if falling and curve[: extreme + 1].max() - curve[extreme] >= prominence:
        minima.append(extreme)
    kept: list[int] = []
    for frame in sorted(minima, key=lambda frame: curve[frame]):
        if all(abs(times_s[frame] - times_s[other]) >= SHORTEST_BEAT_S for other in kept):
            kept.append(frame)
    return sorted(kept)


def _peaks(curve: np.ndarray, begin: int, end: int, level: float) -> list[int]:
    """Local maxima from `begin` to `end` of at least `level`; of a plateau, its last frame."""
    padded = np.pad(curve, 1, constant_values=-np.inf)
    peak = (padded[:-2] <= curve) & (curve > padded[2:]) & (curve >= level)
    return [int(frame) for frame in np.flatnonzero(peak[begin : end + 1]) + begin]
