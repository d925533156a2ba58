"""What a segment's strain is worth: its random error, and flags where it contradicts itself.

Motion is resolved along some centimetres of wall, so that a short part that shortens much less or
more than the wall on both sides is found too much like it. And where motion is not seen,
neighbours differ by chance, and tissue does not come back to its length. None of it needs a truth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from echogls.fusion.fused import Fused
from echogls.segmentation.quality import quality_row
from echogls.strain.cycle import Beat
from echogls.strain.longitudinal import arc_length
from echogls.strain.segments import segment_bounds, segment_lengths
from echogls.study import SEGMENTS, VIEW_SEGMENTS, join_reasons

# Of what is stated of a segment's error: shares of the SD that follows from the covariance of its
# ends, and of its unevenness, for what differs from the wall beside it is noise or was smoothed.
# Chosen by likelihood on the clips that the limits below were chosen on.
SD_SHARE = 0.6
UNEVEN_SHARE = 0.5
# Derived by benchmarks/segments.py, which says how well they tell, on 13 simulated patients, five
# of them with an infarct of the apex, and 8 clips of real images with simulated motion. Percentage
# points: by how much a part of the wall, one segment or two, differs from the one beside it that is
# more like it; a basal segment, which has one neighbour, from that.
UNEVEN = 5.0
UNEVEN_BASE = 8.0
# True neighbours differ by more in about 1 of 100 pairs of 1,500 simulated hearts, most of them
# with an infarct of the apex.
STEP = 16.0
# And by how much more or less than the whole line a segment has changed when the beat is over.
DRIFT = 4.0
# Parts of the wall that have a segment on either side, as places in study.VIEW_SEGMENTS.
PARTS = ((1,), (2,), (3,), (4,), (1, 2), (2, 3), (3, 4))


@dataclass(frozen=True)
class SegmentJudgement:
    """What is known of how far a clip's segments can be believed.

    Attributes
    ----------
    rows : segmentation.quality.COLUMNS, a row a fact, `label` names the segment.
    flags : segment -> its flag, a key of study.SEGMENT_DOUBTS, or several with blanks between.
    """

    rows: list[dict] = field(default_factory=list)
    flags: Mapping[str, str] = field(default_factory=dict)


def segment_sd(fused: Fused, beats: Sequence[Beat], strain: np.ndarray) -> np.ndarray:
    """(6,) random error of the segments' strain (6,), percentage points, NaN where it is."""
    of_ends = np.mean([ends_sd(fused, beat) for beat in beats], axis=0)
    uneven = np.nan_to_num(unevenness(strain))
    return np.hypot(SD_SHARE * of_ends, UNEVEN_SHARE * uneven) + 0 * strain


def ends_sd(fused: Fused, beat: Beat) -> np.ndarray:
    """(6,) SD of the segments' strain at ES, percentage points, that follows from the covariance of
    the places of a segment's two ends along the wall.

    At ED they name the tissue: an error there moves the segment, not its strain. Errors of the ends
    correlate as exp(-length / correlation_length_mm).
    """
    at_ed, at_es = fused.positions[beat.ed], fused.positions[beat.es]
    bounds = segment_bounds(at_ed)
    along = np.gradient(at_es, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    covariance = fused.position_covariances[beat.es]
    variance = np.einsum("na,nab,nb->n", along, covariance, along)
    sd = np.sqrt(np.maximum(np.interp(bounds, np.arange(len(variance)), variance), 0))
    alike = np.exp(-segment_lengths(at_es[None], bounds)[0] / fused.correlation_length_mm)
    length2 = sd[:-1] ** 2 + sd[1:] ** 2 - 2 * alike * sd[:-1] * sd[1:]
    return 100 * np.sqrt(length2) / segment_lengths(at_ed[None], bounds)[0]


def unevenness(strain: np.ndarray) -> np.ndarray:
    """(6,) by how much each segment, or it with one beside it, shortens less (+) or more (-) than
    the wall on both sides: the difference to the side that is more like it, the largest of the
    PARTS that hold the segment; 0 where strain goes on from side to side. Of the two basal ones the
    difference to the segment beside them. NaN where a neighbour is not measured.

    Example
    -------
    >>> unevenness(np.array([-20, -19, -8, -10, -18, -12.0])).tolist()
    [-1.0, 0.0, 9.0, 9.0, -6.0, 6.0]
    """
    found = np.zeros(len(strain))
    found[0], found[-1] = strain[0] - strain[1], strain[-1] - strain[-2]
    for part in PARTS:
        away = strain[list(part)].mean() - strain[[part[0] - 1, part[-1] + 1]]
        if np.isnan(away).any():
            continue
        least = away[np.abs(away).argmin()] if away[0] * away[1] > 0 else 0.0
        for k in part:
            found[k] = max(found[k], least, key=abs)
    found[np.isnan(strain)] = np.nan
    return found


def largest_step(strain: np.ndarray) -> np.ndarray:
    """(6,) the largest difference to a segment beside it: + where that shortens more. NaN where
    neither is measured.

    Example
    -------
    >>> largest_step(np.array([-20, -19, -8, -10, -18, -12.0])).tolist()
    [-1.0, -11.0, 11.0, 8.0, -8.0, 6.0]
    """
    steps = np.full((2, len(strain)), np.nan)
    steps[0, 1:], steps[1, :-1] = np.diff(strain), -np.diff(strain)
    known = np.where(np.isnan(steps), 0.0, steps)
    largest = known[np.abs(known).argmax(axis=0), np.arange(len(strain))]
    return np.where(np.isnan(steps).all(axis=0), np.nan, largest)


def segment_drift(fused: Fused, beats: Sequence[Beat]) -> np.ndarray:
    """(6,) percentage points by which the segments, more than the whole line, have not come back to
    their length at the next ED: mean over the beats that have one, NaN without."""
    drifts = []
    for beat in (one for one in beats if one.next_ed is not None):
        ends = fused.positions[[beat.ed, beat.next_ed]]
        if np.isfinite(ends).all():
            parts, whole = segment_lengths(ends, segment_bounds(ends[0])), arc_length(ends)
            drifts.append(100 * (parts[1] / parts[0] - whole[1] / whole[0]))
    return np.mean(drifts, axis=0) if drifts else np.full(len(SEGMENTS), np.nan)


def judge_segments(
    fused: Fused, beats: Sequence[Beat], rows: Sequence[Mapping], *, clip: str, view: str
) -> SegmentJudgement:
    """Judge the segments of a clip that was followed.

    Parameters
    ----------
    fused : the followed midwall.
    beats : those that were measured.
    rows : what `measure_clip` gave of it.
    clip, view : the clip's name and the apical view that it shows.
    """
    names = VIEW_SEGMENTS[view]
    strain = {
        row["segment"]: row["value"] for row in rows if row["measure"] == "peak_systolic_strain"
    }
    values = np.array([np.nan if strain.get(n) is None else strain[n] for n in names], float)
    if np.isnan(values).all():
        return SegmentJudgement()
    found, flags = [], {}
    every = np.ones(len(names))
    uneven = np.array([UNEVEN_BASE, *UNEVEN * every[2:], UNEVEN_BASE])
    facts = {
        "segment_unevenness": (unevenness(values), uneven, "uneven_segments"),
        "segment_step": (largest_step(values), STEP * every, "uneven_segments"),
        "segment_drift": (segment_drift(fused, beats), DRIFT * every, "drifting_segment"),
    }
    for measure, (sizes, bounds, flag) in facts.items():
        for name, value, size, limit in zip(names, values, sizes, bounds, strict=True):
            if not np.isfinite(size) or not np.isfinite(value):
                continue
            doubt = {}
            if abs(size) > limit:
                doubt = {"flag": flag, "note": _words(measure, name, value, size, limit)}
                flags[name] = join_reasons(flags.get(name, ""), flag)
            found.append(
                quality_row(clip, label=name, measure=measure, value=size, unit="%", **doubt)
            )
    return SegmentJudgement(found, flags)


def _words(measure, name, value, size, limit):
    words = f"{name.replace('_', ' ')} {value:.1f} %"
    if measure != "segment_drift":
        where = "a segment beside it" if measure == "segment_step" else "the wall beside it"
        beside = f"{abs(size):.1f} points {'weaker' if size > 0 else 'stronger'} than {where}"
        return f"{words}, {beside} (expected {limit:g} at most)"
    return (
        f"{words}, by {abs(size):.1f} points {'longer' if size > 0 else 'shorter'} than the whole "
        f"wall when the beat is over (expected {limit:g} at most)"
    )
