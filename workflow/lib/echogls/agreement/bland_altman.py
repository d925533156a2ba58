"""Bland-Altman analysis of one pair of values a patient: difference = second - first.

Bland & Altman 1986, Lancet 1:307; 1999, Stat Methods Med Res 8:135. Exact intervals of the
limits: Carkeet 2015, Optom Vis Sci 92:e71. How bias and spread go with the mean, normality
and the bootstrap are in `bland_altman_assumptions`.
"""

import numpy as np
from scipy import stats

from echogls.agreement.rows import (
    EQUAL,
    FEW,
    MIN_PAIRS,
    Row,
    check_fraction,
    check_positive,
    constant,
    not_computed,
    paired_values,
    statistic,
    t_interval,
)

MULTIPLIER = 1.96  # SDs that hold 95 % of a normal distribution (Bland & Altman 1999)
NAMES = ("bias", "sd", "loa_lower", "loa_upper", "loa_lower_approximate", "loa_upper_approximate")
PERCENT_NAMES = ("bias_percent", "sd_percent", "loa_lower_percent", "loa_upper_percent")
RATIO_NAMES = ("ratio", "ratio_loa_lower", "ratio_loa_upper")


def bland_altman(
    first: np.ndarray,
    second: np.ndarray,
    *,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """Bias, SD and limits of agreement of second - first.

    bias = mean(d), sd = SD(d) with ddof = 1, loa = bias -/+ multiplier sd; intervals as in
    `limits_from_moments`. Unit: the values' own.

    Parameters
    ----------
    first, second : (N,), the raters' values, patient by patient.
    multiplier : SDs from bias to limit; 1.96 covers 95 % of normal differences.
    confidence : of the intervals.

    When and how: the first thing to look at. Between the limits lie about 95 % of patients'
    differences, if these are normal and neither bias nor spread goes with the size; whether that
    is close enough is a clinical question, to be answered before the data are seen. Read the
    outer ends of the limits' intervals: with 21 patients they lie half an SD further out or more.

    Returns
    -------
    rows NAMES. Without spread (all differences equal) the limits are the bias, without
    intervals.

    Example
    -------
    >>> rows = bland_altman([-20.0, -18.0, -16.0], [-19.0, -18.5, -14.0])
    >>> rows[0]["statistic"], round(rows[0]["estimate"], 3)
    ('bias', 0.833)
    """
    first, second = paired_values(first, second)
    n = len(first)
    if n < MIN_PAIRS:
        return not_computed(NAMES, n, FEW)
    differences = second - first
    sd = 0.0 if constant(differences, np.r_[first, second]) else differences.std(ddof=1)
    return limits_from_moments(
        differences.mean(), sd, n, multiplier=multiplier, confidence=confidence
    )


def limits_from_moments(
    bias: float, sd: float, n: int, *, multiplier: float = MULTIPLIER, confidence: float = 0.95
) -> list[Row]:
    """Limits of agreement and all intervals from bias, SD (ddof = 1) and n alone.

    With z the multiplier, s the sd and t(n-1) Student's t:
    bias: bias -/+ t s / sqrt(n);
    sd: s sqrt((n-1) / chi2(n-1));
    loa_*: exact, bias + s t'(n-1, z sqrt(n)) / sqrt(n), t' the noncentral t (Carkeet 2015);
    loa_*_approximate: loa -/+ t s sqrt(1/n + z^2 / (2 (n-1))) (Bland & Altman 1999, 2.2).
    The 1986 paper's standard error of a limit, sqrt(3 s^2 / n), is the latter's form for
    z = 2 and n - 1 taken for n.

    Example
    -------
    A printed "0.6 +/- 1.6 in 21 patients":
    >>> lower = limits_from_moments(-0.6, 1.6, 21)[4]
    >>> [round(lower[key], 2) for key in ("estimate", "ci_low", "ci_high")]
    [-3.74, -5.0, -2.47]
    """
    check_fraction("confidence", confidence)
    check_positive("multiplier", multiplier)
    if n < MIN_PAIRS:
        return not_computed(NAMES, n, FEW)
    lower, upper = bias - multiplier * sd, bias + multiplier * sd
    if sd == 0:
        same = f"no interval: {EQUAL}"
        return [
            statistic(name, value, n, same)
            for name, value in zip(NAMES, (bias, sd, lower, upper, lower, upper), strict=True)
        ]
    outer, inner = exact_limit_factors(n, multiplier=multiplier, confidence=confidence)
    chi2 = stats.chi2.ppf([0.5 + confidence / 2, 0.5 - confidence / 2], n - 1)
    reach = sd * np.sqrt(1 / n + multiplier**2 / (2 * (n - 1)))
    exact = f"bias and {multiplier:g} SD, noncentral t (Carkeet 2015)"
    rough = f"bias and {multiplier:g} SD, t (Bland & Altman 1999)"
    return [
        statistic("bias", bias, n, "t", t_interval(bias, sd / np.sqrt(n), n - 1, confidence)),
        statistic("sd", sd, n, "ddof 1, chi2", tuple(sd * np.sqrt((n - 1) / chi2))),
        statistic("loa_lower", lower, n, exact, (bias - outer * sd, bias - inner * sd)),
        statistic("loa_upper", upper, n, exact, (bias + inner * sd, bias + outer * sd)),
        statistic(
            "loa_lower_approximate", lower, n, rough, t_interval(lower, reach, n - 1, confidence)
        ),
        statistic(
            "loa_upper_approximate", upper, n, rough, t_interval(upper, reach, n - 1, confidence)
        ),
    ]


def exact_limit_factors(
    n: int, *, multiplier: float = MULTIPLIER, confidence: float = 0.95
) -> tuple[float, float]:
    """SDs from the bias to the outer and the inner end of a limit's exact interval.

    t'(n-1, multiplier sqrt(n)) / sqrt(n) at 0.5 +/- confidence / 2 (Carkeet 2015): the one-sided
    tolerance factors of normal data.

    Example
    -------
    95 % content and 95 % one-sided confidence, n = 10 (NIST e-Handbook 7.2.6.3: 2.911):
    >>> round(exact_limit_factors(10, multiplier=1.6448536, confidence=0.90)[0], 3)
    2.911
    """
    tails = [0.5 + confidence / 2, 0.5 - confidence / 2]
    shift = multiplier * np.sqrt(n)
    outer, inner = stats.nct.ppf(tails, n - 1, shift) / np.sqrt(n)
    if not (np.isfinite(outer) and np.isfinite(inner)):
        # scipy's noncentral t fails for a very large shift, where the limit is normal.
        reach = stats.norm.ppf(tails) * np.sqrt(1 / n + multiplier**2 / (2 * (n - 1)))
        outer, inner = multiplier + reach
    return float(outer), float(inner)


def bland_altman_percent(
    first: np.ndarray,
    second: np.ndarray,
    *,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """Bland-Altman of the differences in percent of the pair's mean.

    d = 100 (second - first) / |(first + second) / 2|, percent (Giavarina 2015, Biochem Med
    25:141). The absolute value keeps the sign of the difference where values are negative, as
    strain is.

    Returns
    -------
    rows PERCENT_NAMES with exact intervals; not computed where a pair's mean is zero.

    Example
    -------
    >>> rows = bland_altman_percent([-20.0, -10.0, -16.0], [-18.0, -9.0, -16.0])
    >>> round(rows[0]["estimate"], 2)
    7.02
    """
    first, second = paired_values(first, second)
    means = np.abs(first + second) / 2
    if (means == 0).any():
        return not_computed(PERCENT_NAMES, len(first), "the mean of a pair is zero")
    # 100 d / |mean| as a difference of two columns, so that the same code does the rest.
    scaled = 100 * (second - first) / means
    rows = bland_altman(np.zeros_like(scaled), scaled, multiplier=multiplier, confidence=confidence)
    return [row | {"statistic": name} for name, row in zip(PERCENT_NAMES, rows, strict=False)]


def bland_altman_ratio(
    first: np.ndarray,
    second: np.ndarray,
    *,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """Limits of agreement for the ratio second / first, by logarithms.

    exp of bias, limits and their exact intervals of log(second / first) (Bland & Altman 1999,
    3.1). No unit; both values of a pair need the same sign.

    When and how: where differences grow with the size of what is measured: ratio_loa_upper of
    1.15 says that the second reads up to 15 % more.

    Returns
    -------
    rows RATIO_NAMES; not computed where a ratio is not above zero.

    Example
    -------
    >>> rows = bland_altman_ratio([-20.0, -10.0, -16.0], [-18.0, -9.0, -14.4])
    >>> round(rows[0]["estimate"], 3)
    0.9
    """
    first, second = paired_values(first, second)
    n = len(first)
    if n < MIN_PAIRS:
        return not_computed(RATIO_NAMES, n, FEW)
    if (np.minimum(np.abs(first), np.abs(second)) < 1e-100).any() or (
        np.sign(first) != np.sign(second)
    ).any():
        return not_computed(RATIO_NAMES, n, "a pair is zero or of two signs")
    logs = (np.log(np.abs(values)) for values in (first, second))
    bias, _, lower, upper = bland_altman(*logs, multiplier=multiplier, confidence=confidence)[:4]
    rows = []
    for name, row in zip(RATIO_NAMES, (bias, lower, upper), strict=True):
        ends = [row[key] for key in ("estimate", "ci_low", "ci_high")]
        value, low, high = (None if end is None else float(np.exp(end)) for end in ends)
        rows.append(statistic(name, value, n, f"logarithms; {row['method']}", (low, high)))
    return rows
