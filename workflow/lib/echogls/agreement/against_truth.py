"""Errors against a reference, such as the known strain of simulated patients.

error = rater - reference. Bias and SD (ddof = 1) come from `bland_altman`; here are the errors'
sizes, and all of them for each rater and segment.
"""

import numpy as np
from scipy import stats

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

NAMES = ("mae", "rmse")


def error_sizes(
    reference: np.ndarray, values: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """Mean absolute error and root mean square error.

    mae = mean |e|, t interval, not under 0; rmse = sqrt(mean e^2), so rmse^2 = bias^2 +
    (n-1)/n sd^2; its interval takes n rmse^2 / E for chi-squared with Satterthwaite's n (1 +
    l)^2 / (1 + 2 l) degrees, l = bias^2 / sd^2, as of a noncentral one (Patnaik 1949, Biometrika
    36:202): normal errors. Unit: the values' own.

    When and how: how far a reading lies from the reference, bias and scatter together: mae the
    usual distance, rmse one that counts few large errors more.

    Example
    -------
    >>> rows = error_sizes([-20.0, -18.0, -16.0], [-19.0, -20.0, -16.0])
    >>> [round(row["estimate"], 3) for row in rows]
    [1.0, 1.291]
    """
    reference, values = paired_values(reference, values)
    n, errors = len(reference), values - reference
    if n < MIN_PAIRS:
        return not_computed(NAMES, n, FEW)
    absolute, squares = np.abs(errors), errors**2
    mae, mse = absolute.mean(), squares.mean()
    low, high = t_interval(mae, absolute.std(ddof=1) / np.sqrt(n), n - 1, confidence)
    rows = [statistic("mae", mae, n, "mean absolute difference, t", (max(0.0, low), high))]
    if constant(errors, np.r_[reference, values]):
        return [*rows, statistic("rmse", np.sqrt(mse), n, "no interval: all errors are equal")]
    share = errors.mean() ** 2 / errors.var(ddof=1)
    degrees = n * (1 + share) ** 2 / (1 + 2 * share)
    tails = stats.chi2.ppf([0.5 + confidence / 2, 0.5 - confidence / 2], degrees)
    ends = tuple(np.sqrt(mse * degrees / tails))
    return [*rows, statistic("rmse", np.sqrt(mse), n, "chi2, Satterthwaite's degrees", ends)]
