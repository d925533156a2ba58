"""A cohort's sheet: one row a patient, as text between tabs, commas or semicolons."""

import csv
from pathlib import Path

from echogls.study import ID_PATTERN, VIEWS, StudyError, nearest

KNOWN = ("patient", "path", "view", "fps", "spacing_mm")
NUMBERS = ("fps", "spacing_mm")
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how XLSX and XLS files begin


def read_sheet(path: Path) -> dict[str, dict[str, str]]:
    """Read a cohort sheet: patient -> its row, in the sheet's order.

    The mark that the header has most of (tab, comma, semicolon) stands between cells; a
    byte-order mark and Windows line ends are accepted, and Windows' own encoding where it is not
    UTF-8. Column `patient` is required; others of KNOWN are understood, the rest are covariates.

    Raises
    ------
    StudyError : names the file and each row that is wrong.
    """
    patients, problems = sheet_problems(path)
    if problems:
        raise StudyError(f"sheet {Path(path).name}:\n" + "\n".join(f"  {p}" for p in problems))
    return patients


def sheet_problems(path: Path) -> tuple[dict[str, dict[str, str]], list[str]]:
    """The rows that can be used as in `read_sheet`, and every problem: its row, its column, what
    came and what was expected. StudyError if the file is no sheet at all."""
    header, rows = _cells(Path(path))
    if "patient" not in header:
        return {}, [f"row 1: no column 'patient'{nearest('patient', filter(None, header))}"]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    problems = [f"row 1: two columns '{name}'; expected each once" for name in twice]
    patients: dict[str, dict[str, str]] = {}
    for number, cells in rows:
        if len(cells) != len(header):
            problems.append(
                f"row {number}: has another number of cells than the header: {len(cells)}, "
                f"expected {len(header)}"
            )
            continue
        row = dict(zip(header, cells, strict=True))
        problems += [f"row {number}: {problem}" for problem in _row_problems(row, patients)]
        if ID_PATTERN.fullmatch(row["patient"]):
            patients.setdefault(row["patient"], row)
    return patients, problems


CLIP_COLUMNS = ("patient", "clip", "view", "chosen")


def read_clip_sheet(path: Path) -> dict[str, list[dict[str, str]]]:
    """Read a cohort's sheet of clips: patient -> rows with CLIP_COLUMNS.

    Written as the cohort's sheet; `view` (a key of study.VIEWS) or `chosen` (yes, no) or
    both say something, other columns are remarks.

    Raises
    ------
    StudyError : names the file and each row that is wrong.
    """
    header, rows = _cells(Path(path))
    told: dict[str, list[dict[str, str]]] = {}
    problems = []
    for number, cells in rows:
        row = dict.fromkeys(CLIP_COLUMNS, "") | dict(zip(header, cells, strict=False))
        row = {key: row[key] for key in CLIP_COLUMNS}
        mine = told.setdefault(row["patient"], [])
        taken = [other["clip"] for other in mine]
        problems += [f"row {number}: {problem}" for problem in _clip_problems(row, taken)]
        mine.append(row)
    if problems:
        raise StudyError(
            f"sheet of clips {Path(path).name}:\n" + "\n".join(f"  {p}" for p in problems)
        )
    return told


def _clip_problems(row, taken):
    for key in ("patient", "clip"):
        if not ID_PATTERN.fullmatch(row[key]):
            yield f"{key} '{row[key]}' must be letters, digits, '-' and '_'"
    if row["view"] and row["view"] not in VIEWS:
        yield f"view '{row['view']}'{nearest(row['view'], VIEWS)}"
    if row["chosen"] not in ("", "yes", "no"):
        yield f"chosen '{row['chosen']}' must be yes, no or empty"
    if not row["view"] and not row["chosen"]:
        yield "gives neither view nor chosen"
    if row["clip"] in taken:
        yield f"clip '{row['clip']}' of {row['patient']} is there twice"


def doubtful_columns(row: dict[str, str]) -> list[str]:
    """Columns that are taken for covariates and are called nearly as one that means something."""
    told = []
    for name in row:
        hint = nearest(name, KNOWN) if name not in KNOWN else ""
        if "did you mean" in hint:
            told.append(f"row 1: column '{name}' is taken for a covariate{hint}")
    return told


def _row_problems(row, patients):
    patient = row["patient"]
    if not ID_PATTERN.fullmatch(patient):
        yield (
            f"patient '{patient}' must be letters, digits, '-' and '_', "
            "and begin with a letter or digit"
        )
    elif patient in patients:
        yield f"patient '{patient}' is there twice; expected a row a patient"
    if row.get("view") and row["view"] not in VIEWS:
        yield f"view '{row['view']}'{nearest(row['view'], VIEWS)}"
    for column in NUMBERS:
        if column == "spacing_mm" and row.get(column, "").lower() == "unknown":
            continue
        if row.get(column) and not _positive(row[column]):
            also = ", or 'unknown'" if column == "spacing_mm" else ""
            yield f"{column} '{row[column]}' must be a number above 0, with a decimal point{also}"


def _cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header, and (row number, cells) of the rows that are not empty."""
    try:
        data = path.read_bytes()
    except OSError:
        raise StudyError(
            f"sheet {path.name} not found, or it may not be read; check cohorts.*.patients in the "
            "config"
        ) from None
    if data.startswith(WORKBOOKS):
        raise StudyError(f"sheet {path.name} is a workbook; save it as text with tabs or as CSV")
    lines = _text(data).splitlines()
    head = lines[0] if lines else ""
    mark = max("\t,;", key=head.count)
    try:
        rows = [[cell.strip() for cell in cells] for cells in csv.reader(lines, delimiter=mark)]
    except csv.Error:
        raise StudyError(f"sheet {path.name}: a cell is too long") from None
    header = _trimmed(rows[0], 0) if rows else []
    filled = [(number, cells) for number, cells in enumerate(rows[1:], start=2) if any(cells)]
    return header, [(number, _trimmed(cells, len(header))) for number, cells in filled]


def _trimmed(cells, width):
    """Without the empty cells that a spreadsheet adds at the end, beyond a width."""
    while len(cells) > width and not cells[-1]:
        cells = cells[:-1]
    return cells


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _positive(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False
