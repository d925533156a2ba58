"""Workbooks as rows of texts: XLSX, and Excel 2003 XML (SpreadsheetML).

Only values of cells: no formulas, styles or dates, and no pictures. Files may mean
harm: document types, entities and sizes without bound are refused, which libraries do
not: python-calamine 0.9.1 ends the process on 5 kB that hold two cells far apart.
ECMA-376, Office Open XML File Formats, part 1, chapter 18.
"""

import io
import lzma
import re
import struct
import zipfile
import zlib
from xml.etree import ElementTree
from xml.parsers import expat

# What a small file may claim to hold, and a reader of it would take for it. A tree takes some
# twenty times its text; exports are about 1 MB, and no study's table comes near the others. By
# judgement.
MAX_XML_BYTES = 16_000_000
MAX_ROWS = 100_000
MAX_COLUMNS = 10_000
MAX_CELLS = 5_000_000

Sheets = dict[str, list[list[str]]]
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_COUNT = re.compile(r"[0-9]{1,9}")  # more digits are no place in a table
# What reading a damaged archive raises; names of members that are no text are ValueErrors.
_NOT_WHOLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    KeyError, RuntimeError, EOFError, OSError, ValueError,
)  # fmt: skip


class UnreadableWorkbook(Exception):
    """A file is no workbook, or one that is refused; the text never quotes the file."""


def read_xlsx(content: bytes) -> Sheets:
    """Sheets of a workbook in its order: name -> rows of stripped texts.

    Numbers are the texts that are stored, always with a decimal point: a cell that
    shows -18,5 % holds -0.185. Raises UnreadableWorkbook.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            targets = _targets(archive)
            strings = _shared_strings(archive)
            return {name: _rows(_part(archive, path), strings) for name, path in targets.items()}
    except _NOT_WHOLE:
        raise UnreadableWorkbook("not a whole Excel workbook") from None


def spreadsheet_sheets(root: ElementTree.Element) -> Sheets:
    """Sheets of an Excel 2003 workbook (SpreadsheetML): name -> rows of stripped texts.

    Rows and cells that `Index` skips are empty.
    """
    sheets: Sheets = {}
    total = 0
    for sheet in root.iter("Worksheet"):
        rows: list[list[str]] = []
        for row in sheet.iter("Row"):
            _skip_to(rows, row.get("Index"), MAX_ROWS, [])
            cells: list[str] = []
            for cell in row.iterfind("Cell"):
                _skip_to(cells, cell.get("Index"), MAX_COLUMNS, "")
                data = cell.find("Data")
                cells.append("" if data is None else "".join(data.itertext()).strip())
            rows.append(cells)
            total = _count_cells(total, len(cells))
        sheets[sheet.get("Name", "").strip()] = rows
    return sheets


def parse_xml(content: bytes) -> ElementTree.Element:
    """The tree of an XML text, its tags and attributes without their namespaces.

    Raises UnreadableWorkbook for a text that is too large or not well formed, and for one that
    declares a document type: entities can grow a small file without bound, and no
    export needs them.
    """
    if len(content) > MAX_XML_BYTES:
        raise UnreadableWorkbook(f"XML of more than {MAX_XML_BYTES / 1e6:.0f} MB")
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")

    def refuse(*_declared: object) -> None:
        raise UnreadableWorkbook("the XML declares a document type or entities")

    def start(tag: str, attributes: dict[str, str]) -> None:
        builder.start(_local(tag), {_local(key): value for key, value in attributes.items()})

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda tag: builder.end(_local(tag))
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(content, True)
        return builder.close()
    except (expat.ExpatError, LookupError, ValueError):
        # Not the message: it may quote the file.
        raise UnreadableWorkbook("the XML is not well formed") from None


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
            total = _count_cells(total, more)
            filled.extend([""] * more)
            filled[at_column] = _value(cell, strings)
    return rows


def _place(reference: str) -> tuple[int, int]:
    """Row and column, 0-based, of a reference like B3."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise UnreadableWorkbook("a cell of the workbook does not say where it is")
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    row = int(match[2])
    if not (1 <= row <= MAX_ROWS and column <= MAX_COLUMNS):
        raise UnreadableWorkbook("a table with too many rows or columns")
    return row - 1, column - 1


def _value(cell: ElementTree.Element, strings: list[str]) -> str:
    kind, value = cell.get("t", "n"), cell.findtext("v") or ""
    if kind == "inlineStr":
        item = cell.find("is")
        return "" if item is None else _text(item)
    if kind == "s":
        if not _COUNT.fullmatch(value) or int(value) >= len(strings):
            raise UnreadableWorkbook("a text of the workbook is missing")
        return strings[int(value)]
    return value.strip()


def _count_cells(total: int, more: int) -> int:
    """The new total; refused past MAX_CELLS, which few bytes can claim by skipping cells."""
    if total + more > MAX_CELLS:
        raise UnreadableWorkbook(f"a workbook of more than {MAX_CELLS} cells")
    return total + more


def _skip_to(filled: list, index: str | None, limit: int, empty: object) -> None:
    """Fill up with empty ones so that the next gets the 1-based `index`."""
    if re.fullmatch(r"0*[1-9]\d{9,}", index or "", re.ASCII):  # more digits than are worth a number
        wanted = limit + 1
    else:
        wanted = int(index) if _COUNT.fullmatch(index or "") else len(filled) + 1
    if wanted > limit:
        raise UnreadableWorkbook(f"a table of more than {limit} rows or columns")
    filled.extend([empty] * (wanted - 1 - len(filled)))


def _local(name: str) -> str:
    return name.rpartition("}")[2]
