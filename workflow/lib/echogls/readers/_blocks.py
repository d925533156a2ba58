"""Blocks of numbers in an export that is not quite a table."""

from collections.abc import Sequence

import numpy as np

from echogls.readers._content import number
from echogls.readers._unusable import Unusable

# A minute at 80 a second; more is no strain curve, and would fill memory.
MAX_FRAMES = 5000


def numeric(cells: Sequence[str]) -> list[float] | None:
    """The numbers of a row, or None if a cell is none; NaN for an empty cell."""
    try:
        return [number(cell) for cell in cells]
    except ValueError:
        return None


def trimmed(cells: Sequence[str]) -> list[str]:
    """Cells without the empty ones at the end."""
    cells = [cell.strip().strip('"') for cell in cells]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def matrix(rows: Sequence[Sequence[str]]) -> np.ndarray:
    """(points, frames) from rows of texts, without labels.

    Left out are a first row of texts or that only counts from 0 or 1 (frames), and then
    a first column of the same kind (points).

    Raises Unusable where rows differ in length or a number is missing.
    """
    filled = [cells for cells in map(trimmed, rows) if cells]
    if filled:
        whole, after_label = numeric(filled[0]), numeric(filled[0][1:])
        if after_label is None or _counts(after_label) or _counts(whole):
            filled = filled[1:]
    if filled and all(not cells[0] or numeric(cells[:1]) is None for cells in filled):
        filled = [cells[1:] for cells in filled]
    numbers = [numeric(cells) for cells in filled]
    if len(numbers) < 2 or None in numbers or len({len(row) for row in numbers}) != 1:
        raise Unusable("unreadable_export", "a block of numbers has gaps or texts")
    block = np.array(numbers, float)
    if _counts(block[:, 0]):
        block = block[:, 1:]
    if not block.size or not np.isfinite(block).all() or block.shape[1] > MAX_FRAMES:
        raise Unusable("unreadable_export", "a block of numbers has gaps or too many frames")
    return block


def frame_times(values_ms: Sequence[float], frames: int) -> np.ndarray:
    """Times of frames, (frames,) s, from ms: one interval, intervals, or times from 0.

    Values that begin with 0 and increase are times; all others are intervals.
    """
    values = np.array(values_ms, float) / 1000
    if values.size == 1:
        return np.arange(frames) * values[0]
    if values.size >= frames and values[0] == 0 and (np.diff(values) > 0).all():
        return values[:frames]
    if values.size < frames - 1:
        raise Unusable("bad_export_times", f"{values.size} intervals for {frames} frames")
    return np.concatenate([[0.0], np.cumsum(values[: frames - 1])])


def line_length(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Length of a line in each frame: (points, T) each -> (T,), in their unit."""
    if x.shape != y.shape or len(x) < 3:
        raise Unusable("unreadable_export", f"x has {x.shape} points and frames, y {y.shape}")
    return np.hypot(np.diff(x, axis=0), np.diff(y, axis=0)).sum(axis=0)


def _counts(values: Sequence[float] | None) -> bool:
    """Whether numbers only count from 0 or 1; two could do so by chance."""
    if values is None or len(values) < 3:
        return False
    return any(np.array_equal(values, np.arange(start, start + len(values))) for start in (0, 1))
