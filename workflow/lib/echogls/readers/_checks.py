"""Units, sign and size of what readers wrote, by stated rules and never by a guess.

A value that is missing or cannot be is an excluded row. A sign or unit that is wrong
throughout is refused: only the reader's own table can say what was meant.
"""

import math
from collections.abc import Iterable, Sequence

from echogls.readers._layout import Layout
from echogls.readers._measures import PLAUSIBLE, SMALLEST_STRAIN, is_plausible
from echogls.readers._problems import Problem
from echogls.readers.long_table import Reading
from echogls.study import MEASURES, VIEW_SEGMENTS

# (unit of the measure, unit that the table states) -> what values are multiplied by.
FACTORS = {
    ("%", "1"): 100.0,
    ("%", "fraction"): 100.0,
    ("s", "ms"): 0.001,
    ("mm", "cm"): 10.0,
    ("1/min", "bpm"): 1.0,
}
STRAINS = ("gls", "peak_systolic_strain", "end_systolic_strain")
# Local strain may be positive in one segment; in so many and nowhere negative, it is the table's
# sign; by judgement, half of a view's.
SEGMENTS_FOR_SIGN = 3
# Global strain of so little, in percent, is a fraction even of one reading among others: no
# heart that is examined shortens by less; by judgement.
LARGEST_FRACTION = 0.4


def check_readings(
    readings: Sequence[Reading], *, views: Sequence[str], layout: Layout | None = None
) -> tuple[list[tuple[Reading, float | None, str]], list[tuple[int, str]], list[Problem]]:
    """What becomes of each value.

    Returns
    -------
    (reading, value in the measure's unit or None, reason or ""), one a reading
    notes : (row, text)
    problems : what must be mended
    """
    checked, notes, problems = [], [], []
    positive = layout is not None and layout.sign == "positive"
    for reading in readings:
        unit = MEASURES[reading.measure]
        stated = reading.unit.strip().lower()
        factor = 1.0 if stated in ("", unit) else FACTORS.get((unit, stated))
        if factor is None:
            accepted = [unit, *(other for base, other in FACTORS if base == unit)]
            problems.append(
                Problem(reading.row, "unit", "another unit", f"expected {' or '.join(accepted)}")
            )
            continue
        if factor != 1.0 and not (layout and layout.unit):  # which asks for it
            notes.append((reading.row, f"{stated} is converted to {unit}"))
        value = reading.value * factor
        reason = _reason(reading, value, views)
        if reason == "implausible_value":
            # The number in full could be an id that slipped a column.
            low, high = PLAUSIBLE[reading.measure]
            whole = ", a whole number" if unit in ("frame", "beat", "view") else ""
            came = -value if positive and reading.measure in STRAINS else value
            impossible = f"{reading.measure} of {came:.3g} {unit} cannot be"
            notes.append((reading.row, f"{impossible}; expected {low:g} to {high:g}{whole}"))
        checked.append((reading, None if reason else value, reason))
    problems += _sign_problems(checked, positive) + _fraction_problems(checked)
    return checked, notes, problems


def _reason(reading: Reading, value: float, views: Sequence[str]) -> str:
    """Why a value is left out, or ""."""
    if reading.view not in views:
        return "other_view"
    local = reading.segment != "global"
    if local and reading.segment not in VIEW_SEGMENTS.get(reading.view, ()):
        return "other_segment"
    if math.isnan(value):
        return "no_value"
    # With the other sign it could be: then the sign is the question, asked below.
    if not is_plausible(reading.measure, value) and not (
        reading.measure in STRAINS and value > 0 and is_plausible(reading.measure, -value)
    ):
        return "implausible_value"
    counted = MEASURES[reading.measure] in ("frame", "beat", "view")
    return "implausible_value" if counted and value != int(value) else ""


Checked = Iterable[tuple[Reading, float | None, str]]


def _sign_problems(checked: Checked, positive: bool) -> list[Problem]:
    """Global strain above 0, and a reader's segments that are all above 0."""
    expected = (
        "strain is signed: shortening is negative; write -18.5 for a shortening of 18.5 %, or "
        "`sign: positive` in the block readers"
    )
    if positive:
        expected = "`sign: positive` says that shortening is written as 18.5; this is a lengthening"
    problems = []
    local: dict[tuple[str, str], list[tuple[Reading, float]]] = {}
    for reading, value, _ in checked:
        if value is None or reading.measure not in STRAINS:
            continue
        if reading.segment != "global":
            local.setdefault((reading.rater, reading.measure), []).append((reading, value))
        elif value > 0:
            problems.append(_problem(reading, -value if positive else value, expected))
    for group in local.values():
        if len(group) >= SEGMENTS_FOR_SIGN and all(value > 0 for _, value in group):
            problems += [
                _problem(reading, -value if positive else value, expected)
                for reading, value in group
            ]
    return problems


def _problem(reading: Reading, value: float, expected: str) -> Problem:
    return Problem(reading.row, reading.column, f"{reading.measure} {value:.4g}", expected)


def _fraction_problems(checked: Checked) -> list[Problem]:
    """A reader whose global strains are all under 1 %, where a single one may be a failing heart;
    and any one that is too little even for that."""
    groups: dict[tuple[str, str], list[tuple[Reading, float]]] = {}
    for reading, value, _ in checked:
        if value is not None and reading.measure in STRAINS and reading.segment == "global":
            groups.setdefault((reading.rater, reading.measure), []).append((reading, value))
    mend = (
        "write percent, such as -18.5, or say `unit: fraction` in the block readers or in a "
        "column unit"
    )
    problems = []
    for group in groups.values():
        if all(abs(value) < SMALLEST_STRAIN for _, value in group):
            expected = f"all of the reader's are under 1, as fractions are; {mend}"
            problems += [_problem(reading, value, expected) for reading, value in group]
            continue
        for reading, value in group:
            if 0 < abs(value) < LARGEST_FRACTION:
                expected = f"it is a fraction among percents, as of {100 * value:.3g} %; {mend}"
                problems.append(_problem(reading, value, expected))
    return problems
