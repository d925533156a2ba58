"""XML without surprises: no document type, so no entities, and a limit on size."""

from xml.etree import ElementTree
from xml.parsers import expat

from echogls.readers._unusable import Unusable

# A tree takes some twenty times its text; exports are about 1 MB.
MAX_XML_BYTES = 16_000_000
MAX_ROWS = 100_000
MAX_COLUMNS = 10_000
MAX_CELLS = 5_000_000

Sheets = dict[str, list[list[str]]]


def parse_xml(content: bytes) -> ElementTree.Element:
    """The tree of an XML text, its tags and attributes without their namespaces.

    Raises Unusable for a text that is too large or not well formed, and for one that
    declares a document type: entities can grow a small file without bound, and no
    export needs them.
    """
    if len(content) > MAX_XML_BYTES:
        raise Unusable("unreadable_export", f"XML of more than {MAX_XML_BYTES / 1e6:.0f} MB")
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")

    def refuse(*_declared: object) -> None:
        raise Unusable("unreadable_export", "the XML declares a document type or entities")

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
        raise Unusable("unreadable_export", "the XML is not well formed") from None


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
            total = count_cells(total, len(cells))
        sheets[sheet.get("Name", "").strip()] = rows
    return sheets


def count_cells(total: int, more: int) -> int:
    """The new total; Unusable past MAX_CELLS, which few bytes can claim by skipping cells."""
    if total + more > MAX_CELLS:
        raise Unusable("unreadable_export", f"a workbook of more than {MAX_CELLS} cells")
    return total + more


def _skip_to(filled: list, index: str | None, limit: int, empty: object) -> None:
    """Fill up with empty ones so that the next gets the 1-based `index`."""
    wanted = int(index) if index and index.isdecimal() else len(filled) + 1
    if wanted > limit:
        raise Unusable("unreadable_export", f"a table of more than {limit} rows or columns")
    filled.extend([empty] * (wanted - 1 - len(filled)))


def _local(name: str) -> str:
    return name.rpartition("}")[2]
