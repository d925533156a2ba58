"""A Table -> .tsv, .md, .tex and .docx, for whatever the manuscript is written in."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from echogls.manuscript.tables.table import Table

LATEX_PACKAGES = ("booktabs", "longtable", "array", "lscape")
WIDE = 8  # columns; a table with more lies on its side
SHORTEST, LONGEST = 3, 26  # letters a column is made for
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
    """A longtable with booktabs rules, as wide as the line whatever stands in it, over as many
    pages as it needs; a wide one lies on its side. Packages: LATEX_PACKAGES."""
    columns = len(table.columns)
    wide = columns > WIDE

    def line(cells):
        return " & ".join(map(latex_text, cells)) + r" \\"

    body = []
    for place, row in enumerate(table.rows):
        if place in table.rules:
            body.append(r"\midrule")
        body.append(line(row))
    head = [r"\toprule", line(table.columns), r"\midrule"]
    gaps = rf"\dimexpr\linewidth-{2 * columns}\tabcolsep\relax"
    kinds = "".join(
        rf">{{\raggedright\arraybackslash}}p{{\dimexpr{share:.3f}{gaps}}}"
        for share in column_shares(table)
    )
    notes = [rf"\noindent {latex_text(note)}\par" for note in table.notes]
    return "\n".join(
        [
            f"% needs \\usepackage{{{','.join(LATEX_PACKAGES)}}}",
            *([r"\begin{landscape}"] if wide else []),
            r"\begingroup\setlength{\tabcolsep}{3pt}",
            r"\tiny" if wide else r"\scriptsize",
            rf"\begin{{longtable}}{{{kinds}}}",
            rf"\caption{{{latex_text(table.title)}}}\label{{tab:{table.name}}}\\",
            *head,
            r"\endfirsthead",
            *head,
            r"\endhead",
            r"\bottomrule",
            r"\endfoot",
            *body,
            r"\end{longtable}",
            *notes,
            r"\endgroup",
            *([r"\end{landscape}"] if wide else []),
            "",
        ]
    )


def column_shares(table: Table) -> list[float]:
    """The share of the line's width that each column gets, by its longest cell and word."""
    widths = []
    for cells in zip(table.columns, *table.rows, strict=True):
        word = max((len(part) for cell in cells for part in cell.split()), default=1)
        widths.append(max(word, min(max(map(len, cells)), LONGEST), SHORTEST))
    return [width / sum(widths) for width in widths]


def latex_text(text: str) -> str:
    """Text with what LaTeX would take for a command made plain."""
    pattern = "|".join(map(re.escape, LATEX))
    return re.sub(pattern, lambda found: LATEX[found[0]], text)


def write_word(path: Path, table: Table) -> None:
    """A landscape Word document with the caption, the table and its notes."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml import OxmlElement
    from docx.shared import Cm, Pt

    document = Document()
    page = document.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Cm(29.7), Cm(21.0)
    page.left_margin = page.right_margin = Cm(1.5)
    document.add_paragraph().add_run(table.caption).bold = True
    grid = document.add_table(rows=1, cols=len(table.columns), style="Light Shading")
    grid.autofit = False
    repeated = grid.rows[0]._tr.get_or_add_trPr()
    repeated.append(OxmlElement("w:tblHeader"))  # on every page
    width = page.page_width - page.left_margin - page.right_margin
    shares = column_shares(table)
    for cells, texts in [(grid.rows[0].cells, table.columns)] + [
        (grid.add_row().cells, row) for row in table.rows
    ]:
        for cell, text, share in zip(cells, texts, shares, strict=True):
            cell.width = int(share * width)
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
