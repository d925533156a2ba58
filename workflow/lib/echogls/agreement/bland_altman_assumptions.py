"""What limits of agreement assume: a bias and a spread that do not go with the mean, normality.

Where they do not hold: bootstrap intervals here, limits that go with the mean in
`regression_limits`. Test statistics and p values have no interval.
"""

import warnings

import numpy as np
from scipy import stats
from statsmodels.regression.linear_model import OLS, RegressionResults
from statsmodels.stats.diagnostic import het_breuschpagan

from echogls.agreement.bland_altman import MULTIPLIER
from echogls.agreement.rows import (
    EQUAL,
    FEW,
    MIN_PAIRS,
    Row,
    check_fraction,
    check_ratio,
    constant,
    level,
    level_name,
    not_computed,
    paired_differences,
    paired_values,
    statistic,
)

SLOPE_NAMES = ("proportional_slope", "proportional_intercept", "proportional_p")
SPREAD_NAMES = ("breusch_pagan", "breusch_pagan_p")
NORMALITY_NAMES = ("shapiro_wilk", "shapiro_wilk_p")
BOOTSTRAP_NAMES = ("bias_bca", "sd_bca", "loa_lower_bca", "loa_upper_bca")
SHAPIRO_LARGEST = 5000  # pairs to which Royston 1995 fitted the p value
BOOTSTRAP_ENOUGH = 100  # pairs; of fewer the interval is called approximate; by judgement
SAME_LEVEL = "what both raters measured does not vary"


def proportional_bias(
    first: np.ndarray, second: np.ndarray, *, variance_ratio: float = 1.0, confidence: float = 0.95
) -> list[Row]:
    """Least-squares line of the difference on the level m of a pair.

    d = intercept + slope m, t intervals with n - 2 degrees; proportional_p is the slope's
    two-sided p (Bland & Altman 1999, 3.2). Slope without unit, intercept in the values' unit.

    When and how: a slope of -0.2 is a method that shrinks what it measures by about a fifth,
    so that one bias and two limits do not hold for all patients. m is `rows.level`: the mean of
    two raters who err alike, the reference where that has no error; against the mean, a method
    that errs more than a reference shows a slope that is none.

    Parameters
    ----------
    first, second : (N,), the raters' values, patient by patient.
    variance_ratio : error variance of the second over that of the first; infinity: the first
        has no error.

    Example
    -------
    >>> rows = proportional_bias([-10.0, -15.0, -20.0, -25.0], [-10.1, -14.4, -18.2, -22.3])
    >>> round(rows[0]["estimate"], 3)
    -0.212
    """
    check_fraction("confidence", confidence)
    check_ratio(variance_ratio)
    first, second = paired_values(first, second)
    n, levels = len(first), level(first, second, variance_ratio)
    if n < MIN_PAIRS:
        return not_computed(SLOPE_NAMES, n, FEW)
    if constant(levels):
        return not_computed(SLOPE_NAMES, n, SAME_LEVEL)
    differences = second - first
    line = least_squares(levels, differences)
    # Of pairs that lie on a line but for rounding, neither errors nor a p are told.
    exact = constant(line.resid, np.r_[first, second])
    intervals = line.conf_int(1 - confidence)
    how = f"least squares {level_name(variance_ratio)}"
    rows = [
        statistic(
            name,
            line.params[place],
            n,
            f"{how}; no interval: no scatter" if exact else f"{how}, t",
            (None, None) if exact else tuple(intervals[place]),
        )
        for name, place in zip(SLOPE_NAMES, (1, 0), strict=False)
    ]
    if exact:
        return rows + not_computed(SLOPE_NAMES[2:], n, "the differences lie on a line")
    return [*rows, statistic("proportional_p", line.pvalues[1], n, f"t test of the slope, {how}")]


def breusch_pagan(
    first: np.ndarray, second: np.ndarray, *, variance_ratio: float = 1.0
) -> list[Row]:
    """Whether the spread of the differences goes with the level.

    LM = n R^2 of the squared residuals (of the differences on the level) on the level,
    chi-squared with 1 degree (Breusch & Pagan 1979, in Koenker's 1981 form, which needs no
    normality).

    When and how: a small p says that patients at one end scatter more; the plain limits are
    then too wide at the other. A large p at 20 patients says little.

    Example
    -------
    >>> m = np.arange(1.0, 21.0)
    >>> breusch_pagan(m, m + 0.1 * m * (-1) ** np.arange(20))[1]["estimate"] < 0.01
    True
    """
    check_ratio(variance_ratio)
    first, second = paired_values(first, second)
    n, levels = len(first), level(first, second, variance_ratio)
    if n < MIN_PAIRS:
        return not_computed(SPREAD_NAMES, n, FEW)
    if constant(levels):
        return not_computed(SPREAD_NAMES, n, SAME_LEVEL)
    line = least_squares(levels, second - first)
    if constant(line.resid**2, np.r_[first, second] ** 2):
        return not_computed(SPREAD_NAMES, n, "the squared residuals do not vary")
    lagrange, p, _, _ = het_breuschpagan(line.resid, line.model.exog)
    how = f"n R^2 (Koenker 1981), {level_name(variance_ratio)}"
    return [
        statistic("breusch_pagan", lagrange, n, how),
        statistic("breusch_pagan_p", p, n, f"chi2, 1 degree; {how}"),
    ]


def shapiro_wilk(first: np.ndarray, second: np.ndarray) -> list[Row]:
    """Shapiro-Wilk test that the differences are normal (Shapiro & Wilk 1965; Royston 1995).

    Not computed over 5000 pairs, where Royston's p does not hold and any departure is found.

    When and how: a small p says that limits of agreement do not hold 95 % of patients; look at
    the plot, and print percentiles or tolerance limits beside them. A large p at 20 patients is
    no proof of normality.

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
        return not_computed(NORMALITY_NAMES, n, EQUAL)
    test = stats.shapiro(differences)
    return [
        statistic("shapiro_wilk", test.statistic, n, "Shapiro & Wilk 1965"),
        statistic("shapiro_wilk_p", test.pvalue, n, "Royston 1995"),
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

    When and how: where differences are far from normal and patients are a hundred or more. With
    few the intervals are too narrow, whatever the distribution: at 21 normal patients they hold
    the true value in 89 to 92 % instead of 95, which each row says.

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
    differences, reason = paired_differences(first, second)
    n = len(differences)
    if reason:
        return not_computed(BOOTSTRAP_NAMES, n, reason)

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
    how = f"BCa bootstrap, {resamples} resamples"
    if n < BOOTSTRAP_ENOUGH:
        how += "; approximate: at 95 % and 21 patients held by 89 to 92 %"
    return [
        statistic(name, value, n, how, interval)
        for name, value, *interval in zip(
            BOOTSTRAP_NAMES, moments(differences), ends.low, ends.high, strict=True
        )
    ]


def least_squares(levels: np.ndarray, values: np.ndarray) -> RegressionResults:
    """The line values = params[0] + params[1] levels."""
    return OLS(values, np.column_stack([np.ones_like(levels), levels])).fit()
