"""What did not make it into the measurements, at which stage, and why."""

from echogls.study import REASONS

COLUMNS = ("cohort", "patient", "clip", "rater", "stage", "status", "reason", "note")


def exclusion_rows(
    cohort: str,
    clips: dict[str, list[dict]],
    views: dict[str, list[dict]],
    measurements: list[dict],
) -> list[dict]:
    """Rows with COLUMNS: each clip that ingest or the choice of clip left out, and each
    measurement that a method could not make.

    Parameters
    ----------
    clips, views : patient -> rows of clips.tsv and of views.tsv.
    measurements : rows of the cohort's measurements.tsv.
    """
    rows = []
    for patient in clips:
        where = {"cohort": cohort, "patient": patient, "status": "excluded"}
        for clip in clips[patient]:
            if clip["status"] != "ok":
                rows.append(where | _why(clip, "ingest"))
        for clip in views[patient]:
            if clip["chosen"] != "yes":
                rows.append(where | _why(clip, "classify_view"))
    for row in measurements:
        if row["status"] != "ok":
            rows.append(
                {"cohort": cohort, "patient": row["patient"], "rater": row["rater"]}
                | {"status": row["status"]}
                | _why(row, "strain")
            )
    return rows


def _why(row, stage):
    said = [REASONS.get(row["reason"], ""), row.get("note", "")]
    return {
        "clip": row.get("clip", ""),
        "stage": stage,
        "reason": row["reason"],
        "note": ": ".join(text for text in said if text),
    }
