"""What of a measured clip cannot be believed, told without any truth: rows of quality.tsv, flags.

A flag is a reason (study.DOUBTS) beside the status ok of measurements.tsv. Its row in quality.tsv
says what came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from echogls.cine import Cine
from echogls.fusion.fused import Fused
from echogls.segmentation.clip import Segmentation
from echogls.segmentation.quality import quality_row
from echogls.segmentation.sides import SIDES
from echogls.strain.consistency import CONSISTENCY, consistency
from echogls.strain.cycle import Beat, Cycle
from echogls.strain.longitudinal import arc_length
from echogls.strain.picture import outside_picture, steps_in_picture
from echogls.strain.recording import lengths_known, recording_rows
from echogls.strain.segments import segment_bounds, segment_lengths
from echogls.study import SEGMENT_DOUBTS, VIEW_SEGMENTS, join_reasons


@dataclass(frozen=True)
class Limit:
    """What a measure of CONSISTENCY may be without a flag, and what is said of it otherwise."""

    low: float
    high: float
    flag: str
    words: str


# Those of GLS and annulus by path against by outlines are derived on clips with known strain by
# benchmarks/doubts.py, which says how well they tell, and are a little wider than it has them, for
# outlines of real clips jump more; they are not symmetric, for motion that is wrong is too little,
# and outlines that are smooth shorten less than the wall. Less strain for the volume than its limit
# have 10 in 100 of experts' outlines of ED and ES (CAMUS; the same benchmark). The others are wide:
# what such clips never have.
LIMITS = {
    "gls_contradiction": Limit(
        -5.5,
        1.6,
        "motion_contradicts_outline",
        "GLS by the path {gls_by_path:.1f} %, by the outlines {gls_by_outline:.1f} %",
    ),
    "annulus_contradiction": Limit(
        -1.2,
        1.6,
        "annulus_contradicts_outline",
        "the annulus comes by {annulus_by_path:.1f} % of the wall's length by the path, by "
        "{annulus_by_outline:.1f} % by the outlines",
    ),
    "annulus_ratio": Limit(
        0.7,
        1.3,
        "annulus_contradicts_outline",
        "the annulus comes {annulus_ratio:.2f} times as far by the path as by the outlines",
    ),
    "carried_distance": Limit(
        0.0,
        1.0,
        "outline_left_behind",
        "the outline of ED, carried to ES, lies {carried_distance:.1f} % of the wall's length "
        "beside the outline there",
    ),
    "strain_over_volume": Limit(
        0.2,
        0.65,
        "strain_contradicts_volume",
        "GLS {gls_by_path:.1f} % where the cavity loses {volume_change:.0f} % of its volume",
    ),
}
# By judgement, as are those below: less of the line outside the picture, percent, is not worth a
# flag.
OUTSIDE = 5.0
# A segment less of whose length than this, percent, is in the picture is not measured.
SEEN = 50.0
# A side of the outline that is right in fewer frames than this, percent, is flagged, even if it
# was mended; one that was wrong, and not mended, in more than WRONG_SIDE has no segments.
RIGHT_SIDE = 75.0
WRONG_SIDE = 50.0


@dataclass(frozen=True)
class Judgement:
    """What is known of how far a clip's measurement can be believed.

    Attributes
    ----------
    rows : segmentation.quality.COLUMNS, a row a fact; `flag` is a key of study.DOUBTS or empty.
    counted : (N - 1,) bool, the steps of the line that count for the segments; None: all.
    left_out : segments that are not measured, and the reason.
    """

    rows: list[dict]
    counted: np.ndarray | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The flags of the clip as one cell (study.join_reasons), without those of segments."""
        flags = (row["flag"] for row in self.rows if row["flag"] not in SEGMENT_DOUBTS)
        return join_reasons(*flags)


def judge_clip(
    cine: Cine, wall: Segmentation, fused: Fused, cycle: Cycle, *, clip: str, view: str
) -> Judgement:
    """Judge a clip that was followed; of two stills there is nothing to compare.

    Parameters
    ----------
    fused : the followed midwall.
    cycle : its beats, as they are measured.
    clip, view : the clip's name and the apical view that it shows.
    """
    rows = recording_rows(clip, cine, wall)
    rows += [
        quality_row(clip, measure="beat_left_out", note=words, unit="beat")
        for words in cycle.dropped
    ]
    rows += [
        quality_row(
            clip, measure="beats", value=len(cycle.beats), unit="beat", flag=flag, note=note
        )
        for flag, note in cycle.flags.items()
    ]
    if not cycle.beats:
        return Judgement(rows)
    values = consistency(fused, wall, cycle.beats, spacing_known=lengths_known(cine, wall))
    rows += _consistency_rows(clip, values)
    outside = outside_picture(fused.positions, cine.sector, cine.scale)
    outside_rows, counted, left_out = _outside(clip, view, fused, outside, cycle.beats)
    sides, dropped = _sides(clip, view, wall)
    return Judgement([*rows, *outside_rows, *sides], counted, dropped | left_out)


def _consistency_rows(clip, values):
    rows = []
    for measure, unit in CONSISTENCY.items():
        value, limit, doubt = values[measure], LIMITS.get(measure), {}
        if limit and np.isfinite(value) and not limit.low <= value <= limit.high:
            came = f"{measure} {value:.2f}, expected {limit.low:g} to {limit.high:g}"
            doubt = {"flag": limit.flag, "note": f"{limit.words.format(**values)} ({came})"}
        rows.append(quality_row(clip, measure=measure, value=value, unit=unit, **doubt))
    return rows


def _outside(clip, view, fused, outside, beats: Sequence[Beat]):
    """Rows of what lies outside the picture in systole, the steps that count, and the segments
    that are left out."""
    frames = np.concatenate([np.arange(beat.ed, beat.es + 1) for beat in beats])
    counted = steps_in_picture(outside[frames])
    line = fused.positions[beats[0].ed]
    if counted.all() or not np.isfinite(line).all():
        return [], None, {}
    bounds = segment_bounds(line)
    whole = segment_lengths(line[None], bounds)[0]
    gone = 100 * (1 - segment_lengths(line[None], bounds, counted)[0] / whole)
    share = float(gone @ whole / arc_length(line))
    doubt = {}
    names = dict(zip(VIEW_SEGMENTS[view], gone, strict=True))
    note = ", ".join(
        f"{name.replace('_', ' ')} {part:.0f} %" for name, part in names.items() if part
    )
    if share >= OUTSIDE:
        doubt["flag"] = "outside_image"
    rows = [
        quality_row(clip, measure="outside_image", value=share, unit="%", note=note, **doubt),
        *(
            quality_row(clip, label=name, measure="outside_image", value=part, unit="%")
            for name, part in names.items()
            if part
        ),
    ]
    return (
        rows,
        counted,
        {name: "outside_image" for name, part in names.items() if part > 100 - SEEN},
    )


def _sides(clip, view, wall):
    """Rows of sides of the outline that are wrong in some frames, and the segments of one that is
    so in most."""
    rows, left_out = [], {}
    names = VIEW_SEGMENTS[view]
    for number, side in enumerate(SIDES):
        wrong, mended = (
            np.array([code in codes for codes in wall.codes])
            for code in (f"{side}_side", f"{side}_side_mended")
        )
        if not (wrong | mended).any():
            continue
        right = 100 * float(1 - (wrong | mended).mean())
        note = f"wrong in {wrong.sum()} and mended in {mended.sum()} of {len(wrong)} frames"
        doubt = {"flag": "implausible_side"} if right < RIGHT_SIDE else {}
        if 100 * wrong.mean() > WRONG_SIDE:
            half = len(names) // 2
            left_out |= dict.fromkeys(names[half:] if number else names[:half], "implausible_side")
        rows.append(
            quality_row(
                clip, label=side, measure="right_frames", value=right, unit="%", note=note, **doubt
            )
        )
    return rows, left_out
