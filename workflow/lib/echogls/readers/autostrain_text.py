"""TomTec-Arena AutoStrain LV (text, commas): the three apical views, two layers of the wall.

    Patient Name,...                      nine lines of `Key,value`, personal: never looked at
    Results LvApical
    ===================
    Global
    GLS Endo Peak Avg,-17.96,%            then A4C, A2C, A3C, and the same of Mid
    ES,369.94,ms
    -------------------
    Longitudinal Strain Endo
    Peak-systolic
    Segment 1 [ant],-15.20,%              1 to 6 basal, 7 to 12 mid, 13 to 18 apical
    Curves LvApical
    ===================
    Longitudinal Strain Endo              of segments; `Global Strain A4C Endo` of a view
    Unit [%]
    Time [ms],0.00,32.17,...,
    Segment 1 [ant],0.00,-1.20,...,
    Total,0.00,-2.10,...,

Time counts from end-diastole. A view that was not measured is `--.--` or 0.00 throughout. What
the software calls GLS is its peak of a layer, Endo unless `layer` says mid; it is taken as
stated, for that is what a reader reads.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from echogls.readers._blocks import MAX_FRAMES, numeric, trimmed
from echogls.readers._content import Content, number
from echogls.readers._traces import Traces
from echogls.readers._unusable import Unusable
from echogls.study import AVERAGE_VIEW

LAYERS = ("endo", "mid")
AVERAGE = True
VIEW_NAMES = {"a4c": "A4C", "a2c": "A2C", "alax": "A3C", AVERAGE_VIEW: "Avg"}
# Segment k of a level and of which view's which wall it is; the level is (k - 1) // 6.
LEVELS = ("basal", "mid", "apical")
WALLS = (
    ("a2c", "anterior"),
    ("alax", "anteroseptal"),
    ("a4c", "septal"),
    ("a2c", "inferior"),
    ("alax", "inferolateral"),
    ("a4c", "lateral"),
)
_SECTION = re.compile(r"^\s*(Results|Curves)\s+LvApical", re.IGNORECASE | re.MULTILINE)
_RULE = re.compile(r"^\s*([-=])\1{3,}[\s,]*$")
_SEGMENT = re.compile(r"Segment\s+(\d{1,2})\b", re.IGNORECASE)


def recognises(content: Content) -> bool:
    """Whether this is such a file: it has a section of results or curves of `LvApical`."""
    return bool(_SECTION.search(content.text))


def read_traces(content: Content, *, view: str, layer: str = "endo") -> Traces:
    """What the file has of a view and layer, or states of the average over views.

    Raises Unusable where the view was not measured.
    """
    results, curves = _sections(content.text)
    stated = _stated(results, view, layer)
    values = _global(results)
    common = {
        "ed_time_s": _seconds(values, "ED"),
        "es_time_s": _seconds(values, "ES") or None,
        "heart_rate": rate if (rate := values.get("heart rate", 0.0)) > 0 else None,
        "stated": stated,
        "notes": _layer_note(results, view, layer),
    }
    times, whole = _whole_curve(curves, view, layer)
    if whole is None:
        if not stated:
            raise Unusable("no_trace_of_view", f"neither GLS nor a curve of {VIEW_NAMES[view]}")
        return Traces(np.array([]), **common)
    segments = _segment_curves(curves, view, layer, times)
    return Traces(times, whole, segments, **common)


def _sections(text: str) -> tuple[list[list[str]], list[list[str]]]:
    """Rows of the sections of results and of those of curves; what is before the first is the
    patient's and is dropped."""
    parts: dict[str, list[list[str]]] = {"results": [], "curves": []}
    matches = list(_SECTION.finditer(text))
    for this, following in zip(matches, [*matches[1:], None], strict=True):
        end = following.start() if following else len(text)
        rows = (trimmed(line.split(",")) for line in text[this.end() : end].splitlines())
        parts[this[1].lower()] += rows
    return parts["results"], parts["curves"]


def _blocks(rows: Sequence[list[str]]) -> Iterator[tuple[str, list[list[str]]]]:
    """(title, rows with values) of each group, the title in lower case.

    Titles are rows of one cell; where the second alone changes (`Minimum`, `Peak-systolic`) the
    first (`Longitudinal Strain Endo`) stays.
    """
    titles: list[str] = []
    group: list[list[str]] = []
    quantity = ""
    for cells in [*rows, ["end"]]:
        if not cells or _RULE.match(cells[0]) or re.match(r"Unit\b", cells[0], re.IGNORECASE):
            continue
        if len(cells) > 1:
            group.append(cells)
            continue
        if group:
            quantity = next((title for title in titles if "strain" in title), quantity)
            own = " ".join(titles)
            yield own if quantity in own or own == "global" else f"{quantity} {own}", group
            titles, group = [], []
        titles.append(cells[0].lower())


def _global(results) -> dict[str, float]:
    """Values of the group `Global` by their lower-case names; those that are none are left out."""
    values: dict[str, float] = {}
    for _, rows in _blocks(results):
        for cells in rows:
            if not _SEGMENT.match(cells[0]):
                try:
                    value = number(cells[1])
                except ValueError:
                    continue
                if value == value:
                    values.setdefault(cells[0].lower(), value)
    return values


def _seconds(values, name: str) -> float | None:
    milliseconds = values.get(name.lower())
    return None if milliseconds is None else milliseconds / 1000


def _gls(results, view: str, layer: str) -> float | None:
    """GLS as stated; None where the view was not measured, which is also written as 0."""
    return _global(results).get(f"gls {layer} peak {VIEW_NAMES[view]}".lower()) or None


def _stated(results, view: str, layer: str) -> dict[tuple[str, str], float]:
    """GLS and the segments' peak systolic strain as stated."""
    gls = _gls(results, view, layer)
    values = {} if gls is None else {("global", "gls"): gls}
    for title, rows in _blocks(results):
        if f"longitudinal strain {layer}" in title and title.endswith("peak-systolic"):
            for cells in rows:
                value = (numeric(cells[1:2]) or [np.nan])[0]
                if (name := _segment(cells[0], view)) and np.isfinite(value) and value:
                    values[name, "peak_systolic_strain"] = value
    return values if gls is not None else {}


def _layer_note(results, view: str, layer: str) -> tuple[str, ...]:
    notes = [f"gls is of the layer {layer}"]
    for other in LAYERS:
        if other != layer and (gls := _gls(results, view, other)) is not None:
            notes.append(f"that of {other} is {gls:.2f} %")
    return ("; ".join(notes),)


def _segment(label: str, view: str) -> str | None:
    """The segment of a view that a row is of, or None."""
    match = _SEGMENT.match(label)
    if not match or not 1 <= int(match[1]) <= 18:
        return None
    level, wall = divmod(int(match[1]) - 1, 6)
    own, name = WALLS[wall]
    return f"{LEVELS[level]}_{name}" if own == view else None


def _curves(curves, title: str) -> tuple[np.ndarray, dict[str, np.ndarray]] | None:
    """Times in s and curves by their labels of the block of a title, or None."""
    for name, rows in _blocks(curves):
        if name != title.lower():
            continue
        times: np.ndarray | None = None
        by_label: dict[str, np.ndarray] = {}
        for cells in rows:
            values = numeric(cells[1:])
            if values is None or len(values) > MAX_FRAMES:
                raise Unusable("unreadable_export", "a row of a curve holds texts")
            if re.match(r"Time\b", cells[0], re.IGNORECASE):
                times = np.array(values) / (1000 if "ms" in cells[0].lower() else 1)
            else:
                by_label[cells[0]] = np.array(values)
        if times is None:
            raise Unusable("bad_export_times", "a block of curves has no row of time")
        return times, by_label
    return None


def _whole_curve(curves, view: str, layer: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Times and the curve `Total` of a view; None in its place where it was not measured."""
    none = np.array([]), None
    if view == AVERAGE_VIEW:
        return none
    block = _curves(curves, f"Global Strain {VIEW_NAMES[view]} {layer}")
    if block is None:
        return none
    times, by_label = block
    total = next((curve for name, curve in by_label.items() if name.lower() == "total"), None)
    if total is None or not np.nan_to_num(total).any():
        return none
    if len(total) != len(times) or not np.isfinite(total).all():
        raise Unusable("unreadable_export", f"{len(total)} values of {len(times)} times")
    return times, total


def _segment_curves(curves, view: str, layer: str, times: np.ndarray) -> dict[str, np.ndarray]:
    """Curves of the view's segments on the times of its whole curve."""
    block = _curves(curves, f"Longitudinal Strain {layer}")
    if block is None:
        return {}
    own, by_label = block
    segments = {}
    for label, curve in by_label.items():
        name = _segment(label, view)
        whole = len(curve) == len(own) and np.isfinite(curve).all() and np.any(curve)
        if name and whole:
            segments[name] = np.interp(times, own, curve)
    return segments
