"""Which clips the rows of views.tsv say are measured; apart, because every later stage asks."""


def chosen_clips(views: list[dict]) -> dict[str, str]:
    """Clip -> view of the rows of views.tsv that are measured."""
    return {row["clip"]: row["view"] for row in views if row["chosen"] == "yes"}


def why_none(clips: list[dict], views: list[dict]) -> str:
    """Reason (study.REASONS) for a view of which no clip is measured: that of all its clips,
    if they have the same, else that they show another view, or that there is none."""
    left_out = clips if all(row["status"] != "ok" for row in clips) else views
    reasons = {row["reason"] for row in left_out if row["reason"]}
    if len(reasons) == 1:
        return reasons.pop()
    return "other_view" if views else "no_clips"
