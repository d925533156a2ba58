"""Limits of agreement of all segments together."""

from collections.abc import Sequence

import pandas as pd

from echogls.agreement.pair_statistics import Options
from echogls.agreement.pairs import rater_pairs, usable_readings
from echogls.agreement.repeated import limits_true_value_varying
from echogls.agreement.rows import Row
from echogls.study import SEGMENTS

SEGMENTAL = "peak_systolic_strain"


def pooled_rows(
    table: pd.DataFrame,
    *,
    methods: Sequence[str],
    readers: Sequence[str],
    truth: str | None = None,
    options: Options | None = None,
) -> list[Row]:
    """Limits of agreement of all segments together: rows *_repeated of measure
    peak_systolic_strain, of each two single raters.

    Segments of a patient are not patients: limits are those of several pairs a patient whose
    true values differ (`repeated.limits_true_value_varying`), n the number of patients.

    When and how: how far a single segment of a new patient may lie off; wider than the limits of
    any one segment where segments are biased differently.

    Example
    -------
    >>> row = dict(cohort="c", repeat=1, view="a4c", measure="peak_systolic_strain", unit="%",
    ...            status="ok", reason="")
    >>> table = pd.DataFrame([row | dict(patient=f"p{i}", segment=segment, rater=rater, value=value)
    ...                       for i in range(3) for segment in ("basal_septal", "mid_septal")
    ...                       for rater, value in (("r1", -16 - i), ("dis", -15))])
    >>> pooled_rows(table, methods=["dis"], readers=["r1"])[0]["estimate"]
    2.0
    """
    options = options or Options()
    readings = usable_readings(table)
    chosen = readings[(readings["measure"] == SEGMENTAL) & readings["segment"].isin(SEGMENTS)]
    rows: list[Row] = []
    for (cohort, view), part in chosen.groupby(["cohort", "view"], sort=False):
        firsts = part.sort_values("repeat", kind="stable").drop_duplicates(
            ["patient", "segment", "rater"]
        )
        wide = firsts.pivot(index=["patient", "segment"], columns="rater", values="value")
        present = [[name for name in names if name in wide] for names in (methods, readers)]
        truths = [truth] if truth in wide else []
        for comparison, rater_1, rater_2 in rater_pairs(*present, truths):
            statistics = limits_true_value_varying(
                wide.index.get_level_values("patient").to_numpy(),
                wide[rater_1].to_numpy(),
                wide[rater_2].to_numpy(),
                multiplier=options.multiplier,
                confidence=options.confidence,
            )
            head = {"cohort": cohort, "measure": SEGMENTAL, "view": view}
            head |= {"comparison": comparison, "rater_1": rater_1, "rater_2": rater_2}
            rows += [head | row for row in statistics]
    return rows
