"""The rows of a readers' table as texts by our names of columns, whatever its layout."""

import csv
from dataclasses import dataclass

from echogls.readers._content import Content
from echogls.readers._layout import Layout, plain_name
from echogls.readers._roles import header_text
from echogls.study import StudyError, nearest

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


def header_columns(content: Content) -> set[str]:
    """Our names of the columns of a table that is laid out as ours are."""
    return {column_name(cell) for cell in _cells(content, Layout()).header}


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
