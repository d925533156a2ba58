"""Choose the clip of each view that a patient's measurement is made on.

The view is the one that the source or the cohort's sheet states. Where nothing
states it and the cohort measures one view only, the clip is taken for that view
and the row says so; where it measures several, the clip cannot be placed.
"""

from collections.abc import Sequence

COLUMNS = ("clip", "view", "view_source", "score", "chosen", "reason", "note")


def choose_clips(clips: list[dict], wanted: Sequence[str]) -> list[dict]:
    """Decide for each usable clip of one patient whether it is measured.

    Parameters
    ----------
    clips : rows of clips.tsv (study.CLIP_COLUMNS), as text.
    wanted : the cohort's views (keys of study.VIEWS).

    Returns
    -------
    Rows with COLUMNS, one a clip whose status is ok; `chosen` is yes or no, with a
    reason (study.REASONS) if no. Of several clips of a view a sequence goes before
    two stills, then higher frame rate, then more frames, then the first name.
    """
    rows = []
    for clip in clips:
        if clip["status"] != "ok":
            continue
        view, source = clip["view"], "stated"
        if not view:
            view, source = (wanted[0], "assumed") if len(wanted) == 1 else ("unknown", "none")
        row = {"clip": clip["clip"], "view": view, "view_source": source, "chosen": "no"}
        if view not in wanted:
            row |= {"reason": "other_view", "note": f"{view} is not among {', '.join(wanted)}"}
        elif source == "assumed":
            row["note"] = "no view is stated; taken for the only view that the cohort measures"
        rows.append(row | {"score": _score(clip), "order": _order(clip)})
    for view in wanted:
        of_view = [row for row in rows if row["view"] == view]
        for place, row in enumerate(sorted(of_view, key=lambda row: row["order"])):
            row["chosen"] = "no" if place else "yes"
            if place:
                row["reason"] = "not_best_clip"
    return [{key: row.get(key, "") for key in COLUMNS} for row in rows]


def chosen_clips(views: list[dict]) -> dict[str, str]:
    """Clip -> view of the rows of views.tsv that are measured."""
    return {row["clip"]: row["view"] for row in views if row["chosen"] == "yes"}


def _score(clip):
    """Frame rate of a sequence, 0 of two stills: what `_order` looks at first."""
    return float(clip["fps"] or 0) if clip["kind"] == "sequence" else 0.0


def _order(clip):
    return (clip["kind"] != "sequence", -_score(clip), -int(clip["frames"] or 0), clip["clip"])
