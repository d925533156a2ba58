"""How one rater's values follow another's: correlation and Deming's line.

Neither says that raters agree: raters that differ by ten points correlate perfectly.
`passing_bablok` holds the line by ranks.
"""

import numpy as np
from scipy import stats

from echogls.agreement.rows import (
    FEW,
    MIN_PAIRS,
    UNVARIED,
    Row,
    check_fraction,
    check_ratio,
    constant,
    not_computed,
    paired_values,
    rounded,
    statistic,
    t_interval,
    z_quantile,
)

DEMING_NAMES = ("deming_slope", "deming_intercept")


def pearson(first: np.ndarray, second: np.ndarray, *, confidence: float = 0.95) -> list[Row]:
    """Pearson's r with Fisher's interval.

    tanh(atanh(r) -/+ z / sqrt(n - 3)) (Fisher 1921); no interval for n = 3 or |r| = 1.

    Example
    -------
    >>> round(pearson([1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 4.0])[0]["estimate"], 3)
    0.8
    """
    first, second = paired_values(first, second)
    reason = _unusable(first, second)
    if reason:
        return not_computed(["pearson_r"], len(first), reason)
    r = float(np.clip(np.corrcoef(first, second)[0, 1], -1, 1))
    return [
        _correlation(
            "pearson_r", r, len(first), factor=1.0, confidence=confidence, method="Fisher z"
        )
    ]


def spearman(first: np.ndarray, second: np.ndarray, *, confidence: float = 0.95) -> list[Row]:
    """Spearman's rank correlation with Bonett and Wright's interval.

    tanh(atanh(r) -/+ z sqrt((1 + r^2 / 2) / (n - 3))) (Bonett & Wright 2000, Psychometrika
    65:23); ties have their mean rank.

    Example
    -------
    >>> round(spearman([1.0, 2.0, 3.0, 4.0], [1.0, 30.0, 2.0, 40.0])[0]["estimate"], 3)
    0.8
    """
    first, second = paired_values(first, second)
    reason = _unusable(first, second)
    if reason:
        return not_computed(["spearman_r"], len(first), reason)
    r = float(np.clip(stats.spearmanr(rounded(first), rounded(second)).statistic, -1, 1))
    method = "Fisher z (Bonett & Wright 2000)"
    return [
        _correlation(
            "spearman_r", r, len(first), factor=1 + r**2 / 2, confidence=confidence, method=method
        )
    ]


def deming(
    first: np.ndarray,
    second: np.ndarray,
    *,
    variance_ratio: float = 1.0,
    confidence: float = 0.95,
) -> list[Row]:
    """Deming's line second = intercept + slope first, both raters having errors.

    With L the variance of the second's errors over the first's, and S the sums of squares:
    slope = (Syy - L Sxx + sqrt((Syy - L Sxx)^2 + 4 L Sxy^2)) / (2 Sxy), intercept = mean(y) -
    slope mean(x). Jackknife standard errors, t with n - 2 degrees (Linnet 1990, Stat Med
    9:1463; 1993, Clin Chem 39:424). L = 1 is orthogonal regression; for a first rater without
    error, L infinite, the line is that of least squares, t intervals with n - 2 degrees.

    When and how: a slope whose interval leaves out 1 is a method that stretches or shrinks, an
    intercept that leaves out 0 a constant shift. The slope hangs on L: of the mean of k readers
    L is k times that of one.

    Parameters
    ----------
    variance_ratio : L. NCSS and some others state its inverse.

    Example
    -------
    >>> rows = deming([1.0, 2.0, 3.0, 4.0], [2.1, 3.9, 6.2, 7.9])
    >>> round(rows[0]["estimate"], 3)
    1.975
    """
    check_fraction("confidence", confidence)
    check_ratio(variance_ratio)
    first, second = paired_values(first, second)
    n = len(first)
    reason = _unusable(first, second)
    if reason:
        return not_computed(DEMING_NAMES, n, reason)
    if np.isinf(variance_ratio):
        return _least_squares(first, second, confidence)
    x, y = first - first.mean(), second - second.mean()
    sums = np.array([(x**2).sum(), (y**2).sum(), (x * y).sum()])
    if _uncorrelated(*sums, sums):
        return not_computed(DEMING_NAMES, n, "the raters' values are uncorrelated")
    slope = float(_deming_slope(*sums, variance_ratio))
    # Without pair i, centred sums lose n / (n - 1) times that pair's product, and means move.
    left = sums[:, None] - n / (n - 1) * np.stack([x**2, y**2, x * y])
    if _uncorrelated(*left, sums).any():
        return not_computed(DEMING_NAMES, n, "one pair makes the line")
    slopes = _deming_slope(*left, variance_ratio)
    intercepts = (second.mean() - y / (n - 1)) - slopes * (first.mean() - x / (n - 1))
    intercept = second.mean() - slope * first.mean()
    rows = []
    how = f"Deming, ratio {variance_ratio:.3g}, jackknife (Linnet 1990)"
    for name, value, without in zip(
        DEMING_NAMES, (slope, intercept), (slopes, intercepts), strict=True
    ):
        error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
        interval = t_interval(value, error, n - 2, confidence)
        rows.append(statistic(name, value, n, how, interval))
    return rows


def _least_squares(first: np.ndarray, second: np.ndarray, confidence: float) -> list[Row]:
    """The line of a rater on a reference without error."""
    n, line = len(first), stats.linregress(first, second)
    how = "least squares on the reference, which has no error, t"
    return [
        statistic(name, value, n, how, t_interval(value, error, n - 2, confidence))
        for name, value, error in zip(
            DEMING_NAMES,
            (line.slope, line.intercept),
            (line.stderr, line.intercept_stderr),
            strict=True,
        )
    ]


def _uncorrelated(
    sxx: np.ndarray, syy: np.ndarray, sxy: np.ndarray, whole: np.ndarray
) -> np.ndarray:
    """Whether no slope is told but by the rounding of sums that are `whole` for all pairs."""
    return (np.abs(sxy) <= 1e-9 * np.sqrt(whole[0] * whole[1])) | (
        np.minimum(sxx / whole[0], syy / whole[1]) <= 1e-9
    )


def _deming_slope(sxx: np.ndarray, syy: np.ndarray, sxy: np.ndarray, ratio: float) -> np.ndarray:
    excess = syy - ratio * sxx
    return (excess + np.sqrt(excess**2 + 4 * ratio * sxy**2)) / (2 * sxy)


def _correlation(
    name: str, r: float, n: int, *, factor: float, confidence: float, method: str
) -> Row:
    if n <= MIN_PAIRS or abs(r) > 1 - 1e-12:
        return statistic(name, r, n, f"{method}; no interval for n = 3 or |r| = 1")
    centre, reach = np.arctanh(r), z_quantile(confidence) * np.sqrt(factor / (n - 3))
    return statistic(name, r, n, method, tuple(np.tanh([centre - reach, centre + reach])))


def _unusable(first: np.ndarray, second: np.ndarray) -> str | None:
    if len(first) < MIN_PAIRS:
        return FEW
    return UNVARIED if constant(first) or constant(second) else None
