"""Tests: whether two raters differ on average, agree within a margin, or err equally.

A p over 0.05 in `paired_tests` is no proof of agreement; `equivalence` is the test that can
show it. p values are rows of their own, as estimates.
"""

from collections.abc import Mapping

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

from echogls.agreement.rows import (
    EQUAL,
    FEW,
    MIN_PAIRS,
    Row,
    check_fraction,
    check_positive,
    constant,
    decimal_differences,
    not_computed,
    paired_differences,
    paired_values,
    statistic,
    t_interval,
)
from echogls.study import StudyError

ERROR_NAMES = ("mae_difference", "mae_difference_p", "sd_ratio", "sd_ratio_p")
EQUIVALENCE_NAMES = ("tost_bias", "tost_p")


def paired_tests(first: np.ndarray, second: np.ndarray) -> list[Row]:
    """Paired t test and Wilcoxon's signed rank test that second - first is centred on zero.

    t = mean(d) / (SD(d) / sqrt(n)), n - 1 degrees (Student 1908); signed ranks without zero
    differences (Wilcoxon 1945), exact for up to 50 untied pairs; differences that are equal but
    for binary rounding are tied. Rows paired_t, paired_t_p, wilcoxon_p; two-sided.

    When and how: a small p says that the bias is not zero, a large one does not say that raters
    agree: `equivalence` can. Wilcoxon's where differences are far from normal.

    Example
    -------
    >>> rows = paired_tests([1.0, 2.0, 3.0, 4.0], [2.0, 2.5, 5.0, 4.5])
    >>> round(rows[0]["estimate"], 3), round(rows[2]["estimate"], 3)
    (2.828, 0.125)
    """
    first, second = paired_values(first, second)
    n, differences = len(first), second - first
    names = ("paired_t", "paired_t_p", "wilcoxon_p")
    if n < MIN_PAIRS:
        return not_computed(names, n, FEW)
    if constant(differences, np.r_[first, second]):
        rows = not_computed(names[:2], n, EQUAL)
    else:
        test = stats.ttest_rel(second, first)
        rows = [
            statistic("paired_t", test.statistic, n, f"t, {n - 1} degrees"),
            statistic("paired_t_p", test.pvalue, n, "paired t test"),
        ]
    differences = decimal_differences(first, second)
    if (differences == 0).all():
        return rows + not_computed(names[2:], n, "all differences are zero")
    p = stats.wilcoxon(differences, zero_method="wilcox").pvalue
    return [*rows, statistic("wilcoxon_p", p, n, "signed ranks, zero differences left out")]


def equivalence(
    first: np.ndarray, second: np.ndarray, *, margin: float, significance: float = 0.05
) -> list[Row]:
    """Two one-sided t tests that |mean(second - first)| is under a margin.

    p = max of P(t < (mean - margin) / se) and P(t > (mean + margin) / se), n - 1 degrees
    (Schuirmann 1987). Row tost_bias holds the 1 - 2 significance interval: the bias is within
    the margin at that significance exactly where the whole interval is.

    Parameters
    ----------
    margin : set before the data are seen, in the values' unit, over 0.

    Example
    -------
    >>> rows = equivalence(np.zeros(5), [0.1, -0.1, 0.2, 0.0, -0.2], margin=1.0)
    >>> rows[1]["estimate"] < 0.001
    True
    """
    check_positive("margin", margin)
    check_fraction("significance", significance)
    differences, reason = paired_differences(first, second)
    n = len(differences)
    if reason:
        return not_computed(EQUIVALENCE_NAMES, n, reason)
    mean, error = differences.mean(), differences.std(ddof=1) / np.sqrt(n)
    below = stats.t.cdf((mean - margin) / error, n - 1)
    above = stats.t.sf((mean + margin) / error, n - 1)
    level = 1 - 2 * significance
    return [
        statistic(
            "tost_bias", mean, n, f"{level:.0%} t interval", t_interval(mean, error, n - 1, level)
        ),
        statistic("tost_p", max(below, above), n, f"TOST, margin {margin:g} (Schuirmann 1987)"),
    ]


def holm(p_values: Mapping[str, float | None]) -> dict[str, float | None]:
    """p values corrected for their number, so that the chance of any false one stays.

    Sorted p(1) <= ... <= p(m): max over j <= i of min(1, (m - j + 1) p(j)) (Holm 1979, Scand J
    Stat 6:65). A missing p stays missing and does not count.

    Example
    -------
    >>> holm({"dis": 0.01, "flow": 0.04, "block": 0.03})
    {'dis': 0.03, 'flow': 0.06, 'block': 0.06}
    """
    given = {name: p for name, p in p_values.items() if p is not None and not np.isnan(p)}
    wrong = [f"{name} {p}" for name, p in given.items() if not 0 <= p <= 1]
    if wrong:
        raise StudyError(f"agreement: p values {', '.join(wrong)}; expected 0 to 1")
    corrected: dict[str, float | None] = dict.fromkeys(p_values)
    if given:
        adjusted = multipletests(list(given.values()), method="holm")[1]
        corrected |= dict(zip(given, map(float, adjusted), strict=True))
    return corrected


def compare_errors(
    reference: np.ndarray, first: np.ndarray, second: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """Two methods' errors against the same reference, paired by patient.

    With e = method - reference: mae_difference = mean(|e2| - |e1|), t interval and t test, so
    that p is under 1 - confidence exactly where the interval leaves out zero; sd_ratio =
    SD(e2) / SD(e1), ddof = 1, by Pitman and Morgan (1939): the SDs are equal exactly where
    e1 + e2 and e1 - e2 are uncorrelated; their interval takes r of the errors into account.
    Below 1 the second method scatters less.

    When and how: which of two methods errs less, of the same patients; a mae_difference below
    0 says the second. One reference with an error of its own makes both look worse and more
    alike than they are.

    Parameters
    ----------
    reference, first, second : (N,), a patient with any of them missing is left out.

    Returns
    -------
    rows ERROR_NAMES.

    Example
    -------
    >>> rows = compare_errors(np.zeros(4), [1.0, -1.0, 2.0, -2.0], [0.5, -0.6, 1.0, -1.1])
    >>> round(rows[0]["estimate"], 3), round(rows[2]["estimate"], 3)
    (-0.7, 0.53)
    """
    check_fraction("confidence", confidence)
    reference, first, second = (np.asarray(v, float) for v in (reference, first, second))
    errors = paired_values(first - reference, second - reference)
    n = len(errors[0])
    if n < MIN_PAIRS:
        return not_computed(ERROR_NAMES, n, FEW)
    rows = _compare_mae(*errors, confidence)
    if any(constant(error, np.r_[errors]) for error in errors):
        return rows + not_computed(ERROR_NAMES[2:], n, "a method's errors do not vary")
    r = np.corrcoef(*errors)[0, 1]
    sds = [error.std(ddof=1) for error in errors]
    ratio = sds[1] / sds[0]
    if 1 - abs(r) < 1e-12:
        return rows + not_computed(ERROR_NAMES[2:], n, "the methods' errors are proportional")
    # t of the correlation of sum and difference, inverted for the ratio's interval.
    t = (ratio - 1 / ratio) * np.sqrt((n - 2) / (4 * (1 - r**2)))
    quantile = stats.t.ppf(0.5 + confidence / 2, n - 2)
    k = 1 + 2 * (1 - r**2) * quantile**2 / (n - 2)
    spread = np.sqrt(k**2 - 1)
    interval = (ratio * np.sqrt(k - spread), ratio * np.sqrt(k + spread))
    method = "Pitman-Morgan (1939)"
    return [
        *rows,
        statistic("sd_ratio", ratio, n, method, interval),
        statistic("sd_ratio_p", 2 * stats.t.sf(abs(t), n - 2), n, method),
    ]


def _compare_mae(first: np.ndarray, second: np.ndarray, confidence: float) -> list[Row]:
    n, gain = len(first), np.abs(second) - np.abs(first)
    if constant(gain, np.r_[first, second]):
        rows = [statistic("mae_difference", gain.mean(), n, "|e2| - |e1|; no interval: all equal")]
        return rows + not_computed(["mae_difference_p"], n, "all errors differ by the same")
    mean, error = gain.mean(), gain.std(ddof=1) / np.sqrt(n)
    ends = t_interval(mean, error, n - 1, confidence)
    p = 2 * stats.t.sf(abs(mean / error), n - 1)
    return [
        statistic("mae_difference", mean, n, "|e2| - |e1|, t", ends),
        statistic("mae_difference_p", p, n, "paired t test of |e2| - |e1|"),
    ]
