"""VVI workbook (XML, SpreadsheetML): the endocardial line, some 49 points in each frame.

Rows begin with a word: `frametime` with the intervals in ms, `pixelsize` in mm, and
`EndoX` and `EndoY`, each followed by a row a point with a cell a frame, in pixels. There
are no markers of ED and ES, and strain is not stored beside the line.
"""

from echogls.readers import cpa_workbook
from echogls.readers._blocks import frame_times, line_length, matrix, numeric, trimmed
from echogls.readers._content import Content
from echogls.readers._traces import Traces
from echogls.readers._unusable import Unusable

_NEEDED = ("frametime", "endox", "endoy")


def recognises(content: Content) -> bool:
    """Whether this is such a workbook: it names the line and its times, and has no curves of
    strain, which are the software's own."""
    if cpa_workbook.recognises(content):
        return False
    return all(_find(content, word) is not None for word in _NEEDED)


def read_traces(content: Content, *, view: str) -> Traces:
    """The line's length in each frame, in mm if the size of a pixel is there."""
    del view  # the file is of the view that the sheet says
    length = line_length(_block(content, "endox"), _block(content, "endoy"))
    pixel_mm = next(iter(_values(content, "pixelsize")), None)
    in_mm = pixel_mm is not None and 0 < pixel_mm < 10
    times = frame_times(_values(content, "frametime"), len(length))
    notes = () if in_mm else ("the size of a pixel is missing; the line's length is left out",)
    return Traces(
        times, length=length * (pixel_mm if in_mm else 1), length_is_mm=in_mm, notes=notes
    )


def _find(content: Content, word: str) -> tuple[list[list[str]], int] | None:
    """The sheet's rows and the number of the row that begins with a word."""
    for rows in content.sheets.values():
        for i, cells in enumerate(rows):
            if cells and cells[0].strip().lower() == word:
                return rows, i
    return None


def _values(content: Content, word: str) -> list[float]:
    """The numbers that follow a word in its row."""
    place = _find(content, word)
    if place is None:
        return []
    rows, i = place
    values = numeric(trimmed(rows[i])[1:])
    if values is None:
        raise Unusable("unreadable_export", f"{word} holds texts")
    return values


def _block(content: Content, word: str) -> list[list[float]]:
    """(points, frames): the rows below a word, to the next word or an empty row."""
    rows, i = _find(content, word)
    block = []
    for cells in rows[i + 1 :]:
        cells = trimmed(cells)
        if not cells or (numeric(cells[:1]) is None and len(cells) < 3):
            break
        if cells[0].lower() in ("epix", "epiy", *_NEEDED, "pixelsize"):
            break
        block.append(cells)
    return matrix(block)
