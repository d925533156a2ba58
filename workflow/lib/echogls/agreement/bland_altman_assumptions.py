"""What limits of agreement assume: a bias and a spread that do not go with the mean, normality.

And what to report where they do not hold: regression-based limits, bootstrap intervals.
"""

import warnings

import numpy as np
import pandas as pd
from scipy import stats

from echogls.agreement.bland_altman import MULTIPLIER
from echogls.agreement.rows import (
    FEW,
    MIN_PAIRS,
    Row,
    constant,
    not_computed,
    paired_values,
    statistic,
    t_interval,
)

SLOPE_NAMES = ("proportional_slope", "proportional_intercept", "proportional_p")
SPREAD_NAMES = ("breusch_pagan", "breusch_pagan_p")
NORMALITY_NAMES = ("shapiro_wilk", "shapiro_wilk_p")
LIMIT_NAMES = (
    "loa_lower_slope",
    "loa_lower_intercept",
    "loa_upper_slope",
    "loa_upper_intercept",
)
BOOTSTRAP_NAMES = ("bias_bca", "sd_bca", "loa_lower_bca", "loa_upper_bca")
SHAPIRO_LARGEST = 5000
UNVARIED = "the pairs' means do not vary"


def proportional_bias(
    first: np.ndarray, second: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """Least-squares line of the difference on the mean of a pair.

    d = intercept + slope m, t intervals with n - 2 degrees; proportional_p is the slope's
    two-sided p (Bland & Altman 1999, 3.2). Slope without unit, intercept in the values' unit.

    Example
    -------
    >>> rows = proportional_bias([-10.0, -15.0, -20.0, -25.0], [-10.1, -14.4, -18.2, -22.3])
    >>> round(rows[0]["estimate"], 3)
    -0.212
    """
    first, second = paired_values(first, second)
    n, means, differences = len(first), (first + second) / 2, second - first
    if n < MIN_PAIRS:
        return not_computed(SLOPE_NAMES, n, FEW)
    if constant(means):
        return not_computed(SLOPE_NAMES, n, UNVARIED)
    line = stats.linregress(means, differences)
    return [
        statistic(
            "proportional_slope",
            line.slope,
            n,
            "least squares, t",
            t_interval(line.slope, line.stderr, n - 2, confidence),
        ),
        statistic(
            "proportional_intercept",
            line.intercept,
            n,
            "least squares, t",
            t_interval(line.intercept, line.intercept_stderr, n - 2, confidence),
        ),
        statistic("proportional_p", line.pvalue, n, "t test of the slope"),
    ]


def breusch_pagan(first: np.ndarray, second: np.ndarray) -> list[Row]:
    """Whether the spread of the differences goes with the mean.

    LM = n R^2 of the squared residuals (of the differences on the means) on the means,
    chi-squared with 1 degree (Breusch & Pagan 1979, in Koenker's 1981 form, which needs no
    normality).

    Example
    -------
    >>> m = np.arange(1.0, 21.0)
    >>> breusch_pagan(m, m + 0.1 * m * (-1) ** np.arange(20))[1]["estimate"] < 0.01
    True
    """
    first, second = paired_values(first, second)
    n, means, differences = len(first), (first + second) / 2, second - first
    if n < MIN_PAIRS:
        return not_computed(SPREAD_NAMES, n, FEW)
    if constant(means):
        return not_computed(SPREAD_NAMES, n, UNVARIED)
    squares = _residuals(means, differences) ** 2
    if constant(squares, np.r_[first, second] ** 2):
        return not_computed(SPREAD_NAMES, n, "the squared residuals do not vary")
    lagrange = n * np.corrcoef(means, squares)[0, 1] ** 2
    return [
        statistic("breusch_pagan", lagrange, n, "n R^2 (Koenker 1981)"),
        statistic("breusch_pagan_p", stats.chi2.sf(lagrange, 1), n, "chi2, 1 degree"),
    ]


def shapiro_wilk(first: np.ndarray, second: np.ndarray) -> list[Row]:
    """Shapiro-Wilk test that the differences are normal (Shapiro & Wilk 1965; Royston 1995).

    Not computed over 5000 pairs, where Royston's p does not hold and any departure is found.

    Example
    -------
    >>> shapiro_wilk(np.zeros(4), [1.0, 2.0, 3.0, 40.0])[1]["estimate"] < 0.05
    True
    """
    first, second = paired_values(first, second)
    n, differences = len(first), second - first
    if n < MIN_PAIRS:
        return not_computed(NORMALITY_NAMES, n, FEW)
    if n > SHAPIRO_LARGEST:
        return not_computed(NORMALITY_NAMES, n, f"more than {SHAPIRO_LARGEST} pairs")
    if constant(differences, np.r_[first, second]):
        return not_computed(NORMALITY_NAMES, n, "all differences are equal")
    found = stats.shapiro(differences)
    return [
        statistic("shapiro_wilk", found.statistic, n, "Shapiro & Wilk 1965"),
        statistic("shapiro_wilk_p", found.pvalue, n, "Royston 1995"),
    ]


def regression_limits(
    first: np.ndarray,
    second: np.ndarray,
    *,
    multiplier: float = MULTIPLIER,
    significance: float = 0.05,
) -> list[Row]:
    """Limits of agreement as lines over the mean m, where bias or spread go with it.

    Bland & Altman 1999, 3.2: bias(m) = b0 + b1 m by least squares; if the spread goes with m
    (Breusch-Pagan p < significance), sd(m) = sqrt(pi / 2) (c0 + c1 m), the c by least squares
    of the residuals' absolute values on m, else the residual SD (n - 2 degrees).
    loa(m) = bias(m) -/+ multiplier sd(m).

    Returns
    -------
    rows LIMIT_NAMES, slope and intercept of each limit; not computed where neither bias nor
    spread go with the mean (both p >= significance): the plain limits hold there.

    Example
    -------
    >>> m = np.arange(1.0, 21.0)
    >>> rows = regression_limits(m, m + 0.1 * m * (-1) ** np.arange(20))
    >>> rows[2]["estimate"] > 0  # the upper limit rises
    True
    """
    first, second = paired_values(first, second)
    n = len(first)
    tests = [*proportional_bias(first, second)[2:], *breusch_pagan(first, second)[1:]]
    slope_p, spread_p = (row["estimate"] for row in tests)
    if slope_p is None:
        return not_computed(LIMIT_NAMES, n, FEW if n < MIN_PAIRS else UNVARIED)
    spread_varies = spread_p is not None and spread_p < significance
    if slope_p >= significance and not spread_varies:
        return not_computed(LIMIT_NAMES, n, "neither bias nor spread goes with the mean")
    means, differences = (first + second) / 2, second - first
    bias = np.polyfit(means, differences, 1)
    residuals = _residuals(means, differences)
    if spread_varies:
        spread = np.sqrt(np.pi / 2) * np.polyfit(means, np.abs(residuals), 1)
        method = "lines of bias and spread (Bland & Altman 1999)"
    else:
        spread = np.array([0.0, np.sqrt((residuals**2).sum() / (n - 2))])
        method = "line of bias, even spread (Bland & Altman 1999)"
    ends = np.r_[bias - multiplier * spread, bias + multiplier * spread]
    return [statistic(name, end, n, method) for name, end in zip(LIMIT_NAMES, ends, strict=True)]


def limit_lines(rows: list[Row], means: np.ndarray) -> pd.DataFrame:
    """Regression-based limits at some means, to draw: columns mean, loa_lower, loa_upper.

    Empty if `regression_limits` did not compute them.

    Example
    -------
    >>> limit_lines(regression_limits([1.0], [2.0]), np.array([1.0])).empty
    True
    """
    found = {row["statistic"]: row["estimate"] for row in rows}
    if any(found.get(name) is None for name in LIMIT_NAMES):
        return pd.DataFrame(columns=["mean", "loa_lower", "loa_upper"], dtype=float)
    means = np.asarray(means, float)
    lines = {
        end: found[f"{end}_intercept"] + found[f"{end}_slope"] * means
        for end in ("loa_lower", "loa_upper")
    }
    return pd.DataFrame({"mean": means} | lines)


def bootstrap_limits(
    first: np.ndarray,
    second: np.ndarray,
    *,
    seed: int,
    resamples: int = 2000,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """Bias, SD and limits with BCa bootstrap intervals, which need no normality.

    Patients are resampled (Efron 1987, J Am Stat Assoc 82:171).

    Parameters
    ----------
    seed : of the resampling; the same seed gives the same interval.
    resamples : how many.

    Example
    -------
    >>> rows = bootstrap_limits(np.zeros(9), np.arange(9.0), seed=1, resamples=200)
    >>> rows[0]["estimate"], rows[0]["ci_low"] < 4 < rows[0]["ci_high"]
    (4.0, True)
    """
    first, second = paired_values(first, second)
    n, differences = len(first), second - first
    if n < MIN_PAIRS:
        return not_computed(BOOTSTRAP_NAMES, n, FEW)
    if constant(differences, np.r_[first, second]):
        return not_computed(BOOTSTRAP_NAMES, n, "all differences are equal")

    def moments(sample: np.ndarray, axis: int = -1) -> np.ndarray:
        mean, sd = sample.mean(axis=axis), sample.std(axis=axis, ddof=1)
        return np.stack([mean, sd, mean - multiplier * sd, mean + multiplier * sd])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a degenerate interval comes out empty
        ends = stats.bootstrap(
            (differences,),
            moments,
            n_resamples=resamples,
            batch=max(1, 5_000_000 // n),
            confidence_level=confidence,
            method="BCa",
            rng=np.random.default_rng(seed),
        ).confidence_interval
    return [
        statistic(name, value, n, f"BCa bootstrap, {resamples} resamples", interval)
        for name, value, *interval in zip(
            BOOTSTRAP_NAMES, moments(differences), ends.low, ends.high, strict=True
        )
    ]


def _residuals(means: np.ndarray, differences: np.ndarray) -> np.ndarray:
    return differences - np.polyval(np.polyfit(means, differences, 1), means)
