"""What of a patient's measurements cannot be believed, in words."""

import re
from collections.abc import Sequence

from echogls.manuscript.rounding import minus_signs
from echogls.manuscript.wording import plain
from echogls.study import DOUBTS, SEGMENT_DOUBTS, VIEWS, headline_view, split_reasons

NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


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


def what_came(quality: Sequence[dict], patient: str, method: str) -> dict[str, list[str]]:
    """Flag -> what came of a patient's measurement, a line a view, as printed.

    quality : rows of quality.tsv.
    """
    came: dict[str, list[str]] = {}
    for row in quality:
        if (row["patient"], row.get("method"), row["flag"] in DOUBTS) == (patient, method, True):
            view = VIEWS.get(row["view"], row["view"])
            line = f"{view}: {in_print(row['note'])}" if row["note"] else view
            came.setdefault(row["flag"], []).append(line)
    return {flag: list(dict.fromkeys(lines)) for flag, lines in came.items()}


def in_print(note: str) -> str:
    """A note of a table as printed: names of measures as words, a minus as a minus.

    Example
    -------
    >>> in_print("annulus_ratio -0.70") == "annulus ratio \N{MINUS SIGN}0.70"
    True
    """
    return minus_signs(NAME.sub(lambda found: plain(found[0]), note))
