"""Limits of agreement of several readers with their mean.

Jones, Dobson & O'Brian 2011, Int J Epidemiol 40:1308, as Christensen, Borgbjerg, Boerty &
Boegsted 2020, BMC Med Res Methodol 20:304 estimate them.
"""

import numpy as np

from echogls.agreement.bland_altman import MULTIPLIER
from echogls.agreement.reliability import mean_squares
from echogls.agreement.rows import (
    MIN_PAIRS,
    Row,
    check_fraction,
    check_positive,
    constant,
    not_computed,
    rating_table,
    statistic,
    variance_sum_interval,
)


def limits_with_mean(
    ratings: np.ndarray, *, multiplier: float = MULTIPLIER, confidence: float = 0.95
) -> list[Row]:
    """How far one reader's reading lies from the mean of all readers of that patient.

    Row limits_with_mean: bias is zero, the limits are -/+ z sqrt((SSB + SSE) / (a b)), with the
    sums of squares between b readers and of the error, a patients: z sqrt((1 - 1/b) (variance of
    readers + of the error)). Interval: MOVER over MSB / a and (1 - 1/a) MSE. Unit: the values'
    own.

    When and how: of three readers or more, where pairs would be many: one number for how far any
    of them may lie off. Between two readers it is half the distance that limits of agreement
    tell.

    Parameters
    ----------
    ratings : (patients, raters); a patient with a missing rating is left out.

    Example
    -------
    >>> row = limits_with_mean(np.array([[1.0, 2.0], [3.0, 5.0], [6.0, 6.0]]))[0]
    >>> round(row["estimate"], 3)  # 1.96 sqrt((1 + 4 + 0) / 2 / 6)
    1.265
    """
    check_fraction("confidence", confidence)
    check_positive("multiplier", multiplier)
    ratings = rating_table(ratings)
    a = len(ratings)
    if a < MIN_PAIRS or ratings.shape[1] < 2:
        why = f"fewer than {MIN_PAIRS} patients" if a < MIN_PAIRS else "one rater only"
        return not_computed(["limits_with_mean"], a, why)
    if constant(ratings - ratings.mean(axis=1, keepdims=True), ratings):
        return [statistic("limits_with_mean", 0.0, a, "no interval: the raters agree exactly")]
    ms = mean_squares(ratings)
    parts = np.array([ms.raters / a, (1 - 1 / a) * ms.error])
    degrees = np.array([ms.k - 1, (a - 1) * (ms.k - 1)])
    share = 1 - 1 / ms.k
    ends = np.sqrt(share * np.array(variance_sum_interval(parts, degrees, confidence)))
    value = np.sqrt(share * parts.sum())
    how = f"{ms.k} raters, MOVER (Christensen 2020)"
    return [
        statistic(
            "limits_with_mean", multiplier * value, a, how, tuple(multiplier * end for end in ends)
        )
    ]
