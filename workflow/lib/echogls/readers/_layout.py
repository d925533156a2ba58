"""How a table of readings is laid out: the mapping `readers` of a cohort's config.

    readers:
      file: strain.xlsx
      sheet: Analysis             # of a workbook; the first without it
      header: 2                   # row of the column names, from 1; without it the first
      columns: {patient: Patient ID, view: Projection, value: GLS (%)}
      values:                     # a wide table: a column a reader, a repeat, a view
        AB 1: {reader: AB, repeat: 1}
        AB 2: {reader: AB, repeat: 2}
      constant: {reader: AB, view: a4c, measure: gls}     # what no column says
      sign: positive              # shortening is written as a positive number
      unit: fraction              # -0.185 for -18.5 %
      decimal: comma
      layer: mid                  # of exports that hold several layers of the wall

A plain text in its place is `{file: that text}` of a table with the columns of `long_table`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from echogls.study import StudyError, nearest
from echogls.written import as_id

SIGNS = ("negative", "positive")
UNITS = ("percent", "fraction")
DECIMALS = ("either", "comma", "point")
LAYERS = ("endo", "mid", "epi")
# What a column or a constant may say; `value` and `file` are columns alone.
FACTS = ("reader", "repeat", "view", "segment", "measure", "unit", "layer")


@dataclass(frozen=True)
class Layout:
    """The mapping above, checked; `named` is False of a plain text, whose table has our columns."""

    sheet: str = ""
    header: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constant: Mapping[str, str] = field(default_factory=dict)
    sign: str = "negative"
    unit: str = ""
    decimal: str = "either"
    layer: str = ""
    named: bool = False


def layout_of(block: str | Mapping) -> Layout:
    """The layout that a cohort's `readers` says.

    Raises StudyError for a mapping that contradicts itself; the config's schema has checked its
    keys and their kinds.
    """
    if isinstance(block, str):
        return Layout()
    given = {key: value for key, value in block.items() if key != "file" and value}
    columns = {ours: str(theirs) for ours, theirs in given.get("columns", {}).items()}
    constant = {key: str(value) for key, value in given.get("constant", {}).items()}
    values = {
        str(name): {key: str(value) for key, value in (facts or {}).items()}
        for name, facts in given.get("values", {}).items()
    }
    both = sorted(set(columns) & set(constant))
    if both:
        raise StudyError(f"readers: '{both[0]}' is under columns and under constant; keep one")
    if values and "value" in columns:
        raise StudyError("readers: `values` and a column `value`; keep one of them")
    for facts in (constant, *values.values()):
        for key in facts:
            if key not in FACTS:
                raise StudyError(f"readers: '{key}' says nothing of a reading{nearest(key, FACTS)}")
    if "reader" in constant:
        constant["reader"] = as_id(constant["reader"])
    values = {
        name: facts | ({"reader": as_id(facts["reader"])} if "reader" in facts else {})
        for name, facts in values.items()
    }
    plain = ("sheet", "header", "sign", "unit", "decimal", "layer")
    plain = {key: value for key, value in given.items() if key in plain}
    return Layout(**plain, columns=columns, values=values, constant=constant, named=True)


def plain_name(text: str) -> str:
    """A column's name as two are compared: without case, quotes and doubled blanks."""
    return re.sub(r"\s+", " ", text.strip().strip('"')).casefold()
