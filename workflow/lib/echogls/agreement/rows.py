"""A statistic as a row, and the rules for input that every statistic shares.

Missing values: a pair or a patient with one is left out, and n counts what is left. Fewer than
MIN_PAIRS are not analysed. An infinite value is refused.
"""

import math
from collections.abc import Iterable

import numpy as np
from scipy import stats

from echogls.study import StudyError

Row = dict[str, object]

ROW_COLUMNS = ("statistic", "estimate", "ci_low", "ci_high", "n", "method")
MIN_PAIRS = 3  # two leave an SD one degree of freedom; by judgement
FEW = f"fewer than {MIN_PAIRS} pairs"
EQUAL = "all differences are equal"
UNVARIED = "a rater's values do not vary"
NO_REASON_PREFIX = "not computed: "


def statistic(
    name: str,
    estimate: float,
    n: int,
    method: str,
    interval: tuple[float | None, float | None] = (None, None),
) -> Row:
    """One computed statistic; an estimate that is no finite number becomes `not_computed`."""
    value = _finite(estimate)
    if value is None:
        return not_computed([name], n, "the result is not a finite number")[0]
    low, high = (_finite(end) for end in interval)
    return dict(zip(ROW_COLUMNS, (name, value, low, high, int(n), method), strict=True))


def not_computed(names: Iterable[str], n: int, reason: str) -> list[Row]:
    """Rows without an estimate; `method` says why."""
    method = NO_REASON_PREFIX + reason
    return [
        dict(zip(ROW_COLUMNS, (name, None, None, None, int(n), method), strict=True))
        for name in names
    ]


def paired_values(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two raters' values (N,) of the same patients, pairs with a missing value left out.

    Raises
    ------
    StudyError : values that are no numbers, infinite ones, or arrays of different lengths.
    """
    first, second = _numbers(first), _numbers(second)
    if first.ndim != 1 or first.shape != second.shape:
        raise StudyError(
            f"agreement: values {first.shape} and {second.shape}; expected two lists of equal "
            "length, one value a patient"
        )
    complete = ~(np.isnan(first) | np.isnan(second))
    return first[complete], second[complete]


def paired_differences(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, str]:
    """second - first (N,) of pairs without a missing value; and why they have no spread to speak
    of, FEW or EQUAL, or ""."""
    first, second = paired_values(first, second)
    differences = second - first
    if len(differences) < MIN_PAIRS:
        return differences, FEW
    return differences, EQUAL if constant(differences, np.r_[first, second]) else ""


def rating_table(ratings: np.ndarray) -> np.ndarray:
    """Ratings (patients, raters), patients with a missing rating left out.

    Raises
    ------
    StudyError : not a table of numbers, or an infinite value.
    """
    ratings = _numbers(ratings)
    if ratings.ndim != 2:
        raise StudyError(f"agreement: ratings {ratings.shape}; expected (patients, raters)")
    return ratings[~np.isnan(ratings).any(axis=1)]


def constant(values: np.ndarray, scale: np.ndarray | None = None) -> bool:
    """Whether values are all equal but for rounding, against the size of `scale` or themselves.

    So are values that are too near to each other to be squared.
    """
    values = np.asarray(values, float)
    size = np.abs(values if scale is None else np.asarray(scale, float)).max(initial=0.0)
    return bool(np.ptp(values) <= max(1e-12 * size, 1e-140)) if values.size else True


def rounded(values: np.ndarray) -> np.ndarray:
    """Values to nine digits of the largest: differences of decimal readings that are equal on
    paper differ in binary, which would break ties wherever ranks are taken.

    Example
    -------
    >>> len(set(rounded(np.array([-17.9, -18.3]) - np.array([-17.8, -18.2]))))
    1
    """
    values = np.asarray(values, float)
    size = np.abs(values).max(initial=0.0)
    if not 1e-290 < size < 1e290:
        return values
    scale = 10.0 ** (8 - math.floor(math.log10(size)))
    return np.round(values * scale) / scale


def decimal_differences(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """second - first without the noise of binary numbers, equal ones exactly equal: differences
    under 1e-9 of the largest reading are zero."""
    size = max(np.abs(first).max(initial=0.0), np.abs(second).max(initial=0.0))
    return rounded(np.append(np.asarray(second, float) - first, size))[:-1]


def level(first: np.ndarray, second: np.ndarray, variance_ratio: float = 1.0) -> np.ndarray:
    """The size of what both raters measured, (N,): the mean weighted by (ratio, 1).

    With variance_ratio the error variance of the second over that of the first, the difference
    has no error in common with it; with any other weights, errors alone make a slope. It is the
    plain mean for 1 (Bland & Altman 1995, Lancet 346:1085), and the first for a reference
    without error, ratio infinity (Krouwer 2008, Stat Med 27:778).
    """
    if np.isinf(variance_ratio):
        return np.asarray(first, float)
    return (variance_ratio * np.asarray(first, float) + second) / (variance_ratio + 1)


def level_name(variance_ratio: float) -> str:
    """What `level` is, for the column `method`."""
    if np.isinf(variance_ratio):
        return "on the reference, which has no error"
    if variance_ratio == 1:
        return "on the mean"
    return f"on the mean weighted {variance_ratio:.3g} : 1"


def check_ratio(value: float) -> None:
    """Refuse an error variance ratio that is not above 0; infinity is a reference without error."""
    if not value > 0:
        raise StudyError(f"agreement: variance_ratio {value}; expected a number above 0")


def t_interval(
    estimate: float, standard_error: float, degrees: float, confidence: float
) -> tuple[float, float]:
    """estimate -/+ t(degrees) standard_error."""
    reach = stats.t.ppf(0.5 + confidence / 2, degrees) * standard_error
    return estimate - reach, estimate + reach


def variance_sum_interval(
    parts: np.ndarray, degrees: np.ndarray, confidence: float
) -> tuple[float, float]:
    """Interval of a sum of independent variances from those of its parts (MOVER, Zou 2013, Stat
    Methods Med Res 22:630).

    Parameters
    ----------
    parts : (K,) estimates, each a mean square times a positive number.
    degrees : (K,) their degrees of freedom.

    Example
    -------
    One part alone has its chi-squared interval:
    >>> [round(end, 3) for end in variance_sum_interval(np.array([4.0]), np.array([9]), 0.95)]
    [1.892, 13.331]
    """
    less, more = (
        degrees / stats.chi2.ppf(tail, degrees)
        for tail in (0.5 + confidence / 2, 0.5 - confidence / 2)
    )
    total = parts.sum()
    low = max(0.0, total - np.sqrt(((parts * (1 - less)) ** 2).sum()))
    return float(low), float(total + np.sqrt(((parts * (more - 1)) ** 2).sum()))


def z_quantile(confidence: float) -> float:
    """The normal quantile of a two-sided interval: 1.96 for 0.95."""
    check_fraction("confidence", confidence)
    return float(stats.norm.ppf(0.5 + confidence / 2))


def check_fraction(name: str, value: float) -> None:
    """Refuse what does not lie strictly between 0 and 1."""
    if not 0 < value < 1:
        raise StudyError(f"agreement: {name} {value}; expected a number between 0 and 1")


def check_positive(name: str, value: float) -> None:
    """Refuse what is not a finite number above zero."""
    if not (math.isfinite(value) and value > 0):
        raise StudyError(f"agreement: {name} {value}; expected a number above 0")


def _numbers(values: np.ndarray) -> np.ndarray:
    try:
        values = np.asarray(values, float)
    except (TypeError, ValueError) as error:
        raise StudyError(f"agreement: values that are no numbers ({error})") from error
    if np.isinf(values).any():
        where = np.argwhere(np.isinf(values))[0].tolist()
        raise StudyError(f"agreement: an infinite value at {where}; mend or empty it")
    return values


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
