"""When the frames of a DICOM clip were taken."""

import numpy as np
import pydicom
from pydicom.datadict import keyword_for_tag

from echogls.cohorts import Excluded, foreign_code
from echogls.cohorts._dicom_header import number, numbers

# Beats per minute that a file may state; by judgement, beyond any heart's, so that only slips and
# zeros are left aside.
SLOWEST_HEART, FASTEST_HEART = 10, 500


def frame_times(
    header: pydicom.Dataset, count: int, fps: float | None = None, tolerance: float = 0.05
) -> tuple[np.ndarray, str, list[str]]:
    """Frame times from the most trustworthy element that states them.

    FrameIncrementPointer names the element that counts (PS3.3 C.7.6.6); the others may be stale.
    Where it names none that is there, the order of trust is (PS3.3 C.7.6.5): FrameTimeVector
    (ms, increments), FrameTime (ms), CineRate, RecommendedDisplayFrameRate (frames/s). A zero is
    how devices write "unknown". A vector one value short lacks the first, which says nothing.

    Parameters
    ----------
    header : see `_dicom_header.read_header`.
    count : number of frames, at least 2.
    fps : frames per second from the sheet, used instead of all of these.
    tolerance : fraction by which another element's rate may differ unsaid.

    Returns
    -------
    times_s : (count,) float64, seconds from the first frame, increasing.
    timing : the element used, or "sheet".
    notes : what does not agree.

    Raises `Excluded` for `no_frame_times` and `bad_frame_times`.
    """
    intervals, notes = _intervals(header, count)
    if fps is not None:
        intervals = {"sheet": np.full(count - 1, 1 / fps), **intervals}
    if not intervals:
        raise Excluded("no_frame_times")
    timing, chosen = next(iter(intervals.items()))
    if chosen.min() <= 0:
        raise Excluded("bad_frame_times", f"an interval of {1000 * chosen.min():g} ms in {timing}")
    for other, values in intervals.items():
        if abs(values.mean() - chosen.mean()) > tolerance * chosen.mean():
            notes.append(
                f"{timing} gives {1000 * chosen.mean():.4g} ms a frame, "
                f"{other} {1000 * values.mean():.4g} ms"
            )
    return np.concatenate([[0.0], np.cumsum(chosen)]), timing, notes


def _intervals(header: pydicom.Dataset, count: int) -> tuple[dict[str, np.ndarray], list[str]]:
    """Source -> (count - 1,) seconds between frames, the most trusted first, and remarks."""
    intervals = {}
    notes = []
    late = None  # of a vector of another length, used where nothing else is there
    vector = numbers(header, "FrameTimeVector") / 1000
    if len(vector) == count and vector[1:].any():
        intervals["FrameTimeVector"] = vector[1:]
    elif 1 < count - 1 == len(vector) and vector.any():
        # With a first zero it is the last increment that lacks, else the first zero itself.
        intervals["FrameTimeVector"] = (
            np.append(vector[1:], vector[-1]) if vector[0] == 0 else vector
        )
        notes.append(f"FrameTimeVector has {len(vector)} values for {count} frames, one too few")
    elif len(vector) not in (0, count):
        late = vector[1:count] if len(vector) > count and vector[1:count].any() else None
    interval = number(header, "FrameTime") / 1000
    if interval != 0:
        intervals["FrameTime"] = np.full(count - 1, interval)
    for keyword in ("CineRate", "RecommendedDisplayFrameRate"):
        rate = number(header, keyword)
        if rate > 0:
            intervals[keyword] = np.full(count - 1, 1 / rate)
    if len(vector) not in (0, count - 1, count):
        used = late is not None and not intervals
        notes.append(
            f"FrameTimeVector has {len(vector)} values for {count} frames, "
            f"{'the first are' if used else 'not'} used"
        )
        if used:
            intervals["FrameTimeVector"] = late
    pointed = _pointed_at(header)
    if pointed in intervals:
        intervals = {pointed: intervals[pointed], **intervals}
    return intervals, notes


def _pointed_at(header: pydicom.Dataset) -> str:
    """The element that FrameIncrementPointer names; "" where it names none of those here."""
    try:
        with foreign_code("unreadable"):
            value = header.get("FrameIncrementPointer")
            tags = [value] if isinstance(value, int) else list(value or [])
            return next((keyword_for_tag(tag) for tag in tags), "")
    except Excluded:
        return ""


def heart_rate(header: pydicom.Dataset) -> float | None:
    """Beats per minute as the file states them; None for 0, which stands for "unknown", and for a
    number that is no heart's: something else was written there."""
    rate = number(header, "HeartRate")
    return rate if SLOWEST_HEART <= rate <= FASTEST_HEART else None


def r_waves(header: pydicom.Dataset, end_s: float) -> np.ndarray:
    """(R,) float64 seconds of the R waves within the clip, sorted (RWaveTimeVector, in ms)."""
    times_s = np.unique(numbers(header, "RWaveTimeVector") / 1000)
    return times_s[(times_s >= 0) & (times_s <= end_s)]
