"""A layout proposed from a table of somebody's own, by the words and numbers that stand in it.

Only a proposal, and printed as one: what a column is called is a habit, and no rule.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echogls.readers._content import Content, number
from echogls.readers._measures import SMALLEST_STRAIN
from echogls.readers._roles import facts_of, is_covariate, is_strain, role_of, words_of
from echogls.readers._table_rows import column_name
from echogls.readers._vocabulary import find_measure
from echogls.study import StudyError

LOOKED_AT = 25  # rows in which the names of the columns are looked for, below titles; by judgement
# Of a column of readings so many cells are numbers at least; by judgement: the rest is missing.
NUMBERS = 0.6
# A column of numbers that nothing is said of is a reader's if its numbers can be GLS.
LIKELY_GLS = (3.0, 35.0)  # percent, of the sickest and of the fittest; by judgement
READER = "reader_1"


@dataclass(frozen=True)
class Proposal:
    """The block `readers` without its file, and remarks on what was taken for what."""

    block: dict
    remarks: list[str]


@dataclass(frozen=True)
class _Grid:
    """A sheet from its row of names on: (row number, cells), and of which sheet."""

    sheet: str
    at: int
    names: list[str]
    rows: list[list[str]]
    first: int

    def numbers(self, column: int) -> tuple[list[float], float]:
        """The numbers of a column, and the share of its filled cells that are some."""
        cells = [row[column] for row in self.rows if column < len(row) and row[column]]
        parsed = []
        for cell in cells:
            try:
                parsed.append(number(cell.removesuffix("%").strip()))
            except ValueError:
                continue
        values = [value for value in parsed if value == value]
        return values, len(parsed) / len(cells) if cells else 0.0


def propose(content: Content) -> Proposal:
    """How a table that is not laid out as `long_table` may be read.

    Raises StudyError where nothing looks like a table of readings.
    """
    grid = _best_grid(content)
    roles: dict[str, int] = {}
    for column, name in enumerate(grid.names):
        role = role_of(name)
        if role and role != "value" and role not in roles and not _measured(name):
            roles[role] = column
    remarks: list[str] = []
    if "patient" not in roles:
        roles["patient"] = _likely_patient(grid, roles)
        remarks.append("no column is called a patient; the first of words or numbers is taken")
    block = _place(content, grid)
    block["columns"] = {role: grid.names[column] for role, column in roles.items()}
    values = [] if "file" in roles else _value_columns(grid, set(roles.values()))
    if "file" not in roles and not values:
        raise StudyError(
            "no column of readings is found: numbers below a name such as GLS, a reader or a view"
        )
    facts_of_column = _facts(grid, values, roles, remarks)
    constant: dict[str, str] = {}
    if len(facts_of_column) == 1:
        (name, facts), *_ = facts_of_column.items()
        block["columns"]["value"] = name
        constant |= {key: facts[key] for key in ("view", "segment", "measure", "reader", "repeat")
                     if key in facts and key not in roles}  # fmt: skip
    elif facts_of_column:
        block["values"] = facts_of_column
    with_reader = (
        all("reader" in facts for facts in facts_of_column.values()) or "reader" in constant
    )
    if "reader" not in roles and not with_reader:
        constant["reader"] = READER
        remarks.append(f"no column says who read; all are called {READER}")
    if constant:
        block["constant"] = constant
    block |= _marks(grid, values, bool(content.sheets), remarks)
    own = {role: name for role, name in block["columns"].items() if column_name(name) != role}
    if own or block.get("values"):
        block["columns"] = own
    else:
        del block["columns"]
    return Proposal({key: value for key, value in block.items() if value}, remarks)


def _measured(name: str) -> bool:
    """Whether a name says both who or what and how much: a column of values of its own."""
    return is_strain(name) and bool(set(facts_of(name)) - {"measure"})


def _best_grid(content: Content) -> _Grid:
    """The sheet and row of names that most columns are recognised in."""
    best, most = None, 0.0
    for sheet, rows in _sheets(content).items():
        filled = [(at, cells) for at, cells in enumerate(rows, start=1) if any(cells)]
        for place, (at, cells) in enumerate(filled[:LOOKED_AT]):
            names = [cell.strip() for cell in cells]
            below = [row for _, row in filled[place + 1 :]]
            score = _score(names, below)
            if score > most:
                best, most = _Grid(sheet, at, names, below, filled[0][0]), score
    if best is None:
        raise StudyError("no row of column names is found with rows of numbers below it")
    return best


def _sheets(content: Content) -> dict[str, list[list[str]]]:
    if content.sheets:
        return content.sheets
    lines = content.text.splitlines()
    mark = max("\t;,", key="\n".join(lines[: 2 * LOOKED_AT]).count)
    try:
        rows: list[list[str]] = []
        reader = csv.reader(lines, delimiter=mark)
        for cells in reader:
            rows += [[]] * (reader.line_num - len(rows) - 1)
            rows.append([cell.strip() for cell in cells])
    except csv.Error:
        raise StudyError("a cell is too long or a quote is not closed") from None
    return {"": rows}


def _score(names: Sequence[str], below: Sequence[Sequence[str]]) -> float:
    """How much a row looks like one of names of columns; 0 if it is none."""
    filled = [name for name in names if name]
    if len(filled) < 2 or not below:
        return 0.0
    if any(_is_number(name) for name in filled):
        return 0.0
    numeric = any(_is_number(cell) for row in below[:5] for cell in row)
    if not numeric and not any(role_of(name) == "file" for name in filled):
        return 0.0
    recognised = sum(bool(role_of(name)) for name in filled)
    strain = sum(is_strain(name) or "view" in facts_of(name) for name in filled)
    patient = any(role_of(name) == "patient" for name in filled)
    return recognised + 0.5 * strain + patient + 0.01 * len(filled)


def _is_number(text: str) -> bool:
    try:
        value = number(text.removesuffix("%").strip())
    except ValueError:
        return False
    return value == value


def _likely_patient(grid: _Grid, roles: dict[str, int]) -> int:
    """The first column whose cells all differ."""
    for column in range(len(grid.names)):
        cells = [row[column] for row in grid.rows if column < len(row) and row[column]]
        if column not in roles.values() and cells and len(set(cells)) == len(cells):
            return column
    return 0


def _place(content: Content, grid: _Grid) -> dict:
    block: dict = {}
    if len(content.sheets) > 1:
        block["sheet"] = grid.sheet
    if grid.at != grid.first:
        block["header"] = grid.at
    return block


def _value_columns(grid: _Grid, taken: set[int]) -> list[int]:
    """Columns of readings: those whose names say so, else those whose numbers can be GLS."""
    sure, likely = [], []
    for column, name in enumerate(grid.names):
        values, share = grid.numbers(column)
        if column in taken or not name or not values or share < NUMBERS:
            continue
        facts = facts_of(name)
        words = words_of(name)
        reader = bool(words) and role_of(words[0]) == "reader"
        if (
            is_strain(name)
            or role_of(name) == "value"
            or reader
            or {"view", "segment"} & set(facts)
        ):
            sure.append(column)
        elif not is_covariate(name):
            size = np.abs(values) * (100 if np.abs(values).max() < SMALLEST_STRAIN else 1)
            low, high = LIKELY_GLS
            if np.mean((size >= low) & (size <= high)) > 0.9:
                likely.append(column)
    return sure or likely


def _facts(grid, values, roles, remarks) -> dict[str, dict[str, str | int]]:
    """Name of each column of values -> what it says; of columns that say the same the first."""
    by_name: dict[str, dict[str, str | int]] = {}
    seen: set[tuple] = set()
    for column in values:
        name = grid.names[column]
        facts = {key: text for key, text in facts_of(name).items() if key not in roles}
        if role_of(name) == "value" and len(values) == 1:
            facts.pop("reader", None)
        if facts.get("measure") == "gls" and find_measure(name) is None:
            facts.pop("measure")
        key = tuple(sorted(facts.items()))
        if key in seen:
            remarks.append(f"'{name}' says the same as another column; it is not read")
            continue
        seen.add(key)
        if "repeat" in facts:
            facts["repeat"] = int(facts["repeat"])
        by_name[name] = facts
    return by_name


def _marks(grid: _Grid, values: Sequence[int], workbook: bool, remarks: list[str]) -> dict:
    """Sign, unit and decimal mark."""
    every = [value for column in values for value in grid.numbers(column)[0]]
    strain = [value for value in every if value]
    if not strain:
        return {}
    marks: dict[str, str] = {}
    positive = sum(value > 0 for value in strain)
    if positive == len(strain):
        marks["sign"] = "positive"
    elif positive > len(strain) / 2:
        remarks.append(f"{positive} of {len(strain)} values are above 0: is the sign right?")
    if max(map(abs, strain)) < SMALLEST_STRAIN:
        marks["unit"] = "fraction"
    cells = [row[column] for row in grid.rows for column in values if column < len(row)]
    if not workbook and any("," in cell for cell in cells):
        marks["decimal"] = "comma"
    return marks
