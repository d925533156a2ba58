"""Which clips the rows of views.tsv say are measured; apart, because every later stage asks."""


def chosen_clips(views: list[dict]) -> dict[str, str]:
    """Clip -> view of the rows of views.tsv that are measured, in the order of the repeats."""
    chosen = [row for row in views if row["chosen"] == "yes"]
    chosen.sort(key=lambda row: int(row.get("repeat") or 1))
    return {row["clip"]: row["view"] for row in chosen}


def clips_by_view(views: list[dict]) -> dict[str, list[str]]:
    """View -> its measured clips, the best one, which is repeat 1, first."""
    by_view: dict[str, list[str]] = {}
    for clip, view in chosen_clips(views).items():
        by_view.setdefault(view, []).append(clip)
    return by_view


def best_clips(views: list[dict]) -> dict[str, str]:
    """View -> the clip that is its repeat 1."""
    return {view: clips[0] for view, clips in clips_by_view(views).items()}


def why_none(clips: list[dict], views: list[dict], view: str = "") -> str:
    """Reason (study.REASONS) for a view of which no clip is measured: that of its own clips, or
    of those that no view is known of, if they have the same; else that all clips show other
    views, or that there are none.

    Clips of another view that is measured, too, say nothing of this one.
    """
    if all(row["status"] != "ok" for row in clips):
        reasons = {row["reason"] for row in clips if row["reason"]}
        return reasons.pop() if len(reasons) == 1 else "no_clips"
    taken = set(clips_by_view(views))
    open_ = [row for row in views if row["chosen"] != "yes" and row["view"] not in taken]
    own = [row for row in open_ if row["view"] == view]
    reasons = {row["reason"] for row in own or open_ if row["reason"]}
    if len(reasons) == 1:
        return reasons.pop()
    return "no_clip_of_view" if taken else "other_view"
