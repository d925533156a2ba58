"""Raters side by side, out of the long table of measurements and readers.

Rules: a row with status other than ok, or without value, is left out; a pair needs both raters;
between raters a patient's first repeat is compared, so that limits hold for one reading; rows
that contradict each other or cannot be strain in signed percent are refused by name.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from echogls.study import MEASUREMENT_COLUMNS, StudyError, nearest

KEY = ("cohort", "patient", "rater", "repeat", "view", "segment", "measure")
MEAN_OF_READERS = "mean_of_readers"
STRAINS = ("gls", "peak_systolic_strain", "end_systolic_strain")


def usable_readings(measurements: pd.DataFrame) -> pd.DataFrame:
    """The rows that can be analysed, with numeric value and repeat.

    Parameters
    ----------
    measurements : columns study.MEASUREMENT_COLUMNS, as read from measurements.tsv and
        readers.tsv (text or numbers; concatenated). An empty repeat is 1, an empty status ok.

    Raises
    ------
    StudyError : a column is missing; a value that is no number; two rows of the same patient,
        rater, repeat, view, segment and measure; a measure in two units; a rater's global
        strain that is positive or a fraction (by its median). The row is named.

    Example
    -------
    >>> row = dict(cohort="c", patient="p1", rater="r1", repeat="1", view="a4c",
    ...            segment="global", measure="gls", value="-18.5", unit="%", status="ok", reason="")
    >>> usable_readings(pd.DataFrame([row]))["value"].tolist()
    [-18.5]
    """
    missing = [name for name in MEASUREMENT_COLUMNS if name not in measurements.columns]
    if missing:
        raise StudyError(
            f"agreement: no column {', '.join(missing)}; expected {', '.join(MEASUREMENT_COLUMNS)}"
        )
    frame = measurements.loc[:, list(MEASUREMENT_COLUMNS)].reset_index(drop=True)
    status = frame["status"].fillna("").astype(str).str.strip()
    frame = frame[status.isin(["", "ok"])]
    frame = frame.assign(value=_numeric(frame, "value"))
    frame = frame[frame["value"].notna()]
    frame = frame.assign(repeat=_numeric(frame, "repeat").fillna(1))
    wrong = frame[(frame["repeat"] < 1) | (frame["repeat"] % 1 != 0)]
    if len(wrong):
        raise StudyError(f"agreement: {_named(wrong.iloc[0])}: repeat is not 1, 2, 3, ...")
    frame = frame.astype({"repeat": int} | {name: str for name in KEY if name != "repeat"})
    twice = frame[frame.duplicated(list(KEY), keep=False)]
    if len(twice):
        raise StudyError(
            f"agreement: {_named(twice.iloc[-1])} is there twice (values "
            f"{', '.join(f'{value:g}' for value in twice['value'].iloc[[0, -1]])}); keep one, or "
            "number the repeats"
        )
    _check_units(frame)
    _check_strain(frame)
    return frame


def wide_readings(
    readings: pd.DataFrame, *, measure: str, view: str, segment: str = "global"
) -> pd.DataFrame:
    """First readings of one measure: a row a patient, a column a rater, NaN where none.

    Parameters
    ----------
    readings : from `usable_readings`, of one cohort.

    Returns
    -------
    index patient, columns raters in alphabetical order; values in the measure's unit.

    Example
    -------
    >>> row = dict(cohort="c", patient="p1", rater="r1", repeat=2, view="a4c",
    ...            segment="global", measure="gls", value=-18.5)
    >>> table = pd.DataFrame([row, row | {"repeat": 1, "value": -19.0}])
    >>> wide_readings(table, measure="gls", view="a4c").loc["p1", "r1"]
    np.float64(-19.0)
    """
    chosen = _chosen(readings, measure, view, segment)
    firsts = chosen.sort_values("repeat", kind="stable").drop_duplicates(["patient", "rater"])
    return firsts.pivot(index="patient", columns="rater", values="value")


def repeated_readings(
    readings: pd.DataFrame, rater: str, *, measure: str, view: str, segment: str = "global"
) -> pd.DataFrame:
    """All readings by one rater: a row a patient, a column a repeat, NaN where none.

    Example
    -------
    >>> row = dict(cohort="c", patient="p1", rater="r1", repeat=2, view="a4c",
    ...            segment="global", measure="gls", value=-18.5)
    >>> table = pd.DataFrame([row, row | {"repeat": 1, "value": -19.0}])
    >>> repeated_readings(table, "r1", measure="gls", view="a4c").loc["p1"].tolist()
    [-19.0, -18.5]
    """
    chosen = _chosen(readings, measure, view, segment)
    chosen = chosen[chosen["rater"] == rater]
    return chosen.pivot(index="patient", columns="repeat", values="value").sort_index(axis=1)


def rater_pairs(
    methods: Sequence[str], readers: Sequence[str], truths: Sequence[str]
) -> list[tuple[str, str, str]]:
    """Comparison, rater_1 and rater_2 of every two single raters that are compared.

    Example
    -------
    >>> rater_pairs(["dis"], ["r1"], ["truth"])[0]
    ('method_reader', 'r1', 'dis')
    """
    return [
        *(("method_reader", reader, method) for reader in readers for method in methods),
        *(("reader_reader", *pair) for pair in combinations(readers, 2)),
        *(("method_method", *pair) for pair in combinations(methods, 2)),
        *(("method_truth", truth, method) for truth in truths for method in methods),
        *(("reader_truth", truth, reader) for truth in truths for reader in readers),
    ]


def mean_of_readers(wide: pd.DataFrame, readers: Sequence[str]) -> pd.Series:
    """Mean by patient of the readers who read that patient, NaN where none did.

    A reader who read few patients takes none away; `readers_a_patient` tells how many there
    were.

    Example
    -------
    >>> wide = pd.DataFrame({"r1": [-18.0, -16.0], "r2": [-17.0, None]}, index=["p1", "p2"])
    >>> mean_of_readers(wide, ["r1", "r2"]).tolist()
    [-17.5, -16.0]
    """
    return wide[list(readers)].mean(axis=1)


def readers_a_patient(wide: pd.DataFrame, readers: Sequence[str], rater: str) -> pd.Series:
    """Number of readers of each patient whom `rater` and any of them measured.

    Example
    -------
    >>> wide = pd.DataFrame({"r1": [-18, -16], "r2": [-17, None], "dis": [-17, -15]})
    >>> readers_a_patient(wide, ["r1", "r2"], "dis").tolist()
    [2, 1]
    """
    counts = wide.loc[wide[rater].notna(), list(readers)].notna().sum(axis=1)
    return counts[counts > 0]


def unpaired_patients(wide: pd.DataFrame, rater_1: str, rater_2: str) -> list[str]:
    """Patients whom only one of two raters measured, whom a comparison therefore leaves out.

    Example
    -------
    >>> wide = pd.DataFrame({"r1": [-18.0, None], "dis": [-17.0, -16.0]}, index=["p1", "p2"])
    >>> unpaired_patients(wide, "r1", "dis")
    ['p2']
    """
    check_raters([rater_1, rater_2], wide.columns)
    return wide.index[wide[rater_1].notna() ^ wide[rater_2].notna()].tolist()


def check_raters(wanted: Sequence[str], present: Sequence[str]) -> None:
    """Refuse a rater that has no readings at all."""
    for rater in wanted:
        if rater not in set(present):
            raise StudyError(f"agreement: rater '{rater}' has no readings{nearest(rater, present)}")


def _chosen(readings: pd.DataFrame, measure: str, view: str, segment: str) -> pd.DataFrame:
    if readings["cohort"].nunique() > 1:
        raise StudyError("agreement: readings of several cohorts; pair one cohort at a time")
    return readings[
        (readings["measure"] == measure)
        & (readings["view"] == view)
        & (readings["segment"] == segment)
    ]


def _numeric(frame: pd.DataFrame, column: str) -> pd.Series:
    texts = frame[column]
    numbers = pd.to_numeric(texts, errors="coerce")
    filled = texts.notna() & (texts.astype(str).str.strip() != "")
    wrong = frame[filled & ~np.isfinite(numbers.astype(float))]
    if len(wrong):
        row = wrong.iloc[0]
        raise StudyError(
            f"agreement: {_named(row)}: {column} '{row[column]}' is no number; expected digits "
            "with a decimal point, or an empty cell"
        )
    return numbers.astype(float)


def _check_units(frame: pd.DataFrame) -> None:
    units = frame["unit"].fillna("").astype(str)
    odd = units.groupby(frame["measure"]).transform("first") != units
    if odd.any():
        row = frame[odd].iloc[0]
        first = units[frame["measure"] == row["measure"]].iloc[0]
        raise StudyError(
            f"agreement: {_named(row)}: unit '{row['unit']}', other rows have '{first}'; "
            "convert one of them"
        )


def _check_strain(frame: pd.DataFrame) -> None:
    strain = frame[frame["measure"].isin(STRAINS) & (frame["segment"] == "global")]
    for (cohort, rater, measure), values in strain.groupby(["cohort", "rater", "measure"])["value"]:
        middle = values.median()
        if middle > 0 or abs(middle) < 1:
            what = "positive" if middle > 0 else "a fraction"
            raise StudyError(
                f"agreement: {measure} of rater {rater} in cohort {cohort} is {what} (median "
                f"{middle:g}, first {_named(strain.loc[values.index[0]])}); expected signed "
                "percent, shortening negative"
            )


def _named(row: pd.Series) -> str:
    return f"row {row.name + 1} ({', '.join(f'{key} {row[key]}' for key in KEY)})"
