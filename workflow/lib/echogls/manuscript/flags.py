"""What of a patient's measurements cannot be believed, in words."""

from collections.abc import Sequence

from echogls.manuscript.wording import plain
from echogls.study import DOUBTS, REASONS, SEGMENT_DOUBTS, headline_view, split_reasons


def doubts_of(row: dict) -> list[str]:
    """The flags (study.DOUBTS) of a row of measurements.tsv that is given."""
    reasons = split_reasons(row["reason"]) if row["status"] == "ok" else []
    return [reason for reason in reasons if reason in DOUBTS]


def doubts_in_words(rows: Sequence[dict]) -> list[str]:
    """The flags of one view's rows of measurements.tsv, each once; of segments with their names.

    Example
    -------
    >>> row = {"status": "ok", "reason": "uneven_segments", "segment": "apical_septal"}
    >>> doubts_in_words([row, row | {"segment": "global", "reason": "incomplete_beat"}])
    ['uneven segments (apical septal)', 'incomplete beat']
    """
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for doubt in doubts_of(row):
            found.setdefault(doubt, {})[plain(row.get("segment", ""))] = None
    return [
        f"{plain(doubt)} ({', '.join(segments)})" if doubt in SEGMENT_DOUBTS else plain(doubt)
        for doubt, segments in found.items()
    ]


def flagged_patients(measurements: Sequence[dict], rater: str) -> dict[str, list[str]]:
    """Patient -> the flags of the GLS that the cohort is told by, of those that have any."""
    view = headline_view(measurements)
    return {
        row["patient"]: doubts
        for row in measurements
        if (row["rater"], row["view"], row["measure"]) == (rater, view, "gls")
        if (doubts := doubts_of(row))
    }


def flag_lines(quality: Sequence[dict], patient: str, method: str) -> list[str]:
    """A line a flag of a patient's measurement: what it means, and what came.

    quality : rows of quality.tsv.
    """
    return [
        f"Flag, {row['view']}: {plain(row['flag'])}: {row['note']}. "
        f"{REASONS[row['flag']][:1].upper()}{REASONS[row['flag']][1:]}."
        for row in quality
        if row["patient"] == patient and row.get("method") == method and row["flag"] in DOUBTS
    ]
