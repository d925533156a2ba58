"""A Table -> .tsv, .md, .tex and .docx, and all tables -> .xlsx, for whatever the manuscript is
written in."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

from echogls.manuscript.tables.latex import latex
from echogls.manuscript.tables.table import Table
from echogls.manuscript.tables.word import write_word
from echogls.manuscript.tables.workbook import write_workbook

WORKBOOK = "tables.xlsx"


def write_tsv(path: Path, table: Table) -> None:
    """Header and rows, tab-separated, as printed; full precision is in the cohorts' tables."""
    with Path(path).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(table.rows)


def markdown(table: Table) -> str:
    """A Markdown table with its caption and notes."""

    def line(cells):
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    names = [
        f"{name}<sup>{letter}</sup>" if letter else name
        for name, letter in zip(table.columns, table.letters, strict=True)
    ]
    sides = ["---:" if place in table.figure_columns else "---" for place in range(len(names))]
    lines = [f"**{table.caption}**", "", line(names), line(sides), *map(line, table.rows)]
    notes = [f"<sup>{letter}</sup> {note}" if letter else note for letter, note in table.lettered]
    return "\n".join([*lines, "", *(f"{note}\n" for note in notes)])


def _text(make: Callable[[Table], str]) -> Callable[[Path, Table], None]:
    return lambda path, table: Path(path).write_text(make(table), encoding="utf-8")


WRITERS = {".tsv": write_tsv, ".md": _text(markdown), ".tex": _text(latex), ".docx": write_word}


def write(folder: Path, table: Table) -> None:
    """The table in every format, as table1.tsv, table1.md ..."""
    for suffix, writer in WRITERS.items():
        writer(Path(folder) / f"{table.name}{suffix}", table)


def write_all(folder: Path, tables: Sequence[Table]) -> None:
    """Every table in every format, and the workbook with all of them."""
    for table in tables:
        write(folder, table)
    write_workbook(Path(folder) / WORKBOOK, tables)
