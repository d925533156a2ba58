"""Whether replacing a reader by the method would widen the readers' disagreement.

Individual equivalence: Barnhart, Kosinski & Haber 2007, J Biopharm Stat 17:697; Obuchowski,
Subhas & Schoenhagen 2014, Acad Radiol 21:1483. The method need not agree with the readers
better than they agree with each other, only as well.
"""

import numpy as np

from echogls.agreement.rows import (
    MIN_PAIRS,
    Row,
    check_fraction,
    not_computed,
    rating_table,
    statistic,
    t_interval,
    z_quantile,
)
from echogls.study import StudyError

NAMES = ("equivalence_gamma", "equivalence_index", "disagreement_ratio")


def interchangeability(
    method: np.ndarray, readers: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """Individual equivalence of the method M and readers R.

    With A = E(M - R_j)^2 over readers and B = E(R_j - R_k)^2 over pairs of readers:
    equivalence_gamma = A - B, the values' unit squared (Obuchowski): up to 0, the method
    replaces a reader without more disagreement; t interval over patients.
    equivalence_index = (A - B) / (B / 2), no unit (Barnhart's IEC): B / 2 is the readers' own
    error variance; its upper end is compared with a bound set beforehand.
    disagreement_ratio = sqrt(A / B), no unit: 1.1 is 10 % more disagreement. Their intervals:
    delta method for a ratio of means over patients.

    Parameters
    ----------
    method : (patients,).
    readers : (patients, readers or repeats of one reader), at least two columns; a patient
        with any value missing is left out.

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
    table = rating_table(np.column_stack([method, readers]))
    method, readers = table[:, 0], table[:, 1:]
    n, k = readers.shape
    if n < MIN_PAIRS:
        return not_computed(NAMES, n, f"fewer than {MIN_PAIRS} patients")
    with_method = ((readers - method[:, None]) ** 2).mean(axis=1)
    # The mean squared difference of all pairs is twice the sample variance.
    among = 2 * readers.var(axis=1, ddof=1)
    gamma = with_method - among
    error = gamma.std(ddof=1) / np.sqrt(n)
    how = f"{k} readers, t over patients (Obuchowski 2014)"
    row = statistic(
        "equivalence_gamma",
        gamma.mean(),
        n,
        how,
        t_interval(gamma.mean(), error, n - 1, confidence),
    )
    a, b = with_method.mean(), among.mean()
    if b <= 1e-24 * (readers**2).mean():
        return [row, *not_computed(NAMES[1:], n, "the readers do not differ")]
    ratio = a / b
    spread = (with_method - ratio * among).std(ddof=1) / (np.sqrt(n) * b)
    how = f"{k} readers, delta method (Barnhart 2007)"
    if ratio == 0:
        ends = (None, None)
        index_ends = (None, None)
    else:
        reach = np.exp(z_quantile(confidence) * spread / ratio)
        ends = (ratio / reach, ratio * reach)
        index_ends = tuple(2 * (end - 1) for end in ends)
        ends = tuple(np.sqrt(end) for end in ends)
    return [
        row,
        statistic("equivalence_index", 2 * (ratio - 1), n, how, index_ends),
        statistic("disagreement_ratio", np.sqrt(ratio), n, how, ends),
    ]
