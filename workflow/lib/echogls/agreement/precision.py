"""How precisely n patients tell the limits of agreement, and how many patients a wish needs.

Widths are in the unit of the SD of the differences (ddof = 1) that the study expects.
"""

from collections.abc import Callable

import numpy as np
from scipy import stats

from echogls.agreement.bland_altman import (
    MULTIPLIER,
    exact_limit_factors,
    limits_from_moments,
)
from echogls.agreement.rows import (
    MIN_PAIRS,
    Row,
    check_fraction,
    check_positive,
    not_computed,
    paired_differences,
    statistic,
)
from echogls.study import StudyError

PRECISION_NAMES = (
    *("loa_interval_width", "patients_for_width", "patients_for_assured_width"),
    "patients_for_power",
)
# Beyond this many patients the question is not about precision any more; by judgement.
MOST_PATIENTS = 1_000_000


def limit_interval_width(
    n: int,
    sd: float,
    *,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
    exact: bool = True,
) -> float:
    """Full width of the interval of one limit of agreement at n patients.

    Exact: sd (t'(hi) - t'(lo)) / sqrt(n) (Carkeet 2015); else 2 t sd sqrt(1/n + z^2 / (2(n-1)))
    (Bland & Altman 1999, 2.2).

    Example
    -------
    >>> round(limit_interval_width(21, 1.6, exact=False) / 2, 2)
    1.27
    """
    check_positive("sd", sd)
    check_fraction("confidence", confidence)
    if n < MIN_PAIRS:
        raise StudyError(f"precision: {n} patients; expected at least {MIN_PAIRS}")
    if exact:
        outer, inner = exact_limit_factors(n, multiplier=multiplier, confidence=confidence)
        return sd * (outer - inner)
    error = sd * np.sqrt(1 / n + multiplier**2 / (2 * (n - 1)))
    return float(2 * stats.t.ppf(0.5 + confidence / 2, n - 1) * error)


def patients_for_width(
    width: float,
    sd: float,
    *,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
    exact: bool = True,
) -> int:
    """The fewest patients whose limits have intervals no wider than `width` (full width).

    Found by bisection on `limit_interval_width`, which falls with n.

    Raises
    ------
    StudyError : more than MOST_PATIENTS would be needed.

    Example
    -------
    Limits known to +/- 0.5 points where SD is 1.6:
    >>> patients_for_width(1.0, 1.6, exact=False)
    118
    """
    check_positive("width", width)
    options = {"multiplier": multiplier, "confidence": confidence, "exact": exact}

    def enough(n: int) -> bool:
        return limit_interval_width(n, sd, **options) <= width

    return _fewest(enough, f"a width of {width:g} at SD {sd:g}", "allow a wider one")


def patients_for_assured_width(
    width: float,
    sd: float,
    *,
    assurance: float = 0.8,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> int:
    """The fewest patients whose limits' interval is no wider than `width` with a probability.

    The SD that a study finds is chance: its quantile sd sqrt(chi2(n-1) / (n-1)) at `assurance`
    stands for it (Jan & Shieh 2018, Comput Biol Med 100:247, for limits by exact intervals).

    Example
    -------
    >>> patients_for_assured_width(1.0, 1.6), patients_for_width(1.0, 1.6)
    (131, 119)
    """
    check_fraction("assurance", assurance)
    check_positive("width", width)
    options = {"multiplier": multiplier, "confidence": confidence}

    def enough(n: int) -> bool:
        share = np.sqrt(stats.chi2.ppf(assurance, n - 1) / (n - 1))
        return limit_interval_width(n, sd * share, **options) <= width

    return _fewest(enough, f"a width of {width:g} at SD {sd:g}")


def limits_power(
    n: int,
    bias: float,
    sd: float,
    *,
    margin: float,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> float:
    """Chance that the intervals of both limits lie within a margin of zero.

    1 - b1 - b2, b = P(t'(n-1, (margin -/+ bias - z sd) / e) < t(n-1)), e = sd sqrt(1/n + z^2 /
    (2 (n-1))): Lu et al. 2016, Int J Biostat 12(2), for limits by approximate intervals.

    Example
    -------
    >>> round(limits_power(145, 0.0, 3.3, margin=8.0), 2)
    0.8
    """
    check_positive("sd", sd)
    check_positive("margin", margin)
    check_fraction("confidence", confidence)
    error = np.sqrt(1 / n + multiplier**2 / (2 * (n - 1)))
    room = ((margin + np.array([bias, -bias])) / sd - multiplier) / error
    missed = stats.nct.cdf(stats.t.ppf(0.5 + confidence / 2, n - 1), n - 1, room)
    return float(np.clip(1 - missed.sum(), 0, 1))


def patients_for_power(
    bias: float,
    sd: float,
    *,
    margin: float,
    power: float = 0.8,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> int:
    """The fewest patients of `limits_power`.

    Raises
    ------
    StudyError : the true limits lie outside the margin, so that no number would do.

    Example
    -------
    >>> patients_for_power(0.0, 3.3, margin=8.0)
    145
    """
    check_fraction("power", power)
    if abs(bias) + multiplier * sd >= margin:
        raise StudyError(
            f"precision: limits at {abs(bias) + multiplier * sd:.3g} do not lie within {margin:g}; "
            "no number of patients shows that they do"
        )
    options = {"margin": margin, "multiplier": multiplier, "confidence": confidence}
    return _fewest(
        lambda n: limits_power(n, bias, sd, **options) >= power,
        f"limits within {margin:g} at bias {bias:g} and SD {sd:g}",
    )


def patients_for_icc(icc: float, raters: int, width: float, *, confidence: float = 0.95) -> int:
    """How many patients tell an intraclass correlation to a wanted width of its interval.

    8 z^2 (1 - icc)^2 (1 + (k-1) icc)^2 / (k (k-1) width^2) + 1, and 5 icc more for two raters
    and an icc of 0.7 or more (Bonett 2002, Stat Med 21:1331), rounded up.

    Example
    -------
    Four raters, 0.85, width 0.2 (Bonett 2002: 19.2):
    >>> patients_for_icc(0.85, 4, 0.2)
    20
    """
    check_fraction("icc", icc)
    check_positive("width", width)
    if raters < 2:
        raise StudyError(f"precision: {raters} raters; expected at least 2")
    z = stats.norm.ppf(0.5 + confidence / 2)
    spread = (1 - icc) * (1 + (raters - 1) * icc)
    n = 8 * z**2 * spread**2 / (raters * (raters - 1) * width**2) + 1
    return int(np.ceil(n + (5 * icc if raters == 2 and icc >= 0.7 else 0)))


def _fewest(enough: Callable[[int], bool], what: str, advice: str = "allow more") -> int:
    """The smallest number of patients from which on it is enough, by doubling and halving."""
    low, high = MIN_PAIRS, MIN_PAIRS
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST_PATIENTS:
            raise StudyError(
                f"precision: {what} needs more than {MOST_PATIENTS} patients; {advice}"
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def precision_rows(
    first: np.ndarray,
    second: np.ndarray,
    *,
    width: float | None,
    margin: float | None = None,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """How wide the interval of a limit is at this n, and how many patients would make it
    `width` wide (full width, the values' unit), at the SD that was found.

    Intervals: both at the ends of the SD's chi-squared interval. Without `width` the second
    row is not computed, nor patients_for_assured_width (`width` with a chance of 80 %); without
    `margin` not patients_for_power (both limits within it, with a power of 80 %, at the bias and
    SD that were found; no interval).

    When and how: to plan the next study, of these raters; the width tells what this one may
    conclude.

    Example
    -------
    >>> rows = precision_rows([0, 0, 0, 0.0], [-1, 1, -1, 1.0], width=1.0)
    >>> [row["statistic"] for row in rows]
    ['loa_interval_width', 'patients_for_width', 'patients_for_assured_width', 'patients_for_power']
    """
    names = PRECISION_NAMES
    differences, reason = paired_differences(first, second)
    n = len(differences)
    if reason:
        return not_computed(names, n, reason)
    limit = limits_from_moments(0.0, float(differences.std(ddof=1)), n, confidence=confidence)[1]
    sds = [limit[key] for key in ("estimate", "ci_low", "ci_high")]
    options = {"multiplier": multiplier, "confidence": confidence}
    method = f"exact interval of a limit (Carkeet 2015), SD {sds[0]:.6g}"
    widths = [limit_interval_width(n, sd, **options) for sd in sds]
    rows = [statistic(names[0], widths[0], n, method, tuple(widths[1:]))]
    power = _power_row(differences, margin, options)
    if width is None:
        none = not_computed(names[1:3], n, "no wanted width (agreement.limit_width)")
        return [*rows, *none, power]
    needed: list[int | None] = []
    for sd in sds:
        try:
            needed.append(patients_for_width(width, sd, **options))
        except StudyError as error:
            if not needed:
                return [*rows, *not_computed(names[1:3], n, str(error)), power]
            needed.append(None)
    method = f"width {width:g}, {method}"
    assured = patients_for_assured_width(width, sds[0], **options)
    return [
        *rows,
        statistic(names[1], needed[0], n, method, tuple(needed[1:])),
        statistic(names[2], assured, n, f"{method}, assurance 80 % (Jan & Shieh 2018)"),
        power,
    ]


def _power_row(differences: np.ndarray, margin: float | None, options: dict) -> Row:
    n, name = len(differences), PRECISION_NAMES[3]
    if margin is None:
        return not_computed([name], n, "no margin of limits (agreement.limit_margin)")[0]
    bias, sd = float(differences.mean()), float(differences.std(ddof=1))
    try:
        needed = patients_for_power(bias, sd, margin=margin, **options)
    except StudyError as error:
        return not_computed([name], n, str(error))[0]
    method = f"limits within {margin:g}, power 80 % (Lu 2016), bias {bias:.3g}, SD {sd:.3g}"
    return statistic(name, needed, n, method)
