"""How far two raters' values lie from the line of identity, in one number.

Lin 1989, Biometrics 45:255 (corrections 2000, 56:324); Lin 2000, Stat Med 19:255; Lin et al.
2002, J Am Stat Assoc 97:257. Difference d = second - first, SD with ddof = 1.
"""

import numpy as np
from scipy import optimize, stats

from echogls.agreement.rows import (
    EQUAL,
    FEW,
    MIN_PAIRS,
    UNVARIED,
    Row,
    check_fraction,
    check_positive,
    constant,
    not_computed,
    paired_values,
    statistic,
    z_quantile,
)


def concordance_correlation(
    first: np.ndarray, second: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """Lin's concordance correlation coefficient.

    ccc = 2 sxy / (sx^2 + sy^2 + (mean(x) - mean(y))^2), moments over n as in Lin 1989. Interval
    on Fisher's scale with Lin's (2000) variance, n - 2.

    When and how: 1 where all pairs lie on the line of identity; bias and scatter both lower it,
    and so does a cohort whose patients are alike. Of two raters it is near ICC(A,1).

    Example
    -------
    >>> round(concordance_correlation([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])[0]["estimate"], 4)
    0.5714
    """
    first, second = paired_values(first, second)
    n = len(first)
    if n < MIN_PAIRS:
        return not_computed(["ccc"], n, FEW)
    if constant(first) or constant(second):
        return not_computed(["ccc"], n, UNVARIED)
    covariance = np.mean((first - first.mean()) * (second - second.mean()))
    shift = first.mean() - second.mean()
    ccc = 2 * covariance / (first.var() + second.var() + shift**2)
    r = covariance / np.sqrt(first.var() * second.var())
    method = "Lin 1989, Fisher z"
    if abs(r) < 1e-12 or abs(ccc) > 1 - 1e-12:
        return [statistic("ccc", ccc, n, f"{method}; no interval for r = 0 or |ccc| = 1")]
    u2 = shift**2 / np.sqrt(first.var() * second.var())
    # Of atanh(ccc); Lin 2000 corrects the middle term's ccc to (1 - ccc).
    variance = (
        (1 - r**2) * ccc**2 / ((1 - ccc**2) * r**2)
        + 2 * ccc**3 * (1 - ccc) * u2 / (r * (1 - ccc**2) ** 2)
        - ccc**4 * u2**2 / (2 * r**2 * (1 - ccc**2) ** 2)
    ) / (n - 2)
    reach = z_quantile(confidence) * np.sqrt(max(variance, 0.0))
    ends = np.tanh([np.arctanh(ccc) - reach, np.arctanh(ccc) + reach])
    return [statistic("ccc", ccc, n, method, tuple(ends))]


def total_deviation_index(
    first: np.ndarray, second: np.ndarray, *, share: float = 0.9, confidence: float = 0.95
) -> list[Row]:
    """The distance within which a share of absolute differences lie, for normal differences.

    K with Phi((K - m) / s) - Phi((-K - m) / s) = share, m and s the mean and SD of d: the exact
    index of which Lin's (2000) z sqrt(m^2 + s^2) is the approximation. Interval by the delta
    method on log K. Unit: the values' own. Row `tdi_90` for a share of 0.9, and `tdi_90_bound`,
    its one-sided upper bound with the same confidence, as a test against a margin takes it
    (Lin 2000).

    When and how: one number for bias and scatter: 90 % of patients' differences are smaller than
    it. Where the bound is under a clinical margin set beforehand, 90 % of patients are shown to
    lie within it.

    Example
    -------
    >>> row = total_deviation_index(np.zeros(4), [-1.0, 1.0, -1.0, 1.0])[0]
    >>> row["statistic"], round(row["estimate"], 3)
    ('tdi_90', 1.899)
    """
    check_fraction("share", share)
    name = f"tdi_{100 * share:g}"
    first, second = paired_values(first, second)
    n, differences = len(first), second - first
    if n < MIN_PAIRS:
        return not_computed([name, f"{name}_bound"], n, FEW)
    mean, sd = differences.mean(), differences.std(ddof=1)
    if constant(differences, np.r_[first, second]):
        reason = f"no interval: {EQUAL}"
        return [statistic(each, abs(mean), n, reason) for each in (name, f"{name}_bound")]
    largest = 2 * (abs(mean) + stats.norm.ppf((1 + share) / 2) * sd)
    index = optimize.brentq(lambda k: _share_within(k, mean, sd) - share, 0, largest, xtol=1e-14)
    density, by_mean, by_sd = _slopes(index, mean, sd)
    error = np.hypot(by_mean * sd / np.sqrt(n), by_sd * sd / np.sqrt(2 * (n - 1))) / density
    reach = np.exp(z_quantile(confidence) * error / index)
    method = "normal differences, delta method (Lin 2000)"
    bound = index * np.exp(stats.norm.ppf(confidence) * error / index)
    return [
        statistic(name, index, n, method, (index / reach, index * reach)),
        statistic(f"{name}_bound", bound, n, f"one-sided {confidence:.0%} bound, {method}"),
    ]


def coverage_probability(
    first: np.ndarray, second: np.ndarray, *, within: float, confidence: float = 0.95
) -> list[Row]:
    """The share of absolute differences under a bound, for normal differences.

    Phi((bound - m) / s) - Phi((-bound - m) / s) (Lin et al. 2002), 0..1; interval by the delta
    method on the logit.

    Parameters
    ----------
    within : the bound, in the values' unit; what is clinically acceptable, set beforehand.

    Example
    -------
    >>> row = coverage_probability(np.zeros(4), [-1.0, 1.0, -1.0, 1.0], within=2.0)[0]
    >>> round(row["estimate"], 3)
    0.917
    """
    check_positive("within", within)
    first, second = paired_values(first, second)
    n, differences = len(first), second - first
    if n < MIN_PAIRS:
        return not_computed(["coverage_probability"], n, FEW)
    mean, sd = differences.mean(), differences.std(ddof=1)
    if constant(differences, np.r_[first, second]):
        method = f"no interval: {EQUAL}"
        return [statistic("coverage_probability", float(abs(mean) <= within), n, method)]
    share = _share_within(within, mean, sd)
    method = f"within {within:g}, normal differences, delta method (Lin 2002)"
    if not 0 < share < 1:
        return [statistic("coverage_probability", share, n, f"{method}; no interval at 0 or 1")]
    _, by_mean, by_sd = _slopes(within, mean, sd)
    error = np.hypot(by_mean * sd / np.sqrt(n), by_sd * sd / np.sqrt(2 * (n - 1)))
    reach = z_quantile(confidence) * error / (share * (1 - share))
    centre = np.log(share / (1 - share))
    ends = 1 / (1 + np.exp([reach - centre, -reach - centre]))
    return [statistic("coverage_probability", share, n, method, tuple(ends))]


def _share_within(bound: float, mean: float, sd: float) -> float:
    return float(np.diff(stats.norm.cdf([(-bound - mean) / sd, (bound - mean) / sd]))[0])


def _slopes(bound: float, mean: float, sd: float) -> tuple[float, float, float]:
    """Derivatives of the share within a bound by bound, mean and SD."""
    ends = np.array([(bound - mean) / sd, (-bound - mean) / sd])
    high, low = stats.norm.pdf(ends)
    return (
        (high + low) / sd,
        (low - high) / sd,
        float((ends[1] * low - ends[0] * high) / sd),
    )
