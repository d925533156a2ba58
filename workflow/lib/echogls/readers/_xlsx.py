"""The values of an Excel workbook (XLSX), for readers' tables.

Only values of cells: no formulas, styles or dates, and no pictures. A library would
bring all of these, and a package more to pin; a table of readings needs none.
ECMA-376, Office Open XML File Formats, part 1, chapter 18.
"""

import io
import re
import zipfile
from xml.etree import ElementTree

from echogls.readers._unusable import Unusable
from echogls.readers._xml import (
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_XML_BYTES,
    Sheets,
    count_cells,
    parse_xml,
)

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def read_xlsx(content: bytes) -> Sheets:
    """Sheets of a workbook in its order: name -> rows of stripped texts.

    Numbers are the texts that are stored, always with a decimal point: a cell that
    shows -18,5 % holds -0.185.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            targets = _targets(archive)
            strings = _shared_strings(archive)
            return {name: _rows(_part(archive, path), strings) for name, path in targets.items()}
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError, OSError):
        raise Unusable("unreadable_export", "not a whole Excel workbook") from None


def _part(archive: zipfile.ZipFile, path: str) -> ElementTree.Element:
    with archive.open(path) as stream:
        # One byte more than the limit: what a zip says of its sizes may be untrue.
        return parse_xml(stream.read(MAX_XML_BYTES + 1))


def _targets(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name of each sheet -> its path in the archive."""
    relations = _part(archive, "xl/_rels/workbook.xml.rels").iter("Relationship")
    paths = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    sheets = _part(archive, "xl/workbook.xml").iter("sheet")
    # Namespaces are gone, so r:id is `id`; a target is relative to xl/ or absolute.
    return {
        sheet.get("name", ""): ("/xl/" + target if not target.startswith("/") else target)[1:]
        for sheet in sheets
        if (target := paths.get(sheet.get("id"), ""))
    }


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_text(item) for item in _part(archive, "xl/sharedStrings.xml").iterfind("si")]


def _text(item: ElementTree.Element) -> str:
    """A string that may be in runs of several fonts; without its phonetic reading."""
    runs = [item, *item.iterfind("r")]
    return "".join(part.text or "" for run in runs for part in run.iterfind("t")).strip()


def _rows(sheet: ElementTree.Element, strings: list[str]) -> list[list[str]]:
    rows: list[list[str]] = []
    total = 0
    for row in sheet.iter("row"):
        for cell in row.iterfind("c"):
            at_row, at_column = _place(cell.get("r", ""))
            rows.extend([] for _ in range(at_row - len(rows) + 1))
            filled = rows[at_row]
            more = max(at_column - len(filled) + 1, 0)
            total = count_cells(total, more)
            filled.extend([""] * more)
            filled[at_column] = _value(cell, strings)
    return rows


def _place(reference: str) -> tuple[int, int]:
    """Row and column, 0-based, of a reference like B3."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise Unusable("unreadable_export", "a cell of the workbook does not say where it is")
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    row = int(found[2])
    if not (1 <= row <= MAX_ROWS and column <= MAX_COLUMNS):
        raise Unusable("unreadable_export", "a table with too many rows or columns")
    return row - 1, column - 1


def _value(cell: ElementTree.Element, strings: list[str]) -> str:
    kind, value = cell.get("t", "n"), cell.findtext("v") or ""
    if kind == "inlineStr":
        item = cell.find("is")
        return "" if item is None else _text(item)
    if kind == "s":
        if not value.isdecimal() or int(value) >= len(strings):
            raise Unusable("unreadable_export", "a text of the workbook is missing")
        return strings[int(value)]
    return value.strip()
