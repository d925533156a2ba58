"""From an export's curves to the measures of study.py, and what they can be.

GLS of an export is the *peak systolic* strain (or the *end-systolic*, as config
`strain.gls` says for the methods) of the file's global curve where there is one; else of
the whole line's length; else of the mean of its six segments, which is the whole line's
strain where they are equally long at end-diastole (Voigt 2015, EACVI/ASE/Industry Task
Force). Where a file states GLS itself (`Traces.stated`), as its software shows it to the reader,
peak GLS is that.

Markers of systole can be wrong: systole from Q to the aortic valve's closure lasts about
546 - 2.1 HR ms (Weissler 1968). An export whose marker is far from that, while the wall goes
on shortening, is measured by its markers all the same, is said to (reason
`implausible_markers`), and has the peak of the whole beat, `peak_strain`, beside it.
"""

from collections.abc import Sequence

import numpy as np

from echogls.readers._traces import (
    Traces,
    check_times,
    nearest_frame,
    reference_frame,
    rezeroed,
)
from echogls.readers._unusable import Unusable
from echogls.study import ES_TOLERANCE_S, MEASURES, SEGMENTS, SYSTOLE, VIEW_SEGMENTS

IMPLAUSIBLE_MARKERS = "implausible markers"
SYSTOLIC_PEAKS = ("peak_systolic_strain",)
# What a measure can be, in its unit, lowest and highest. Local strain may be positive. By
# judgement: beyond all hearts, so that what lies outside is another unit, sign or column.
PLAUSIBLE = {
    "gls": (-40.0, 0.0),
    "gls_sd": (0.0, 20.0),
    "gls_model_sd": (0.0, 20.0),
    "segment_sd": (0.0, 20.0),
    "gls_beat": (-40.0, 0.0),
    "peak_systolic_strain": (-70.0, 40.0),
    "end_systolic_strain": (-70.0, 70.0),
    "peak_strain": (-70.0, 40.0),
    "ed_frame": (0, 100_000),
    "es_frame": (0, 100_000),
    "ed_time": (0.0, 3600.0),
    "es_time": (0.0, 3600.0),
    "heart_rate": (20.0, 300.0),
    "beats": (1, 1000),
    "ed_length": (30.0, 400.0),
    "views": (1, len(VIEW_SEGMENTS)),
}
# Strain of the whole wall, peak of a beat, smaller than this is taken for a fraction, in percent:
# as a fraction no heart's is larger; by judgement.
SMALLEST_STRAIN = 1.0
# A marked systole that is shorter or longer than the usual one by this share is doubted, if the
# beat's peak is also deeper than that of the systole by so many percentage points.
SYSTOLE_TOLERANCE = 0.3  # by judgement, as is DEEPER
DEEPER = 2.0
# GLS as the file states it and as its curve gives it may differ so much unsaid, in percentage
# points; by judgement: vendors round, and may take another frame as end-systole.
STATED_TOLERANCE = 0.5


def is_plausible(measure: str, value: float) -> bool:
    """Whether a measure can have this value."""
    low, high = PLAUSIBLE[measure]
    return low <= value <= high


def measure_traces(
    traces: Traces,
    *,
    view: str,
    gls: str = "peak_systolic",
    reference: str = "zero_row",
    ed_time_s: float | None = None,
    es_time_s: float | None = None,
) -> tuple[dict[tuple[str, str], float | int], list[str]]:
    """Measures of one export: (segment, measure) -> value in its unit, and notes.

    Frames are 0-based and times are seconds on the export's own clock. Segments are those of
    the view (study.VIEW_SEGMENTS). Without any end of systole `gls` is the peak of
    the whole beat, with a note, and the systolic measures are left out. Without curves the
    measures are those that the file states.

    Parameters
    ----------
    gls : "peak_systolic" or "end_systolic", as config strain.gls.
    reference : as `_traces.reference_frame`.
    ed_time_s, es_time_s : what the sheet states over the file's markers, s.

    Raises Unusable where there is no strain to measure, or not in signed percent.
    """
    if traces.stated and not traces.times_s.size:
        return _stated_alone(traces, gls)
    notes = [*traces.notes, *check_times(traces.times_s)]
    times = traces.times_s
    ed, remarks = reference_frame(traces, reference=reference, ed_time_s=ed_time_s)
    notes += remarks
    whole, remarks = _whole_strain(traces, ed)
    notes += remarks
    last = _last_frame(traces, ed, notes)
    es_time = traces.es_time_s if es_time_s is None else es_time_s
    es = None if es_time is None else nearest_frame(times, es_time)
    if es_time is not None and (es is None or not ed < es <= last):
        raise Unusable(
            "no_end_systole",
            f"end-systole at {es_time:.4g} s, the beat is {times[ed]:.4g} to {times[last]:.4g} s",
        )
    values: dict[tuple[str, str], float | int] = {}
    if es is None:
        if gls == "end_systolic":
            raise Unusable("no_end_systole", "neither a marker nor es_time in the sheet")
        notes.append("no end of systole is known; gls is the peak of the whole beat")
        values["global", "gls"] = _peak(whole, ed, last)
    else:
        systole = int(np.flatnonzero(times <= times[es] + ES_TOLERANCE_S)[-1])
        curves = {"global": whole} | {
            name: rezeroed(traces.segment_strain[name], ed)
            for name in VIEW_SEGMENTS[view]
            if name in traces.segment_strain
        }
        for name, curve in curves.items():
            values[name, "peak_systolic_strain"] = _peak(curve, ed, systole)
            values[name, "end_systolic_strain"] = float(curve[es])
        chosen = "peak_systolic_strain" if gls == "peak_systolic" else "end_systolic_strain"
        values = {("global", "gls"): values["global", chosen]} | values
        values |= {("global", "es_frame"): es, ("global", "es_time"): float(times[es])}
        values["global", "peak_strain"] = _peak(whole, ed, last)
        notes += _doubts(traces, values, float(times[es] - times[ed]))
    if gls == "peak_systolic" and ("global", "gls") in traces.stated:
        notes += _take_stated(traces, values)
    _check_strain(whole[ed : last + 1], values["global", "gls"])
    values |= {("global", "ed_frame"): ed, ("global", "ed_time"): float(times[ed])}
    if traces.heart_rate is not None and is_plausible("heart_rate", traces.heart_rate):
        values["global", "heart_rate"] = traces.heart_rate
    if traces.length is not None and traces.length_is_mm:
        length = float(traces.length[ed])
        if is_plausible("ed_length", length):
            values["global", "ed_length"] = length
        else:
            notes.append(f"the line is {length:.4g} mm long, which a ventricle's wall is not")
    order = list(MEASURES)
    return dict(sorted(values.items(), key=lambda item: order.index(item[0][1]))), notes


def has_doubtful_markers(notes: Sequence[str]) -> bool:
    """Whether the notes of `measure_traces` say that the marker of end-systole is implausible."""
    return any(note.startswith(IMPLAUSIBLE_MARKERS) for note in notes)


def _doubts(traces: Traces, values: dict, systole_s: float) -> list[str]:
    """A note if the marked systole is no systole's length and the wall shortens after it."""
    whole, systolic = values["global", "peak_strain"], values["global", "peak_systolic_strain"]
    rate = traces.heart_rate
    if rate is None or not is_plausible("heart_rate", rate) or systolic - whole < DEEPER:
        return []
    usual = usual_systole(rate)
    if abs(systole_s - usual) <= SYSTOLE_TOLERANCE * usual:
        return []
    return [
        f"{IMPLAUSIBLE_MARKERS}: end-systole is marked {systole_s:.3f} s after end-diastole at "
        f"{rate:.0f}/min, where a systole lasts about {usual:.2f} s; the strain is "
        f"{values['global', 'end_systolic_strain']:.1f} % there, {systolic:.1f} % at most before, "
        f"and {whole:.1f} % at the peak of the beat"
    ]


def usual_systole(heart_rate: float) -> float:
    """Electromechanical systole in s at a heart rate in 1/min (of women it lasts 3 ms more).

    Example
    -------
    >>> round(usual_systole(70), 3)
    0.399
    """
    return SYSTOLE[0] - SYSTOLE[1] * heart_rate


def _take_stated(traces: Traces, values: dict) -> list[str]:
    """Put in what the software states, and note where its curve says otherwise."""
    stated = traces.stated["global", "gls"]
    apart = values["global", "gls"] - stated
    values |= {
        key: value for key, value in traces.stated.items() if key[1] in ("gls", *SYSTOLIC_PEAKS)
    }
    if abs(apart) <= STATED_TOLERANCE:
        return []
    return [f"gls is the file's own, {stated:.2f} %; its curve gives {stated + apart:.2f} %"]


def _stated_alone(traces: Traces, gls: str) -> tuple[dict[tuple[str, str], float | int], list[str]]:
    """The measures of a file without curves."""
    values = dict(traces.stated)
    if gls == "end_systolic" or ("global", "gls") not in values:
        raise Unusable("no_global_strain", "the file states peak values alone, and has no curve")
    value = values["global", "gls"]
    if value > 0:
        raise Unusable("positive_strain", f"gls {value:.4g} %")
    if not is_plausible("gls", value):
        raise Unusable("implausible_value", f"gls {value:.4g} %")
    return values, [*traces.notes, "gls is the file's own; there is no curve of it"]


def _whole_strain(traces: Traces, ed: int) -> tuple[np.ndarray, list[str]]:
    """Strain of the whole wall, zero at ED, by the definition above; (T,) signed percent."""
    if traces.global_strain is not None:
        return rezeroed(traces.global_strain, ed), []
    if traces.length is not None:
        if not (np.isfinite(traces.length).all() and (traces.length > 0).all()):
            raise Unusable("unreadable_export", "the line has gaps or no length in some frame")
        return 100 * (traces.length / traces.length[ed] - 1), [
            "the file has no global curve; gls is of the whole line's length"
        ]
    if len(traces.segment_strain) != len(SEGMENTS):
        raise Unusable("no_global_strain", f"{len(traces.segment_strain)} of {len(SEGMENTS)}")
    each = [rezeroed(curve, ed) for curve in traces.segment_strain.values()]
    return np.mean(each, axis=0), [
        "the file has no global curve; gls is of the mean of its six segments"
    ]


def _last_frame(traces: Traces, ed: int, notes: list[str]) -> int:
    """The last frame of the beat that begins at ED."""
    times = traces.times_s
    end = traces.end_time_s
    if end is None and traces.heart_rate and is_plausible("heart_rate", traces.heart_rate):
        end = float(times[ed]) + 60 / traces.heart_rate
    elif end is not None and nearest_frame(times, end) is None:
        notes.append(f"the beat's end at {end:.4g} s is outside the frames")
    if end is None or end <= times[ed]:
        return len(times) - 1
    return int(np.abs(times - end).argmin())


def _peak(curve: np.ndarray, first: int, last: int) -> float:
    return float(curve[first : last + 1].min())


def _check_strain(beat: np.ndarray, gls: float) -> None:
    """Unusable if the strain of a beat is not in signed percent, or GLS cannot be."""
    if np.abs(beat).max() < SMALLEST_STRAIN:
        raise Unusable("strain_fraction", f"at most {np.abs(beat).max():.3g}")
    if beat.max() > -beat.min():
        raise Unusable("positive_strain", f"from {beat.min():.3g} to {beat.max():.3g}")
    if not is_plausible("gls", gls):
        raise Unusable("implausible_value", f"gls {gls:.4g} %")
