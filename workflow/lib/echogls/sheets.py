"""A cohort's sheet: one row a patient, as text between tabs, commas or semicolons, or the first
sheet of a workbook (XLSX, or Excel 2003 XML)."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from echogls.spreadsheets import UnreadableWorkbook, parse_xml, read_xlsx, spreadsheet_sheets
from echogls.study import ID_PATTERN, VIEWS, StudyError, nearest
from echogls.written import (
    as_id,
    can_be_path,
    count,
    find_view,
    is_date,
    is_personal,
    number,
    transliterated,
)

SHEET_COLUMNS = ("patient", "path", "view", "fps", "spacing_mm")
NUMBERS = ("fps", "spacing_mm")
LONGEST_ID = 100  # letters of a patient's key: a folder's name, of which file systems allow 255
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how XLSX and XLS files begin
ONE_OF_A_KIND = 4  # patients; in a smaller cohort vendors may all differ; by judgement
_LONG_NUMBER = re.compile(r"[0-9]{7,}")
# A patient's own name for a key: what is more than letters, digits and these is refused, for
# "Nordmann, Ola" is a person.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_ ./-]*")


@dataclass(frozen=True)
class Sheet:
    """What a cohort's sheet says, and what is wrong with it.

    Attributes
    ----------
    patients : key -> its row, in the sheet's order, without the columns `left_out`.
    rows : key -> the number of its row in the file, the header is row 1.
    problems : what must be mended, each with its row, its column, what came and what was expected.
    left_out : columns that are used nowhere, for they look personal -> why.
    """

    patients: dict[str, dict[str, str]]
    rows: dict[str, int]
    problems: list[str]
    left_out: dict[str, str]


def read_sheet(path: Path) -> dict[str, dict[str, str]]:
    """Read a cohort sheet: patient -> its row, in the sheet's order.

    The mark that the header has most of (tab, comma, semicolon) stands between cells; a
    byte-order mark and Windows line ends are accepted, and Windows' own encoding where it is not
    UTF-8; numbers may have a decimal comma, views any case and usual spelling. Column `patient` is
    required; others of SHEET_COLUMNS are understood, the rest are covariates. A covariate that
    looks personal is left out: by its name, or because it holds dates, numbers like ids, or words
    that no two patients share.

    Raises
    ------
    StudyError : names the file and each row that is wrong.
    """
    sheet = open_sheet(path)
    if sheet.problems:
        lines = "\n".join(f"  {problem}" for problem in sheet.problems)
        raise StudyError(f"sheet {Path(path).name}:\n{lines}")
    return sheet.patients


def open_sheet(path: Path) -> Sheet:
    """The sheet with every problem; StudyError if the file is no sheet at all."""
    header, table = _cells(Path(path))
    header = [_plain_name(name) for name in header]
    if "patient" not in header:
        hint = nearest("patient", filter(None, header))
        return Sheet({}, {}, [f"row 1: no column 'patient'{hint}"], {})
    twice = sorted({name for name in header if name and header.count(name) > 1})
    problems = [f"row 1: two columns '{name}'; expected each once" for name in twice]
    patients: dict[str, dict[str, str]] = {}
    rows: dict[str, int] = {}
    for at, cells in table:
        if len(cells) != len(header):
            problems.append(
                f"row {at}: has another number of cells than the header: {len(cells)}, "
                f"expected {len(header)}"
            )
            continue
        row = _as_meant(dict(zip(header, cells, strict=True)))
        problems += [f"row {at}: {problem}" for problem in _row_problems(row, rows)]
        if ID_PATTERN.fullmatch(row["patient"]) and row["patient"] not in rows:
            patients[row["patient"]], rows[row["patient"]] = row, at
    left_out = _personal_columns(header, patients.values())
    kept = {
        patient: {key: value for key, value in row.items() if key not in left_out}
        for patient, row in patients.items()
    }
    return Sheet(kept, rows, problems, left_out)


def _plain_name(name: str) -> str:
    """A column of SHEET_COLUMNS in the one spelling that is used; others as they are."""
    plain = name.strip().lower().replace(" ", "_")
    return plain if plain in SHEET_COLUMNS else name


def _as_meant(row: dict[str, str]) -> dict[str, str]:
    """A row with its patient, view and numbers in the study's own spelling, where they have one."""
    patient = row["patient"]
    if not ID_PATTERN.fullmatch(patient) and _PLAIN.fullmatch(transliterated(patient)):
        # The folder bears the patient's name as it was written.
        row = row | {"patient": as_id(patient), "path": row.get("path") or patient}
    if row.get("view"):
        row = row | {"view": find_view(row["view"]) or row["view"]}
    for column in NUMBERS:
        if row.get(column):
            row = row | {column: row[column].replace(",", ".")}
    return row


def _personal_columns(header, rows) -> dict[str, str]:
    """Covariates that must not be published -> why."""
    reasons = {}
    for name in header:
        if name in SHEET_COLUMNS or not name:
            continue
        values = [row[name] for row in rows if row[name]]
        words = [value for value in values if not _is_number(value)]
        if is_personal(name):
            reasons[name] = "its name looks personal"
        elif any(map(is_date, values)):
            reasons[name] = "it holds dates"
        elif values and all(map(_LONG_NUMBER.fullmatch, values)):
            reasons[name] = "its numbers look like ids"
        elif len(words) >= ONE_OF_A_KIND and len(set(words)) == len(values):
            reasons[name] = "each patient has words of its own"
    return reasons


def _is_number(text: str) -> bool:
    try:
        number(text)
    except ValueError:
        return False
    return True


CLIP_COLUMNS = ("patient", "clip", "view", "chosen", "ed_frame", "es_frame", "outline")


def read_clip_sheet(path: Path) -> dict[str, list[dict[str, str]]]:
    """Read a cohort's sheet of clips: patient -> rows with CLIP_COLUMNS.

    Written as the cohort's sheet. What says something is `view` (study.VIEWS), `chosen` (yes, no),
    `ed_frame` and `es_frame` (0-based) and `outline`, a path from the sheet's own folder, which
    comes back from the current one; other columns are remarks.

    Raises
    ------
    StudyError : names the file and each row that is wrong.
    """
    header, rows = _cells(Path(path))
    by_patient: dict[str, list[dict[str, str]]] = {}
    problems = []
    for at, cells in rows:
        row = dict.fromkeys(CLIP_COLUMNS, "") | dict(zip(header, cells, strict=False))
        row = {key: row[key] for key in CLIP_COLUMNS}
        row |= {
            "view": find_view(row["view"]) or row["view"],
            "chosen": row["chosen"].lower(),
            "outline": str(Path(path).parent / row["outline"]) if row["outline"] else "",
        }
        if not ID_PATTERN.fullmatch(row["patient"]) and _PLAIN.fullmatch(
            transliterated(row["patient"])
        ):
            row["patient"] = as_id(row["patient"])
        own_rows = by_patient.setdefault(row["patient"], [])
        taken = [other["clip"] for other in own_rows]
        problems += [f"row {at}: {problem}" for problem in _clip_problems(row, taken)]
        own_rows.append(row)
    if problems:
        raise StudyError(
            f"sheet of clips {Path(path).name}:\n" + "\n".join(f"  {p}" for p in problems)
        )
    return by_patient


def _clip_problems(row, taken):
    for key in ("patient", "clip"):
        if not ID_PATTERN.fullmatch(row[key]):
            yield f"{key} '{row[key]}' must be letters, digits, '-' and '_'"
    if row["view"] and row["view"] not in VIEWS:
        yield f"view '{row['view']}'{nearest(row['view'], VIEWS)}"
    if row["chosen"] not in ("", "yes", "no"):
        yield f"chosen '{row['chosen']}' must be yes, no or empty"
    if not any(row[key] for key in CLIP_COLUMNS[2:]):
        yield f"gives none of {', '.join(CLIP_COLUMNS[2:])}"
    frames = {key: count(row[key]) for key in ("ed_frame", "es_frame")}
    for key, frame in frames.items():
        if row[key] and frame is None:
            yield f"{key} '{_shown(row[key])}' must be a whole number from 0"
    ed, es = frames.values()
    if None not in (ed, es) and ed >= es:
        yield f"ed_frame {ed} must be before es_frame {es}"
    if row["outline"] and not (can_be_path(row["outline"]) and Path(row["outline"]).exists()):
        yield "outline: no such file or folder from the sheet's own folder"
    if row["clip"] in taken:
        yield f"clip '{row['clip']}' of {row['patient']} is there twice"


def doubtful_columns(row: dict[str, str]) -> list[str]:
    """Columns that are taken for covariates and are called nearly as one that means something."""
    notes = []
    for name in row:
        hint = nearest(name, SHEET_COLUMNS) if name not in SHEET_COLUMNS else ""
        if "did you mean" in hint:
            notes.append(f"row 1: column '{name}' is taken for a covariate{hint}")
    return notes


def _row_problems(row, taken):
    patient = row["patient"]
    if not ID_PATTERN.fullmatch(patient):
        yield (
            f"patient '{patient}' must be letters, digits, '-' and '_', "
            "and begin with a letter or digit"
        )
    elif len(patient) > LONGEST_ID:
        came = f"patient '{_shown(patient)}' has {len(patient)} letters"
        yield f"{came}; expected {LONGEST_ID} at most"
    elif patient in taken:
        yield f"patient '{patient}' is there twice, as in row {taken[patient]}; expected a row each"
    if not can_be_path(row.get("path", "")):
        yield f"path '{_shown(row['path'])}' can be no file's name"
    if row.get("view") and row["view"] not in VIEWS:
        yield f"view '{row['view']}'{nearest(row['view'], VIEWS)}"
    for column in NUMBERS:
        if column == "spacing_mm" and row.get(column, "").lower() == "unknown":
            continue
        if row.get(column) and not _positive(row[column]):
            also = ", or 'unknown'" if column == "spacing_mm" else ""
            yield f"{column} '{row[column]}' must be a number above 0{also}"


def _shown(text: str) -> str:
    """A cell as an error quotes it."""
    return text if len(text) <= 40 else f"{text[:37]}..."


def _cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header, and (row number, cells) of the rows that are not empty."""
    try:
        data = path.read_bytes()
    except OSError:
        raise StudyError(
            f"sheet {path.name} not found, or it may not be read; check cohorts.*.patients in the "
            "config"
        ) from None
    rows = _workbook_rows(path.name, data)
    if rows is None:
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


def _workbook_rows(name: str, data: bytes) -> list[list[str]] | None:
    """Rows of a workbook's first sheet, each as wide as the header; None for a text."""
    try:
        if data.startswith(b"PK\x03\x04"):
            sheets = read_xlsx(data)
        elif data.startswith(b"\xd0\xcf\x11\xe0"):
            raise UnreadableWorkbook("an old or encrypted Excel file")
        elif data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            sheets = spreadsheet_sheets(parse_xml(data.lstrip(b"\xef\xbb\xbf")))
        else:
            return None
    except UnreadableWorkbook as error:
        raise StudyError(f"sheet {name}: {error}; save it as .xlsx, or as text") from None
    rows = next(iter(sheets.values()), [])
    width = len(_trimmed(rows[0], 0)) if rows else 0
    return [cells + [""] * (width - len(cells)) for cells in rows]


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
        return 0 < number(text) < float("inf")
    except ValueError:
        return False
