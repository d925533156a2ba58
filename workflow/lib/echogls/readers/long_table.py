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

from collections.abc import Sequence
from dataclasses import dataclass

from echogls.readers._content import Content, number
from echogls.readers._layout import LAYERS, Layout
from echogls.readers._problems import Problem, one_of, quoted
from echogls.readers._roles import cell_text
from echogls.readers._table_rows import Rows, header_columns
from echogls.readers._vocabulary import READ_VIEWS, find_measure, find_segment, find_view
from echogls.study import (
    ALL_SEGMENTS,
    AVERAGE_VIEW,
    ID_PATTERN,
    MEASURES,
    STATED_ERRORS,
    VIEW_OF_SEGMENT,
)
from echogls.written import as_id, count, transliterated


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
    return "patient" in header_columns(content)


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
        repeat, cell = count(repeat), repeat
        if repeat is None or not 1 <= repeat <= 1000:
            self.wrong("repeat", cell_text(cell), "expected a whole number from 1 up")
            repeat = 1
        # Of several views a segment lies in one, which a bull's-eye does not say.
        own = VIEW_OF_SEGMENT.get(find_segment(self.cells.get("segment", "")), "")
        only = views[0] if len(views) == 1 else own
        view = self._word("view", find_view, READ_VIEWS, default=only)
        view = own if view == AVERAGE_VIEW and own else view
        common = (self.row, patient, rater, repeat, view or "")
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
        strain = MEASURES.get(measure or "") == "%" and measure not in STATED_ERRORS
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
