"""Limits of agreement as lines over the mean, for where bias or spread go with it."""

import numpy as np
import pandas as pd
from scipy import stats

from echogls.agreement.bland_altman import MULTIPLIER
from echogls.agreement.bland_altman_assumptions import (
    UNVARIED,
    breusch_pagan,
    line_residuals,
    proportional_bias,
)
from echogls.agreement.rows import (
    FEW,
    MIN_PAIRS,
    Row,
    check_fraction,
    not_computed,
    paired_values,
    statistic,
)

NAMES = ("loa_lower_slope", "loa_lower_intercept", "loa_upper_slope", "loa_upper_intercept")


def regression_limits(
    first: np.ndarray,
    second: np.ndarray,
    *,
    multiplier: float = MULTIPLIER,
    significance: float = 0.05,
    confidence: float = 0.95,
) -> list[Row]:
    """Limits of agreement as lines over the mean m, where bias or spread go with it.

    Bland & Altman 1999, 3.2: bias(m) = b0 + b1 m by least squares; if the spread goes with m
    (Breusch-Pagan p < significance), sd(m) = sqrt(pi / 2) (c0 + c1 m), the c by least squares
    of the residuals' absolute values on m, else the residual SD s (n - 2 degrees).
    loa(m) = bias(m) -/+ multiplier sd(m).

    Intervals: t with n - 2 degrees; a limit's variance is var(b) + multiplier^2 var(sd), its
    two parts being uncorrelated where errors are symmetric. Even spread: least squares, and
    var(s) = s^2 / (2 (n - 2)); else the b and c with the sandwich HC3 (MacKinnon & White
    1985), which holds for uneven spread.

    Returns
    -------
    rows NAMES, slope and intercept of each limit; not computed where neither bias nor spread
    go with the mean (both p >= significance): the plain limits hold there.

    Example
    -------
    >>> m = np.arange(1.0, 21.0)
    >>> rows = regression_limits(m, m + 0.1 * m * (-1) ** np.arange(20))
    >>> rows[2]["estimate"] > 0  # the upper limit rises
    True
    """
    check_fraction("confidence", confidence)
    first, second = paired_values(first, second)
    n = len(first)
    tests = [*proportional_bias(first, second)[2:], *breusch_pagan(first, second)[1:]]
    slope_p, spread_p = (row["estimate"] for row in tests)
    if slope_p is None:
        return not_computed(NAMES, n, FEW if n < MIN_PAIRS else UNVARIED)
    spread_varies = spread_p is not None and spread_p < significance
    if slope_p >= significance and not spread_varies:
        return not_computed(NAMES, n, "neither bias nor spread goes with the mean")
    means, differences = (first + second) / 2, second - first
    bias = np.polyfit(means, differences, 1)
    residuals = line_residuals(means, differences)
    if spread_varies:
        sizes = np.abs(residuals)
        spread = np.sqrt(np.pi / 2) * np.polyfit(means, sizes, 1)
        variances = _sandwich(means, residuals) + multiplier**2 * np.pi / 2 * _sandwich(
            means, line_residuals(means, sizes)
        )
        method = "lines of bias and spread (Bland & Altman 1999), HC3"
    else:
        square = (residuals**2).sum() / (n - 2)
        spread = np.array([0.0, np.sqrt(square)])
        even = multiplier**2 * square / (2 * (n - 2))
        variances = square * (_shares(means)[0] ** 2).sum(axis=1) + [0.0, even]
        method = "line of bias, even spread (Bland & Altman 1999), t"
    reach = stats.t.ppf(0.5 + confidence / 2, n - 2) * np.sqrt(variances)
    ends = np.r_[bias - multiplier * spread, bias + multiplier * spread]
    return [
        statistic(name, end, n, method, (end - half, end + half))
        for name, end, half in zip(NAMES, ends, np.r_[reach, reach], strict=True)
    ]


def limit_lines(rows: list[Row], means: np.ndarray) -> pd.DataFrame:
    """Regression-based limits at some means, to draw: columns mean, loa_lower, loa_upper.

    Empty if `regression_limits` did not compute them.

    Example
    -------
    >>> limit_lines(regression_limits([1.0], [2.0]), np.array([1.0])).empty
    True
    """
    found = {row["statistic"]: row["estimate"] for row in rows}
    if any(found.get(name) is None for name in NAMES):
        return pd.DataFrame(columns=["mean", "loa_lower", "loa_upper"], dtype=float)
    means = np.asarray(means, float)
    lines = {
        end: found[f"{end}_intercept"] + found[f"{end}_slope"] * means
        for end in ("loa_lower", "loa_upper")
    }
    return pd.DataFrame({"mean": means} | lines)


def _shares(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much each difference weighs in slope and intercept (2, N), and its leverage (N,)."""
    away = means - means.mean()
    slope = away / (away**2).sum()
    return np.stack([slope, 1 / len(means) - means.mean() * slope]), 1 / len(means) + away * slope


def _sandwich(means: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Variances (slope, intercept) of a least-squares line, HC3."""
    shares, leverage = _shares(means)
    return (shares**2) @ (residuals / np.maximum(1 - leverage, 1e-9)) ** 2
