"""Does the heart beat as fast as it can, and as the file says? If not, frame times are wrong.

Videos are replayed slowly, animations have a delay of their own, and vectors of frame times are
filled wrongly. Strain is a ratio and stays; beats, rates and smoothing in time do not.
"""

from collections.abc import Sequence

import numpy as np

from echogls.strain.cycle import SYSTOLE_S
from echogls.strain.signal import (
    SMALLEST_RANGE,
    find_systoles,
    largest_before_systole,
    smooth,
)
from echogls.study import SYSTOLE

# Beats a minute of a heart in sinus rhythm or not, from a sleeping athlete's to a newborn's; by
# judgement.
RATES = (35.0, 220.0)
USUAL_RATE = 70.0  # of an adult at rest
# Beat lengths within this factor of the stated heart rate's are as stated: it is of another
# moment, and hearts are irregular; by judgement, as is ALIKE_SYSTOLE.
ALIKE = 1.4
# Of a beat that the clip's first or last frame cuts off at least this share is seen: its fall and a
# part of its rise. By judgement.
LEAST_SEEN = 0.4
# Outlines begin and end a systole a little differently than Q wave and heart sounds, by which
# study.SYSTOLE was measured, so the factor is wider.
ALIKE_SYSTOLE = 1.7
# Clocks so many times slower are tried where hearts seem to beat too fast to be seen; by judgement.
SLOWER = (1, 2, 3, 4)


def time_factor(
    area: np.ndarray,
    times_s: np.ndarray,
    heart_rate: float | None = None,
    r_waves_s: Sequence[float] = (),
) -> tuple[float, str]:
    """How many times too long the frame times look, and why.

    Parameters
    ----------
    area : (T,) the cavity, any unit, NaN where a frame has no outline.
    times_s : (T,) as the recording states them.
    heart_rate : beats per minute as the file states them, or None.
    r_waves_s : R waves on a clock of their own; two of them tell the rate where it is not stated.

    Returns
    -------
    factor : 1.0 where nothing is wrong or known; 2.0 where times are twice too long, 0.5 where they
        are half of what they should be.
    note : what came and what was expected, "" where nothing is wrong.

    Errors: a beat is found to some 5 %; a wrong factor under 1.4 is not seen.
    """
    beat, systole, whole = _beat_and_systole(area, times_s)
    stated, source = _stated_rate(heart_rate, r_waves_s)
    if np.isfinite(beat):
        rate = 60 / beat
        if stated:
            factor = beat * stated / 60
            if not (1 / ALIKE if whole else LEAST_SEEN) <= factor <= ALIKE:
                what = f"a beat lasts {beat:.2f} s, {60 / stated:.2f} s at {source}"
                return factor, _words(factor, what)
        elif rate < RATES[0] or (whole and rate > RATES[1]):
            factor = USUAL_RATE / rate
            return factor, _words(factor, f"the heart beats {rate:.0f} times a minute")
    if np.isfinite(systole):
        usual = SYSTOLE[0] - SYSTOLE[1] * (stated or USUAL_RATE)
        longest = min(ALIKE_SYSTOLE * usual, SYSTOLE_S[1]) if stated else SYSTOLE_S[1]
        if systole > longest:
            factor = systole / usual
            return factor, _words(factor, f"systole lasts {systole:.2f} s")
    return 1.0, ""


def _stated_rate(heart_rate, r_waves_s):
    waves = np.diff(np.asarray(r_waves_s, float))
    if heart_rate:
        return heart_rate, f"the stated {heart_rate:.0f}/min"
    if len(waves) and np.median(waves) > 0:
        rate = 60 / float(np.median(waves))
        return rate, f"the {rate:.0f}/min of the R waves"
    return None, ""


def _words(factor, what):
    times, way = (factor, "long") if factor > 1 else (1 / factor, "short")
    return f"{what}: frame times look about {_rounded(times):g} times too {way}"


def _rounded(times: float) -> float:
    """To halves, small ones to tenths."""
    return round(2 * times) / 2 if times >= 1.75 else round(times, 1)


def _beat_and_systole(area: np.ndarray, times_s: np.ndarray) -> tuple[float, float, bool]:
    """Median seconds from one smallest cavity to the next, and from the largest before to the
    smallest, NaN where the clip shows none; and whether the beat is a whole one: one that the
    clip's first or last frame bounds lasts longer than is seen."""
    for slower in SLOWER:
        clock = slower * (times_s - times_s[0])
        curve = smooth(area, clock)
        if not np.ptp(curve) > SMALLEST_RANGE * np.abs(curve).max():
            return np.nan, np.nan, False
        ends = find_systoles(curve, clock, drifts=slower == 1)
        # From one smallest cavity to the next, else between the largest around a single one.
        largest = largest_before_systole(curve, clock, ends)
        inner = (_inner(ends, len(curve)), _inner(largest, len(curve)))
        marks = next((m for m in (*inner, ends, largest) if len(m) > 1), [])
        if marks:
            break
    if not ends:
        return np.nan, np.nan, False
    beats, whole = np.diff(times_s[marks]), marks in inner
    begin, systoles = 0, []
    for end in ends:
        start = begin + int(np.argmax(curve[begin : end + 1]))
        # Of diastole's plateau its end; a clip that begins later makes systole short, never long.
        high = curve[begin : end + 1] >= curve[start] - 0.1 * (curve[start] - curve[end])
        start = begin + int(np.flatnonzero(high)[-1])
        systoles.append(times_s[end] - times_s[start])
        begin = end
    return (
        float(np.median(beats)) if len(beats) else np.nan,
        float(np.median(systoles)) if systoles else np.nan,
        whole,
    )


def _inner(frames: list[int], count: int) -> list[int]:
    """Those that are not the first or the last of a clip's frames."""
    return [frame for frame in frames if 0 < frame < count - 1]
