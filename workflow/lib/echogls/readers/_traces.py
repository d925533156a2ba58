"""What an export gives, and the time and reference of its curves."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from echogls.readers._unusable import Unusable

REFERENCES = ("zero_row", "marker")
# A row of zeros farther from the marker of end-diastole than this is not its own, in s; by
# judgement: some frames, and far from the next beat.
REFERENCE_TOLERANCE_S = 0.1
# Steps of time that differ from their median by more than this share are reported; by judgement.
# Times are often rounded to ms, by which a step of two errs by 1 ms at most.
STEP_TOLERANCE = 0.1
ROUNDING_S = 0.0011


@dataclass(frozen=True)
class Traces:
    """The curves of one export, T frames, as the file has them.

    Either strain curves, in signed percent of whatever reference the software took, or
    the length of the whole line. Times of markers are seconds on the clock of
    `times_s`; what the file does not say is None. `stated` are values that the software itself
    has written, by segment and measure, in the measure's unit; with them there may be no curves.
    """

    times_s: np.ndarray
    global_strain: np.ndarray | None = None
    segment_strain: dict[str, np.ndarray] = field(default_factory=dict)
    length: np.ndarray | None = None
    length_is_mm: bool = False
    ed_time_s: float | None = None
    es_time_s: float | None = None
    end_time_s: float | None = None
    heart_rate: float | None = None
    stated: dict[tuple[str, str], float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def curves(self) -> list[np.ndarray]:
        """Every curve of strain, (T,) each."""
        whole = [] if self.global_strain is None else [self.global_strain]
        return [*whole, *self.segment_strain.values()]


def check_times(times_s: np.ndarray) -> list[str]:
    """A note if the steps of time differ; Unusable if times do not increase."""
    steps = np.diff(times_s)
    if len(times_s) < 3 or not np.isfinite(times_s).all() or (steps <= 0).any():
        raise Unusable("bad_export_times", f"{len(times_s)} frames")
    usual = float(np.median(steps))
    odd = np.flatnonzero(np.abs(steps - usual) > STEP_TOLERANCE * usual + ROUNDING_S)
    if not odd.size:
        return []
    return [
        f"time steps are not uniform: {odd.size} of {steps.size} differ from the median "
        f"{usual:.4g} s, such as step {odd[0] + 1} of {steps[odd[0]]:.4g} s; "
        "the export's own times are used"
    ]


def zero_rows(curves: Sequence[np.ndarray]) -> np.ndarray:
    """Frames where every strain curve is exactly zero: where the software took its reference."""
    if not curves:
        return np.array([], int)
    return np.flatnonzero((np.abs(np.stack(curves)) < 1e-9).all(axis=0))


def reference_frame(
    traces: Traces, *, reference: str = "zero_row", ed_time_s: float | None = None
) -> tuple[int, list[str]]:
    """The frame of end-diastole, to which strain is re-zeroed, and notes.

    Parameters
    ----------
    reference : "zero_row": the frame at which the software itself has zero strain,
        nearest to the marker of ED and not farther than REFERENCE_TOLERANCE_S, so that
        the reading stays what the reader saw; "marker": the frame nearest to the marker.
        Each falls back on the other, and then on the first frame, with a note.
    ed_time_s : the sheet's own time of ED on the export's clock, s; above all.

    Raises Unusable if the time of ED is outside the frames and no row is zero.
    """
    times = traces.times_s
    if ed_time_s is not None:
        frame = nearest_frame(times, ed_time_s)
        if frame is None:
            raise Unusable("no_reference", f"ed_time {ed_time_s:.4g} s of the sheet")
        return frame, [f"end-diastole is the sheet's, {ed_time_s:.4g} s"]
    zeros = zero_rows(traces.curves())
    marker = traces.ed_time_s
    if marker is None:
        if zeros.size:
            return int(zeros[0]), ["no marker of end-diastole; the first frame of zero strain is"]
        return 0, ["no marker of end-diastole and no frame of zero strain; the first frame is"]
    at_marker = nearest_frame(times, marker)
    notes = []
    near = None
    if zeros.size:
        closest = int(zeros[np.abs(times[zeros] - marker).argmin()])
        apart = float(times[closest] - marker)
        # Half a step is only rounding to a frame.
        if abs(apart) > np.median(np.diff(times)) / 2:
            notes.append(
                f"zero strain is {1000 * apart:+.0f} ms from the marker of end-diastole "
                f"({times[closest]:.4g} s and {marker:.4g} s)"
            )
        if abs(apart) <= REFERENCE_TOLERANCE_S:
            near = closest
    choices = [near, at_marker] if reference == "zero_row" else [at_marker, near]
    frame = next((choice for choice in choices if choice is not None), None)
    if frame is None:
        raise Unusable("no_reference", f"marker at {marker:.4g} s, frames to {times[-1]:.4g} s")
    if at_marker is None:
        notes.append("the marker of end-diastole is outside the frames")
    if notes:
        notes.append(
            f"strain is zeroed at {times[frame]:.4g} s, "
            + ("where the software had it zero" if frame in zeros else "the marker's frame")
        )
    return frame, notes


def nearest_frame(times_s: np.ndarray, time_s: float) -> int | None:
    """The frame nearest to a time, or None if it is more than a step outside the frames."""
    step = float(np.median(np.diff(times_s)))
    if not times_s[0] - step <= time_s <= times_s[-1] + step:
        return None
    return int(np.abs(times_s - time_s).argmin())


def rezeroed(strain: np.ndarray, frame: int) -> np.ndarray:
    """Strain of another reference: 100 ((1 + e / 100) / (1 + e0 / 100) - 1), signed percent.

    With lengths l and l0 it is 100 (l / l0 - 1): the software's reference cancels.
    """
    stretch = 1 + strain / 100
    if not (np.isfinite(stretch).all() and (stretch > 0).all()):
        raise Unusable("unreadable_export", "strain has gaps, or is below -100 %")
    return 100 * (stretch / stretch[frame] - 1)
