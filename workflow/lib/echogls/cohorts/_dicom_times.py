"""When the frames of a DICOM clip were taken."""

import numpy as np
import pydicom

from echogls.cohorts import Excluded
from echogls.cohorts._dicom_header import number, numbers


def frame_times(
    header: pydicom.Dataset, count: int, fps: float | None = None, tolerance: float = 0.05
) -> tuple[np.ndarray, str, list[str]]:
    """Frame times from the most trustworthy element that states them.

    In order of trust (PS3.3 C.7.6.5): FrameTimeVector (ms, increments),
    FrameTime (ms), CineRate, RecommendedDisplayFrameRate (frames/s). A zero is
    how devices write "unknown".

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
    found = {}
    notes = []
    vector = numbers(header, "FrameTimeVector") / 1000
    if len(vector) == count and vector[1:].any():
        found["FrameTimeVector"] = vector[1:]
    elif len(vector) not in (0, count):
        notes.append(f"FrameTimeVector has {len(vector)} values for {count} frames, not used")
    interval = number(header, "FrameTime") / 1000
    if interval != 0:
        found["FrameTime"] = np.full(count - 1, interval)
    for keyword in ("CineRate", "RecommendedDisplayFrameRate"):
        rate = number(header, keyword)
        if rate > 0:
            found[keyword] = np.full(count - 1, 1 / rate)
    return found, notes


def r_waves(header: pydicom.Dataset, end_s: float) -> np.ndarray:
    """(R,) float64 seconds of the R waves within the clip, sorted (RWaveTimeVector, in ms)."""
    times_s = np.unique(numbers(header, "RWaveTimeVector") / 1000)
    return times_s[(times_s >= 0) & (times_s <= end_s)]
