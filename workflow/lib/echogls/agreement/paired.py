"""The patients behind the statistics: a row a patient and pair of raters, the rows of pairs.tsv."""

from collections.abc import Sequence

import pandas as pd

from echogls.agreement.pairs import (
    MEAN_OF_READERS,
    mean_of_readers,
    rater_pairs,
    ratio_to_mean,
    readers_a_patient,
    usable_readings,
    wide_readings,
)
from echogls.agreement.rows import level
from echogls.study import MEASUREMENT_COLUMNS

PAIR_COLUMNS = (
    *("cohort", "patient", "measure", "view", "comparison", "rater_1", "rater_2"),
    *("value_1", "value_2", "difference", "mean", "level", "status", "reason"),
)


def pair_rows(
    *,
    measurements: Sequence[dict],
    readings: Sequence[dict],
    methods: Sequence[str],
    truth: str = "truth",
    measure: str = "gls",
    variance_ratio: float = 1.0,
) -> list[dict]:
    """Both values of each patient for each pair of raters, first readings, segment global.

    The pairs are those of `comparison`: method_reader, method_mean (the mean of the readers
    who read that patient), reader_reader, method_method, method_truth and reader_truth.

    Parameters
    ----------
    measurements, readings : rows of measurements.tsv and readers.tsv, values as text.
    methods : the study's methods; every rater of `readings` but `truth` is a reader.
    variance_ratio : error variance of a method over that of a reader, as in the options.

    Returns
    -------
    Rows of PAIR_COLUMNS, values, difference (rater_2 - rater_1) and mean in the measure's
    unit; `level` is what a plot shows differences over and slopes are computed on (`rows.level`):
    the truth where rater_1 is that, else the mean, which is weighted where one errs less. A
    patient whom only one of the two measured has status excluded, reason unpaired.

    Raises
    ------
    StudyError : see `pairs.usable_readings`.

    Example
    -------
    >>> row = dict(cohort="c", repeat=1, view="a4c", segment="global", measure="gls", unit="%",
    ...            status="ok", reason="")
    >>> rows = pair_rows(measurements=[row | dict(patient="p1", rater="dis", value="-17")],
    ...                  readings=[row | dict(patient="p1", rater="r1", value="-18")],
    ...                  methods=["dis"])
    >>> rows[0]["comparison"], rows[0]["difference"]
    ('method_reader', 1.0)
    """
    table = pd.DataFrame([*measurements, *readings], columns=list(MEASUREMENT_COLUMNS))
    usable = usable_readings(table)
    usable = usable[(usable["measure"] == measure) & (usable["segment"] == "global")]
    readers = [name for name in dict.fromkeys(row["rater"] for row in readings) if name != truth]
    rows = []
    for (cohort, view), part in usable.groupby(["cohort", "view"], sort=False):
        wide = wide_readings(part, measure=measure, view=view)
        head = {"cohort": cohort, "measure": measure, "view": view}
        for comparison, rater_1, rater_2 in _pairs(wide, list(methods), readers, truth):
            pair = {"comparison": comparison, "rater_1": rater_1, "rater_2": rater_2}
            ratio = variance_ratio if comparison == "method_reader" else 1.0
            if rater_1 == truth:
                ratio = float("inf")
            elif rater_1 == MEAN_OF_READERS:
                present = [name for name in readers if name in wide]
                ratio = ratio_to_mean(readers_a_patient(wide, present, rater_2), variance_ratio)
            for patient, one, two in wide[[rater_1, rater_2]].itertuples():
                if not (pd.isna(one) and pd.isna(two)):
                    rows.append(head | pair | {"patient": patient} | _values(one, two, ratio))
    return rows


def _pairs(
    wide: pd.DataFrame, methods: list[str], readers: list[str], truth: str
) -> list[tuple[str, str, str]]:
    """Comparison, rater_1 and rater_2; adds the readers' mean to `wide` where there are two."""
    methods = [name for name in methods if name in wide]
    readers = [name for name in readers if name in wide]
    truths = [truth] if truth in wide else []
    means = [MEAN_OF_READERS] if len(readers) > 1 else []
    for name in means:
        wide[name] = mean_of_readers(wide, readers)
    return [
        *rater_pairs(methods, readers, truths),
        *(("method_mean", one, two) for one in means for two in methods),
    ]


def _values(one: float, two: float, variance_ratio: float) -> dict:
    values = {"value_1": one, "value_2": two}
    if pd.isna(one) or pd.isna(two):
        return values | {"status": "excluded", "reason": "unpaired"}
    rest = {"difference": two - one, "mean": (one + two) / 2, "status": "ok", "reason": ""}
    return values | rest | {"level": float(level(one, two, variance_ratio))}
