"""Readers' measurements in, rows of readers.tsv out: tables and vendors' exports.

`long_table` is the table of readings. Every other public module is the export of one
vendor's format, found by its name, and offers

    recognises(content: Content) -> bool
        By what the file holds, never by its name. At most one format does.
    read_traces(content: Content, *, view: str) -> Traces
        The curves of one view, as the file has them; Unusable if it has none.

An export is of one patient, reader, repeat and view, which the table's row says: nothing
in a file says whose it is. A format whose files hold layers of the wall has LAYERS, the first
of which is read unless another is asked for (`read_traces(..., layer=)`); one whose files
state the average over views has AVERAGE True.

Names, ids and dates of a file reach no row, note or error, nor does the file's own name. What
cannot be used is an excluded row with a reason; what only the user can mend is a StudyError
that lists every problem at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType

from echogls.plugins import paths, plugin, plugin_names
from echogls.readers import long_table
from echogls.readers._checks import check_readings
from echogls.readers._content import Content, described, read_content
from echogls.readers._layout import Layout, layout_of
from echogls.readers._measures import has_doubtful_markers, measure_traces
from echogls.readers._problems import Problem, grouped_notes, listing
from echogls.readers._proposal import Proposal, propose
from echogls.readers._traces import REFERENCES
from echogls.readers._unusable import Unusable
from echogls.readers._vocabulary import APICAL_VIEWS, READ_VIEWS
from echogls.readers.long_table import Reading
from echogls.study import (
    AVERAGE_VIEW,
    GLS_RULES,
    MEASUREMENT_COLUMNS,
    MEASURES,
    REASONS,
    StudyError,
    nearest,
)

__path__.extend(paths("readers"))

__all__ = [
    "Layout",
    "Proposal",
    "Reported",
    "export_formats",
    "file_format",
    "layout_of",
    "named_exports",
    "propose",
    "read_export",
    "read_readers",
    "read_reported",
]

_TABLE = "long_table"
_KEY = ("patient", "rater", "repeat", "view", "segment", "measure")


def export_formats() -> list[str]:
    """The known formats of exports, sorted."""
    return [name for name in plugin_names("readers") if name != _TABLE]


def file_format(path: Path) -> str:
    """What a file holds: "long_table", a name of `export_formats()`, or "" for neither."""
    try:
        content = read_content(Path(path))
        if _exporter(content) is None:
            return _TABLE if long_table.recognises(content) else ""
        return _exporter(content).__name__.rpartition(".")[2]
    except (Unusable, StudyError):
        return ""


def named_exports(path: Path, layout: Layout | None = None) -> list[str]:
    """Paths of the exports that a readers' table names and that exist; none if it cannot be
    read, which `read_readers` will explain."""
    path = Path(path)
    try:
        rows, _ = long_table.read_rows(_read_table(path), layout)
    except (Unusable, StudyError):
        return []
    named = dict.fromkeys(cells.get("file", "") for _, cells in rows)
    return [str(path.parent / name) for name in named if name and (path.parent / name).is_file()]


@dataclass(frozen=True)
class Reported:
    """What a readers' table gave.

    Attributes
    ----------
    rows : study.MEASUREMENT_COLUMNS, in the table's order.
    notes : lines that name rows of the table.
    left_out : (row number, the excluded row, what exactly came or "").
    """

    rows: list[dict[str, object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[tuple[int, dict[str, object], str]] = field(default_factory=list)


def read_readers(
    path: Path,
    *,
    cohort: str,
    patients: Iterable[str],
    views: Iterable[str],
    gls: str = "peak_systolic",
    reference: str = "zero_row",
    layout: Layout | None = None,
) -> tuple[list[dict[str, object]], list[str]]:
    """Every reading of a cohort, from its table and the exports that it names.

    Parameters
    ----------
    path : a readers' table, see `long_table`; paths of exports start from its folder.
    cohort : goes into the rows.
    patients : the cohort's patients; a row of another is refused.
    views : keys of study.VIEWS that the cohort measures; a row of another is excluded. With
        several of them a row may be of their average, `apical`.
    gls, reference : how exports are measured, see `_measures.measure_traces`.
    layout : how the table is laid out (`layout_of`); without it its columns are ours.

    Returns
    -------
    rows : study.MEASUREMENT_COLUMNS, in the table's order. Strain is signed percent,
        shortening negative. Excluded rows have no value, and a reason of
        study.REASONS.
    notes : lines that name rows of the table.

    Raises StudyError with every problem of the table, each with its row and column, what
    came and what was expected.
    """
    reported = read_reported(
        path,
        cohort=cohort,
        patients=patients,
        views=views,
        gls=gls,
        reference=reference,
        layout=layout,
    )
    return reported.rows, reported.notes


def read_reported(
    path: Path,
    *,
    cohort: str,
    patients: Iterable[str],
    views: Iterable[str],
    gls: str = "peak_systolic",
    reference: str = "zero_row",
    layout: Layout | None = None,
) -> Reported:
    """As `read_readers`, with why each reading was left out."""
    path, patients, views = Path(path), list(patients), list(views)
    layout = layout or Layout()
    _check_choices(views, gls, reference)
    views += [AVERAGE_VIEW] if len(views) > 1 else []
    content = _read_table(path)
    if content.sheets:  # whose numbers have a point, whatever they show
        layout = replace(layout, decimal="either")
    try:
        table, notes = long_table.read_rows(content, layout)
    except StudyError as error:
        raise StudyError(f"readers' table {path.name}: {error}") from None
    readings, problems = long_table.parse_rows(table, patients=patients, views=views, layout=layout)
    values = [reading for reading in readings if not reading.file]
    checked, remarks, wrong = check_readings(values, views=views, layout=layout)
    problems += wrong
    numbered = [
        (reading.row, _row(cohort, reading, reading.segment, reading.measure, value, reason))
        for reading, value, reason in checked
    ]
    digests: dict[tuple[str, str, str], int] = {}
    for reading in readings:
        if reading.file and not (bad := _file_problem(path.parent, reading)):
            rows, text, wrong = _export_rows(
                path.parent, reading, cohort, views, digests, {"gls": gls, "reference": reference}
            )
            numbered += [(reading.row, row) for row in rows]
            remarks += [(reading.row, note) for note in text]
            problems += wrong
        elif reading.file:
            problems.append(bad)
    rows, repeated, wrong = _without_duplicates(numbered)
    problems += wrong
    if problems:
        lines = "\n".join(f"  {line}" for line in listing(problems))
        raise StudyError(f"readers' table {path.name}:\n{lines}")
    why = dict(reversed(remarks))  # the first note of a row, which is why an export is left out
    left_out = [
        (number, row, why.get(number, ""))
        for number, row in numbered
        if row["status"] == "excluded"
    ]
    remarks = sorted(remarks + repeated, key=lambda note: note[0])
    return Reported(rows, notes + grouped_notes(remarks), left_out)


def read_export(
    path: Path,
    *,
    view: str,
    gls: str = "peak_systolic",
    reference: str = "zero_row",
    ed_time_s: float | None = None,
    es_time_s: float | None = None,
    layer: str = "",
) -> tuple[dict[tuple[str, str], float | int], list[str]]:
    """Measures of one vendor's export: (segment, measure) -> value in its unit, and notes.

    Raises StudyError that says why the export cannot be used, without its name.
    """
    _check_choices([view], gls, reference)
    options = {"ed_time_s": ed_time_s, "es_time_s": es_time_s, "gls": gls, "reference": reference}
    try:
        return _measures(read_content(Path(path)), view, options, layer)
    except Unusable as error:
        raise StudyError(f"the export cannot be used: {_in_words(error)}") from None


def _check_choices(views: list[str], gls: str, reference: str) -> None:
    for view in views:
        if view not in READ_VIEWS:
            raise StudyError(f"view '{view}'{nearest(view, READ_VIEWS)}")
    for name, value, choices in (("gls", gls, GLS_RULES), ("reference", reference, REFERENCES)):
        if value not in choices:
            raise StudyError(f"{name} '{value}'{nearest(value, choices)}")


def _read_table(path: Path) -> Content:
    """The content of a readers' table; StudyError if it is none."""
    if not path.is_file():
        raise StudyError(f"readers' table {path.name} not found; check cohorts.*.readers in config")
    try:
        content = read_content(path)
        exporter = _exporter(content)
    except Unusable as error:
        raise StudyError(f"readers' table {path.name}: {_in_words(error)}") from None
    if exporter is not None:
        # Not its name, which a vendor's software made of the patient's.
        raise StudyError(
            f"this is an export ({exporter.__name__.rpartition('.')[2]}), which does not say of "
            "whom it is; write a table with columns patient, reader, repeat, view, file"
        )
    return content


def _exporter(content: Content) -> ModuleType | None:
    """The module whose format a content has."""
    modules = [plugin("readers", name, "format of exports") for name in export_formats()]
    return next((module for module in modules if module.recognises(content)), None)


def _measures(
    content: Content, view: str, options: dict, layer: str = ""
) -> tuple[dict[tuple[str, str], float | int], list[str]]:
    exporter = _exporter(content)
    if view not in APICAL_VIEWS and not (
        view == AVERAGE_VIEW and getattr(exporter, "AVERAGE", False)
    ):
        raise Unusable("other_view", f"an export is of one of {', '.join(APICAL_VIEWS)}")
    if exporter is None:
        formats = ", ".join(export_formats())
        raise Unusable(
            "unreadable_export", f"{described(content)}, of no known format; known: {formats}"
        )
    layers = getattr(exporter, "LAYERS", ())
    if layer and layers and layer not in layers:
        raise Unusable("no_trace_of_view", f"layer {layer}; the format has {', '.join(layers)}")
    asked = {"layer": layer or layers[0]} if layers else {}
    traces = exporter.read_traces(content, view=view, **asked)
    return measure_traces(traces, view=view, **options)


def _file_problem(folder: Path, reading: Reading) -> Problem | None:
    if (folder / reading.file).is_file():
        return None
    return Problem(reading.row, "file", "a path", "no such file from the table's folder")


def _export_rows(
    folder: Path,
    reading: Reading,
    cohort: str,
    views: list[str],
    digests: dict[tuple[str, str, str], int],
    options: dict,
) -> tuple[list[dict[str, object]], list[str], list[Problem]]:
    """Rows, notes and problems of one export; one excluded row where it cannot be used."""
    problems: list[Problem] = []
    options = options | {"ed_time_s": reading.ed_time_s, "es_time_s": reading.es_time_s}
    try:
        if reading.view not in views:
            raise Unusable("other_view")
        content = read_content(folder / reading.file)
        key = (content.digest, reading.view, reading.layer)
        first = digests.setdefault(key, reading.row)
        if first != reading.row:
            # Two readings that agree to the last digit are one file named twice.
            expected = f"it holds the same as the export of row {first}; name each reading's own"
            problems.append(Problem(reading.row, "file", "an export", expected))
        measures, notes = _measures(content, reading.view, options, reading.layer)
    except Unusable as error:
        row = _row(cohort, reading, "global", "gls", None, error.reason)
        return [row], [error.note] if error.note else [], problems
    rows = [
        _row(cohort, reading, segment, measure, value, "")
        for (segment, measure), value in measures.items()
    ]
    if has_doubtful_markers(notes):
        doubted = ("gls", "peak_systolic_strain", "end_systolic_strain")
        rows = [
            row | ({"reason": "implausible_markers"} if row["measure"] in doubted else {})
            for row in rows
        ]
    return rows, notes, problems


def _row(
    cohort: str, reading: Reading, segment: str, measure: str, value: float | None, reason: str
) -> dict[str, object]:
    if value is not None and MEASURES[measure] in ("frame", "beat"):
        value = int(value)
    row = {
        "cohort": cohort,
        "patient": reading.patient,
        "rater": reading.rater,
        "repeat": reading.repeat,
        "view": reading.view,
        "segment": segment,
        "measure": measure,
        "value": value,
        "unit": MEASURES[measure],
        "status": "excluded" if reason else "ok",
        "reason": reason,
    }
    return {column: row[column] for column in MEASUREMENT_COLUMNS}


def _without_duplicates(
    numbered: list[tuple[int, dict[str, object]]],
) -> tuple[list[dict[str, object]], list[tuple[int, str]], list[Problem]]:
    """Rows once each: a repeated equal one is noted, and one that differs is a problem."""
    seen: dict[tuple, tuple[int, dict[str, object]]] = {}
    notes, problems = [], []
    for number, row in sorted(numbered, key=lambda item: item[0]):
        key = tuple(row[column] for column in _KEY)
        first, kept = seen.setdefault(key, (number, row))
        if kept is row:
            continue
        if kept == row:
            notes.append((number, f"the same reading as row {first}; it is used once"))
        else:
            expected = (
                f"another {row['measure']} of this patient, reader, repeat, view and segment "
                f"stands in row {first}; number readings in column repeat"
            )
            problems.append(Problem(number, "value", "a second reading", expected))
    return [row for _, row in seen.values()], notes, problems


def _in_words(error: Unusable) -> str:
    meaning = REASONS[error.reason]
    return meaning + (f" ({error.note})" if error.note else "")
