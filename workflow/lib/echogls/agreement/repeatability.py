"""How well readings of the same patient repeat, by one reader or by two.

Within-subject coefficient of variation and the relative mean error of the EACVI/ASE
inter-vendor study. Percent of the patient's mean, taken absolute: strain is negative.
"""

import numpy as np
from scipy import stats

from echogls.agreement.rows import (
    FEW,
    MIN_PAIRS,
    Row,
    check_fraction,
    not_computed,
    paired_values,
    rating_table,
    statistic,
    t_interval,
)


def within_subject_cv(
    readings: np.ndarray, *, alike: bool = True, confidence: float = 0.95
) -> list[Row]:
    """Within-subject coefficient of variation, root mean square method.

    100 sqrt(mean(s_i^2 / m_i^2)) percent, s_i (ddof = 1) and m_i the SD and mean of patient i's
    readings (Bland & Altman 1996, BMJ 313:106; Hyslop & White 2009). Interval: chi-squared with
    Satterthwaite's (k - 1) (sum w)^2 / sum w^2 degrees, w = 1 / m^2, of n patients read k times
    each.

    When and how: of repeats: a reading differs from the patient's own mean by this share. A bias
    between two raters counts as variation. Percentages of a measure near zero mean nothing.

    Parameters
    ----------
    readings : (patients, readings); a patient with a missing reading is left out.
    alike : whether the raters are of one kind, so that they err by the same variance.

    Example
    -------
    >>> rows = within_subject_cv(np.array([[-19.0, -21.0], [-18.0, -18.0], [-15.0, -15.0]]))
    >>> round(rows[0]["estimate"], 3)  # 100 sqrt((2 / 400) / 3)
    4.082
    """
    check_fraction("confidence", confidence)
    readings = rating_table(readings)
    n, name = len(readings), ["within_subject_cv"]
    if n < MIN_PAIRS:
        return not_computed(name, n, f"fewer than {MIN_PAIRS} patients")
    if readings.shape[1] < 2:
        return not_computed(name, n, "one reading a patient only")
    means = readings.mean(axis=1)
    if (means == 0).any():
        return not_computed(name, n, "a patient's mean is zero")
    cv = 100 * np.sqrt((readings / means[:, None]).var(axis=1, ddof=1).mean())
    weights = (means[0] / means) ** 2
    degrees = (readings.shape[1] - 1) * weights.sum() ** 2 / (weights**2).sum()
    tails = stats.chi2.ppf([0.5 + confidence / 2, 0.5 - confidence / 2], degrees)
    method = "root mean square, percent, chi2 with Satterthwaite's degrees"
    if not alike:
        method += "; as if both raters erred by the same variance"
    return [statistic(name[0], cv, n, method, tuple(cv * np.sqrt(degrees / tails)))]


def relative_mean_error(
    first: np.ndarray, second: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """Mean absolute difference of two readings, absolute and relative to their mean.

    absolute_mean_error = mean |second - first|, in the values' unit; relative_mean_error =
    mean of 100 |second - first| / |(first + second) / 2|, percent: the inter- and intraobserver
    errors of Farsalinos 2015, J Am Soc Echocardiogr 28:1171. t intervals, not under 0.

    When and how: to compare with studies that print it. It holds bias and scatter in one number;
    of normal differences without bias the mean is 0.8 SDs.

    Example
    -------
    >>> rows = relative_mean_error([-20.0, -18.0, -16.0], [-22.0, -18.0, -16.0])
    >>> [round(row["estimate"], 3) for row in rows]
    [0.667, 3.175]
    """
    check_fraction("confidence", confidence)
    first, second = paired_values(first, second)
    n, names = len(first), ("absolute_mean_error", "relative_mean_error")
    if n < MIN_PAIRS:
        return not_computed(names, n, FEW)
    absolute, means = np.abs(second - first), np.abs(first + second) / 2
    rows = [_mean_row(names[0], absolute, confidence)]
    if (means == 0).any():
        return rows + not_computed(names[1:], n, "the mean of a pair is zero")
    return [*rows, _mean_row(names[1], 100 * absolute / means, confidence)]


def _mean_row(name: str, values: np.ndarray, confidence: float) -> Row:
    n, mean = len(values), values.mean()
    low, high = t_interval(mean, values.std(ddof=1) / np.sqrt(n), n - 1, confidence)
    return statistic(name, mean, n, "mean over patients (Farsalinos 2015), t", (max(0, low), high))
