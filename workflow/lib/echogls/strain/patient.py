"""All that is measured of one patient by one method: every wanted view gets its rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from echogls.cine import Cine
from echogls.fusion.fused import Fused
from echogls.segmentation.clip import Segmentation
from echogls.strain.average import average_rows
from echogls.strain.cycle import Beat, Marks, clip_beats, marked_cycle
from echogls.strain.doubts import Judgement, judge_clip
from echogls.strain.measure import excluded_row, measure_clip
from echogls.strain.recording import lengths_known, recording_rows
from echogls.strain.segment_doubts import SegmentJudgement, judge_segments
from echogls.study import BEAT, join_reasons
from echogls.views.chosen import clips_by_view, why_none


def measure_patient(
    *,
    wanted: Sequence[str],
    clips: list[dict],
    views: list[dict],
    cines: Mapping[str, Cine],
    walls: Mapping[str, Segmentation],
    fused: Mapping[str, Fused],
    min_plausible: float,
    gls: str,
    ed_rule: Sequence[str],
    es_rule: str | Sequence[str],
    drift: str,
    missing_view: str = "exclude",
    left_out: Collection[str] = (),
    marks: Mapping[str, Marks] | None = None,
    judged: dict[str, Judgement] | None = None,
) -> tuple[list[dict], list[dict]]:
    """Measure the chosen clips of each wanted view, and the average over several views.

    Parameters
    ----------
    wanted : the cohort's views (keys of study.VIEWS).
    clips, views : rows of clips.tsv and views.tsv.
    cines, walls, fused : by clip; a clip without an outline is not in `fused`.
    min_plausible : percent of frames that need a plausible outline.
    gls, ed_rule, es_rule, drift : see `measure_clip` and `find_beats`.
    missing_view : see `average_rows`.
    left_out : views of `wanted` that have nothing to be measured and get no row of their own.
    marks : clip -> frames of ED and ES that were set by hand.
    judged : filled with what is known of how far each followed view can be believed; its flags
        are the reasons of rows with status ok. None: nothing is judged.

    Returns
    -------
    Rows of the curve (measure.curve_columns) and rows of measurements.tsv without
    cohort, patient and rater. A view that cannot be measured has one row, status
    excluded, with the reason; no view is left out. Of several clips of a view each is a repeat;
    of `gls_beat` the repeats are the beats of the best one.
    What was measured on an outline or on frames set by hand has the reason `corrected_by_hand`.
    """
    chosen = clips_by_view(views)
    curves: list[dict] = []
    rows: list[dict] = []
    of_beats: list[dict] = []

    def measure(view: str, clip: str, repeat: int) -> list[dict]:
        reason = walls[clip].failure(min_plausible)
        if reason or clip not in fused:
            return [excluded_row(view, reason or "no_contour")]
        cine, wall, followed = cines[clip], walls[clip], fused[clip]
        stills, marked = cine.kind == "ed_es", (marks or {}).get(clip)
        if stills:
            beats, reason = (Beat(0, 1),), ""
            doubts = Judgement(recording_rows(clip, cine, wall))
        else:
            cycle = clip_beats(cine, wall, followed, ed_rule=ed_rule, es_rule=es_rule)
            if marked:
                cycle = marked_cycle(marked, cycle, len(cine.times_s))
            beats, reason = cycle.beats, cycle.reason
            doubts = Judgement([])
            if judged is not None:
                doubts = judge_clip(cine, wall, followed, cycle, clip=clip, view=view)
                if not beats and "doubtful_frame_times" in doubts.reason:
                    reason = "doubtful_frame_times"
        curve, measured = measure_clip(
            followed,
            beats,
            clip=clip,
            view=view,
            reason=reason,
            gls=gls,
            drift=drift,
            spacing_known=lengths_known(cine, wall),
            timed=not stills,
            counted=doubts.counted,
            left_out=doubts.left_out,
        )
        curves.extend(curve)
        of_segments = SegmentJudgement()
        if judged is not None and not stills:
            of_segments = judge_segments(followed, beats, measured, clip=clip, view=view)
            if repeat == 1:
                judged[view] = replace(doubts, rows=[*doubts.rows, *of_segments.rows])
        by_hand = "corrected_by_hand" if wall.by_hand or (marked and not stills) else ""
        reasons = join_reasons("ed_es_only" if stills else "", by_hand, doubts.reason)

        def reason_of(row):
            return join_reasons(row["reason"], reasons, of_segments.flags.get(row["segment"], ""))

        return [
            row | {"reason": reason_of(row)} if row["status"] == "ok" else row for row in measured
        ]

    for view in wanted:
        if view in left_out:
            continue
        if view not in chosen:
            rows.append(excluded_row(view, why_none(clips, views, view)))
        for repeat, clip in enumerate(chosen.get(view, ()), start=1):
            for row in measure(view, clip, repeat):
                if row["measure"] != BEAT:
                    rows.append(row | {"repeat": repeat})
                elif repeat == 1:  # beats are told of the best clip
                    of_beats.append(row)
    for repeat in sorted({row["repeat"] for row in rows}):
        of_repeat = [row for row in rows if row["repeat"] == repeat]
        # A view that was recorded once is missing from no second average.
        if repeat == 1 or {row["view"] for row in of_repeat} == set(wanted):
            averages = average_rows(of_repeat, wanted, missing_view)
            rows += [row | {"repeat": repeat} for row in averages]
    return curves, rows + of_beats


def judged_rows(judged: Mapping[str, Judgement]) -> list[dict]:
    """What `measure_patient` judged, as rows: `view` and segmentation.quality.COLUMNS."""
    return [{"view": view} | row for view, judgement in judged.items() for row in judgement.rows]
