"""Agreement in subgroups of patients, from a sheet of covariates; small groups are withheld."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd

from echogls.agreement.bland_altman import MULTIPLIER
from echogls.agreement.pair_statistics import limits_and_errors
from echogls.agreement.rows import ROW_COLUMNS, Row, not_computed
from echogls.study import StudyError, nearest

SUBGROUP_COLUMNS = ("covariate", "level", *ROW_COLUMNS)
COHORT_COLUMNS = (
    *("cohort", "measure", "view", "comparison", "rater_1", "rater_2"),
    *SUBGROUP_COLUMNS,
)
COMPARISONS = ("method_truth", "method_mean", "method_reader")
MINIMUM = 5
# A covariate of numbers with more values than this is split into thirds.
MOST_LEVELS = 6
UNKNOWN = "unknown"


def cohort_subgroups(
    pairs: Sequence[dict],
    covariates: Sequence[dict],
    *,
    names: Sequence[str],
    minimum: int = MINIMUM,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """`subgroup_rows` of each pair of a method with readers or truth: COHORT_COLUMNS.

    Parameters
    ----------
    pairs : rows of pairs.tsv of one cohort.
    covariates : a row a patient: `patient` and the sheet's other columns.
    names, minimum : see `subgroup_rows`.
    multiplier, confidence : of the limits and of every interval.

    Example
    -------
    >>> head = dict(cohort="c", measure="gls", view="a4c", comparison="method_truth",
    ...             rater_1="truth", rater_2="dis", status="ok", value_1="-18", value_2="-17")
    >>> rows = cohort_subgroups([head | {"patient": f"p{k}"} for k in range(3)],
    ...                         [{"patient": f"p{k}", "vendor": "a"} for k in range(3)],
    ...                         names=["vendor"], minimum=3)
    >>> rows[0]["level"], rows[0]["estimate"]
    ('a', 1.0)
    """
    sheet = pd.DataFrame(list(covariates), columns=["patient", *names] if not covariates else None)
    sheet = sheet.set_index("patient")
    keys = list(COHORT_COLUMNS[:6])
    rows: list[Row] = []
    usable = [row for row in pairs if row["status"] == "ok" and row["comparison"] in COMPARISONS]
    if not usable:
        return rows
    statistics = partial(limits_and_errors, multiplier=multiplier, confidence=confidence)
    for key, part in pd.DataFrame(usable).groupby(keys, sort=False):
        values = part.set_index("patient")[["value_1", "value_2"]].astype(float)
        levels = subgroup_rows(values, sheet, names=names, minimum=minimum, statistics=statistics)
        rows += [dict(zip(keys, key, strict=True)) | row for row in levels]
    return rows


def subgroup_rows(
    pairs: pd.DataFrame,
    covariates: pd.DataFrame,
    *,
    names: Sequence[str],
    minimum: int = MINIMUM,
    statistics: Callable[[np.ndarray, np.ndarray], list[Row]] | None = None,
) -> list[Row]:
    """Bias, SD, limits, MAE and RMSE in each level of each covariate.

    Parameters
    ----------
    pairs : index patient, two columns: rater_1 and rater_2; pairs with a missing value are
        left out.
    covariates : index patient, columns covariates; a patient or value that is missing is of
        level "unknown".
    names : which covariates.
    minimum : a level with fewer pairs has its n, and no estimates.
    statistics : (first, second) -> rows; by default `limits_and_errors`.

    Returns
    -------
    rows of SUBGROUP_COLUMNS.

    Raises
    ------
    StudyError : a covariate that the sheet lacks, or a patient twice.

    Example
    -------
    >>> pairs = pd.DataFrame({"r1": [-20.0, -18.0, -16.0], "dis": [-19.0, -17.0, -15.0]},
    ...                      index=["p1", "p2", "p3"])
    >>> sheet = pd.DataFrame({"vendor": ["a", "a", "b"]}, index=["p1", "p2", "p3"])
    >>> rows = subgroup_rows(pairs, sheet, names=["vendor"], minimum=2)
    >>> [(row["level"], row["n"]) for row in rows if row["statistic"] == "bias"]
    [('a', 2), ('b', 1)]
    """
    statistics = statistics or limits_and_errors
    if pairs.shape[1] != 2 or not pairs.index.is_unique or not covariates.index.is_unique:
        raise StudyError(
            f"subgroups: {pairs.shape[1]} columns of raters; expected two, and each patient once "
            "in pairs and sheet"
        )
    pairs = pairs.dropna()
    rows = []
    for name in names:
        if name not in covariates.columns:
            raise StudyError(f"subgroups: no covariate '{name}'{nearest(name, covariates.columns)}")
        levels = covariate_levels(covariates[name].reindex(pairs.index))
        for level in _in_order(levels):
            group = pairs[levels == level]
            first, second = group.to_numpy(float).T
            computed = statistics(first, second)
            if len(group) < minimum:
                named = [row["statistic"] for row in computed]
                computed = not_computed(named, len(group), f"fewer than {minimum} patients")
            rows += [{"covariate": name, "level": str(level)} | row for row in computed]
    return rows


def covariate_levels(values: pd.Series) -> pd.Series:
    """Levels of a covariate as text, "unknown" where missing.

    Numbers with more than MOST_LEVELS values are split into thirds of patients, named by their
    range, rounded as far as thirds stay apart, lower end in, upper end out but for the last.

    Example
    -------
    >>> covariate_levels(pd.Series([40, 50, 60, 70, 80, 90, 100])).tolist()[::3]
    ['40 to 60', '60 to 80', '80 to 100']
    """
    filled = values.dropna()
    filled = filled[filled.astype(str).str.strip() != ""]
    numbers = pd.to_numeric(filled, errors="coerce")
    levels = pd.Series(UNKNOWN, index=values.index, dtype=object)
    if len(filled) and numbers.notna().all() and numbers.nunique() > MOST_LEVELS:
        edges = np.quantile(numbers, [0, 1 / 3, 2 / 3, 1])
        place = np.searchsorted(edges[1:-1], numbers, side="right")
        names = [f"{low} to {high}" for low, high in pairwise(_distinct(edges))]
        levels.loc[filled.index] = [names[i] for i in place]
    else:
        levels.loc[filled.index] = filled.astype(str).str.strip()
    return levels


def _distinct(edges: np.ndarray) -> list[str]:
    """Rising numbers as texts, of as few decimals as keep different ones different."""
    span, different = np.ptp(edges), len(np.unique(edges))
    fewest = max(0, int(np.ceil(1 - np.log10(span))))
    for decimals in range(fewest, fewest + 16):
        texts = [f"{edge:.{decimals}f}" for edge in edges]
        if len(set(texts)) == different:
            return texts
    return [repr(float(edge)) for edge in edges]


def _in_order(levels: pd.Series) -> list[str]:
    """Levels from the smallest number up, words by the alphabet, the unknown last."""

    def place(level: str) -> tuple:
        first = pd.to_numeric(level.split(" to ")[0], errors="coerce")
        return (level == UNKNOWN, np.isnan(first), 0.0 if np.isnan(first) else first, level)

    return sorted(levels.unique(), key=place)
