"""The view that a source states for a clip, beside what the classifier took it for."""

from collections import Counter
from collections.abc import Mapping, Sequence

from echogls.study import VIEWS

COLUMNS = ("cohort", "true", "classified", "n")


def confusion_rows(
    cohort: str, clips: Mapping[str, Sequence[dict]], views: Mapping[str, Sequence[dict]]
) -> list[dict]:
    """Rows with COLUMNS, a row a pair of views that occurs, counted in clips.

    Parameters
    ----------
    clips, views : patient -> rows of clips.tsv (whose `view` is what the source states) and of
        views.tsv (whose `classified` is the classifier's opinion). A clip without one of the
        two is not counted.

    Example
    -------
    >>> confusion_rows("c", {"p": [{"clip": "a", "view": "a4c"}]},
    ...                {"p": [{"clip": "a", "classified": "a2c"}]})
    [{'cohort': 'c', 'true': 'a4c', 'classified': 'a2c', 'n': 1}]
    """
    counts: Counter = Counter()
    for patient, table in views.items():
        stated = {row["clip"]: row["view"] for row in clips[patient]}
        for row in table:
            true, classified = stated.get(row["clip"], ""), row.get("classified", "")
            if true and classified:
                counts[true, classified] += 1
    order = {view: place for place, view in enumerate(VIEWS)}
    return [
        dict(zip(COLUMNS, (cohort, *pair, n), strict=True))
        for pair, n in sorted(counts.items(), key=lambda one: [order.get(v, 99) for v in one[0]])
    ]


def f1_percent(rows: Sequence[dict], view: str) -> tuple[float | None, int]:
    """F1 of one view in percent, 2 TP / (2 TP + FP + FN), and the number of clips; None where
    the view neither is nor is said.

    Example
    -------
    >>> f1_percent([{"true": "a4c", "classified": "a4c", "n": 3},
    ...             {"true": "a4c", "classified": "a2c", "n": 1}], "a4c")
    (85.71428571428571, 4)
    """
    right = sum(int(r["n"]) for r in rows if r["true"] == r["classified"] == view)
    shown = sum(int(r["n"]) for r in rows if r["true"] == view)
    taken_for = sum(int(r["n"]) for r in rows if r["classified"] == view)
    f1 = 100 * 2 * right / (shown + taken_for) if shown + taken_for else None
    return f1, sum(int(row["n"]) for row in rows)
