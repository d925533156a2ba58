"""Passing and Bablok's line: the shifted median of the slopes between all pairs of patients.

Passing & Bablok 1983, J Clin Chem Clin Biochem 21:709. Up to ENUMERATED patients all slopes are
listed; above, the wanted ones are found by counting slopes under a trial slope, which takes
n log n steps instead of n^2, with the same result.
"""

import bisect
from collections.abc import Callable

import numpy as np

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
    z_quantile,
)

NAMES = ("passing_bablok_slope", "passing_bablok_intercept")
ENUMERATED = 1500  # patients, a million slopes in 9 MB; by judgement
# Slopes this near to -1 are -1: decimal readings are not exact in binary.
ROUNDING = 1e-9
SlopeAt = Callable[[int], float]


def passing_bablok(
    first: np.ndarray, second: np.ndarray, *, variance_ratio: float = 1.0, confidence: float = 0.95
) -> list[Row]:
    """The line second = intercept + slope first that does not depend on who is first.

    S: the N slopes (yi - yj) / (xi - xj) of all pairs of patients, sorted; equal patients and
    slopes of -1 left out, vertical ones +infinite (the raters measure the same thing).
    K = the number of slopes under -1. slope = median of S moved up by K places; intercept =
    median(y - slope x). Interval: places M1 + K and N - M1 + 1 + K,
    M1 = round((N - C) / 2), C = z sqrt(n (n-1) (2n+5) / 18).

    It takes both raters to err alike. Against a first rater without error, where that bends the
    line, no slope is left out and K is 0: the line of Theil (1950) and Sen (1968, J Am Stat
    Assoc 63:1379), with the same places.

    When and how: as `regression.deming`, where a few patients lie far off, which move it little.

    Parameters
    ----------
    first, second : (N,), the raters' values, patient by patient.
    variance_ratio : error variance of the second over that of the first, infinite where the
        first has no error; for any other than 1 the row says that the line takes it for 1.

    Returns
    -------
    rows NAMES, slope without unit, intercept in the values' unit; an end of an interval that
    would lie beyond the first or last slope is empty.

    Example
    -------
    >>> rows = passing_bablok([1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 3.0, 5.0])
    >>> round(rows[0]["estimate"], 4)  # slopes 0 1 1 4/3 2 2: the median of them
    1.1667
    """
    check_fraction("confidence", confidence)
    check_ratio(variance_ratio)
    x, y = (rounded(values) for values in paired_values(first, second))
    n, x_exact = len(x), bool(np.isinf(variance_ratio))
    if n < MIN_PAIRS:
        return not_computed(NAMES, n, FEW)
    if constant(x) or constant(y):
        return not_computed(NAMES, n, UNVARIED)
    list_or_count = _listed if n <= ENUMERATED else _counted
    total, shift, slope_at = list_or_count(x, y, x_exact)
    half = total // 2 + shift
    places = [half + 1] if total % 2 else [half, half + 1]
    if places[-1] > total:
        return not_computed(NAMES, n, "the raters' values run against each other")
    slope = float(np.mean([slope_at(place) for place in places]))
    if not np.isfinite(slope):
        return not_computed(NAMES, n, "most slopes are vertical")
    reach = z_quantile(confidence) * np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    outer = int(np.floor((total - reach) / 2 + 0.5))
    low, high = (
        slope_at(place) if 1 <= place <= total else np.nan
        for place in (outer + shift, total - outer + 1 + shift)
    )
    intercept, *ends = (
        float(np.median(y - b * x)) if np.isfinite(b) else np.nan for b in (slope, high, low)
    )
    if np.median(x) < 0:
        ends = ends[::-1]  # of negative readings the steeper line has the higher intercept
    if np.isfinite(ends).all():
        ends = sorted(ends)
    method = "Passing & Bablok 1983"
    if x_exact:
        method = "Theil & Sen (1968) on the reference, which has no error"
    elif variance_ratio != 1:
        method += f", as if both erred alike; the error variances' ratio is {variance_ratio:.3g}"
    return [
        statistic(NAMES[0], slope, n, method, (low, high)),
        statistic(NAMES[1], intercept, n, method, tuple(ends)),
    ]


def _listed(x: np.ndarray, y: np.ndarray, x_exact: bool = False) -> tuple[int, int, SlopeAt]:
    """Number of slopes, shift K, and the slope at a place (from 1), from the whole list; of a
    `known` x all slopes but the vertical ones, unshifted."""
    i, j = np.triu_indices(len(x), 1)
    run, rise = x[j] - x[i], y[j] - y[i]
    if x_exact:
        slopes = np.sort(rise[run != 0] / run[run != 0])
        return len(slopes), 0, lambda place: float(slopes[place - 1])
    different = (run != 0) | (rise != 0)
    run, rise = run[different], rise[different]
    slopes = np.divide(rise, run, out=np.full(len(run), np.inf), where=run != 0)
    slopes = np.sort(slopes[np.abs(slopes + 1) > ROUNDING])
    return len(slopes), int((slopes < -1).sum()), lambda place: float(slopes[place - 1])


def _counted(x: np.ndarray, y: np.ndarray, x_exact: bool = False) -> tuple[int, int, SlopeAt]:
    """The same without the list: count slopes up to a trial slope, list the few that remain."""
    n = len(x)
    _, ties = np.unique(x, return_counts=True)
    _, twins = np.unique(np.stack([x, y], axis=1), axis=0, return_counts=True)
    twins = int((twins * (twins - 1) // 2).sum())
    vertical = int((ties * (ties - 1) // 2).sum()) - twins
    finite = n * (n - 1) // 2 - twins - vertical
    rising = np.lexsort((y, x))
    if x_exact:
        shift, dropped, vertical, lowest = 0, 0, 0, -np.pi / 2 + 1e-12
    else:
        shift, up_to = (
            _inversions(_places(_order(x, y, -1 + side), rising)) for side in (-ROUNDING, ROUNDING)
        )
        dropped, lowest = up_to - shift, np.arctan(-1 + ROUNDING)
    total = finite + vertical - dropped
    # Trials so far: angles, so that steep slopes are reached, and slopes counted up to them.
    angles = [lowest, np.pi / 2 - 1e-12]
    counts = [shift, total - vertical]

    def slope_at(place: int) -> float:
        if place > total - vertical:
            return np.inf
        if place <= shift:
            return -np.inf  # not needed: the interval's ends lie above K
        # Trials that stand for this place: the last one under it, the first one not under it.
        at = bisect.bisect_left(counts, place)
        (low, under), (high, over) = ((angles[k], counts[k]) for k in (at - 1, at))
        step = 0
        while over - under > n and high - low > 1e-11:
            # Counts rise smoothly, but for readings on a grid: then halving is what helps.
            share = (
                0.5
                if step % 3 == 2 or step > 8
                else np.clip((place - under) / (over - under), 0.03, 0.97)
            )
            middle, step = low + share * (high - low), step + 1
            count = _inversions(_places(_order(x, y, np.tan(middle)), rising)) - dropped
            at = bisect.bisect_left(angles, middle)
            angles.insert(at, middle)
            counts.insert(at, count)
            if count >= place:
                high, over = middle, count
            else:
                low, under = middle, count
        before, after = _order(x, y, np.tan(low)), _order(x, y, np.tan(high))
        slopes = _crossings(x, y, before, after, everything=over - under <= n)
        if over - under > n:  # readings on a grid: all of them share one slope
            return float(np.median(slopes))
        return float(np.sort(slopes)[np.clip(place - under - 1, 0, len(slopes) - 1)])

    return total, shift, slope_at


def _order(x: np.ndarray, y: np.ndarray, b: float) -> np.ndarray:
    """Patients by their height y - b x over a line of slope b, from the lowest.

    A pair stands against its order of x exactly where its slope is b or under; pairs of equal x
    stand in the order of y.
    """
    return np.lexsort((y, -x, y - b * x))


def _places(order: np.ndarray, rising: np.ndarray) -> np.ndarray:
    """Place in `order` of each patient, patients as in `rising`."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place[rising]


def _inversions(places: np.ndarray) -> int:
    """Pairs i < j of a permutation with places[i] > places[j], bit by bit from the top.

    Values that share the higher bits stand together in their old order; the pairs that this bit
    decides are a one before a zero.
    """
    values, count = places, 0
    index = np.arange(len(values))
    for bit in range((len(values) - 1).bit_length() - 1, -1, -1):
        # A permutation's group of equal higher bits starts at its smallest value.
        start = (values >> (bit + 1)) << (bit + 1)
        one = ((values >> bit) & 1).astype(bool)
        ones = np.cumsum(one) - one
        ones -= ones[start]  # ones of the same group before this place
        count += int(ones[~one].sum())
        target = np.where(one, start + (1 << bit) + ones, index - ones)
        moved = np.empty_like(values)
        moved[target] = values
        values = moved
    return count


def _crossings(
    x: np.ndarray, y: np.ndarray, before: np.ndarray, after: np.ndarray, *, everything: bool
) -> np.ndarray:
    """Slopes of the pairs that change places from one order to the other.

    Swapping neighbours until the order is reached, each such pair is swapped once; unless
    everything, only the first neighbours.
    """
    order, goal = before.copy(), np.empty(len(before), np.int64)
    goal[after] = np.arange(len(after))
    slopes: list[np.ndarray] = []
    quiet, side = 0, 0
    while quiet < 2 and (everything or not slopes):
        left = np.arange(side, len(order) - 1, 2)
        left = left[goal[order[left]] > goal[order[left + 1]]]
        quiet, side = 0 if len(left) else quiet + 1, 1 - side
        if len(left):
            i, j = order[left], order[left + 1]
            order[left], order[left + 1] = j, i
            slopes.append((y[j] - y[i]) / (x[j] - x[i]))
    return np.concatenate(slopes)
