"""The average over the apical views: what is called GLS where several views are measured.

Lang et al. 2015 and Voigt et al. 2015 (ASE, EACVI): GLS is the mean of the views' own, each
measured in its own beat. A missing view shifts it, for walls differ: by default it has no
average then.
"""

from collections.abc import Sequence

import numpy as np

from echogls.strain.measure import excluded_row, measurement_row
from echogls.study import (
    AVERAGE_VIEW,
    DOUBTS,
    MISSING_VIEW_RULES,
    StudyError,
    join_reasons,
    split_reasons,
)

AVERAGED = ("gls", "peak_systolic_strain", "end_systolic_strain")
OWNER = ("cohort", "patient", "rater", "repeat")
FEWEST_VIEWS = 2  # that an average can be of


def average_rows(
    rows: Sequence[dict], wanted: Sequence[str], missing_view: str = "exclude"
) -> list[dict]:
    """Rows of the view `apical` (study.AVERAGE_VIEW) of one patient by one method.

    Parameters
    ----------
    rows : the patient's rows of each view, as `measure_clip` gives them.
    wanted : the views that the cohort measures; of one view there is no average.
    missing_view : "exclude": without one of the wanted views there is no average;
        "average_others": it is of those that were measured, two at least.

    Returns
    -------
    Rows as `measure_clip`: AVERAGED, `gls_sd` = sqrt(sum of the views' squares) / views, and
    `views`, how many it is of. With a view missing they have the reason `missing_view`, or
    there is one excluded row with it. Where all views were stills the reason is theirs; a doubt
    (study.DOUBTS) of one view is one of the average.

    Example
    -------
    >>> rows = [measurement_row(v, "global", "gls", g) for v, g in (("a4c", -18), ("a2c", -20))]
    >>> [(row["measure"], row["value"]) for row in average_rows(rows, ["a4c", "a2c"])]
    [('gls', -19.0), ('views', 2)]
    """
    if missing_view not in MISSING_VIEW_RULES:
        raise StudyError(
            f"strain: missing_view '{missing_view}'; expected {' or '.join(MISSING_VIEW_RULES)}"
        )
    if len(wanted) < FEWEST_VIEWS:
        return []
    fine = [row for row in rows if row["segment"] == "global" and row["status"] == "ok"]
    seen = [view for view in wanted if _values(fine, "gls", [view])]
    complete = len(seen) == len(wanted)
    if not complete and (missing_view == "exclude" or len(seen) < FEWEST_VIEWS):
        return [excluded_row(AVERAGE_VIEW, "missing_view")]
    values_of = {name: values for name in AVERAGED if (values := _values(fine, name, seen))}
    means = {name: np.mean(values) for name, values in values_of.items()}
    if len(errors := _values(fine, "gls_sd", seen)) == len(seen):
        means["gls_sd"] = np.sqrt(np.sum(np.square(errors))) / len(seen)
    reasons = [split_reasons(row["reason"]) for row in fine if row["measure"] == "gls"]
    common = set.intersection(*map(set, reasons)) if complete else {"missing_view"}
    doubts = {reason for several in reasons for reason in several if reason in DOUBTS}
    reason = join_reasons(*common, *doubts)
    order = [name for name in ("gls", "gls_sd", *AVERAGED[1:]) if name in means]
    results = [*((name, means[name]) for name in order), ("views", len(seen))]
    return [
        measurement_row(AVERAGE_VIEW, "global", name, value) | {"reason": reason}
        for name, value in results
    ]


def with_averages(
    rows: Sequence[dict], wanted: Sequence[str], missing_view: str = "exclude"
) -> list[dict]:
    """Rows of readers.tsv, and after them the average of each patient, rater and repeat who has
    readings of single views and none of the average.

    Parameters
    ----------
    rows : study.MEASUREMENT_COLUMNS.
    wanted, missing_view : see `average_rows`.
    """
    owners: dict[tuple, list[dict]] = {}
    for row in rows:
        owners.setdefault(tuple(row[name] for name in OWNER), []).append(row)
    extended = list(rows)
    for owner, own_rows in owners.items():
        views = {row["view"] for row in own_rows if row["measure"] == "gls"}
        if AVERAGE_VIEW not in views and views & set(wanted):
            head = dict(zip(OWNER, owner, strict=True))
            extended += [row | head for row in average_rows(own_rows, wanted, missing_view)]
    return extended


def _values(rows, measure, views):
    return [
        float(row["value"])
        for row in rows
        if row["measure"] == measure and row["view"] in views and row["value"] not in ("", None)
    ]
