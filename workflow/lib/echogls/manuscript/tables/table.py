"""A table of text, as it is printed."""

import re
from dataclasses import dataclass, field

from echogls.manuscript.rounding import EMPTY

SIGN_NOTE = (
    "GLS is signed percent: shortening is negative. A difference is method \N{MINUS SIGN} "
    "reference, in percentage points."
)
SIMULATED_NOTE = "Simulated patients have known strain; their readers are simulated, too."
FIRST_READING = "Of repeated readings of a patient the first counts."
SPANNER = "Cohort"
LETTERS = "abcdefghij"
# A number, an interval, a mean and SD, a count of a count, values at ED and ES.
FIGURE = re.compile(r"[<+\N{MINUS SIGN}]?\d(?:[\d.,()+\N{MINUS SIGN}±% ]|to|of|ED|ES)*")


@dataclass(frozen=True)
class Table:
    """Rows of text under a header, with a title above and notes below.

    `rules` are the places of rows that begin a new group (a line is drawn above them). `marked`
    are notes on single columns, (column, note), which get letters in their order.
    """

    number: int
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    rules: tuple[int, ...] = field(default=())
    marked: tuple[tuple[str, str], ...] = ()

    def __post_init__(self):
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"table {self.number}: {row} under {self.columns}")
        for column, _ in self.marked:
            if column not in self.columns:
                raise ValueError(f"table {self.number}: a note on '{column}', not a column")

    @property
    def name(self) -> str:
        """What its files are called: table1."""
        return f"table{self.number}"

    @property
    def letters(self) -> tuple[str, ...]:
        """Of each column the letters of its notes, "" of most."""
        return tuple(
            ",".join(LETTERS[k] for k, (name, _) in enumerate(self.marked) if name == column)
            for column in self.columns
        )

    @property
    def lettered(self) -> tuple[tuple[str, str], ...]:
        """All notes: (letter, text), those on columns first, the others without a letter."""
        noted = [(LETTERS[k], note) for k, (_, note) in enumerate(self.marked)]
        return (*noted, *(("", note) for note in self.notes))

    @property
    def spanned(self) -> bool:
        """Whether the first column names cohorts, which stand above their rows in print."""
        return self.columns[0] == SPANNER

    @property
    def figure_columns(self) -> frozenset[int]:
        """Places of columns, but for the first, in which nothing but figures stand."""
        return frozenset(
            place
            for place, cells in enumerate(zip(*self.rows, strict=True))
            if place and all(FIGURE.fullmatch(cell) or cell in (EMPTY, "") for cell in cells)
        )

    @property
    def after_figures(self) -> frozenset[int]:
        """Places of columns of words that follow one of figures, which end where they begin."""
        figures = self.figure_columns
        return frozenset(place + 1 for place in figures) - figures

    @property
    def caption(self) -> str:
        """ "Table 1. Title" """
        return f"Table {self.number}. {self.title}"


def grouped(groups: list[list[tuple[str, ...]]]) -> tuple[tuple, tuple[int, ...]]:
    """Rows of several groups in one, and where each but the first begins.

    Example
    -------
    >>> grouped([[("a",)], [], [("b",), ("c",)]])
    ((('a',), ('b',), ('c',)), (1,))
    """
    groups = [group for group in groups if group]
    rows = tuple(row for group in groups for row in group)
    starts, place = [], 0
    for group in groups[:-1]:
        place += len(group)
        starts.append(place)
    return rows, tuple(starts)
