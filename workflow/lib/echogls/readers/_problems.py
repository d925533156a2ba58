"""Every problem of a table at once, each with its rows, and nothing personal quoted."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from echogls.study import nearest

# Rows that are named one by one before they are only counted: a line's worth.
ROWS_NAMED = 8


@dataclass(frozen=True)
class Problem:
    """Something to mend in a row (1-based, the header is row 1) of a readers' table."""

    row: int
    column: str
    came: str
    expected: str


def quoted(text: str, choices: Iterable[str]) -> str:
    """What came, in words that may be logged.

    A misplaced column can put a name, an id or a date anywhere, so a text is quoted
    only where it is nearly one of the known words.
    """
    if not text:
        return "nothing"
    near = difflib.get_close_matches(text.lower(), [k.lower() for k in choices], n=1)
    return f"'{text}'" if near else f"a text of {len(text)} characters"


def one_of(text: str, choices: Sequence[str], what: str) -> str:
    """What was expected: a known word, with the nearest one or an example."""
    hint = nearest(text, choices) if choices else ""
    if "did you mean" not in hint and len(choices) > ROWS_NAMED:
        hint = f"; there are {len(choices)}, such as '{choices[0]}'"
    return what + hint


def listing(problems: Iterable[Problem]) -> list[str]:
    """One line for each kind of problem in a column, with its rows and an example."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.column, problem.expected), []).append(problem)
    return [
        f"{rows_text([p.row for p in group])}, column {column}: {group[0].came} came; {expected}"
        for (column, expected), group in groups.items()
    ]


def grouped_notes(notes: Iterable[tuple[int, str]]) -> list[str]:
    """(row, note) pairs as lines; a note of several rows is one line."""
    groups: dict[str, list[int]] = {}
    for row, note in notes:
        groups.setdefault(note, []).append(row)
    return [f"{rows_text(rows)}: {note}" for note, rows in groups.items()]


def rows_text(rows: Sequence[int]) -> str:
    """`row 3`, `rows 3, 4`, or the first few and how many more."""
    rows = sorted(set(rows))
    named = ", ".join(str(row) for row in rows[:ROWS_NAMED])
    more = f" and {len(rows) - ROWS_NAMED} more" if len(rows) > ROWS_NAMED else ""
    return ("row " if len(rows) == 1 else "rows ") + named + more
