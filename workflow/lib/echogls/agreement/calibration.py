"""Whether the random error that a method states for each patient is the error that it makes."""

import numpy as np
from scipy import stats

from echogls.agreement.rows import (
    FEW,
    MIN_PAIRS,
    Row,
    check_fraction,
    not_computed,
    paired_values,
    statistic,
)
from echogls.study import StudyError

# Percent, beside 95, of a reliability curve: its middle, 1 SD, and where tails begin; by judgement.
LEVELS = (50, 68, 80, 90, 99)
NAMES = ("error_over_stated", "scatter_over_stated", "stated_covers")
NAMES += tuple(f"stated_covers_{level}" for level in LEVELS)


def calibration(errors: np.ndarray, stated: np.ndarray, *, confidence: float = 0.95) -> list[Row]:
    """Errors against a truth beside the SD that was stated for each.

    With z = error / stated SD: error_over_stated = sqrt(mean z^2), bias and scatter together;
    scatter_over_stated = SD(z), ddof = 1; stated_covers = share of patients whose truth lies
    within 1.96 stated SDs; stated_covers_50 ... the same for the normal interval of so many
    percent, which together are the reliability curve. Intervals: chi-squared with Satterthwaite's
    degrees for the bias, as of `against_truth`'s rmse; chi-squared with n - 1; Clopper & Pearson
    (1934).

    When and how: 1, 1 and 0.95 are right. scatter_over_stated of 0.5: stated errors are twice
    those made; over 1: too sure. Where it is 1 and error_over_stated is not, a bias is left that
    no stated random error tells. To be judged on other patients than the stated errors were
    fitted on.

    Parameters
    ----------
    errors : (N,) method - truth, the measure's unit.
    stated : (N,) SDs over 0, same unit; a patient without either is left out.

    Example
    -------
    >>> rows = calibration([1.0, -1.0, 2.0, -2.0], [1.0, 1.0, 1.0, 1.0])
    >>> [round(row["estimate"], 3) for row in rows[:3]]
    [1.581, 1.826, 0.5]
    """
    check_fraction("confidence", confidence)
    errors, stated = paired_values(errors, stated)
    n = len(errors)
    if (stated <= 0).any():
        raise StudyError(f"calibration: a stated SD of {stated.min():g}; expected above 0")
    if n < MIN_PAIRS:
        return not_computed(NAMES, n, FEW)
    z = errors / stated
    scatter, size = z.std(ddof=1), np.sqrt((z**2).mean())
    if scatter == 0:
        return not_computed(NAMES, n, "all errors are equally large beside what was stated")
    share = z.mean() ** 2 / scatter**2
    tails = [0.5 + confidence / 2, 0.5 - confidence / 2]
    degrees = n * (1 + share) ** 2 / (1 + 2 * share)
    of_size = size * np.sqrt(degrees / stats.chi2.ppf(tails, degrees))
    of_scatter = scatter * np.sqrt((n - 1) / stats.chi2.ppf(tails, n - 1))

    def covered(name, level):
        reach = stats.norm.ppf(0.5 + level / 200)
        count = int((np.abs(z) < reach).sum())
        held = stats.binomtest(count, n).proportion_ci(confidence, method="exact")
        return statistic(
            name, count / n, n, f"within {reach:.2f} SD, Clopper & Pearson", tuple(held)
        )

    return [
        statistic(NAMES[0], size, n, "root mean square of z, chi2", tuple(of_size)),
        statistic(NAMES[1], scatter, n, "SD of z, chi2", tuple(of_scatter)),
        covered(NAMES[2], 95),
        *(covered(f"{NAMES[2]}_{level}", level) for level in LEVELS),
    ]
