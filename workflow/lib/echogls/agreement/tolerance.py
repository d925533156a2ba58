"""Where single differences lie: patients outside the limits, prediction and tolerance limits, and
whether both limits lie within a margin. Differences are taken for normal.

Francq, Berger & Boachie 2020, Stat Med 39:4328 (prediction and tolerance limits beside limits of
agreement); factors of two-sided tolerance: Wald & Wolfowitz 1946, by their integral.
"""

from functools import lru_cache

import numpy as np
from scipy import optimize, stats

from echogls.agreement.bland_altman import MULTIPLIER
from echogls.agreement.rows import (
    EQUAL,
    FEW,
    MIN_PAIRS,
    Row,
    check_fraction,
    check_positive,
    constant,
    not_computed,
    paired_differences,
    paired_values,
    statistic,
)

OUTSIDE = "patients_outside"
NAMES = ("prediction_lower", "prediction_upper", "tolerance_lower", "tolerance_upper")
MARGIN_NAME = "limits_within_p"


def patients_outside(
    first: np.ndarray,
    second: np.ndarray,
    *,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """How many patients lie outside the limits of agreement of these same patients.

    The interval is Clopper & Pearson's (1934) of their share, times n.

    When and how: about one in twenty lies outside by construction; more, or all on one side, is
    a spread that is not normal. It is no measure of agreement.

    Example
    -------
    >>> row = patients_outside(np.zeros(20), np.r_[np.tile([-1.0, 1.0], 9), 0.0, 8.0])[0]
    >>> row["estimate"], row["n"]
    (1.0, 20)
    """
    check_fraction("confidence", confidence)
    first, second = paired_values(first, second)
    n, differences = len(first), second - first
    if n < MIN_PAIRS:
        return not_computed([OUTSIDE], n, FEW)
    if constant(differences, np.r_[first, second]):
        return [statistic(OUTSIDE, 0, n, f"no interval: {EQUAL}")]
    reach = multiplier * differences.std(ddof=1)
    count = int((np.abs(differences - differences.mean()) > reach).sum())
    ends = stats.binomtest(count, n).proportion_ci(confidence, method="exact")
    how = f"outside bias and {multiplier:g} SD, Clopper & Pearson"
    return [statistic(OUTSIDE, count, n, how, (n * ends.low, n * ends.high))]


def tolerance_limits(
    first: np.ndarray, second: np.ndarray, *, share: float = 0.95, confidence: float = 0.95
) -> list[Row]:
    """Limits for the next patient, and limits that hold a share of all patients for sure.

    prediction = bias -/+ t(n-1) s sqrt(1 + 1/n): holds the next difference with probability
    `share` (tolerance in expectation); tolerance = bias -/+ k s: holds `share` of all
    differences with `confidence`. Unit: the values' own.

    When and how: limits of agreement are estimates, and at 20 patients hold 95 % of differences
    in about half of studies; to promise a range, print the tolerance limits, which say with 95 %
    confidence what 95 % of patients stay within. They are bounds, so they have no interval.

    Returns
    -------
    rows NAMES.

    Example
    -------
    >>> rows = tolerance_limits(np.zeros(10), np.tile([-1.0, 1.0], 5))
    >>> round(rows[3]["estimate"], 2)  # the factor 3.39 times the SD 1.054
    3.58
    """
    check_fraction("share", share)
    check_fraction("confidence", confidence)
    differences, reason = paired_differences(first, second)
    n = len(differences)
    if reason:
        return not_computed(NAMES, n, reason)
    bias, sd = differences.mean(), differences.std(ddof=1)
    next_one = stats.t.ppf(0.5 + share / 2, n - 1) * np.sqrt(1 + 1 / n)
    most = tolerance_factor(n, share, confidence)
    rows = []
    for kind, factor, how in (
        ("prediction", next_one, f"the next difference, {share:.0%}, t"),
        ("tolerance", most, f"{share:.0%} of differences, {confidence:.0%} confidence, normal"),
    ):
        for end, sign in (("lower", -1), ("upper", 1)):
            rows.append(statistic(f"{kind}_{end}", bias + sign * factor * sd, n, how))
    return rows


@lru_cache(maxsize=256)
def tolerance_factor(n: int, share: float, confidence: float) -> float:
    """SDs to either side of the mean of n normal values that hold `share` of all values with
    `confidence`.

    k with sqrt(2 n / pi) int_0^inf P(chi2(n-1) > (n-1) r(x)^2 / k^2) exp(-n x^2 / 2) dx =
    confidence, where Phi(x + r) - Phi(x - r) = share.

    Example
    -------
    >>> round(tolerance_factor(20, 0.95, 0.95), 2)
    2.76
    """
    nodes, weights = np.polynomial.legendre.leggauss(200)
    top = 9 / np.sqrt(n)
    x, weights = (nodes + 1) * top / 2, weights * top / 2
    squares = stats.ncx2.ppf(share, 1, x**2)
    density = weights * np.sqrt(2 * n / np.pi) * np.exp(-n * x**2 / 2)

    def short_of(factor: float) -> float:
        held = stats.chi2.sf((n - 1) * squares / factor**2, n - 1)
        return float((density * held).sum() - confidence)

    return float(optimize.brentq(short_of, 0.01, 1e6))


def limits_within(
    first: np.ndarray,
    second: np.ndarray,
    *,
    margin: float,
    multiplier: float = MULTIPLIER,
) -> list[Row]:
    """Test that both limits of agreement lie within a margin of zero.

    p = max over both limits of P(t'(n-1, z sqrt(n)) > (margin -/+ bias) sqrt(n) / s), t' the
    noncentral t (Owen 1965, Biometrika 52:437; Shieh 2020, Stat Biopharm Res 12:352): under
    0.05 exactly where the exact one-sided 95 % bound of each limit (`bland_altman`'s interval at
    90 %) is within the margin.

    When and how: the test that can say that two raters agree well enough, single patients and
    all; a margin set before the data are seen.

    Parameters
    ----------
    margin : in the values' unit, over 0.

    Example
    -------
    >>> limits_within(np.zeros(30), np.tile([-0.5, 0.5], 15), margin=2.0)[0]["estimate"] < 0.001
    True
    """
    check_positive("margin", margin)
    check_positive("multiplier", multiplier)
    differences, reason = paired_differences(first, second)
    n = len(differences)
    if reason:
        return not_computed([MARGIN_NAME], n, reason)
    bias, sd = differences.mean(), differences.std(ddof=1)
    reached = (margin + np.array([bias, -bias])) * np.sqrt(n) / sd
    p = stats.nct.sf(reached, n - 1, multiplier * np.sqrt(n)).max()
    if not np.isfinite(p):
        # scipy's noncentral t fails for a very large shift, where the limit is normal.
        error = np.sqrt(1 / n + multiplier**2 / (2 * (n - 1)))
        p = stats.norm.sf((reached / np.sqrt(n) - multiplier) / error).max()
    how = f"both limits within {margin:g}, noncentral t (Owen 1965)"
    return [statistic(MARGIN_NAME, np.clip(p, 0, 1), n, how)]
