"""The little that plots within a page need: places, ticks, tags."""

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise


def tag(name: str, content: str = "", **attributes: object) -> str:
    """One element; an underscore in an attribute's name is a hyphen, `class_` is class.

    Example
    -------
    >>> tag("text", "a < b", x=1.25, text_anchor="end")
    '<text x="1.2" text-anchor="end">a &lt; b</text>'
    """
    return f"<{name}{_written(attributes)}>{escape(content)}</{name}>"


def group(name: str, *inside: str, **attributes: object) -> str:
    """An element around others, which are markup already."""
    return f"<{name}{_written(attributes)}>{''.join(inside)}</{name}>"


def _written(attributes):
    texts = []
    for name, value in attributes.items():
        if value is None:
            continue
        text = f"{value:.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        texts.append(f' {name.rstrip("_").replace("_", "-")}="{escape(text)}"')
    return "".join(texts)


def ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round numbers within low and high, at most about `most` of them.

    Example
    -------
    >>> ticks(-3.2, 3.1)
    [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]
    """
    if not high > low:
        return [low]
    rough = (high - low) / most
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * k for k in (1, 2, 5, 10) if size * k >= rough)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 10) + 0.0 for k in range(first, math.floor(high / step + 1e-9) + 1)]


def spread_out(places: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Places in their order moved apart by at least `least`, between low and high.

    Example
    -------
    >>> spread_out([10, 12, 50], 20, 0, 100)
    [10, 30, 50]
    """
    order = sorted(range(len(places)), key=lambda k: places[k])
    moved = list(places)
    for before, k in pairwise(order):
        moved[k] = max(moved[k], moved[before] + least)
    limit = high
    for k in reversed(order):
        moved[k] = max(min(moved[k], limit), low)
        limit = moved[k] - least
    return moved
