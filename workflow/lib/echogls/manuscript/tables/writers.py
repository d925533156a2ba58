"""A Table -> .tsv, .md, .tex and .docx, for whatever the manuscript is written in."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from echogls.manuscript.tables.table import Table

LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "\N{MINUS SIGN}": "$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "\N{EM DASH}": "---",
    "\N{EN DASH}": "--",
    "Ø": r"{\O}",
    "ø": r"{\o}",
}


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

    lines = [f"**{table.caption}**", "", line(table.columns)]
    lines.append(line(["---"] * len(table.columns)))
    lines += map(line, table.rows)
    return "\n".join([*lines, "", *(f"{note}\n" for note in table.notes)])


def latex(table: Table) -> str:
    """A table environment with booktabs rules; needs packages booktabs and graphicx."""

    def line(cells):
        return " & ".join(map(latex_text, cells)) + r" \\"

    body = []
    for place, row in enumerate(table.rows):
        if place in table.rules:
            body.append(r"\midrule")
        body.append(line(row))
    notes = [rf"\\ \footnotesize {latex_text(note)}" for note in table.notes]
    return "\n".join(
        [
            r"% needs \usepackage{booktabs,graphicx}",
            r"\begin{table}[htbp]",
            r"\centering",
            rf"\caption{{{latex_text(table.title)}}}",
            rf"\label{{tab:{table.name}}}",
            r"\resizebox{\textwidth}{!}{%",
            rf"\begin{{tabular}}{{{'l' * len(table.columns)}}}",
            r"\toprule",
            line(table.columns),
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}}",
            r"\begin{minipage}{\textwidth}",
            r"\raggedright\vspace{2pt}",
            *[note.removeprefix(r"\\ ") + r"\par" for note in notes],
            r"\end{minipage}",
            r"\end{table}",
            "",
        ]
    )


def latex_text(text: str) -> str:
    """Text with what LaTeX would take for a command made plain."""
    pattern = "|".join(map(re.escape, LATEX))
    return re.sub(pattern, lambda found: LATEX[found[0]], text)


def write_word(path: Path, table: Table) -> None:
    """A landscape Word document with the caption, the table and its notes."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm, Pt

    document = Document()
    page = document.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Cm(29.7), Cm(21.0)
    page.left_margin = page.right_margin = Cm(1.5)
    document.add_paragraph().add_run(table.caption).bold = True
    grid = document.add_table(rows=1, cols=len(table.columns), style="Light Shading")
    for cells, texts in [(grid.rows[0].cells, table.columns)] + [
        (grid.add_row().cells, row) for row in table.rows
    ]:
        for cell, text in zip(cells, texts, strict=True):
            run = cell.paragraphs[0].add_run(text)
            run.font.size = Pt(8)
    for note in table.notes:
        document.add_paragraph().add_run(note).font.size = Pt(8)
    document.save(str(path))


def _text(make: Callable[[Table], str]) -> Callable[[Path, Table], None]:
    return lambda path, table: Path(path).write_text(make(table), encoding="utf-8")


WRITERS = {".tsv": write_tsv, ".md": _text(markdown), ".tex": _text(latex), ".docx": write_word}


def write(folder: Path, table: Table) -> None:
    """The table in every format, as table1.tsv, table1.md ..."""
    for suffix, writer in WRITERS.items():
        writer(Path(folder) / f"{table.name}{suffix}", table)
