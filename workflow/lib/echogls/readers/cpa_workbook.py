"""TomTec 2D-CPA and VVI workbook (SpreadsheetML or XLSX): curves of six segments by layer.

Sheets `Strain-Endo`, `Strain-Myo`, `Strain-Epi` (a blank may precede the name; patient and study
in the first rows: never looked at), each with blocks `Longitudinal Strain (%)` and `Transverse
Strain (%)`. A row of a block is a segment, `03-Basal inferoseptal`, a cell a frame; a row `Time`
stands below. One file is of one view, which its segments tell. There is no marker of end-systole
and no GLS; frames where every curve is zero are end-diastole, of each beat.
"""

import re

import numpy as np

from echogls.readers._blocks import MAX_FRAMES, numeric, trimmed
from echogls.readers._content import Content
from echogls.readers._traces import Traces, zero_rows
from echogls.readers._unusable import Unusable
from echogls.readers._vocabulary import find_segment
from echogls.study import VIEW_SEGMENTS

LAYERS = ("endo", "mid", "epi")
SHEETS = {"strain-endo": "endo", "strain-myo": "mid", "strain-mid": "mid", "strain-epi": "epi"}
_BLOCK = re.compile(r"\s*(longitudinal|transverse|radial|circumferential)\s+strain", re.IGNORECASE)
_TIME = re.compile(r"\s*time\b", re.IGNORECASE)
# Two steps of time that are larger than this are in ms, and no seconds: no clip has one frame a
# second, nor a thousand.
LARGEST_STEP_S = 1.0


def recognises(content: Content) -> bool:
    """Whether this is such a workbook: a sheet of strain by layer with a longitudinal block."""
    return any(
        any(cells and cells[0].lower().startswith("longitudinal strain") for cells in rows)
        for rows in _sheets(content).values()
    )


def read_traces(content: Content, *, view: str, layer: str = "endo") -> Traces:
    """The segments' curves of a layer; Unusable if the workbook is of another view."""
    sheets = _sheets(content)
    if layer not in sheets:
        raise Unusable("no_trace_of_view", f"layers {', '.join(sheets)}, and not {layer}")
    curves, times = _block(sheets[layer])
    named = {_segment(label, view): curve for label, curve in curves.items()}
    own = {name: curve for name, curve in named.items() if name in VIEW_SEGMENTS[view]}
    if not own:
        others = [other for other in VIEW_SEGMENTS if any(
            _segment(label, other) in VIEW_SEGMENTS[other] for label in curves)]  # fmt: skip
        raise Unusable("no_trace_of_view", f"its segments are of {', '.join(others) or 'no view'}")
    if len(own) != len(curves):
        raise Unusable("unreadable_export", "rows of segments of more than one view, or one twice")
    zeros = zero_rows(list(own.values()))
    starts = [int(frame) for k, frame in enumerate(zeros) if not k or frame > zeros[k - 1] + 1]
    end = float(times[starts[1]]) if len(starts) > 1 else None
    return Traces(
        times,
        None,
        own,
        ed_time_s=float(times[starts[0]]) if starts else None,
        end_time_s=end,
        heart_rate=60 / (end - float(times[starts[0]])) if end else None,
        notes=(f"strain is of the layer {layer}",),
    )


def _sheets(content: Content) -> dict[str, list[list[str]]]:
    """Layer -> rows of its sheet."""
    return {
        SHEETS[name.strip().lower()]: rows
        for name, rows in content.sheets.items()
        if name.strip().lower() in SHEETS
    }


def _block(rows: list[list[str]]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Label -> curve of the longitudinal block, and times in s."""
    inside, times = False, None
    curves: dict[str, np.ndarray] = {}
    for cells in map(trimmed, rows):
        first = cells[0] if cells else ""
        if _BLOCK.match(first):
            inside = first.lower().startswith("longitudinal")
        elif _TIME.match(first) and len(cells) > 3 and (times is None or inside):
            times = _values(cells, "time")
        elif inside and find_segment(first) not in (None, "global"):
            label = first if first not in curves else f"{first} "
            curves[label] = _values(cells, "a segment")
    if not curves:
        raise Unusable("unreadable_export", "the longitudinal block has no row of a segment")
    if times is None:
        raise Unusable("bad_export_times", "the sheet has no row Time")
    frames = {len(times), *map(len, curves.values())}
    if len(frames) > 1 or len(times) < 3 or len(times) > MAX_FRAMES:
        raise Unusable("unreadable_export", f"rows of {sorted(frames)} frames")
    step = float(np.median(np.diff(times)))
    return curves, times / 1000 if step > LARGEST_STEP_S else times


def _values(cells: list[str], what: str) -> np.ndarray:
    values = numeric(cells[1:])
    if values is None or not np.isfinite(values).all():
        raise Unusable("unreadable_export", f"the row of {what} holds gaps or texts")
    return np.array(values)


def _segment(label: str, view: str) -> str | None:
    """The segment of a view that a row is of. Sixteen segments have four apical ones: those of
    the long axis are then called septal and lateral."""
    name = find_segment(label)
    if view == "alax":
        name = {
            "apical_septal": "apical_anteroseptal",
            "apical_lateral": "apical_inferolateral",
        }.get(name, name)
    return name
