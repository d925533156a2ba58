"""Limits of agreement without a distribution: percentiles of the differences."""

import numpy as np
from scipy import stats

from echogls.agreement.rows import (
    FEW,
    MIN_PAIRS,
    Row,
    check_fraction,
    not_computed,
    paired_values,
    rounded,
    statistic,
)

NAMES = ("percentile_lower", "percentile_upper")


def percentile_limits(
    first: np.ndarray, second: np.ndarray, *, share: float = 0.95, confidence: float = 0.95
) -> list[Row]:
    """The percentiles that leave out equally many differences at both ends (2.5 and 97.5).

    Place q (n + 1) of the sorted differences, between neighbours in proportion, the outermost at
    most (Bland & Altman 1999, 4). Interval: the places whose binomial probability is at least
    (1 - confidence) / 2 on either side; an end that no difference reaches is empty, as the outer
    one is under 146 patients.

    When and how: where the differences are not normal and patients are a hundred or more; with
    few, percentiles are the extreme patients and nothing else.

    Returns
    -------
    rows NAMES, the values' unit.

    Example
    -------
    >>> rows = percentile_limits(np.zeros(199), np.arange(199.0))
    >>> [round(row["estimate"], 6) for row in rows]
    [4.0, 194.0]
    """
    check_fraction("share", share)
    check_fraction("confidence", confidence)
    first, second = paired_values(first, second)
    n = len(first)
    if n < MIN_PAIRS:
        return not_computed(NAMES, n, FEW)
    ordered = np.sort(second - first)
    rows = []
    for name, q in zip(NAMES, ((1 - share) / 2, (1 + share) / 2), strict=True):
        value = np.quantile(ordered, q, method="weibull")
        ends = _order_interval(ordered, q, confidence)
        beyond = q * (n + 1) < 1 - 1e-9 or q * (n + 1) > n + 1e-9
        how = f"{100 * q:g}th percentile, order statistics"
        if beyond:
            how += "; too few patients, the outermost difference"
        rows.append(statistic(name, value, n, how, ends))
    return rows


def _order_interval(
    ordered: np.ndarray, q: float, confidence: float
) -> tuple[float | None, float | None]:
    """Order statistics around a quantile, None where they would lie outside."""
    n, tail = len(ordered), (1 - confidence) / 2
    # Number of values under the quantile is binomial(n, q).
    low = int(stats.binom.ppf(tail, n, q))  # place from 1, none where 0
    high = int(stats.binom.ppf(1 - tail, n, q)) + 1
    values = rounded(ordered)
    return (
        float(values[low - 1]) if low >= 1 else None,
        float(values[high - 1]) if high <= n else None,
    )
