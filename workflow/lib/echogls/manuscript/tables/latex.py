"""A Table as LaTeX: booktabs, numbers aligned at their points by dcolumn, over as many pages as it
needs, within the lines of a plain article."""

import re

from echogls.manuscript.rounding import EMPTY
from echogls.manuscript.tables.layout import (
    FIGURE_SPACE,
    INDENT,
    Body,
    fitted,
    indented,
    plain_numbers,
    printed,
)
from echogls.manuscript.tables.table import Table

PACKAGES = ("booktabs", "longtable", "array", "dcolumn", "lscape")
SCALE = 0.94  # of Computer Modern's letters to those of layout.EMS, which are wider
GAP = 4.0  # points between columns, on each side half of them
# Line of an article of 10 points on letter paper, upright and on its side, and sizes of type.
ROOM = ((345.0, 9.0), (345.0, 8.0), (550.0, 8.0), (550.0, 7.0))
SIZES = (r"\small", r"\footnotesize", r"\footnotesize", r"\scriptsize")
ON_ITS_SIDE = 2  # the first choice that is
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
    "\N{NO-BREAK SPACE}": "~",
    FIGURE_SPACE: r"\phantom{0}",
    "Ø": r"{\O}",
    "ø": r"{\o}",
}


def latex_text(text: str) -> str:
    """Text with what LaTeX would take for a command made plain."""
    pattern = "|".join(map(re.escape, LATEX))
    return re.sub(pattern, lambda match: LATEX[match[0]], text)


def latex(table: Table) -> str:
    """A longtable; a wide one lies on its side. Packages: PACKAGES."""
    body = printed(table)
    choice, points = fitted(body, ROOM, GAP, SCALE)
    numbers = {place for place in range(len(body.columns)) if plain_numbers(body, place)}
    kinds = "".join(_kind(body, place, points[place], numbers) for place in range(len(points)))
    head = [r"\toprule", _head(body, points), r"\midrule"]
    rows = []
    for place, row in enumerate(body.rows):
        if place in body.rules:
            rows.append(r"\addlinespace")
        if len(row) == 1:
            span = (
                rf"\multicolumn{{{len(points)}}}{{@{{}}l}}{{\textit{{{latex_text(row[0])}}}}} \\*"
            )
            rows.append(span)
        else:
            rows.append(" & ".join(_cell(row, k, numbers, body) for k in range(len(row))) + r" \\")
    marks = [rf"\textsuperscript{{{letter}}}~" if letter else "" for letter, _ in table.lettered]
    notes = [
        rf"\noindent {mark}{latex_text(note)}\par"
        for mark, (_, note) in zip(marks, table.lettered, strict=True)
    ]
    side = choice >= ON_ITS_SIDE
    return "\n".join(
        [
            f"% needs \\usepackage{{{','.join(PACKAGES)}}}",
            *([r"\begin{landscape}"] if side else []),
            rf"\begingroup\setlength{{\tabcolsep}}{{{GAP / 2:g}pt}}{SIZES[choice]}",
            rf"\begin{{longtable}}{{@{{}}{kinds}@{{}}}}",
            rf"\caption{{{latex_text(table.title)}}}\label{{tab:{table.name}}}\\",
            *head,
            r"\endfirsthead",
            *head,
            r"\endhead",
            r"\bottomrule",
            r"\endfoot",
            *rows,
            r"\end{longtable}",
            *notes,
            r"\endgroup",
            *([r"\end{landscape}"] if side else []),
            "",
        ]
    )


def _kind(body, place, points, numbers):
    if place in numbers:
        cells = [row[place].strip(FIGURE_SPACE) for row in body.rows if len(row) > 1]
        parts = [cell.split(".") for cell in cells if cell not in ("", EMPTY)]
        before = max(len(part[0]) for part in parts)
        after = max(len(part[1]) if len(part) > 1 else 0 for part in parts)
        return f"D{{.}}{{.}}{{{before}.{after}}}"
    if place in body.figures:
        return "r"
    before = rf"\leftskip={INDENT}em" if indented(body, place) else ""
    return rf">{{\raggedright{before}\arraybackslash}}p{{{points:.1f}pt}}"


def _head(body: Body, points: list[float]) -> str:
    cells = []
    for place, (name, letter) in enumerate(zip(body.columns, body.letters, strict=True)):
        text = latex_text(name) + (rf"\textsuperscript{{{letter}}}" if letter else "")
        if place in body.figures:
            box = (
                rf">{{\raggedleft\arraybackslash}}p{{{points[place]:.1f}pt}}"
                if " " in name
                else "r"
            )
            cells.append(rf"\multicolumn{{1}}{{{box}}}{{{text}}}")
        else:
            cells.append(text)
    return " & ".join(cells) + r" \\"


def _cell(row, place, numbers, body):
    text = row[place]
    if place not in numbers:
        if place in body.figures:
            text = text.replace(" ", "\N{NO-BREAK SPACE}")
        return latex_text(text)
    text = text.strip(FIGURE_SPACE)
    if text in ("", EMPTY):
        return r"\multicolumn{1}{r}{" + latex_text(text) + "}"
    return text.replace("\N{MINUS SIGN}", "-")
