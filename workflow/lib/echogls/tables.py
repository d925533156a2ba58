"""Tab-separated tables: one header line, missing is an empty cell, full precision."""

import csv
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from echogls.files import whole_file


def write_table(path: Path, rows: Iterable[dict], columns: Sequence[str]) -> None:
    """Write rows under a fixed header; cells that are absent, None or NaN stay empty.

    Raises
    ------
    ValueError : a row has a column that the table does not have.
    StudyError : the disk has no room.
    """
    with whole_file(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, columns, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({key: _cell(value) for key, value in row.items()})


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of a table as text; an empty cell is an empty text.

    Cells of the same text share their memory, within a table and between tables: most cells of a
    large cohort's repeat.
    """
    with Path(path).open(newline="", encoding="utf-8") as stream:
        return [
            {key: sys.intern(cell) if type(cell) is str else cell for key, cell in row.items()}
            for row in csv.DictReader(stream, delimiter="\t")
        ]


def join_tables(path: Path, parts: Mapping[str, Path], cohort: str) -> None:
    """Write patients' tables, which have the same header, as one of the cohort.

    Parameters
    ----------
    parts : patient -> its table.
    """
    header = read_header(next(iter(parts.values()))) if parts else []
    rows = (
        {"cohort": cohort, "patient": patient} | row
        for patient, part in parts.items()
        for row in read_table(part)
    )
    write_table(path, rows, ["cohort", "patient", *header])


def read_joined(path: Path, patients: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """Patient -> its rows of a table of `join_tables`, as they were; none of one without rows."""
    parts: dict[str, list[dict[str, str]]] = {patient: [] for patient in patients}
    for row in read_table(path):
        del row["cohort"]
        parts[row.pop("patient")].append(row)
    return parts


def as_text(rows: Iterable[dict], columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows as `read_table` would read them from a table with these columns."""
    return [{column: _cell(row.get(column)) for column in columns} for row in rows]


def read_header(path: Path) -> list[str]:
    """Column names of a table."""
    with Path(path).open(newline="", encoding="utf-8") as stream:
        return next(csv.reader(stream, delimiter="\t"), [])


def _cell(value) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if hasattr(value, "item"):  # a numpy scalar
        return _cell(value.item())
    if isinstance(value, float):
        return repr(value)
    return str(value).replace("\t", " ").replace("\n", " ").replace("\r", " ")
