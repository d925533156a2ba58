"""Limits of agreement as lines over the mean, for where bias or spread go with it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from echogls.agreement.bland_altman import MULTIPLIER
from echogls.agreement.bland_altman_assumptions import SAME_LEVEL, least_squares
from echogls.agreement.rows import (
    FEW,
    MIN_PAIRS,
    Row,
    check_fraction,
    check_positive,
    check_ratio,
    constant,
    level,
    level_name,
    not_computed,
    paired_values,
    statistic,
)

NAMES = ("loa_lower_slope", "loa_lower_intercept", "loa_upper_slope", "loa_upper_intercept")
# Fewer pairs than this tell no line of a spread; by judgement.
FEWEST = 8


def regression_limits(
    first: np.ndarray,
    second: np.ndarray,
    *,
    even: bool = False,
    variance_ratio: float = 1.0,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """Limits of agreement as lines over the level m, where bias or spread go with it.

    Bland & Altman 1999, 3.2: bias(m) = b0 + b1 m by least squares; sd(m) = c0 + c1 m by least
    squares of |r| sqrt(pi / 2) / sqrt(1 - h) on m, r the residuals and h their leverage, by
    which residuals are smaller than errors. loa(m) = bias(m) -/+ multiplier sd(m). With `even`
    sd is the residual SD s (n - 2 degrees).

    Intervals: t with n - 2 degrees; a limit's variance is var(b) + multiplier^2 var(c), the
    parts being uncorrelated where errors are symmetric; both by the sandwich HC3 (MacKinnon &
    White 1985), which holds for uneven spread. Even: least squares, and var(s) = s^2 / (2 (n -
    2)).

    When and how: where the plot of differences shows a trend or a funnel. Both lines are always
    computed, not only where a test of the same data found a trend, which would make them
    steeper than the truth and their intervals too narrow. With `even` they hold for even spread
    alone.

    Parameters
    ----------
    first, second : (N,), the raters' values, patient by patient.
    even : the spread does not go with m; decided before the data are seen.
    variance_ratio : see `rows.level`, which m is.

    Returns
    -------
    rows NAMES, slope and intercept (at m = 0) of each limit.

    Example
    -------
    >>> m = np.arange(1.0, 21.0)
    >>> rows = regression_limits(m, m + 0.1 * m * (-1) ** np.arange(20))
    >>> rows[2]["estimate"] > 0  # the upper limit rises
    True
    """
    first, second = paired_values(first, second)
    n = len(first)
    lines, method = _lines(
        first,
        second,
        even=even,
        variance_ratio=variance_ratio,
        multiplier=multiplier,
        confidence=confidence,
    )
    if lines is None:
        return not_computed(NAMES, n, method)
    reach = stats.t.ppf(0.5 + confidence / 2, n - 2)
    rows = []
    for end, sign in (("lower", -1), ("upper", 1)):
        line = lines.bias + sign * multiplier * lines.spread
        half = reach * np.sqrt(np.diag(lines.covariance))
        for name, place in (("slope", 1), ("intercept", 0)):
            ends = (line[place] - half[place], line[place] + half[place])
            rows.append(statistic(f"loa_{end}_{name}", line[place], n, method, ends))
    return rows


def limits_at(
    first: np.ndarray,
    second: np.ndarray,
    levels: Sequence[float],
    *,
    even: bool = False,
    variance_ratio: float = 1.0,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """The lines of `regression_limits` at chosen levels, each with its interval.

    Returns
    -------
    rows bias_at_{level}, loa_lower_at_{level} and loa_upper_at_{level}, the values' unit. A
    level outside what was measured is computed and says so. Near the ends of what was measured
    the intervals of uneven limits hold the true one in 92 % at 21 patients, which they say.

    Example
    -------
    >>> m = np.arange(1.0, 21.0)
    >>> rows = limits_at(m, m + 0.1 * m * (-1) ** np.arange(20), [10])
    >>> rows[1]["statistic"], rows[1]["ci_low"] < rows[1]["estimate"] < rows[0]["estimate"]
    ('loa_lower_at_10', True)
    """
    first, second = paired_values(first, second)
    n = len(first)
    lines, method = _lines(
        first,
        second,
        even=even,
        variance_ratio=variance_ratio,
        multiplier=multiplier,
        confidence=confidence,
    )
    rows = []
    for place in levels:
        names = [f"{name}_at_{place:g}" for name in ("bias", "loa_lower", "loa_upper")]
        if lines is None:
            rows += not_computed(names, n, method)
            continue
        at = np.array([1.0, place])
        note = method if even else f"{method}; near the ends at 95 % held by 92 %"
        if not lines.low <= place <= lines.high:
            note += "; beyond what was measured"
        reach = stats.t.ppf(0.5 + confidence / 2, n - 2)
        bias, spread = at @ lines.bias, at @ lines.spread
        for name, value, covariance in zip(
            names,
            (bias, bias - multiplier * spread, bias + multiplier * spread),
            (lines.bias_covariance, lines.covariance, lines.covariance),
            strict=True,
        ):
            half = reach * np.sqrt(at @ covariance @ at)
            rows.append(statistic(name, value, n, note, (value - half, value + half)))
    return rows


@dataclass(frozen=True)
class _Lines:
    """Lines (intercept, slope) of bias and spread, covariances (2, 2) of the bias and of a
    limit, and the lowest and highest level measured."""

    bias: np.ndarray
    spread: np.ndarray
    bias_covariance: np.ndarray
    covariance: np.ndarray
    low: float
    high: float


def _lines(
    first: np.ndarray,
    second: np.ndarray,
    *,
    even: bool,
    variance_ratio: float,
    multiplier: float,
    confidence: float,
) -> tuple[_Lines | None, str]:
    """Lines and how they were found, or None and why not."""
    check_fraction("confidence", confidence)
    check_positive("multiplier", multiplier)
    check_ratio(variance_ratio)
    n, levels = len(first), level(first, second, variance_ratio)
    if n < MIN_PAIRS:
        return None, FEW
    if n < FEWEST:
        return None, f"fewer than {FEWEST} pairs"
    if constant(levels):
        return None, SAME_LEVEL
    bias = least_squares(levels, second - first)
    if constant(bias.resid, np.r_[first, second]):
        return None, "the differences lie on a line"
    where = level_name(variance_ratio)
    leverage = bias.get_influence().hat_matrix_diag
    if not even and leverage.max() > 1 - 1e-9:
        return None, "one pair makes the line"
    if even:
        spread = np.array([np.sqrt(bias.mse_resid), 0.0])
        bias_covariance = bias.cov_params()
        of_spread = np.diag([bias.mse_resid / (2 * (n - 2)), 0.0])
        method = f"line of bias {where}, even spread (Bland & Altman 1999), t"
    else:
        sizes = np.abs(bias.resid) * np.sqrt(np.pi / 2) / np.sqrt(1 - leverage)
        fit = least_squares(levels, sizes)
        spread, of_spread = fit.params, fit.cov_HC3
        bias_covariance = bias.cov_HC3
        method = f"lines of bias and spread {where} (Bland & Altman 1999), HC3"
    return _Lines(
        bias=bias.params,
        spread=spread,
        bias_covariance=bias_covariance,
        covariance=bias_covariance + multiplier**2 * of_spread,
        low=float(levels.min()),
        high=float(levels.max()),
    ), method


def limit_lines(rows: list[Row], means: np.ndarray) -> pd.DataFrame:
    """Regression-based limits at some means, to draw: columns mean, loa_lower, loa_upper.

    Empty if `regression_limits` did not compute them.

    Example
    -------
    >>> limit_lines(regression_limits([1.0], [2.0]), np.array([1.0])).empty
    True
    """
    coefficients = {row["statistic"]: row["estimate"] for row in rows}
    if any(coefficients.get(name) is None for name in NAMES):
        return pd.DataFrame(columns=["mean", "loa_lower", "loa_upper"], dtype=float)
    means = np.asarray(means, float)
    lines = {
        end: coefficients[f"{end}_intercept"] + coefficients[f"{end}_slope"] * means
        for end in ("loa_lower", "loa_upper")
    }
    return pd.DataFrame({"mean": means} | lines)
