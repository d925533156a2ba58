"""Tables for a terminal."""

from collections.abc import Sequence

WIDEST = 60  # characters of a cell, half a terminal's line; more is cut, and the cut is shown


def text_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Aligned columns under a header.

    Example
    -------
    >>> print(text_table(("clip", "n"), [("a", 30)]))
    clip  n
    ----  --
    a     30
    """
    cells = [[_short(cell) for cell in row] for row in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    lines = ("  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in cells)
    return "\n".join(line.rstrip() for line in lines)


def _short(cell: object) -> str:
    text = "" if cell is None else f"{cell:.4g}" if isinstance(cell, float) else str(cell)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "\N{HORIZONTAL ELLIPSIS}"
