"""A file's content, whatever its name says: text, or sheets of a workbook."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from echogls.readers._unusable import Unusable
from echogls.spreadsheets import (
    Sheets,
    UnreadableWorkbook,
    parse_xml,
    read_xlsx,
    spreadsheet_sheets,
)
from echogls.written import number

__all__ = ["Content", "described", "number", "read_content"]

# Of an export or table; the largest have some MB, and more would fill memory.
MAX_BYTES = 64_000_000


@dataclass(frozen=True)
class Content:
    """What a file holds: `text`, or the `sheets` of a workbook (name -> rows of texts)."""

    text: str = ""
    sheets: Sheets = field(default_factory=dict)
    digest: str = ""


def read_content(path: Path) -> Content:
    """Read a file once; Unusable if it is none of text, SpreadsheetML or XLSX."""
    try:
        with Path(path).open("rb") as stream:
            large = os.fstat(stream.fileno()).st_size > MAX_BYTES
            data = b"" if large else stream.read()
    except OSError as error:
        # The kind only: the message of an OSError holds the path.
        raise Unusable("unreadable_export", type(error).__name__) from None
    if large:
        raise Unusable("unreadable_export", f"more than {MAX_BYTES / 1e6:.0f} MB")
    try:
        return _content(data)
    except UnreadableWorkbook as error:
        raise Unusable("unreadable_export", str(error)) from None


def described(content: Content) -> str:
    """What kind of file came, without a word of it."""
    if content.sheets:
        rows = sum(map(len, content.sheets.values()))
        return f"a workbook of {len(content.sheets)} sheets with {rows} rows"
    lines = content.text.splitlines()
    mark = max("\t;,", key=content.text.count)
    name = {"\t": "tabs", ";": "semicolons", ",": "commas"}[mark]
    cells = max((line.count(mark) + 1 for line in lines), default=0)
    return f"a text of {len(lines)} lines, at most {cells} cells between {name}"


def _content(data: bytes) -> Content:
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(b"PK\x03\x04"):
        return Content(sheets=read_xlsx(data), digest=digest)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unusable(
            "unreadable_export", "an old or encrypted Excel file; save it as plain .xlsx or CSV"
        )
    text = _decoded(data)
    if text.lstrip().startswith("<"):
        return Content(sheets=spreadsheet_sheets(parse_xml(data)), digest=digest)
    return Content(text=text, digest=digest)


def _decoded(data: bytes) -> str:
    if not data.strip():
        raise Unusable("unreadable_export", "the file is empty")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        # Windows programs write cp1252 without saying so; latin-1 takes every byte.
        encodings = ["utf-8-sig", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Unusable("unreadable_export", "the text is cut in the middle of a character")
    if "\0" in text:
        raise Unusable("unreadable_export", "not a text")
    return text.replace("\r\n", "\n").replace("\r", "\n")
