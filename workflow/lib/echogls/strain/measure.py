"""One clip's strain curves and the rows of measurements.tsv.

Voigt 2015 (EACVI/ASE/Industry Task Force): strain is Lagrangian, its reference the
length at ED; *end-systolic* strain is its value at ES; *peak systolic* strain its
peak between ED and ES, so never post-systolic shortening after ES. Measures are means
over the beats.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from echogls.fusion.fused import Fused
from echogls.strain.cycle import Beat
from echogls.strain.longitudinal import arc_length, arc_length_sd
from echogls.strain.segment_doubts import segment_sd
from echogls.strain.segments import segment_bounds, segment_lengths
from echogls.study import BEAT, ES_TOLERANCE_S, GLS_RULES, MEASURES, VIEW_SEGMENTS, StudyError

DRIFT_RULES = ("none", "linear")
CURVE_COLUMNS = (
    "clip",
    "beat",
    "frame",
    "time_s",
    "time_from_ed_s",
    "length_mm",
    "strain_global",
    "strain_global_sd",
)


def curve_columns(views: Sequence[str]) -> tuple[str, ...]:
    """Columns of the curve's table of a cohort that measures these views: CURVE_COLUMNS and
    `strain_{segment}`, which in the rows of another view's clip is empty.

    Example
    -------
    >>> curve_columns(["a4c"])[-1]
    'strain_basal_lateral'
    """
    segments = [name for view in views for name in VIEW_SEGMENTS[view]]
    return (*CURVE_COLUMNS, *(f"strain_{segment}" for segment in segments))


def measure_clip(
    fused: Fused,
    beats: Sequence[Beat],
    *,
    clip: str,
    view: str,
    reason: str = "no_whole_systole",
    gls: str = "peak_systolic",
    drift: str = "none",
    spacing_known: bool = True,
    timed: bool = True,
    counted: np.ndarray | None = None,
    left_out: Mapping[str, str] | None = None,
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Measure the strain of one clip.

    Parameters
    ----------
    fused : the wall's points through time.
    beats : from `echogls.strain.cycle.find_beats`; [Beat(0, 1)] for two stills.
    clip : name of the clip, for the curve.
    view : key of study.VIEW_SEGMENTS.
    reason : key of study.REASONS for the row if there are no beats.
    gls : "peak_systolic", the most negative global strain between ED and ES (and
        ES_TOLERANCE_S after), or "end_systolic", its value at ES.
    drift : "none", or "linear": strain at the next ED is taken for drift that grew
        evenly since ED, and subtracted; beats without a next ED stay as they are.
    spacing_known : whether lengths are mm; if not, columns and measures of length are empty.
    timed : whether times are seconds; not so for two stills.
    counted : (N - 1,) bool, the steps between points whose length counts in the segments; None:
        all. Global strain is of the whole line.
    left_out : segments that are not measured, and the reason (study.REASONS) of their rows.

    Returns
    -------
    curve : rows with `curve_columns([view])`, one a frame of each beat from its ED to the next (or
        the clip's end), which two beats share; strain in signed percent, sd in percentage
        points. Beats count from 1.
    rows : study.MEASUREMENT_COLUMNS but cohort, patient and rater; a measure without a value has
        status excluded and the reason, one of study.UNTOLD where the recording does not tell it.
        `gls_sd` is the random error that the fusion's covariance implies
        for the mean over beats, by how the lengths of their frames err together; of a fusion
        that is not calibrated it is called `gls_model_sd`, and the curve has none; one that is
        states the error of each segment, too, `segment_sd`. Of several
        beats `gls_beat` is the GLS of each, `repeat` being its number. Frames and times are those
        of the first beat, 0-based. Without a beat that can be measured: one excluded row.
    """
    if gls not in GLS_RULES or drift not in DRIFT_RULES:
        raise StudyError(
            f"strain: gls '{gls}', drift '{drift}'; expected gls one of "
            f"{', '.join(GLS_RULES)} and drift one of {', '.join(DRIFT_RULES)}"
        )
    lengths = arc_length(fused.positions)
    spread = fused.length_covariance_mm2
    if spread is None:  # errors of different frames are taken to be independent
        spread = np.diag(
            arc_length_sd(fused.positions, fused.position_covariances, fused.correlation_length_mm)
            ** 2
        )
    seen = [beat for beat in beats if np.isfinite(lengths[[beat.ed, beat.es]]).all()]
    if not seen:
        return [], [excluded_row(view, "no_contour" if beats else reason)]
    segments, left_out = VIEW_SEGMENTS[view], left_out or {}
    curves = [
        _beat_curve(
            fused,
            lengths,
            length_covariance=spread,
            beat=beat,
            segments=segments,
            counted=counted,
            linear_drift=drift == "linear",
        )
        for beat in seen
    ]
    for curve in curves:
        curve |= {f"strain_{name}": np.full(len(curve["frame"]), np.nan) for name in left_out}
    table = [
        {"clip": clip, "beat": number} | dict(zip(curve, row, strict=True))
        for number, curve in enumerate(curves, start=1)
        for row in zip(*curve.values(), strict=True)
    ]
    if not spacing_known:
        table = [row | {"length_mm": None} for row in table]
    if not fused.calibrated:
        table = [row | {"strain_global_sd": None} for row in table]

    peaks, ends = _systolic(curves, seen, ES_TOLERANCE_S if timed else 0.0)
    chosen = peaks if gls == "peak_systolic" else ends
    values: dict[tuple[str, str], float | int | None] = {
        ("global", "gls"): np.mean(chosen["strain_global"]),
        ("global", "gls_sd" if fused.calibrated else "gls_model_sd"): _mean_sd(
            spread, lengths, fused.times_s, seen, chosen["frame"], linear_drift=drift == "linear"
        ),
    }
    for segment in ("global", *(name for name in segments if name not in left_out)):
        values[segment, "peak_systolic_strain"] = np.mean(peaks[f"strain_{segment}"])
        values[segment, "end_systolic_strain"] = np.mean(ends[f"strain_{segment}"])
    if fused.calibrated:
        strain = np.array([np.mean(peaks[f"strain_{name}"]) for name in segments])
        errors = segment_sd(fused, seen, strain)
        values |= {
            (name, "segment_sd"): error
            for name, error in zip(segments, errors, strict=True)
            if name not in left_out
        }
    first, times = seen[0], fused.times_s
    whole = [times[beat.next_ed] - times[beat.ed] for beat in seen if beat.next_ed is not None]
    values |= {
        ("global", "ed_frame"): first.ed,
        ("global", "es_frame"): first.es,
        ("global", "ed_time"): times[first.ed] if timed else None,
        ("global", "es_time"): times[first.es] if timed else None,
        ("global", "heart_rate"): 60 / np.mean(whole) if whole and timed else None,
        ("global", "beats"): len(seen),
        ("global", "ed_length"): lengths[[b.ed for b in seen]].mean() if spacing_known else None,
    }
    untold = {"heart_rate": "no_whole_beat", "ed_length": "unknown_spacing"}
    if not timed:
        untold |= dict.fromkeys(("ed_time", "es_time", "heart_rate"), "ed_es_only")
    rows = [
        measurement_row(view, segment, measure, value)
        if value is not None and np.isfinite(value)
        else absent_row(view, segment, measure, untold.get(measure, "no_value"))
        for (segment, measure), value in values.items()
    ]
    if len(seen) > 1:
        rows += [
            measurement_row(view, "global", BEAT, value) | {"repeat": number}
            for number, value in enumerate(chosen["strain_global"], start=1)
        ]
    rows += [
        absent_row(view, segment, measure, left_out[segment])
        for segment in (name for name in segments if name in left_out)
        for measure in ("peak_systolic_strain", "end_systolic_strain")
    ]
    return table, rows


def excluded_row(view: str, reason: str) -> dict[str, object]:
    """The row of a clip that could not be measured: an empty GLS with its reason."""
    return absent_row(view, "global", "gls", reason)


def measurement_row(view: str, segment: str, measure: str, value: float) -> dict[str, object]:
    """A row of measurements.tsv without cohort, patient and rater, status ok."""
    whole = isinstance(value, int | np.integer)
    return _row(view, segment, measure, int(value) if whole else float(value), "ok", "")


def absent_row(view: str, segment: str, measure: str, reason: str) -> dict[str, object]:
    """The row of a measure that has no value, status excluded."""
    return _row(view, segment, measure, None, "excluded", reason)


def _row(view, segment, measure, value, status, reason):
    return {
        "repeat": 1,
        "view": view,
        "segment": segment,
        "measure": measure,
        "value": value,
        "unit": MEASURES[measure],
        "status": status,
        "reason": reason,
    }


def _beat_curve(
    fused: Fused,
    lengths: np.ndarray,
    *,
    length_covariance: np.ndarray,
    beat: Beat,
    segments: Sequence[str],
    counted: np.ndarray | None,
    linear_drift: bool,
) -> dict[str, np.ndarray]:
    """Columns of one beat's curve from its ED to the next, or the clip's end."""
    last = len(lengths) - 1 if beat.next_ed is None else beat.next_ed
    frames = np.arange(beat.ed, last + 1)
    seconds = fused.times_s[frames] - fused.times_s[beat.ed]
    points = fused.positions[frames]
    parts = segment_lengths(points, segment_bounds(points[0]), counted)
    with np.errstate(invalid="ignore"):  # a segment of which nothing counts has no strain
        relative = np.column_stack([lengths[frames], parts]) / np.r_[lengths[beat.ed], parts[0]]
    strain = 100 * (relative - 1)

    share = np.zeros_like(seconds)
    closes = linear_drift and beat.next_ed is not None
    if closes and np.isfinite(strain[-1, 0]):
        share = seconds / seconds[-1]
        strain = strain - share[:, None] * strain[-1]
    sd = _strain_sd(length_covariance, frames, relative[:, 0], share) / lengths[beat.ed]
    return {
        "frame": frames,
        "time_s": fused.times_s[frames],
        "time_from_ed_s": seconds,
        "length_mm": lengths[frames],
        "strain_global": strain[:, 0],
        "strain_global_sd": sd,
    } | {f"strain_{name}": strain[:, 1 + i] for i, name in enumerate(segments)}


def _strain_sd(covariance, frames, relative, share):
    """100 times the SD, mm, of what strain is of the length at ED, (F,), first order.

    With the share d of the drift taken off, strain is 100 ((l - d l1) / l0 - (1 - d)), l0 the
    length at ED and l1 that at the next: with w = (1, -(l - d l1) / l0, -d) for the three
    lengths and their covariance S, its variance is w' S w 100^2 / l0^2. Zero at ED, and at the
    end of a closed loop, by definition.
    """
    first, last = frames[0], frames[-1]
    of_ed = -(relative - share * relative[-1])
    variance = (
        np.diagonal(covariance)[frames]
        + of_ed**2 * covariance[first, first]
        + share**2 * covariance[last, last]
        + 2 * of_ed * covariance[frames, first]
        - 2 * share * covariance[frames, last]
        - 2 * of_ed * share * covariance[first, last]
    )
    variance[0] = 0.0
    if share[-1] > 0:
        variance[-1] = 0.0
    return 100 * np.sqrt(np.maximum(variance, 0))


def _mean_sd(
    covariance: np.ndarray,
    lengths: np.ndarray,
    times_s: np.ndarray,
    beats: Sequence[Beat],
    frames: np.ndarray,
    *,
    linear_drift: bool,
) -> float:
    """SD, percentage points, of the mean over beats of global strain in one frame of each.

    As `_strain_sd` has it of one beat; beats whose lengths err together are not independent.
    """
    weights = np.zeros_like(lengths)
    for beat, frame in zip(beats, frames, strict=True):
        share, last = 0.0, beat.ed if beat.next_ed is None else beat.next_ed
        if linear_drift and last > beat.ed and np.isfinite(lengths[last]):
            share = (times_s[frame] - times_s[beat.ed]) / (times_s[last] - times_s[beat.ed])
        first = lengths[beat.ed]
        weights[frame] += 1 / first
        weights[beat.ed] -= (lengths[frame] - share * lengths[last]) / first**2
        weights[last] -= share / first
    used = np.flatnonzero(weights)
    variance = weights[used] @ covariance[np.ix_(used, used)] @ weights[used]
    return 100 * float(np.sqrt(np.maximum(variance, 0))) / len(beats)


def _systolic(
    curves: Sequence[dict[str, np.ndarray]], beats: Sequence[Beat], tolerance_s: float
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Peak systolic and end-systolic strain, one value a beat, and the global one's frame."""
    sd = "strain_global_sd"
    names = [name for name in curves[0] if name.startswith("strain_") and name != sd]
    peaks: dict[str, list[float]] = {name: [] for name in (*names, "frame")}
    ends: dict[str, list[float]] = {name: [] for name in (*names, "frame")}
    for curve, beat in zip(curves, beats, strict=True):
        es = beat.es - beat.ed
        systole = curve["time_from_ed_s"] <= curve["time_from_ed_s"][es] + tolerance_s
        for name in names:
            measured = np.isfinite(curve[name][systole]).any()
            peaks[name].append(np.nanmin(curve[name][systole]) if measured else np.nan)
            ends[name].append(curve[name][es])
        peak = np.nanargmin(curve["strain_global"][systole])
        peaks["frame"].append(curve["frame"][peak])
        ends["frame"].append(curve["frame"][es])
    return tuple(
        {name: np.array(values) for name, values in part.items()} for part in (peaks, ends)
    )
