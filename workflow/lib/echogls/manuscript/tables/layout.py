"""How wide a table's columns are in print, what stands above their rows, and figures that align.

Widths are estimates by letter, in points: enough to choose between a page upright and on its
side and between sizes of type, whatever the fonts are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from echogls.manuscript.rounding import EMPTY
from echogls.manuscript.tables.table import Table

FIGURE_SPACE = "\N{FIGURE SPACE}"
NUMBER = re.compile(r"([+\N{MINUS SIGN}]?)(\d+)(\.\d+)?")
PLAIN = re.compile(r"([+\N{MINUS SIGN}]?)(\d+)(\.\d+)?")
# Ems of letters; others as a small letter.
WIDE_LETTERS, NARROW = "ABCDGHKMNOQRUVWXYZmw%@\N{EM DASH}", " .,:;'|!()[]iljtfr/\N{NO-BREAK SPACE}"
# Of a wide font (DejaVu), so that what stands in for the wanted one has room, too.
EMS = {"wide": 0.92, "narrow": 0.39, "sign": 0.84, "other": 0.64}
SLACK = 0.5  # ems that a column has more than its longest cell, for fonts that are wider still
INDENT = 1  # em before words that follow a column of figures
# Ems, some 60 letters, that a column of words takes before its cells are broken; by judgement.
LONGEST = 30


@dataclass(frozen=True)
class Body:
    """A table as it is printed: the columns that are left, and its rows, a row with one cell
    being a spanner (what is common to those below it)."""

    columns: tuple[str, ...]
    letters: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: frozenset[int]
    rules: frozenset[int]


def printed(table: Table) -> Body:
    """The table with its cohorts as spanners, and figures padded so that they align where each
    column is of one quantity."""
    skip = 1 if table.spanned else 0
    columns = list(zip(*table.rows, strict=True)) if table.rows else [()] * len(table.columns)
    figures = {place - skip for place in table.figure_columns if place >= skip}
    aligned = [
        padded(cells) if skip and place in table.figure_columns else list(cells)
        for place, cells in enumerate(columns)
    ]
    rows: list[tuple[str, ...]] = []
    rules = set()
    before = None
    for place, cells in enumerate(zip(*aligned, strict=True)):
        if skip and cells[0] != before:
            before = cells[0]
            rules.add(len(rows))
            rows.append((before,))
        elif place in table.rules:
            rules.add(len(rows))
        rows.append(tuple(cells[skip:]))
    return Body(
        table.columns[skip:], table.letters[skip:], tuple(rows), frozenset(figures),
        frozenset(rules - {0}),
    )  # fmt: skip


def padded(cells: Sequence[str]) -> list[str]:
    """Cells of figures with figure spaces before them, so that their points are below each
    other where the column is set to the left or the right.

    Example
    -------
    >>> [cell.replace(FIGURE_SPACE, "_") for cell in padded(["+0.6 (0.1 to 2)", "10.0 (9 to 11)"])]
    ['_+0.6 (0.1 to _2)', '_10.0 (9 to 11)']
    """
    shapes: dict[str, list[int]] = {}
    for place, cell in enumerate(cells):
        shapes.setdefault(NUMBER.sub("#", cell), []).append(place)
    aligned = list(cells)
    for places in shapes.values():
        numbers = [[m[0] for m in NUMBER.finditer(cells[place])] for place in places]
        if not numbers[0]:
            continue
        wide = []
        for column in zip(*numbers, strict=True):
            digits = max(len(one.lstrip("+\N{MINUS SIGN}").split(".")[0]) for one in column)
            wide.append(digits + any(not one[0].isdigit() for one in column))
        for place, own in zip(places, numbers, strict=True):
            parts = iter(
                FIGURE_SPACE * (w - len(one.split(".")[0])) + one
                for one, w in zip(own, wide, strict=True)
            )
            aligned[place] = NUMBER.sub(lambda _: next(parts), cells[place])  # noqa: B023
    return aligned


def plain_numbers(body: Body, place: int) -> bool:
    """Whether a column holds single numbers and nothing else."""
    cells = [row[place].strip(FIGURE_SPACE) for row in body.rows if len(row) > 1]
    filled = [cell for cell in cells if cell not in ("", EMPTY)]
    return place in body.figures and bool(filled) and all(PLAIN.fullmatch(cell) for cell in filled)


def ems(text: str) -> float:
    """Width of a text in ems, about."""
    kinds = (
        "wide" if c in WIDE_LETTERS else "narrow" if c in NARROW else
        "sign" if c in "+<>=\N{MINUS SIGN}±" else "other" for c in text
    )  # fmt: skip
    return sum(EMS[kind] for kind in kinds)


def indented(body: Body, place: int) -> bool:
    """Whether a column of words follows one of figures, which end where it begins."""
    return place - 1 in body.figures and place not in body.figures


def widths(body: Body) -> tuple[list[float], list[float]]:
    """Least and wanted width of each column, in ems: figures are never broken, words at blanks."""
    least, wanted = [], []
    for place, name in enumerate(body.columns):
        cells = [row[place] for row in body.rows if len(row) > 1]
        head = max(map(ems, name.split())) + SLACK + (0.5 if body.letters[place] else 0)
        word = max([ems(part) for cell in cells for part in cell.split(" ")], default=0.0)
        whole = max(map(ems, cells), default=0.0)
        if place in body.figures:
            least.append(max(head, whole + SLACK))
            wanted.append(max(head, whole + SLACK))
        else:
            before = INDENT if indented(body, place) else 0.0
            least.append(max(head, word + SLACK) + before)
            wanted.append(max(head, word + SLACK, min(whole + SLACK, LONGEST)) + before)
    return least, wanted


def fitted(
    body: Body, room: Sequence[tuple[float, float]], gap: float, scale: float = 1.0
) -> tuple[int, list[float]]:
    """Which of several choices (points of the line, size of type) is the first that the table
    fits in, and the widths of its columns in points; else the last one, as narrow as it can be.

    gap : between columns, points. scale : of the font's letters to those of EMS.
    """
    least, wanted = widths(body)
    for number, (line, size) in enumerate(room):
        free = line - gap * len(least)
        narrow, wide = ([w * size * scale for w in ws] for ws in (least, wanted))
        if sum(narrow) > free and number < len(room) - 1:
            continue
        extra = sum(wide) - sum(narrow)
        share = min(max((free - sum(narrow)) / extra, 0.0), 1.0) if extra > 0 else 0.0
        if share < 0.35 and number < len(room) - 1:  # words would stand in narrow columns
            continue
        return number, [n + share * (w - n) for n, w in zip(narrow, wide, strict=True)]
    raise AssertionError("room is empty")
