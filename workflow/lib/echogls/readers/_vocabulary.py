"""Words of readers and vendors for what study.py names."""

import re

from echogls.study import MEASURES, VIEW_SEGMENTS
from echogls.written import READ_VIEWS, find_view

__all__ = [
    "APICAL_VIEWS",
    "COLOURS",
    "READ_VIEWS",
    "colour_segment",
    "find_measure",
    "find_segment",
    "find_view",
]

APICAL_VIEWS = tuple(VIEW_SEGMENTS)
# EchoPAC draws the six segments of a view in these colours, along the wall from the annulus
# on the left of the image, as study.VIEW_SEGMENTS.
COLOURS = ("yellow", "cyan", "green", "magenta", "blue", "red")
GLOBAL_WORDS = {"global", "gls", "average", "mean"}

_LEVEL = re.compile(r"bas(?:al|e)?|mid(?:dle)?|ap(?:ical|ex|i)?")
_LEVELS = {"b": "basal", "m": "mid", "a": "apical"}
# Longest first: inferoseptal is not inferior, anterolateral not anterior.
_WALLS = (
    (r"(?:antero|ant)sept(?:al|um)?|septant", "anteroseptal"),
    (r"(?:infero|inf)?sept(?:al|um)?", "septal"),
    (r"(?:infero|inf)lat(?:eral)?|post(?:erior)?(?:lat(?:eral)?)?", "inferolateral"),
    (r"(?:antero|ant)?lat(?:eral)?", "lateral"),
    (r"ant(?:erior)?", "anterior"),
    (r"inf(?:erior)?", "inferior"),
)


def find_measure(text: str) -> str | None:
    """The key of study.MEASURES that a word means, or None."""
    word = re.sub(r"[\s-]+", "_", text.strip().lower())
    return word if word in MEASURES else None


def find_segment(text: str) -> str | None:
    """The segment that a word means: `global`, or level and wall as `basal_septal`, or None.

    The septum of the four-chamber view is the inferior one and its lateral wall the
    anterior one, so both names mean the same; other walls have one name, as in
    study.VIEW_SEGMENTS.
    """
    word = re.sub(r"[^a-z]", "", text.lower())
    if word in GLOBAL_WORDS:
        return "global"
    level = _LEVEL.match(word)
    # `apant` is apical anterior: of the level's spellings the one that leaves a wall.
    for length in range(level.end() if level else 0, 1, -1):
        if _LEVEL.fullmatch(word[:length]):
            for pattern, wall in _WALLS:
                if re.fullmatch(pattern, word[length:]):
                    return f"{_LEVELS[word[0]]}_{wall}"
    return None


def colour_segment(text: str, view: str) -> str | None:
    """The segment of a view (study.VIEW_SEGMENTS) that EchoPAC draws in a colour, or None."""
    word = text.strip().lower()
    return VIEW_SEGMENTS[view][COLOURS.index(word)] if word in COLOURS else None
