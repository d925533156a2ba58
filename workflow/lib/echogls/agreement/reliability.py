"""Intraclass correlation and measurement error of raters who all read the same patients.

Shrout & Fleiss 1979, Psychol Bull 86:420; McGraw & Wong 1996, Psychol Methods 1:30. Where
patients miss a reader, `variability` estimates the same by REML.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from echogls.agreement.rows import (
    MIN_PAIRS,
    Row,
    check_fraction,
    constant,
    not_computed,
    rating_table,
    statistic,
    variance_sum_interval,
)

# Name here, of McGraw & Wong, of Shrout & Fleiss.
ICC_FORMS = {
    "icc_1": ("ICC(1)", "ICC(1,1)"),
    "icc_k": ("ICC(k)", "ICC(1,k)"),
    "icc_a1": ("ICC(A,1)", "ICC(2,1)"),
    "icc_ak": ("ICC(A,k)", "ICC(2,k)"),
    "icc_c1": ("ICC(C,1)", "ICC(3,1)"),
    "icc_ck": ("ICC(C,k)", "ICC(3,k)"),
}
# Of a mean square, relative: less is zero; doubles hold 1e-16, and a sum of rows less.
ROUNDING = 1e-9
ERROR_NAMES = ("sem", "sem_agreement", "mdc95")


@dataclass(frozen=True)
class MeanSquares:
    """Two-way analysis of variance of ratings (n patients, k raters), one reading a cell."""

    patients: float
    raters: float
    within: float
    error: float
    n: int
    k: int


def mean_squares(ratings: np.ndarray) -> MeanSquares:
    """Mean squares between patients and raters, within patients, and of the error.

    Parameters
    ----------
    ratings : (patients, raters), complete, both at least 2.

    Example
    -------
    >>> round(mean_squares(np.array([[1.0, 2.0], [3.0, 5.0], [6.0, 6.0]])).patients, 3)
    10.167
    """
    n, k = ratings.shape
    grand = ratings.mean()
    patients = k * ((ratings.mean(axis=1) - grand) ** 2).sum()
    raters = n * ((ratings.mean(axis=0) - grand) ** 2).sum()
    within = ((ratings - ratings.mean(axis=1, keepdims=True)) ** 2).sum()
    residual = ratings - ratings.mean(axis=1, keepdims=True) - ratings.mean(axis=0) + grand
    return MeanSquares(
        patients=float(patients / (n - 1)),
        raters=float(raters / (k - 1)),
        within=float(within / (n * (k - 1))),
        error=float((residual**2).sum() / ((n - 1) * (k - 1))),
        n=n,
        k=k,
    )


def intraclass_correlations(ratings: np.ndarray, *, confidence: float = 0.95) -> list[Row]:
    """The six intraclass correlations with F intervals.

    With mean squares MSR (patients), MSC (raters), MSW (within), MSE, k raters, n patients:
    icc_1 = (MSR - MSW) / (MSR + (k-1) MSW), icc_k = (MSR - MSW) / MSR;
    icc_a1 = (MSR - MSE) / (MSR + (k-1) MSE + k (MSC - MSE) / n),
    icc_ak = (MSR - MSE) / (MSR + (MSC - MSE) / n);
    icc_c1 = (MSR - MSE) / (MSR + (k-1) MSE), icc_ck = (MSR - MSE) / MSR.
    `a` counts a bias between raters as disagreement, `c` does not; 1 is for one rater's
    reading, k for the mean of k. Intervals: McGraw & Wong 1996, table 7; those of icc_a take the
    raters for a random sample of raters, so that of two raters, whose bias's variance has one
    degree of freedom, they are wide, and wider than these two raters alone would need.

    When and how: `icc_a1` tells which share of the variance of readings is of patients, where
    raters are to replace each other; it rises with the spread of the patients, so that it
    compares between cohorts only where they are alike. Under 0.5 is called poor, to 0.75
    moderate, to 0.9 good (Koo & Li 2016, J Chiropr Med 15:155), by the interval's lower end.

    Parameters
    ----------
    ratings : (patients, raters); a patient with a missing rating is left out.

    Returns
    -------
    rows ICC_FORMS; n is the number of patients. A negative estimate stays negative; icc_ak
    is not computed where its denominator is not above zero.

    Example
    -------
    >>> table = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8],
    ...                   [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    >>> [round(row["estimate"], 2) for row in intraclass_correlations(table)]
    [0.17, 0.44, 0.29, 0.62, 0.71, 0.91]
    """
    check_fraction("confidence", confidence)
    ratings = rating_table(ratings)
    reason = _unusable(ratings)
    if reason:
        return not_computed(ICC_FORMS, len(ratings), reason)
    ms = mean_squares(ratings)
    n, k = ms.n, ms.k
    if constant(ratings - ratings.mean(axis=1, keepdims=True), ratings):
        same = "no interval: the raters agree exactly"
        return [statistic(name, 1.0, n, same) for name in ICC_FORMS]
    between = ms.patients - ms.error
    bias = (ms.raters - ms.error) / n
    mean_spread = ms.patients + bias
    estimates = {
        "icc_1": (ms.patients - ms.within) / (ms.patients + (k - 1) * ms.within),
        "icc_k": (ms.patients - ms.within) / ms.patients,
        "icc_a1": between / (ms.patients + (k - 1) * ms.error + k * bias),
        "icc_ak": between / mean_spread if mean_spread > ROUNDING * ms.within else None,
        "icc_c1": between / (ms.patients + (k - 1) * ms.error),
        "icc_ck": between / ms.patients,
    }
    ends = _ratio_ends(ms.patients, ms.within, n - 1, n * (k - 1), confidence)
    intervals = {"icc_1": _single(ends, k), "icc_k": _average(ends)}
    if constant(ratings - ratings.mean(axis=0), ratings) or ms.error == 0:
        intervals |= dict.fromkeys(("icc_a1", "icc_ak", "icc_c1", "icc_ck"), (None, None))
    else:
        ends = _ratio_ends(ms.patients, ms.error, n - 1, (n - 1) * (k - 1), confidence)
        intervals |= {"icc_c1": _single(ends, k), "icc_ck": _average(ends)}
        agreement = _agreement_interval(ms, estimates["icc_a1"], confidence)
        stepped = tuple(_stepped_up(end, k) for end in agreement)
        intervals |= {"icc_a1": agreement, "icc_ak": stepped}
    rows = []
    for name, (mcgraw, shrout) in ICC_FORMS.items():
        if estimates[name] is None:
            rows += not_computed([name], n, "the raters differ more than the patients")
            continue
        method = f"{mcgraw}, {shrout} of Shrout & Fleiss, {k} raters"
        if name.startswith("icc_a"):
            method += "; interval of raters drawn at random, wide for fixed ones"
        rows.append(statistic(name, estimates[name], n, method, intervals[name]))
    return rows


def measurement_error(
    ratings: np.ndarray, *, alike: bool = True, confidence: float = 0.95
) -> list[Row]:
    """Standard error of measurement and minimal detectable change.

    sem = sqrt(MSE): a rater's random error, for two raters SD(difference) / sqrt(2);
    sem_agreement = sqrt(MSE + max(0, (MSC - MSE) / n)), with the bias between raters (de Vet
    2006, J Clin Epidemiol 59:1033); mdc95 = 1.96 sqrt(2) sem, the change in one patient that
    95 % of repeats by chance stay under. Unit: the values' own. Intervals of sem and mdc95:
    chi-squared with (n-1)(k-1) degrees; of sem_agreement: `rows.variance_sum_interval` (two
    raters tell their bias's variance with one degree, so its upper end is far off).

    When and how: of repeats of one rater or of raters of one kind. A change between two readings
    of a patient that is under mdc95 may be chance. The error is split evenly between raters: of
    a method and a reader sem is neither's own, which the row says.

    Parameters
    ----------
    ratings : (patients, raters); a patient with a missing rating is left out.
    alike : whether the raters are of one kind, so that they err by the same variance.

    Example
    -------
    >>> rows = measurement_error(np.array([[1.0, 2.0], [3.0, 5.0], [6.0, 6.0]]))
    >>> round(rows[0]["estimate"], 3)  # SD(1, 2, 0) / sqrt(2)
    0.707
    """
    check_fraction("confidence", confidence)
    ratings = rating_table(ratings)
    reason = _too_few(ratings)
    if reason:
        return not_computed(ERROR_NAMES, len(ratings), reason)
    ms = mean_squares(ratings)
    degrees = (ms.n - 1) * (ms.k - 1)
    tails = stats.chi2.ppf([0.5 + confidence / 2, 0.5 - confidence / 2], degrees)
    sem = np.sqrt(ms.error)
    ends = sem * np.sqrt(degrees / tails)
    change = 1.96 * np.sqrt(2)
    # MSE + (MSC - MSE) / n as positive parts of two mean squares, MSC taken for no less than MSE.
    parts = np.array([(1 - 1 / ms.n) * ms.error, max(ms.raters, ms.error) / ms.n])
    both = [degrees, ms.k - 1]
    with_bias = np.sqrt(parts.sum())
    bias_ends = np.sqrt(variance_sum_interval(parts, np.array(both), confidence))
    split = "" if alike else "; as if both raters erred by the same variance"
    statistics = (
        ("sem", sem, ends, f"sqrt(MSE), {ms.k} raters, chi2"),
        ("sem_agreement", with_bias, bias_ends, f"bias of {ms.k} raters too, MOVER (Zou 2013)"),
        ("mdc95", change * sem, change * ends, "1.96 sqrt(2) sem, chi2"),
    )
    return [
        statistic(name, value, ms.n, how + split, tuple(interval))
        for name, value, interval, how in statistics
    ]


def _ratio_ends(
    above: float, below: float, df_above: int, df_below: int, confidence: float
) -> tuple[float, float]:
    """F = above / below over its upper F quantile, and times the reverse one's."""
    tail = 0.5 + confidence / 2
    ratio = above / below
    return (
        ratio / stats.f.ppf(tail, df_above, df_below),
        ratio * stats.f.ppf(tail, df_below, df_above),
    )


def _single(ends: tuple[float, float], k: int) -> tuple[float, float]:
    return tuple((end - 1) / (end + k - 1) for end in ends)


def _stepped_up(icc: float, k: int) -> float | None:
    """Spearman and Brown's reliability of the mean of k, where there is one."""
    return k * icc / (1 + (k - 1) * icc) if 1 + (k - 1) * icc > ROUNDING else None


def _average(ends: tuple[float, float]) -> tuple[float, float]:
    return tuple(1 - 1 / end for end in ends)


def _agreement_interval(ms: MeanSquares, icc: float, confidence: float) -> tuple[float, float]:
    """Of ICC(A,1), with Satterthwaite's degrees (McGraw & Wong 1996, table 7).

    A negative ICC counts as zero in the degrees, which can come out near none otherwise. Their
    a and b, of which only the ratio counts, are here times n (1 - ICC), which is zero for raters
    who differ by rounding alone.
    """
    n, k, tail, icc = ms.n, ms.k, 0.5 + confidence / 2, max(0.0, icc)
    a = k * icc
    b = n * (1 - icc) + k * icc * (n - 1)
    raters, error = a * ms.raters, b * ms.error
    degrees = (raters + error) ** 2 / (raters**2 / (k - 1) + error**2 / ((n - 1) * (k - 1)))
    rest = k * ms.raters + (k * n - k - n) * ms.error
    f_low = stats.f.ppf(tail, n - 1, degrees)
    f_high = stats.f.ppf(tail, degrees, n - 1)
    return (
        n * (ms.patients - f_low * ms.error) / (f_low * rest + n * ms.patients),
        n * (f_high * ms.patients - ms.error) / (rest + n * f_high * ms.patients),
    )


def _too_few(ratings: np.ndarray) -> str | None:
    if len(ratings) < MIN_PAIRS:
        return f"fewer than {MIN_PAIRS} patients"
    return "one rater only" if ratings.shape[1] < 2 else None


def _unusable(ratings: np.ndarray) -> str | None:
    reason = _too_few(ratings)
    if reason is None and constant(ratings.mean(axis=1), ratings):
        return "the patients do not differ"
    return reason
