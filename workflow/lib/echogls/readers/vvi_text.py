"""TomTec and VVI (velocity vector imaging): `key=value` lines and blocks of numbers.

A block begins with its name, as `TracePointsEndoXYmm` or `[Strain]`, and ends with an
empty line or the next name; cells stand between tabs, semicolons or commas. Used are, in
this order, the tracked line `TracePointsEndoXYmm` (points, x and y of each frame), `tX`
with `tY` (points, frames; pixels, whose size is not used), or `Strain` (points or segments,
frames; percent), and the times `TimeProgr.` or `FrameTime` in ms. There are no markers of ED
and ES. The same rows stand in the sheets of a workbook where it was saved as XML or XLSX.
"""

import re

import numpy as np

from echogls.readers._blocks import frame_times, line_length, matrix, numeric, trimmed
from echogls.readers._content import Content
from echogls.readers._traces import Traces
from echogls.readers._unusable import Unusable
from echogls.readers._vocabulary import find_segment
from echogls.study import SEGMENTS

TIMES = ("timeprogr", "frametime")
BLOCKS = ("tracepointsendoxymm", "tx", "ty", "strain")
_NAMES = {*TIMES, *BLOCKS, "bpm"}
# A name, then perhaps its unit in brackets.
_NAME = re.compile(r"\[?\s*([A-Za-z][A-Za-z_/]*)\.?\s*(?:\([^)]*\))?\s*\]?")


def recognises(content: Content) -> bool:
    """Whether this is such a file: it names times and a line or strain, each on its own line."""
    names = {name for line in _text(content).splitlines() if (name := _name(_cells(line)))}
    return bool(names & set(TIMES)) and bool(names & set(BLOCKS))


def read_traces(content: Content, *, view: str) -> Traces:
    """The line's length in each frame, or the strain of its parts; Unusable without both."""
    del view  # the file is of the view that the sheet says
    parts = _parts(_text(content))
    given = next((numbers for name in TIMES if (numbers := _numbers(parts.get(name, [])))), None)
    if given is None:
        raise Unusable("bad_export_times", "neither TimeProgr nor FrameTime holds numbers")
    beats = _numbers(parts.get("bpm", []))
    common = {"heart_rate": beats[0] if beats and beats[0] > 0 else None}
    if "tracepointsendoxymm" in parts:
        block = matrix(parts["tracepointsendoxymm"])
        if block.shape[1] >= 6 and block.shape[1] % 2 == 0:
            length = line_length(block[:, 0::2], block[:, 1::2])
            return Traces(
                frame_times(given, len(length)), length=length, length_is_mm=True, **common
            )
    if "tx" in parts and "ty" in parts:
        length = line_length(matrix(parts["tx"]), matrix(parts["ty"]))
        return Traces(frame_times(given, len(length)), length=length, **common)
    if "strain" in parts:
        return _strain(parts["strain"], given, common)
    raise Unusable("no_global_strain", "no line through time and no strain")


def _text(content: Content) -> str:
    """The lines of a text, or of all sheets of a workbook, an empty one after each sheet."""
    if content.text:
        return content.text
    sheets = ("\n".join(map(_line, rows)) for rows in content.sheets.values())
    return "\n\n".join(sheets)


def _line(cells: list[str]) -> str:
    """A row as text; a name with one value as `name=value`, which ends a block."""
    cells = trimmed(cells)
    pair = len(cells) == 2 and numeric(cells[:1]) is None
    return ("=" if pair else "\t").join(cells)


def _strain(rows: list[list[str]], times_ms: list[float], common: dict) -> Traces:
    """Curves of segments where rows are named so; else the mean of the points."""
    curves = matrix(rows)
    times_s = frame_times(times_ms, curves.shape[1])
    labels = [find_segment(cells[0]) for cells in rows[-len(curves) :]]
    named = dict(zip(labels, curves, strict=True))
    if None not in named and len(named) == len(curves):
        whole = named.pop("global", None)
        return Traces(times_s, whole, named, **common)
    if len(curves) < len(SEGMENTS):
        raise Unusable("no_global_strain", f"{len(curves)} curves without names of segments")
    note = f"global strain is the mean of {len(curves)} points, as if evenly spaced"
    return Traces(times_s, np.mean(curves, axis=0), notes=(note,), **common)


def _parts(text: str) -> dict[str, list[list[str]]]:
    """Known name -> its rows of cells; the first is what stands on the name's own line."""
    parts: dict[str, list[list[str]]] = {}
    current: list[list[str]] | None = None
    for line in text.splitlines():
        cells = _cells(line)
        name = _name(cells)
        if name:
            current = parts.setdefault(name, [])
            own = re.split(r"[=\t;,]", line, maxsplit=1)
            values = _cells(own[1]) if len(own) > 1 else []
            if values:
                current.append(values)
        elif not cells or re.match(r"\s*\[|[^\t;,]*=", line) or (current and _is_text(cells)):
            current = None  # an empty line, or the name of what is not used, ends a block
        elif current is not None:
            current.append(cells)
    return parts


def _name(cells: list[str]) -> str | None:
    """The known name that a line begins with."""
    first = cells[0].partition("=")[0].strip() if cells else ""
    match = _NAME.fullmatch(first)
    name = match[1].lower() if match else ""
    return name if name in _NAMES else None


def _is_text(cells: list[str]) -> bool:
    return all(numeric([cell]) is None for cell in cells)


def _cells(line: str) -> list[str]:
    """Cells between tabs or semicolons, where commas are decimal marks, else between commas."""
    if "\t" in line or ";" in line:
        return trimmed(re.split(r"[\t;]", line))
    return trimmed(line.split(","))


def _numbers(rows: list[list[str]]) -> list[float]:
    """All numbers of rows; a text among them is a label or a unit."""
    parsed = (numeric([cell]) for cells in rows for cell in cells if cell)
    return [values[0] for values in parsed if values is not None and np.isfinite(values[0])]
