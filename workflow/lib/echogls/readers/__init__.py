"""Readers' measurements in, rows of readers.tsv out: tables and vendors' exports.

`long_table` is the table of readings. Every other public module is the export of one
vendor's format, found by its name, and offers

    recognises(content: Content) -> bool
        By what the file holds, never by its name. At most one format does.
    read_traces(content: Content, *, view: str) -> Traces
        The curves of one view, as the file has them; Unusable if it has none.

An export is of one patient, reader, repeat and view, which the table's row says: nothing
in a file says whose it is. Names, ids and dates of a file reach no row, note or error,
nor does the file's own name. What cannot be used is an excluded row with a reason; what
only the user can mend is a StudyError that lists every problem at once.
"""

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from echogls.plugins import paths, plugin, plugin_names
from echogls.readers import long_table
from echogls.readers._checks import check_readings
from echogls.readers._content import Content, read_content
from echogls.readers._measures import measure_traces
from echogls.readers._problems import Problem, grouped_notes, listing
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
    "export_formats",
    "file_format",
    "named_exports",
    "read_export",
    "read_readers",
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


def named_exports(path: Path) -> list[str]:
    """Paths of the exports that a readers' table names and that exist; none if it cannot be
    read, which `read_readers` will explain."""
    path = Path(path)
    try:
        rows, _ = long_table.read_rows(_read_table(path))
    except (Unusable, StudyError):
        return []
    named = dict.fromkeys(cells.get("file", "") for _, cells in rows)
    return [str(path.parent / name) for name in named if name and (path.parent / name).is_file()]


def read_readers(
    path: Path,
    *,
    cohort: str,
    patients: Iterable[str],
    views: Iterable[str],
    gls: str = "peak_systolic",
    reference: str = "zero_row",
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

    Returns
    -------
    rows : study.MEASUREMENT_COLUMNS, in the table's order. Strain is signed percent,
        shortening negative. Excluded rows have no value, and a reason of
        study.REASONS.
    notes : lines that name rows of the table.

    Raises StudyError with every problem of the table, each with its row and column, what
    came and what was expected.
    """
    path, patients, views = Path(path), list(patients), list(views)
    _check_choices(views, gls, reference)
    views += [AVERAGE_VIEW] if len(views) > 1 else []
    content = _read_table(path)
    try:
        table, notes = long_table.read_rows(content)
    except StudyError as error:
        raise StudyError(f"readers' table {path.name}: {error}") from None
    readings, problems = long_table.parse_rows(table, patients=patients, views=views)
    values = [reading for reading in readings if not reading.file]
    checked, said, wrong = check_readings(values, views=views)
    problems += wrong
    found = [
        (reading.row, _row(cohort, reading, reading.segment, reading.measure, value, reason))
        for reading, value, reason in checked
    ]
    digests: dict[tuple[str, str], int] = {}
    for reading in readings:
        if reading.file and not (bad := _file_problem(path.parent, reading)):
            rows, text, wrong = _export_rows(
                path.parent, reading, cohort, views, digests, {"gls": gls, "reference": reference}
            )
            found += [(reading.row, row) for row in rows]
            said += [(reading.row, note) for note in text]
            problems += wrong
        elif reading.file:
            problems.append(bad)
    rows, repeated, wrong = _without_duplicates(found)
    problems += wrong
    if problems:
        lines = "\n".join(f"  {line}" for line in listing(problems))
        raise StudyError(f"readers' table {path.name}:\n{lines}")
    return rows, notes + grouped_notes(sorted(said + repeated, key=lambda note: note[0]))


def read_export(
    path: Path,
    *,
    view: str,
    gls: str = "peak_systolic",
    reference: str = "zero_row",
    ed_time_s: float | None = None,
    es_time_s: float | None = None,
) -> tuple[dict[tuple[str, str], float | int], list[str]]:
    """Measures of one vendor's export: (segment, measure) -> value in its unit, and notes.

    Raises StudyError that says why the export cannot be used, without its name.
    """
    _check_choices([view], gls, reference)
    options = {"ed_time_s": ed_time_s, "es_time_s": es_time_s, "gls": gls, "reference": reference}
    try:
        return _measures(read_content(Path(path)), view, options)
    except Unusable as error:
        raise StudyError(f"the export cannot be used: {_said(error)}") from None


def _check_choices(views: list[str], gls: str, reference: str) -> None:
    for view in views:
        if view not in READ_VIEWS:
            raise StudyError(f"view '{view}'{nearest(view, READ_VIEWS)}")
    for name, value, known in (("gls", gls, GLS_RULES), ("reference", reference, REFERENCES)):
        if value not in known:
            raise StudyError(f"{name} '{value}'{nearest(value, known)}")


def _read_table(path: Path) -> Content:
    """The content of a readers' table; StudyError if it is none."""
    if not path.is_file():
        raise StudyError(f"readers' table {path.name} not found; check cohorts.*.readers in config")
    try:
        content = read_content(path)
        exporter = _exporter(content)
    except Unusable as error:
        raise StudyError(f"readers' table {path.name}: {_said(error)}") from None
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
    content: Content, view: str, options: dict
) -> tuple[dict[tuple[str, str], float | int], list[str]]:
    if view not in APICAL_VIEWS:
        raise Unusable("other_view", f"an export is of one of {', '.join(APICAL_VIEWS)}")
    exporter = _exporter(content)
    if exporter is None:
        formats = ", ".join(export_formats())
        raise Unusable("unreadable_export", f"of no known format: {formats}")
    return measure_traces(exporter.read_traces(content, view=view), view=view, **options)


def _file_problem(folder: Path, reading: Reading) -> Problem | None:
    if (folder / reading.file).is_file():
        return None
    return Problem(reading.row, "file", "a path", "no such file from the table's folder")


def _export_rows(
    folder: Path,
    reading: Reading,
    cohort: str,
    views: list[str],
    digests: dict[tuple[str, str], int],
    options: dict,
) -> tuple[list[dict[str, object]], list[str], list[Problem]]:
    """Rows, notes and problems of one export; one excluded row where it cannot be used."""
    problems: list[Problem] = []
    options = options | {"ed_time_s": reading.ed_time_s, "es_time_s": reading.es_time_s}
    try:
        if reading.view not in views:
            raise Unusable("other_view")
        content = read_content(folder / reading.file)
        first = digests.setdefault((content.digest, reading.view), reading.row)
        if first != reading.row:
            # Two readings that agree to the last digit are one file named twice.
            expected = f"it holds the same as the export of row {first}; name each reading's own"
            problems.append(Problem(reading.row, "file", "an export", expected))
        measures, notes = _measures(content, reading.view, options)
    except Unusable as error:
        row = _row(cohort, reading, "global", "gls", None, error.reason)
        return [row], [error.note] if error.note else [], problems
    rows = [
        _row(cohort, reading, segment, measure, value, "")
        for (segment, measure), value in measures.items()
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
    found: list[tuple[int, dict[str, object]]],
) -> tuple[list[dict[str, object]], list[tuple[int, str]], list[Problem]]:
    """Rows once each: a repeated equal one is noted, and one that differs is a problem."""
    seen: dict[tuple, tuple[int, dict[str, object]]] = {}
    notes, problems = [], []
    for number, row in sorted(found, key=lambda item: item[0]):
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


def _said(error: Unusable) -> str:
    meaning = REASONS[error.reason]
    return meaning + (f" ({error.note})" if error.note else "")
