"""The statistics as functions of plain arrays, for a notebook.

Each is the function that the workflow calls, and gives its rows; here they answer to names too:

    limits = echogls.agreement.bland_altman(reader, method)
    limits["bias"]["estimate"], limits["loa_lower"]["ci_low"], limits.table()

A difference is second - first. Pairs with a missing value are left out, n counts what is left.
"""

import functools
from collections.abc import Callable

import numpy as np

from echogls.agreement import concordance, regression, reliability, repeatability
from echogls.agreement.against_truth import error_sizes as _error_sizes
from echogls.agreement.bland_altman import bland_altman as _bland_altman
from echogls.agreement.bland_altman import bland_altman_percent as _bland_altman_percent
from echogls.agreement.bland_altman import limits_from_moments as _limits_from_moments
from echogls.agreement.bland_altman_assumptions import proportional_bias as _proportional_bias
from echogls.agreement.equivalence import equivalence as _equivalence
from echogls.agreement.equivalence import paired_tests as _paired_tests
from echogls.agreement.passing_bablok import passing_bablok as _passing_bablok
from echogls.agreement.rows import ROW_COLUMNS, Row
from echogls.study import StudyError, nearest


class Statistics(list):
    """Rows of statistics, in order; a row is found by its name too."""

    def __getitem__(self, key):
        if not isinstance(key, str):
            return super().__getitem__(key)
        names = [row["statistic"] for row in self]
        if key not in names:
            raise KeyError(f"no statistic '{key}'{nearest(key, names)}")
        return super().__getitem__(names.index(key))

    def table(self):
        """The rows as a pandas DataFrame, one a statistic."""
        import pandas as pd

        return pd.DataFrame(list(self), columns=ROW_COLUMNS).set_index("statistic")

    def _repr_html_(self) -> str:
        return self.table().to_html()


def _offered(function: Callable[..., list[Row]]) -> Callable[..., Statistics]:
    @functools.wraps(function)
    def as_statistics(*values, **options) -> Statistics:
        return Statistics(function(*values, **options))

    return as_statistics


bland_altman = _offered(_bland_altman)
bland_altman_percent = _offered(_bland_altman_percent)
limits_from_moments = _offered(_limits_from_moments)
proportional_bias = _offered(_proportional_bias)
ccc = _offered(concordance.concordance_correlation)
coverage_probability = _offered(concordance.coverage_probability)
total_deviation_index = _offered(concordance.total_deviation_index)
pearson = _offered(regression.pearson)
spearman = _offered(regression.spearman)
deming = _offered(regression.deming)
passing_bablok = _offered(_passing_bablok)
equivalence = _offered(_equivalence)
paired_tests = _offered(_paired_tests)
error_sizes = _offered(_error_sizes)


def icc(*ratings: np.ndarray, confidence: float = 0.95) -> Statistics:
    """The six intraclass correlations (reliability.intraclass_correlations).

    ratings : an array (N,) a rater, or one table (patients, raters).

    Example
    -------
    >>> round(icc([9, 6, 8, 7], [8, 6, 8, 7])["icc_a1"]["estimate"], 3)
    0.903
    """
    return Statistics(reliability.intraclass_correlations(_table(ratings), confidence=confidence))


def measurement_error(*ratings: np.ndarray, confidence: float = 0.95) -> Statistics:
    """SEM and minimal detectable change (reliability.measurement_error); ratings as in `icc`."""
    return Statistics(reliability.measurement_error(_table(ratings), confidence=confidence))


def within_subject_cv(*readings: np.ndarray, confidence: float = 0.95) -> Statistics:
    """Coefficient of variation of repeats (repeatability.within_subject_cv), as in `icc`."""
    return Statistics(repeatability.within_subject_cv(_table(readings), confidence=confidence))


def _table(ratings) -> np.ndarray:
    if len(ratings) == 1:
        return np.asarray(ratings[0])
    columns = [np.asarray(column) for column in ratings]
    if not columns or any(c.ndim != 1 or len(c) != len(columns[0]) for c in columns):
        raise StudyError("agreement: expected arrays of one length, one a rater, or one table")
    return np.column_stack(columns)
