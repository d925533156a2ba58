"""A readers' table: one row a reading, or one row an export of a reader's software.

Columns, in any order and case: `patient`, `reader`, and then either `measure` with
`value`, or `file`, an export, its path from the table's own folder. Optional are `repeat`
(1 without it), `view` (the cohort's own if it measures one; `apical`, the average over the
views of one that measures several), `segment` (`global`), `unit`, and for exports `ed_time`
and `es_time`, s on the export's clock, over its own markers.

Text between tabs, semicolons or commas, or the first sheet of a workbook (XLSX, or Excel
2003 XML); a byte-order mark, Windows line ends and decimal commas are accepted.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from echogls.readers._content import Content, number
from echogls.readers._problems import Problem, one_of, quoted
from echogls.readers._vocabulary import READ_VIEWS, find_measure, find_segment, find_view
from echogls.study import (
    ALL_SEGMENTS,
    AVERAGE_VIEW,
    ID_PATTERN,
    MEASURES,
    VIEW_OF_SEGMENT,
    StudyError,
    nearest,
)

COLUMNS = (
    "patient",
    "reader",
    "repeat",
    "view",
    "segment",
    "measure",
    "value",
    "unit",
    "file",
    "ed_time",
    "es_time",
)
_ALIASES = {"rater": "reader", "observer": "reader", "repetition": "repeat", "subject": "patient"}

Rows = list[tuple[int, dict[str, str]]]


@dataclass(frozen=True)
class Reading:
    """One row that is understood: a value, or a `file` to take values from.

    `value` is as it came, NaN if missing; `unit` is as it came, "" if not said.
    """

    row: int
    patient: str
    rater: str
    repeat: int
    view: str
    segment: str = "global"
    measure: str = "gls"
    value: float = float("nan")
    unit: str = ""
    file: str = ""
    ed_time_s: float | None = None
    es_time_s: float | None = None


def recognises(content: Content) -> bool:
    """Whether this is such a table: its header names the patient."""
    header, _, _ = _cells(content)
    return "patient" in {_column(cell) for cell in header}


def read_rows(content: Content) -> tuple[Rows, list[str]]:
    """Rows of a readers' table, (row number, column -> text), and notes; the header is row 1.

    Raises StudyError for a header that cannot be used or a row of another width.
    """
    cells, rows, notes = _cells(content)
    header = [_column(cell) for cell in cells]
    known = [name for name in header if name in COLUMNS]
    problems = []
    missing = [name for name in ("patient", "reader") if name not in known]
    if "file" not in known:
        missing += [name for name in ("measure", "value") if name not in known]
    others = [name for name in header if name and name not in COLUMNS]
    for name in missing:
        # Only the nearest word of the header is quoted: without a header it is data.
        hint = nearest(name, others) if others else ""
        problems.append(f"no column '{name}'" + (hint if "did you mean" in hint else ""))
    problems += [f"two columns '{name}'" for name in sorted(set(known)) if known.count(name) > 1]
    if problems:
        problems.append(f"known columns: {', '.join(COLUMNS)}")
        raise StudyError("; ".join(problems))
    if others:
        notes.append(f"{len(others)} columns are not used; known: {', '.join(COLUMNS)}")
    found: Rows = []
    for row, values in rows:
        if any(values[len(header) :]):
            problems.append(
                f"row {row}: {len(values)} cells, the header has {len(header)}; put decimal "
                "commas in quotes, or save with semicolons or tabs"
            )
        padded = values + [""] * (len(header) - len(values))
        if any(padded):
            pairs = zip(header, padded, strict=False)
            found.append((row, {key: value for key, value in pairs if key in COLUMNS}))
    if problems:
        raise StudyError("; ".join(problems))
    return found, notes


def parse_rows(
    rows: Rows, *, patients: Sequence[str], views: Sequence[str]
) -> tuple[list[Reading], list[Problem]]:
    """Readings of the rows that are understood, and every problem of the others.

    Parameters
    ----------
    patients : the cohort's patients.
    views : the views that the cohort measures; a row without a view is of the only one, or of
        the one that its segment lies in.
    """
    readings, problems = [], []
    for row, cells in rows:
        wrong = _Row(row, cells, [])
        reading = wrong.reading(patients, views)
        problems += wrong.problems
        if not wrong.problems:
            readings.append(reading)
    return readings, problems


@dataclass(frozen=True)
class _Row:
    """One row as texts, and the problems found in it so far."""

    row: int
    cells: dict[str, str]
    problems: list[Problem]

    def reading(self, patients: Sequence[str], views: Sequence[str]) -> Reading:
        patient, rater = self.cells["patient"], self.cells["reader"]
        if patient not in patients:
            known = sorted(patients)
            self.wrong("patient", quoted(patient, known), one_of(patient, known, "not in cohort"))
        if not ID_PATTERN.fullmatch(rater):
            came = f"a text of {len(rater)} characters" if rater else "nothing"
            self.wrong("reader", came, "expected letters, digits, - and _, letter or digit first")
        repeat = self.cells.get("repeat") or "1"
        if not (repeat.isascii() and repeat.isdecimal() and 1 <= int(repeat) <= 1000):
            came = f"a text of {len(repeat)} characters"
            self.wrong("repeat", came, "expected a whole number from 1 up")
            repeat = "1"
        # Of several views a segment lies in one, which a bull's-eye does not say.
        own = VIEW_OF_SEGMENT.get(find_segment(self.cells.get("segment", "")), "")
        only = views[0] if len(views) == 1 else own
        view = self._word("view", find_view, READ_VIEWS, default=only)
        view = own if view == AVERAGE_VIEW and own else view
        common = (self.row, patient, rater, int(repeat), view or "")
        file = self.cells.get("file", "")
        if file:
            return self._export(common, file)
        return self._value(common)

    def _export(self, common: tuple, file: str) -> Reading:
        for column in ("value", "measure", "segment"):
            if self.cells.get(column):
                self.wrong(column, "a text beside a file", "leave it empty; the file is read")
        times = []
        for column in ("ed_time", "es_time"):
            time = self._number(column)
            times.append(None if time != time else time)
        return Reading(*common, file=file, ed_time_s=times[0], es_time_s=times[1])

    def _value(self, common: tuple) -> Reading:
        measure = self._word("measure", find_measure, MEASURES)
        segment = self._word("segment", find_segment, ("global", *ALL_SEGMENTS), default="global")
        if measure and segment not in ("global", None) and not measure.endswith("_strain"):
            self.wrong("segment", f"'{segment}'", f"{measure} is of the whole wall: write global")
        value = self._number("value")
        unit = self.cells.get("unit", "")
        return Reading(*common, segment or "", measure or "", value, unit)

    def _word(self, column, find, known, default="") -> str | None:
        text = self.cells.get(column, "") or default
        found = find(text)
        if found is None:
            self.wrong(column, quoted(text, known), one_of(text, list(known), "not known"))
        return found

    def _number(self, column: str) -> float:
        text = self.cells.get(column, "")
        if column == "value" and text.endswith("%"):
            text = text[:-1]
        try:
            return number(text)
        except ValueError:
            came = f"a text of {len(text)} characters"
            self.wrong(column, came, "expected one number such as -18.5, or an empty cell")
            return float("nan")

    def wrong(self, column: str, came: str, expected: str) -> None:
        self.problems.append(Problem(self.row, column, came, expected))


def _column(cell: str) -> str:
    name = cell.strip().strip('"').lower().replace(" ", "_")
    return _ALIASES.get(name, name)


def _cells(content: Content) -> tuple[list[str], list[tuple[int, list[str]]], list[str]]:
    """Header, (row number, cells) of the other rows, and notes."""
    notes: list[str] = []
    if content.sheets:
        if len(content.sheets) > 1:
            notes.append(f"the first of {len(content.sheets)} sheets is read")
        numbered = list(enumerate(next(iter(content.sheets.values())), start=1))
    else:
        lines = content.text.splitlines()
        skipped = 1 if lines and lines[0].lower().startswith("sep=") else 0  # Excel's own hint
        header = lines[skipped] if len(lines) > skipped else ""
        delimiter = next((mark for mark in "\t;" if mark in header), ",")
        reader = csv.reader(lines[skipped:], delimiter=delimiter)
        try:
            numbered = [(reader.line_num + skipped, cells) for cells in reader]
        except csv.Error:
            raise StudyError("a cell is too long or a quote is not closed") from None
    numbered = [(row, [cell.strip() for cell in cells]) for row, cells in numbered]
    filled = [(row, cells) for row, cells in numbered if any(cells)]
    return (filled[0][1], filled[1:], notes) if filled else ([], [], notes)
