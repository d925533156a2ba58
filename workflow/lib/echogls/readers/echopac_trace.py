"""EchoPAC "store full trace" (CSV): the points of the tracked line in every frame.

Seven lines of free text (names, id, date: never looked at; of them `View=4CH` alone is), the
line of markers as in
`echopac_text`, "Num Frames:  Knots:" with two whole numbers, then x and y in mm, point
after point and frame after frame. The line's length gives the strain; the file does not
say where segments divide it.
"""

import re

import numpy as np

from echogls.readers._blocks import MAX_FRAMES, numeric
from echogls.readers._content import Content
from echogls.readers._traces import Traces
from echogls.readers._unusable import Unusable
from echogls.readers.echopac_text import MARKERS, read_marker_line, read_markers
from echogls.written import find_view

MAX_KNOTS = 1000  # points of a line; more is no line, and would fill memory
_VIEW = re.compile(r"^\W*View\s*[=:]\s*([\w-]+)", re.IGNORECASE | re.MULTILINE)
_COUNTS = re.compile(
    r"Num Frames\s*:\s*Knots\s*:[\s,;]*([0-9]{1,9})[\s,;]+([0-9]{1,9})(?![0-9])", re.IGNORECASE
)


def recognises(content: Content) -> bool:
    """Whether this is such a file: the markers, and then the numbers of frames and knots."""
    head = content.text[:8000]
    return bool(MARKERS.search(head) and _COUNTS.search(head))


def read_traces(content: Content, *, view: str) -> Traces:
    """The line's length in each frame, in mm; frames are 1 / FR apart from 0.

    Raises Unusable if the file does not hold the points that it states, or says that it is of
    another view.
    """
    text = content.text
    named_view = stated_view(text)
    if named_view and named_view != view:
        raise Unusable(
            "no_trace_of_view", f"the file says that it is of {named_view}, the table {view}"
        )
    rate, *_ = read_marker_line(text)
    if not 1 <= rate <= 1000:
        raise Unusable("bad_export_times", f"{rate:.4g} frames/s")
    stated = _COUNTS.search(text)
    frames, knots = int(stated[1]), int(stated[2])
    if not (3 <= frames <= MAX_FRAMES and 3 <= knots <= MAX_KNOTS):
        raise Unusable("unreadable_export", f"{frames} frames of {knots} knots")
    values = _values(text[stated.end() :])
    wanted = 2 * frames * knots
    if len(values) < wanted:
        raise Unusable(
            "unreadable_export",
            f"{frames} frames of {knots} knots are {wanted} numbers; the file has {len(values)}",
        )
    notes = []
    if len(values) > wanted:
        notes.append(f"the file has {len(values) - wanted} numbers more than its frames need")
    points = values[:wanted].reshape(frames, knots, 2)
    length = np.linalg.norm(np.diff(points, axis=1), axis=-1).sum(axis=1)
    return Traces(
        np.arange(frames) / rate,
        length=length,
        length_is_mm=True,
        notes=tuple(notes),
        **read_markers(text),
    )


def stated_view(text: str) -> str:
    """The view (study.VIEWS) that the file says it is of, or "". Short axes have their level:
    SAX-PM."""
    match = _VIEW.search(text[:8000])
    return (find_view(match[1]) or find_view(match[1].partition("-")[0]) or "") if match else ""


def _values(text: str) -> np.ndarray:
    """All numbers of the block of points, (n,).

    A comma is the decimal mark only where semicolons or tabs separate: between commas
    12,5 would be two numbers.
    """
    separators = r"[;\t\n]+" if re.search(r"[;\t]", text) else r"[,\s]+"
    cells = [cell for cell in re.split(separators, text) if cell.strip(' "')]
    values = numeric(cells)
    if values is None or not np.isfinite(values).all():
        raise Unusable("unreadable_export", "the block of points holds texts")
    return np.array(values, float)
