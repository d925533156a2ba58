"""EchoPAC workbook (XML, SpreadsheetML): strain curves of the three apical views.

Sheet General holds pairs of a word and a value, among them names and ids (never looked
at), HR in 1/min and AVC, the closure of the aortic valve, in ms after end-diastole. Each
sheet "Strain Traces - 4CH" (2CH, APLAX) has a header of Time and six segments, time in s
from end-diastole. GLS is not stored, and the sheet of global traces mixes the views.
"""

import re

import numpy as np

from echogls.readers._blocks import MAX_FRAMES, numeric, trimmed
from echogls.readers._content import Content, number
from echogls.readers._traces import Traces
from echogls.readers._unusable import Unusable
from echogls.readers._vocabulary import find_segment, find_view

_SHEET = re.compile(r"strain\s+traces?\W*(\w+)", re.IGNORECASE)


def recognises(content: Content) -> bool:
    """Whether this is such a workbook: it has a sheet of strain traces."""
    return any(_SHEET.match(name) for name in content.sheets)


def read_traces(content: Content, *, view: str) -> Traces:
    """The curves of a view; Unusable if the workbook has none of it."""
    views = {find_view(_SHEET.match(n)[1]): n for n in content.sheets if _SHEET.match(n)}
    if view not in views:
        have = ", ".join(sorted(filter(None, views)))
        raise Unusable("no_trace_of_view", f"traces of {have or 'no known view'}")
    names, table = _table(content.sheets[views[view]])
    curves = {}
    for name, curve in zip(names[1:], table.T[1:], strict=True):
        # Walls of 2CH and APLAX keep their own names; only a4c's are study.SEGMENTS.
        curves[find_segment(name) or f"column {len(curves)}"] = curve
    if len(curves) != len(names) - 1:
        raise Unusable("unreadable_export", "two curves are of one segment")
    whole = curves.pop("global", None)
    closure = _general(content, "AVC")
    return Traces(
        table[:, 0],
        whole,
        curves,
        ed_time_s=0.0,
        es_time_s=closure / 1000 if closure > 0 else None,
        heart_rate=rate if (rate := _general(content, "HR")) > 0 else None,
    )


def _table(rows: list[list[str]]) -> tuple[list[str], np.ndarray]:
    """Names of the columns, time first, and (T, columns)."""
    filled = [cells for cells in map(trimmed, rows) if cells]
    start = next((i for i, cells in enumerate(filled) if cells[0].lower().startswith("time")), None)
    if start is None:
        raise Unusable("unreadable_export", "the sheet of traces has no column of time")
    names = filled[start]
    numbers = [numeric(cells) for cells in filled[start + 1 :]]
    whole = all(row is not None and len(row) == len(names) for row in numbers)
    if not numbers or not whole or len(numbers) > MAX_FRAMES:
        raise Unusable("unreadable_export", "the sheet of traces has gaps or texts")
    return names, np.array(numbers, float)


def _general(content: Content, word: str) -> float:
    """A number of the sheet General by its word; NaN if it is not there."""
    for name, rows in content.sheets.items():
        for cells in rows if name.lower() == "general" else []:
            if len(cells) > 1 and cells[0].upper() == word:
                try:
                    return number(cells[1])
                except ValueError:
                    return float("nan")
    return float("nan")
