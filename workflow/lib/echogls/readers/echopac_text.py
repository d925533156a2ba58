"""EchoPAC strain curves as text ("Store Trace"): a title, three lines, then the curves.

    Local Traces SL in %
    Number of Frames 65
    FR= 63 Left Marker Time=0.145000 Right Marker Time=0.896000 ES Time=0.475000
    Time (s)    YELLOW    CYAN    GREEN    MAGENTA    BLUE    RED    GLOBAL    ECG :

Columns stand between tabs or spaces, and a second, empty one occurs; the decimal mark is
a point or a comma; segments have a colour (_vocabulary.COLOURS) or a name.
"""

import re
from collections.abc import Sequence

import numpy as np

from echogls.readers._blocks import numeric
from echogls.readers._content import Content, number
from echogls.readers._traces import Traces
from echogls.readers._unusable import Unusable
from echogls.readers._vocabulary import COLOURS, colour_segment, find_segment

_TIME = re.compile(r"^\s*Time\s*\(s\)", re.IGNORECASE)
_FRAMES = re.compile(r"Number of Frames\s*[:=]?\s*(\d+)", re.IGNORECASE)
# "SL" is longitudinal strain; SrL, SR, SC, VL ... are rates, other directions, velocities.
_QUANTITY = re.compile(r"Traces\s+(?P<what>\w+)?\s*in\s+(?P<unit>\S+)", re.IGNORECASE)
# One number and no more: a spreadsheet fills the line up with commas.
_MARKS = r"([-+]?\d+(?:[.,]\d+)?)"
MARKERS = re.compile(
    rf"FR\s*=\s*{_MARKS}\s+Left Marker Time\s*=\s*{_MARKS}\s+"
    rf"Right Marker Time\s*=\s*{_MARKS}\s+ES Time\s*=\s*{_MARKS}",
    re.IGNORECASE,
)


def recognises(content: Content) -> bool:
    """Whether this is such a file: the markers, and then a header that begins with time."""
    head = content.text[:4000]
    return bool(MARKERS.search(head)) and any(_TIME.match(line) for line in head.splitlines())


def read_traces(content: Content, *, view: str) -> Traces:
    """The curves of a file of one view; Unusable if they are not longitudinal strain in %."""
    lines = content.text.splitlines()
    header = next(i for i, line in enumerate(lines) if _TIME.match(line))
    notes = _check_quantity(" ".join(lines[:header]))
    names = _names(lines[header])
    rows = [line for line in lines[header + 1 :] if line.strip()]
    table = _table(rows, len(names) + 1)
    stated = _FRAMES.search(" ".join(lines[:header]))
    if stated and int(stated[1]) != len(table):
        notes.append(f"the file states {stated[1]} frames and holds {len(table)}")
    markers = read_markers(content.text)
    curves, unknown = _curves(names, table[:, 1:], view)
    if unknown:
        notes.append(f"{unknown} curves are of no segment that is known")
    whole = curves.pop("global", None)
    return Traces(table[:, 0], whole, curves, notes=tuple(notes), **markers)


def read_markers(text: str) -> dict[str, float | None]:
    """ED, ES and end of the beat in s, and the heart rate in 1/min, from the line of markers.

    A time of end-systole of 0 is none.
    """
    _, left, right, es = read_marker_line(text)
    return {
        "ed_time_s": left,
        "es_time_s": es if es > 0 else None,
        "end_time_s": right if right > left else None,
        "heart_rate": 60 / (right - left) if right > left else None,
    }


def read_marker_line(text: str) -> tuple[float, float, float, float]:
    """Frame rate in 1/s and the times of the left and right marker and ES in s."""
    try:
        rate, left, right, es = map(number, MARKERS.search(text).groups())
    except ValueError:
        raise Unusable("unreadable_export", "the line of markers holds no numbers") from None
    return rate, left, right, es


def _check_quantity(title: str) -> list[str]:
    """A note if the title does not say what the numbers are; Unusable if something else."""
    match = _QUANTITY.search(title)
    if match is None:
        return ["the file does not state its quantity; it is taken for longitudinal strain in %"]
    if match["unit"] != "%" or (match["what"] or "SL").upper() != "SL":
        raise Unusable("other_quantity", "the title names another quantity or unit than SL in %")
    return []


def _names(line: str) -> list[str]:
    """Names of the columns after time; a single space can stand inside a name."""
    rest = _TIME.sub("", line, count=1)
    cells = rest.split("\t") if "\t" in rest else re.split(r"\s{2,}", rest)
    return [cell.strip() for cell in cells if cell.strip()]


def _table(lines: Sequence[str], columns: int) -> np.ndarray:
    """(T, columns): a second column that is empty in each row is left out."""
    rows = [line.split("\t") if "\t" in line else line.split() for line in lines]
    rows = [[cell.strip() for cell in cells] for cells in rows]
    width = max((len(cells) for cells in rows), default=0)
    rows = [cells + [""] * (width - len(cells)) for cells in rows]
    used = [j for j in range(width) if any(cells[j] for cells in rows)]
    numbers = [numeric([cells[j] for j in used]) for cells in rows]
    if len(used) != columns or not numbers or None in numbers:
        raise Unusable(
            "unreadable_export", f"the header has {columns} columns and the rows {len(used)}"
        )
    return np.array(numbers, float)


def _curves(
    names: Sequence[str], values: np.ndarray, view: str
) -> tuple[dict[str, np.ndarray], int]:
    """Curves by segment and `global`, and how many are of no known one; without the ECG."""
    curves: dict[str, np.ndarray] = {}
    unknown = 0
    for name, curve in zip(names, values.T, strict=True):
        if name.upper().startswith("ECG"):
            continue
        segment = colour_segment(name, view) or find_segment(name)
        if segment is None:
            unknown += 1
        elif segment in curves:
            raise Unusable("unreadable_export", f"two curves are of {segment}")
        else:
            curves[segment] = curve
    if not curves:
        raise Unusable("unreadable_export", f"no curve of {', '.join(COLOURS)}, global or a name")
    return curves, unknown
