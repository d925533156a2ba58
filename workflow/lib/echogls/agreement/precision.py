"""How precisely n patients tell the limits of agreement, and how many patients a wish needs.

Widths are in the unit of the SD of the differences (ddof = 1) that the study expects.
"""

import numpy as np
from scipy import stats

from echogls.agreement.bland_altman import (
    MULTIPLIER,
    exact_limit_factors,
    limits_from_moments,
)
from echogls.agreement.rows import (
    FEW,
    MIN_PAIRS,
    Row,
    check_fraction,
    check_positive,
    constant,
    not_computed,
    paired_values,
    statistic,
)
from echogls.study import StudyError

# Beyond this many patients the question is not about precision any more.
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

    low, high = MIN_PAIRS, MIN_PAIRS
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST_PATIENTS:
            raise StudyError(
                f"precision: a width of {width:g} at SD {sd:g} needs more than "
                f"{MOST_PATIENTS} patients; allow a wider one"
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
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """How wide the interval of a limit is at this n, and how many patients would make it
    `width` wide (full width, the values' unit), at the SD that was found.

    Intervals: both at the ends of the SD's chi-squared interval. Without `width` the second
    row is not computed.

    Example
    -------
    >>> rows = precision_rows([0, 0, 0, 0.0], [-1, 1, -1, 1.0], width=1.0)
    >>> [row["statistic"] for row in rows]
    ['loa_interval_width', 'patients_for_width']
    """
    names = ("loa_interval_width", "patients_for_width")
    first, second = paired_values(first, second)
    n, differences = len(first), second - first
    if n < MIN_PAIRS:
        return not_computed(names, n, FEW)
    if constant(differences, np.r_[first, second]):
        return not_computed(names, n, "all differences are equal")
    found = limits_from_moments(0.0, float(differences.std(ddof=1)), n, confidence=confidence)[1]
    sds = [found[key] for key in ("estimate", "ci_low", "ci_high")]
    options = {"multiplier": multiplier, "confidence": confidence}
    method = f"exact interval of a limit (Carkeet 2015), SD {sds[0]:.6g}"
    widths = [limit_interval_width(n, sd, **options) for sd in sds]
    rows = [statistic(names[0], widths[0], n, method, tuple(widths[1:]))]
    if width is None:
        return rows + not_computed(names[1:], n, "no wanted width (agreement.limit_width)")
    needed: list[int | None] = []
    for sd in sds:
        try:
            needed.append(patients_for_width(width, sd, **options))
        except StudyError as error:
            if not needed:
                return rows + not_computed(names[1:], n, str(error))
            needed.append(None)
    method = f"width {width:g}, {method}"
    return [*rows, statistic(names[1], needed[0], n, method, tuple(needed[1:]))]
