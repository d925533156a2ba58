"""What limits of agreement assume: a bias and a spread that do not go with the mean, normality.

Where they do not hold: bootstrap intervals here, limits that go with the mean in
`regression_limits`. Test statistics and p values have no interval.
"""

import warnings

import numpy as np
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
    squares = line_residuals(means, differences) ** 2
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


def line_residuals(means: np.ndarray, differences: np.ndarray) -> np.ndarray:
    """What a least-squares line of the differences on the means leaves, (N,)."""
    return differences - np.polyval(np.polyfit(means, differences, 1), means)
