"""A readers' table: one row a reading, or one row an export of a reader's software.

Columns, in any order and case: `patient`, `reader`, and then either `measure` with
`value`, or `file`, an export, its path from the table's own folder. Optional are `repeat`
(1 without it), `view` (the cohort's own if it measures one; `apical`, the average over the
views of one that measures several), `segment` (`global`), `unit`, and for exports `ed_time`
and `es_time`, s on the export's clock, over its own markers, and `layer` of the wall.

A table of another kind is one of these once its layout is told (`_layout.Layout`): other
names, another row of names, a column a reader.

Text between tabs, semicolons or commas, or a sheet of a workbook (XLSX, or Excel
2003 XML); a byte-order mark, Windows line ends and decimal commas are accepted.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from echogls.readers._content import Content, number
from echogls.readers._layout import LAYERS, Layout, plain_name
from echogls.readers._problems import Problem, one_of, quoted
from echogls.readers._roles import cell_text, header_text
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
from echogls.written import as_id, transliterated

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
    "layer",
)
_ALIASES = {"rater": "reader", "observer": "reader", "repetition": "repeat", "subject": "patient"}

Rows = list[tuple[int, dict[str, str]]]


@dataclass(frozen=True)
class Reading:
    """One row that is understood: a value, or a `file` to take values from.

    `value` is as it came, NaN if missing; `unit` is as it came, "" if not said; `column` is what
    the table calls the value's column, `reader` what it calls the rater.
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
    layer: str = ""
    column: str = "value"
    reader: str = ""


def recognises(content: Content) -> bool:
    """Whether this is such a table: its header names the patient."""
    table = _cells(content, Layout())
    return "patient" in {column_name(cell) for cell in table.header}


def read_rows(content: Content, layout: Layout | None = None) -> tuple[Rows, list[str]]:
    """Rows of a readers' table, (row number, column -> text), and notes; the header is row 1.

    Of a wide table each value is a row of its own, all with the number that theirs has in the
    file. `@value` is what the table calls the column of the value.

    Raises StudyError for a header that cannot be used or a row of another width.
    """
    layout = layout or Layout()
    table = _cells(content, layout)
    notes, header, problems = list(table.notes), table.header, []
    ours, wide = _placed(header, layout)
    problems += _header_problems(header, table.at, ours, wide, layout)
    others = [name for name, column in zip(header, ours, strict=True) if name and not column]
    others = [name for name in others if plain_name(name) not in wide]
    if problems:
        problems.append(f"row {table.at} reads: {header_text(header)}")
        problems.append(f"known columns: {', '.join(COLUMNS)}")
        if not layout.named:
            problems.append("`echogls readings FILE` proposes how to read another kind of table")
        raise StudyError("; ".join(problems))
    if others:
        notes.append(f"{len(others)} columns are not used; known: {', '.join(COLUMNS)}")
    numbered: Rows = []
    for row, values in table.rows:
        if any(values[len(header) :]):
            problems.append(
                f"row {row}: {len(values)} cells, the header has {len(header)}; put decimal "
                "commas in quotes, or save with semicolons or tabs"
            )
        padded = values + [""] * (len(header) - len(values))
        if any(padded):
            texts = {column: cell for column, cell in zip(ours, padded, strict=False) if column}
            numbered += [(row, cells) for cells in _long(texts, header, padded, wide, layout)]
    if problems:
        raise StudyError("; ".join(problems))
    return numbered, notes


def _placed(header: list[str], layout: Layout) -> tuple[list[str], dict[str, dict[str, str]]]:
    """Our name of each column, "" if it is of no use; and the columns of a wide table with what
    they say of their values."""
    theirs = {plain_name(name): ours for ours, name in layout.columns.items()}
    wide = {plain_name(name): dict(facts) for name, facts in layout.values.items()}
    ours = []
    for name in header:
        plain = plain_name(name)
        column = theirs.get(plain) or ("" if plain in wide else column_name(name))
        mapped = column in layout.columns and plain not in theirs
        if column not in COLUMNS or mapped or column in layout.constant:
            column = ""
        ours.append(column)
    return ours, wide


def _header_problems(header, at, ours, wide, layout) -> list[str]:
    """What a header lacks or has twice."""
    plain = [plain_name(name) for name in header]
    named = [name for name in ours if name]
    problems = []
    for key_or_values, name in [
        *layout.columns.items(),
        *(("values", name) for name in layout.values),
    ]:
        if plain_name(name) not in plain:
            key = "values" if key_or_values == "values" else f"columns.{key_or_values}"
            hint = nearest(name, [cell for cell in header if cell])
            hint = hint if "did you mean" in hint else ""
            problems.append(f"readers.{key}: row {at} has no column '{name}'{hint}")
    if problems:
        return problems
    need = [] if "patient" in named else ["patient"]
    fixed = {*named, *layout.constant}
    if wide:
        if "reader" not in fixed and not all("reader" in facts for facts in wide.values()):
            need.append("reader")
    else:
        need += [] if "reader" in fixed else ["reader"]
        if "file" not in named:
            # A block that is told what the values are is of GLS unless it says otherwise.
            need += [] if "measure" in fixed or layout.named else ["measure"]
            need += [] if "value" in named else ["value"]
    others = [name for name, column in zip(header, ours, strict=True) if name and not column]
    for name in need:
        # Only the nearest word of the header is quoted: without a header it is data.
        hint = nearest(name, [column_name(other) for other in others]) if others else ""
        problems.append(f"no column '{name}'" + (hint if "did you mean" in hint else ""))
    for name in dict.fromkeys(named):
        if named.count(name) > 1:
            problems.append(f"two columns '{name}'")
    for name in wide:
        if plain.count(name) > 1:
            problems.append(f"two columns '{name}'")
    return problems


def _long(texts, header, cells, wide, layout):
    """The readings of one row: itself, or one for each column of a wide table."""
    base = dict(layout.constant) | {key: text for key, text in texts.items()}
    if layout.named and not base.get("file"):
        base.setdefault("measure", "gls")
    if not wide:
        column = layout.columns.get("value", "value")
        yield base | {"@value": column}
        return
    for name, cell in zip(header, cells, strict=False):
        facts = wide.get(plain_name(name))
        # A reading that was not repeated is no missing one.
        if facts is None or (not cell and facts.get("repeat", "1") != "1"):
            continue
        yield base | facts | {"value": cell, "@value": name}


def parse_rows(
    rows: Rows, *, patients: Sequence[str], views: Sequence[str], layout: Layout | None = None
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
        wrong = _Row(row, cells, [], layout or Layout())
        reading = wrong.reading(patients, views)
        problems += wrong.problems
        if not wrong.problems:
            readings.append(reading)
    written: dict[str, str] = {}
    for reading in readings:
        if written.setdefault(reading.rater, reading.reader) != reading.reader:
            expected = f"two readers become '{reading.rater}'; write one of them otherwise"
            problems.append(Problem(reading.row, "reader", "another spelling", expected))
    return readings, problems


@dataclass(frozen=True)
class _Row:
    """One row as texts, and the problems found in it so far."""

    row: int
    cells: dict[str, str]
    problems: list[Problem]
    layout: Layout

    def reading(self, patients: Sequence[str], views: Sequence[str]) -> Reading:
        patient, reader = self.cells.get("patient", ""), self.cells.get("reader", "")
        if patient not in patients and as_id(patient) in patients:
            patient = as_id(patient)
        if patient not in patients:
            listed = sorted(patients)
            self.wrong("patient", quoted(patient, listed), one_of(patient, listed, "not in cohort"))
        rater = transliterated(reader)
        if not ID_PATTERN.fullmatch(rater):
            came = f"a text of {len(reader)} characters" if reader else "nothing"
            self.wrong("reader", came, "expected letters, digits, - and _, letter or digit first")
        repeat = self.cells.get("repeat") or "1"
        repeat = repeat.removesuffix(".0")  # as workbooks store whole numbers
        if not (repeat.isascii() and repeat.isdecimal() and 1 <= int(repeat) <= 1000):
            self.wrong("repeat", cell_text(repeat), "expected a whole number from 1 up")
            repeat = "1"
        # Of several views a segment lies in one, which a bull's-eye does not say.
        own = VIEW_OF_SEGMENT.get(find_segment(self.cells.get("segment", "")), "")
        only = views[0] if len(views) == 1 else own
        view = self._word("view", find_view, READ_VIEWS, default=only)
        view = own if view == AVERAGE_VIEW and own else view
        common = (self.row, patient, rater, int(repeat), view or "")
        file = self.cells.get("file", "")
        if file:
            return self._export(common, file, reader)
        return self._value(common, reader)

    def _export(self, common: tuple, file: str, reader: str) -> Reading:
        for column in ("value", "measure", "segment"):
            if self.cells.get(column) and column not in self.layout.constant:
                self.wrong(column, "a text beside a file", "leave it empty; the file is read")
        times = []
        for column in ("ed_time", "es_time"):
            time = self._number(column)
            times.append(None if time != time else time)
        layer = self.cells.get("layer", "").strip().lower() or self.layout.layer
        if layer and layer not in LAYERS:
            self.wrong("layer", quoted(layer, LAYERS), one_of(layer, LAYERS, "not known"))
        return Reading(
            *common,
            file=file,
            ed_time_s=times[0],
            es_time_s=times[1],
            layer=layer,
            reader=reader,
        )

    def _value(self, common: tuple, reader: str) -> Reading:
        measure = self._word("measure", find_measure, MEASURES)
        segment = self._word("segment", find_segment, ("global", *ALL_SEGMENTS), default="global")
        if measure and segment not in ("global", None) and not measure.endswith("_strain"):
            self.wrong("segment", f"'{segment}'", f"{measure} is of the whole wall: write global")
        value = self._number("value")
        unit = self.cells.get("unit", "")
        strain = MEASURES.get(measure or "") == "%" and measure != "gls_sd"
        if strain and self.layout.sign == "positive":
            value = -value
        if strain and not unit:
            unit = {"fraction": "fraction", "percent": "%"}.get(self.layout.unit, "")
        return Reading(
            *common,
            segment or "",
            measure or "",
            value,
            unit,
            column=self.cells.get("@value", "value"),
            reader=reader,
        )

    def _word(self, column, find, choices, default="") -> str | None:
        text = self.cells.get(column, "") or default
        word = find(text)
        if word is None:
            self.wrong(column, quoted(text, choices), one_of(text, list(choices), "not known"))
        return word

    def _number(self, column: str) -> float:
        text = self.cells.get(column, "")
        if column == "value" and text.endswith("%"):
            text = text[:-1]
        wrong_mark = {"comma": ".", "point": ","}.get(self.layout.decimal, "")
        try:
            if wrong_mark and wrong_mark in text:
                raise ValueError("the other decimal mark")
            return number(text)
        except ValueError:
            expected = "expected one number such as -18.5, or an empty cell"
            if self.layout.decimal == "comma":
                expected = "expected one number such as -18,5, or an empty cell"
            self.wrong(column, cell_text(text), expected)
            return float("nan")

    def wrong(self, column: str, came: str, expected: str) -> None:
        name = self.cells.get("@value", column) if column == "value" else column
        name = self.layout.columns.get(column, name)
        self.problems.append(Problem(self.row, name, came, expected))


def column_name(cell: str) -> str:
    """A name of a column in our spelling; one of COLUMNS if it is known."""
    name = cell.strip().strip('"').lower().replace(" ", "_")
    return _ALIASES.get(name, name)


@dataclass(frozen=True)
class _Table:
    """The header, the number of its row, (row number, cells) of the other rows, and notes."""

    header: list[str]
    at: int
    rows: list[tuple[int, list[str]]]
    notes: list[str]


def _cells(content: Content, layout: Layout) -> _Table:
    """The table as it stands; StudyError for a sheet or a header that is not there."""
    notes: list[str] = []
    if content.sheets:
        numbered = list(enumerate(_sheet(content, layout, notes), start=1))
    else:
        numbered = _text_rows(content.text, layout.header)
    numbered = [(row, [cell.strip() for cell in cells]) for row, cells in numbered]
    filled = [(row, cells) for row, cells in numbered if any(cells)]
    if layout.header:
        filled = [(row, cells) for row, cells in filled if row >= layout.header]
        if not filled or filled[0][0] != layout.header:
            raise StudyError(f"readers.header: row {layout.header} is empty or is not there")
    if not filled:
        return _Table([], 1, [], notes)
    at, header = filled[0]
    while header and not header[-1]:
        header = header[:-1]
    return _Table(header, at, filled[1:], notes)


def _sheet(content: Content, layout: Layout, notes: list[str]) -> list[list[str]]:
    """Rows of the sheet that is named, or of the first."""
    if layout.sheet:
        for name, rows in content.sheets.items():
            if plain_name(name) == plain_name(layout.sheet):
                return rows
        hint = nearest(layout.sheet, content.sheets)
        hint = hint if "did you mean" in hint else f"; it has {len(content.sheets)} sheets"
        raise StudyError(f"readers.sheet: no sheet '{layout.sheet}' in the workbook{hint}")
    if len(content.sheets) > 1:
        notes.append(f"the first of {len(content.sheets)} sheets is read")
    return next(iter(content.sheets.values()))


def _text_rows(text: str, header: int) -> list[tuple[int, list[str]]]:
    """Rows of a text, cells between the mark that the row of names has; `header` is that row from
    1, or 0 for the first."""
    lines = text.splitlines()
    skipped = 1 if lines and lines[0].lower().startswith("sep=") else 0  # Excel's own hint
    at = header - 1 if header else skipped
    names = lines[at] if len(lines) > at else ""
    delimiter = next((mark for mark in "\t;" if mark in names), ",")
    reader = csv.reader(lines[skipped:], delimiter=delimiter)
    try:
        return [(reader.line_num + skipped, cells) for cells in reader]
    except csv.Error:
        raise StudyError("a cell is too long or a quote is not closed") from None
