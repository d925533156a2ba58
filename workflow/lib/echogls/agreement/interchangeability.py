"""Whether replacing a reader by the method would widen the readers' disagreement.

Individual equivalence: Barnhart, Kosinski & Haber 2007, J Biopharm Stat 17:697; Obuchowski,
Subhas & Schoenhagen 2014, Acad Radiol 21:1483. The method need not agree with the readers
better than they agree with each other, only as well.
"""

import numpy as np
from scipy import stats

from echogls.agreement.rows import (
    MIN_PAIRS,
    Row,
    check_fraction,
    not_computed,
    statistic,
    variance_sum_interval,
)
from echogls.study import StudyError

NAMES = ("equivalence_gamma", "equivalence_index", "disagreement_ratio")


def interchangeability(
    method: np.ndarray, readers: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """Individual equivalence of the method M and readers R.

    With A = E(M - R_j)^2 over readers and B = E(R_j - R_k)^2 over pairs of readers:
    equivalence_gamma = A - B, the values' unit squared (Obuchowski): up to 0, the method
    replaces a reader without more disagreement.
    equivalence_index = (A - B) / (B / 2), no unit (Barnhart's IEC): B / 2 is the readers' own
    error variance; its upper end is compared with a bound set beforehand.
    disagreement_ratio = sqrt(A / B), no unit: 1.1 is 10 % more disagreement.

    Their intervals: with D the method minus the mean of a patient's k readers and s^2 those
    readers' variance, A = E D^2 + E s^2 (k - 1) / k and B = 2 E s^2; D and s^2 are independent
    for normal errors of readers who err alike, so that the ratio of their mean squares is F,
    with Satterthwaite's degrees for D's bias and for that between readers (Patnaik 1949); of
    gamma MOVER (Zou 2013) over both mean squares.

    When and how: whether a method may take a reader's place, which no agreement with a
    reader who errs shows. An index whose upper end is under 1 adds less than one reader's error
    variance.

    Parameters
    ----------
    method : (patients,).
    readers : (patients, readers or repeats of one reader), at least two columns; a patient
        without the method or with fewer than two readers is left out.

    Example
    -------
    >>> rows = interchangeability(np.array([1.0, 2.0, 3.0]),
    ...                           np.array([[1.0, 3.0], [2.0, 1.0], [3.0, 3.0]]))
    >>> [round(row["estimate"], 3) for row in rows]
    [-0.833, -1.0, 0.707]
    """
    check_fraction("confidence", confidence)
    method, readers = np.asarray(method, float), np.asarray(readers, float)
    if method.ndim != 1 or readers.ndim != 2 or len(method) != len(readers):
        raise StudyError(
            f"interchangeability: method {method.shape}, readers {readers.shape}; expected "
            "(patients,) and (patients, readers)"
        )
    if readers.shape[1] < 2:
        return not_computed(NAMES, len(method), "one reader only")
    counts = np.isfinite(readers).sum(axis=1)
    usable = np.isfinite(method) & (counts > 1)
    method, readers, counts = method[usable], readers[usable], counts[usable]
    n = len(method)
    if n < MIN_PAIRS:
        return not_computed(NAMES, n, f"fewer than {MIN_PAIRS} patients")
    apart = (method - np.nanmean(readers, axis=1)) ** 2
    within = np.nanvar(readers, axis=1, ddof=1)
    # The mean squared difference of all pairs is twice the sample variance.
    among = 2 * within
    with_method = apart + (counts - 1) / counts * within
    compared = (
        f"{counts.min()}" if counts.min() == counts.max() else f"{counts.min()} to {counts.max()}"
    )
    a, b = with_method.mean(), among.mean()
    differences = method - np.nanmean(readers, axis=1)
    if b <= 1e-18 * np.nanmean(readers**2):
        gamma = statistic(
            NAMES[0], a - b, n, f"{compared} readers; no interval: they do not differ"
        )
        return [gamma, *not_computed(NAMES[1:], n, "the readers do not differ")]
    degrees = _both_degrees(differences, readers, counts)
    parts = apart.mean(), 2 * within.mean() - ((counts - 1) / counts * within).mean()
    less, more = (
        variance_sum_interval(np.array([part]), np.array([each]), confidence)
        for part, each in zip(parts, degrees, strict=True)
    )
    gamma_ends = (
        a - b - np.hypot(parts[0] - less[0], more[1] - parts[1]),
        a - b + np.hypot(less[1] - parts[0], parts[1] - more[0]),
    )
    ends = _ratio_interval(apart.mean() / b, a / b, degrees, confidence)
    how = f"{compared} readers (Barnhart 2007), F with Satterthwaite's degrees"
    index_ends = tuple(2 * (end - 1) for end in ends)
    return [
        statistic(
            "equivalence_gamma",
            a - b,
            n,
            f"{compared} readers (Obuchowski 2014), MOVER (Zou 2013)",
            gamma_ends,
        ),
        statistic("equivalence_index", 2 * (a / b - 1), n, how, index_ends),
        statistic("disagreement_ratio", np.sqrt(a / b), n, how, tuple(np.sqrt(ends))),
    ]


def _both_degrees(
    differences: np.ndarray, readers: np.ndarray, counts: np.ndarray
) -> tuple[float, float]:
    """Satterthwaite's degrees of the mean of D^2 and of the readers' mean variance."""
    n = len(differences)
    above = _degrees(n, n * differences.mean() ** 2, differences.var(ddof=1))
    # A bias between readers is a fixed part of the squares within patients.
    left = readers - np.nanmean(readers, axis=1, keepdims=True)
    present = np.isfinite(readers).sum(axis=0)
    seen = present > 0
    fixed = (present[seen] * np.nanmean(left[:, seen], axis=0) ** 2).sum()
    squares, degrees = np.nansum(left**2), int((counts - 1).sum())
    shared = max(degrees - (seen.sum() - 1), 1)
    noise = max(squares - fixed, 1e-12 * squares) / shared
    return above, _degrees(degrees, max(0.0, fixed - (seen.sum() - 1) * noise), noise)


def _ratio_interval(
    ratio: float, whole: float, degrees: tuple[float, float], confidence: float
) -> tuple[float, float]:
    """Of A / B = `whole`: (mean of D^2) / B = `ratio`, which is F, and a part that is known."""
    above, below = degrees
    rest, tail = whole - ratio, 0.5 + confidence / 2
    return (
        float(ratio / stats.f.ppf(tail, above, below) + rest),
        float(ratio * stats.f.ppf(tail, below, above) + rest),
    )


def _degrees(n: int, fixed: float, variance: float) -> float:
    """Of a sum of n squares, chi-squared but for a fixed part (Patnaik 1949)."""
    if variance <= 0:
        return 1e9
    share = fixed / (n * variance)
    return n * (1 + share) ** 2 / (1 + 2 * share)
