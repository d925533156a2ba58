"""Errors against a reference, such as the known strain of simulated patients.

error = rater - reference. Bias and SD (ddof = 1) come from `bland_altman`; here are the errors'
sizes, and all of them for each rater and segment.
"""

import numpy as np

from echogls.agreement.rows import (
    FEW,
    MIN_PAIRS,
    Row,
    not_computed,
    paired_values,
    statistic,
    t_interval,
    z_quantile,
)

NAMES = ("mae", "rmse")


def error_sizes(
    reference: np.ndarray, values: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """Mean absolute error and root mean square error.

    mae = mean |e|, t interval, not under 0; rmse = sqrt(mean e^2), so rmse^2 = bias^2 +
    (n-1)/n sd^2; interval by the delta method on the logarithm. Unit: the values' own.

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
    if mse == 0:
        return [*rows, statistic("rmse", 0.0, n, "no interval: no errors")]
    reach = np.exp(z_quantile(confidence) * squares.std(ddof=1) / (np.sqrt(n) * mse) / 2)
    root = np.sqrt(mse)
    ends = (root / reach, root * reach)
    return [*rows, statistic("rmse", root, n, "delta method on the logarithm", ends)]
