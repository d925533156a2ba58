"""End-diastole and end-systole, beat by beat, by rule.

ED is the R wave (Voigt 2015 takes its peak as the surrogate of mitral closure)
or, without one, the largest cavity; ES is the smallest cavity in between.
Durations are physiology, never frames, so that 25 and 80 frames/s are alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

import numpy as np

from echogls.cine import Cine
from echogls.fusion.fused import Fused
from echogls.segmentation.clip import Segmentation
from echogls.strain.longitudinal import arc_length
from echogls.strain.signal import (
    CUTOFF_HZ,
    SMALLEST_RANGE,
    find_systoles,
    largest_before_systole,
    smooth,
)
from echogls.study import StudyError

# Systole lasts between these, from a tachycardic child's to a bradycardic adult's, seconds; by
# judgement.
SYSTOLE_S = (0.15, 0.6)
# A clip that starts this share of the range below a later ED starts within systole; by judgement,
# as are SMALLEST_FALL, SEEN_RISE and R_WAVE_HEIGHT.
STARTS_LOW = 0.15
# A clip whose area falls, in the first fifth of the way to ES, at more than this
# multiple of the mean rate starts within systole (a half cosine: 0.5; one that lacks
# the first quarter: 1.2). Real ejection starts faster than a cosine: the limit is wide.
STARTS_STEEP = 1.25
# A clip that still falls in the last fifth at more than this multiple of the mean rate
# ends before ES (a half cosine: 0.5; one that lacks the last twelfth: 0.75).
ENDS_STEEP = 0.75
# A last fall of less than this share of the clip's range is a stump, as clips end with, and no
# systole; of the beats of an irregular heart the smallest are larger.
SMALLEST_FALL = 0.3
# End-systole has been seen if the curve rises by this share of its fall before the clip ends.
SEEN_RISE = 0.03
# At an R wave the cavity is nearly at its largest: less than this share of its range above its
# smallest contradicts, and so does another number of systoles than one between two R waves; in
# more than this share of them (by judgement), for a single one may be an extrasystole.
R_WAVE_HEIGHT = 0.5
CONTRADICTING_SHARE = 1 / 3


@dataclass(frozen=True)
class Beat:
    """One beat in frames of the clip, 0-based; next_ed is None if the clip ends before."""

    ed: int
    es: int
    next_ed: int | None = None


@dataclass(frozen=True)
class Marks:
    """Frames of a clip that were set by hand, 0-based; None is left to the rules."""

    ed: int | None = None
    es: int | None = None


@dataclass(frozen=True)
class Cycle:
    """The beats of a clip.

    Attributes
    ----------
    beats : whole systoles, in order.
    dropped : for each beat that was left out, what came and what was expected.
    ed_rule : the rule that gave ED, "" without beats.
    reason : "" or "no_whole_systole", a key of study.REASONS.
    flags : what of the beats is doubtful, keys of study.REASONS -> what came: `incomplete_beat`,
        `beats_left_out`, `r_waves_contradict`.
    """

    beats: tuple[Beat, ...]
    dropped: tuple[str, ...]
    ed_rule: str
    reason: str
    flags: Mapping[str, str] = field(default_factory=dict)


def marked_cycle(marks: Marks, by_rule: Cycle, frames: int) -> Cycle:
    """The one beat that was marked by hand, over those that the rules find.

    What is not marked, and the next end-diastole, at which a drift is closed, are those of the
    rules that lie nearest.

    Parameters
    ----------
    by_rule : the beats that the rules find, perhaps none.
    frames : of the clip.
    """
    starts = sorted({k for b in by_rule.beats for k in (b.ed, b.next_ed) if k is not None})
    ed, es = marks.ed, marks.es
    if es is None:
        es = min(
            (beat.es for beat in by_rule.beats if ed is not None and beat.es > ed), default=None
        )
    if ed is None:
        ed = max((k for k in starts if es is not None and k < es), default=None)
    if ed is None or es is None or not 0 <= ed < es < frames:
        fault = f"ED {ed}, ES {es} by hand of frames 0 to {frames - 1}"
        return Cycle((), (*by_rule.dropped, fault), "", "no_whole_systole")
    following = min((k for k in starts if k > es), default=None)
    return Cycle((Beat(ed, es, following),), by_rule.dropped, "by_hand", "")


def clip_beats(
    cine: Cine,
    wall: Segmentation,
    fused: Fused,
    *,
    ed_rule: Sequence[str],
    es_rule: str | Sequence[str],
) -> Cycle:
    """The beats of a clip by its outline's cavity and its fused path; see `find_beats`."""
    signals = {
        "area": wall.area_mm2,
        "length": wall.length_mm,
        "strain": arc_length(fused.positions),
    }
    return find_beats(signals, cine.times_s, cine.r_waves_s, ed_rule=ed_rule, es_rule=es_rule)


def find_beats(
    signals: Mapping[str, np.ndarray],
    times_s: np.ndarray,
    r_waves_s: Sequence[float] = (),
    *,
    ed_rule: Sequence[str] = ("r_wave", "area"),
    es_rule: str | Sequence[str] = "area",
    cutoff_hz: float = CUTOFF_HZ,
) -> Cycle:
    """Find the whole systoles of a clip.

    Parameters
    ----------
    signals : "area" (cavity, mm2), "length" (long axis, mm), "strain" (arc length of the
        wall, mm), those that the rules name; each (T,), NaN where a frame has no contour.
    times_s : (T,), increasing; intervals may vary.
    r_waves_s : times of R waves on the same clock; empty where unknown.
    ed_rule : tried in turn, the first that finds a whole systole is used: "r_wave" (the
        nearest frame) or a signal (its largest value before each systole).
    es_rule : a signal, whose smallest value between ED and the next ED is ES; or several, tried in
        turn with each rule for ED.
    cutoff_hz : half-power frequency of the smoothing of the signals.

    R waves that contradict the cavity's area are left aside where another rule for ED is named,
    and flagged. A beat whose end-systole is where the clip ends is left out where there are
    others, and flagged where it is the only one.

    Raises
    ------
    StudyError : a rule that names no signal.
    """
    es_rules = rules_of(es_rule)
    for rule in (*ed_rule, *es_rules):
        if rule not in signals and (rule != "r_wave" or rule in es_rules):
            raise StudyError(
                f"cycle: no signal '{rule}' to find ED or ES by; there are: "
                f"{', '.join(signals)}, and r_wave for ED"
            )
    curves = {
        name: smooth(signals[name], times_s, cutoff_hz)
        for name in {*ed_rule, *es_rules} - {"r_wave"}
    }
    waves = _r_wave_frames(times_s, r_waves_s)
    flags: dict[str, str] = {}
    dropped: list[str] = []
    if "r_wave" in ed_rule and "area" in signals:
        area = curves.get("area", smooth(signals["area"], times_s, cutoff_hz))
        if doubt := _r_waves_doubt(area, times_s, waves):
            flags["r_waves_contradict"] = doubt
            if others := [rule for rule in ed_rule if rule != "r_wave"]:
                ed_rule = others
                dropped.append(f"rule r_wave: {doubt}")
    for rule in ed_rule:
        starts = waves if rule == "r_wave" else largest_before_systole(curves[rule], times_s)
        for end_rule in es_rules:
            beats, odd = [], []
            for start, stop in zip_longest(starts, starts[1:]):
                beat = Beat(start, _smallest(curves[end_rule], times_s, start, stop), stop)
                fault, at_the_edge = _fault(curves[end_rule], times_s, beat)
                if rule != "r_wave" and not fault:
                    fault, at_the_edge = _late_start(curves[rule], times_s, beat), True
                if fault:
                    dropped.append(f"beat from frame {start} ({rule}, ES by {end_rule}): {fault}")
                    odd += [] if at_the_edge else [f"beat from frame {start}: {fault}"]
                else:
                    beats.append(beat)
            if beats and (doubt := _unseen_end(curves[end_rule], times_s, beats[-1])):
                if len(beats) > 1:
                    start = beats.pop().ed
                    dropped.append(f"beat from frame {start} ({rule}, ES by {end_rule}): {doubt}")
                else:
                    flags["incomplete_beat"] = doubt
            if beats:
                if odd:
                    flags["beats_left_out"] = "; ".join(odd)
                return Cycle(tuple(beats), tuple(dropped), rule, "", flags)
    return Cycle((), tuple(dropped), "", "no_whole_systole", flags)


def rules_of(es_rule: str | Sequence[str]) -> tuple[str, ...]:
    """One rule or several, as several."""
    return (es_rule,) if isinstance(es_rule, str) else tuple(es_rule)


def _r_wave_frames(times_s: np.ndarray, r_waves_s: Sequence[float]) -> list[int]:
    """The frames nearest to the R waves within the clip, a half interval beyond allowed."""
    waves = np.asarray(r_waves_s, float)
    slack = np.median(np.diff(times_s)) / 2
    waves = waves[(waves >= times_s[0] - slack) & (waves <= times_s[-1] + slack)]
    frames = np.abs(times_s[None] - waves[:, None]).argmin(axis=1) if waves.size else []
    return sorted({int(frame) for frame in frames})


def _late_start(curve: np.ndarray, times_s: np.ndarray, beat: Beat) -> str:
    """Whether an ED at the clip's start is a point of a systole that began earlier; "" if not."""
    ed, es = beat.ed, beat.es
    if times_s[ed] - times_s[0] > 1 / (4 * CUTOFF_HZ):
        return ""
    fifth = np.interp(times_s[ed] + 0.2 * (times_s[es] - times_s[ed]), times_s, curve)
    low = curve[es:].max() > curve[ed] + STARTS_LOW * np.ptp(curve)
    steep = curve[ed] - fifth > 0.2 * STARTS_STEEP * (curve[ed] - curve[es])
    return "the clip starts within systole" if low or steep else ""


def _smallest(curve: np.ndarray, times_s: np.ndarray, ed: int, next_ed: int | None) -> int:
    """The frame of the smallest value after ED: before the next, and not long after SYSTOLE_S."""
    stop = len(curve) if next_ed is None else next_ed + 1
    late = np.searchsorted(times_s, times_s[ed] + SYSTOLE_S[1] + SYSTOLE_S[0])
    return ed + int(np.argmin(curve[ed : max(min(stop, late), ed + 1)]))


def _fault(curve: np.ndarray, times_s: np.ndarray, beat: Beat) -> tuple[str, bool]:
    """Why this is no whole systole ("" if it is), and whether that is because the clip ends, or
    began within it."""
    seconds = times_s[beat.es] - times_s[beat.ed]
    fall = curve[beat.ed] - curve[beat.es]
    if times_s[-1] - times_s[beat.es] < 1 / (8 * CUTOFF_HZ):
        fifth = np.interp(times_s[beat.es] - 0.2 * seconds, times_s, curve)
        if seconds == 0 or fifth - curve[beat.es] > 0.2 * ENDS_STEEP * fall:
            return "the clip ends before end-systole", True
    low, high = SYSTOLE_S
    small = beat.next_ed is None and fall < SMALLEST_FALL * np.ptp(curve)
    if small and times_s[-1] - times_s[beat.ed] <= high:
        return "the clip ends before end-systole", True
    if not low <= seconds <= high:
        begun = seconds < low and times_s[beat.ed] - times_s[0] <= 1 / (4 * CUTOFF_HZ)
        return f"a systole of {seconds:.2f} s, expected {low} to {high} s", begun
    if small:
        share = 100 * fall / np.ptp(curve)
        return f"a fall by {share:.0f} % of the clip's range is no systole", False
    return "", False


def _unseen_end(curve: np.ndarray, times_s: np.ndarray, beat: Beat) -> str:
    """Whether the clip ends before it shows that the curve has reached its smallest value; "" if
    it has."""
    if beat.next_ed is not None:
        return ""
    rise = curve[beat.es :].max() - curve[beat.es]
    if rise >= SEEN_RISE * (curve[beat.ed] - curve[beat.es]):
        return ""
    return f"end-systole is frame {beat.es} of 0 to {len(curve) - 1}: the clip ends with it"


def _r_waves_doubt(area: np.ndarray, times_s: np.ndarray, waves: Sequence[int]) -> str:
    """How frames of R waves contradict the smoothed area (T,) of the cavity; "" if they do not."""
    span = np.ptp(area)
    if not waves or not span > SMALLEST_RANGE * np.abs(area).max():
        return ""
    heights = (area[waves] - area.min()) / span
    low = heights < R_WAVE_HEIGHT
    if low.mean() > CONTRADICTING_SHARE:
        return (
            f"at {low.sum()} of {len(waves)} R waves the cavity is small ("
            f"{100 * np.median(heights[low]):.0f} % of its range above its smallest)"
        )
    systoles = np.array(find_systoles(area, times_s))
    counts = [((systoles > a) & (systoles <= b)).sum() for a, b in pairwise(waves)]
    odd = sum(count != 1 for count in counts)
    if counts and odd / len(counts) > CONTRADICTING_SHARE:
        return (
            f"in {odd} of {len(counts)} intervals between R waves the cavity does not contract "
            "just once"
        )
    return ""
