"""A Table as a Word document by a journal's habits: three rules, no shading, columns as wide as
their content, figures aligned, lettered notes, cohorts above their rows."""

from pathlib import Path

from echogls.manuscript.tables.layout import INDENT, fitted, indented, printed
from echogls.manuscript.tables.table import Table
from echogls.manuscript.tables.timeless import make_timeless

FONT = "Times New Roman"
A4 = (595.3, 841.9)  # points of 210 x 297 mm (ISO 216)
MARGIN = 56.7  # 2 cm
GAP = 7.0  # points within a cell, left and right together
ROOM = (
    *((A4[0] - 2 * MARGIN, size) for size in (10.0, 9.0)),
    *((A4[1] - 2 * MARGIN, size) for size in (10.0, 9.0, 8.0, 7.5)),
)
UPRIGHT = 2  # so many choices are
THICK, THIN = "12", "6"  # eighths of a point


def write_word(path: Path, table: Table) -> None:
    """One table with its caption above and notes below, upright if it fits, else on its side."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    body = printed(table)
    choice, points = fitted(body, ROOM, GAP)
    size = ROOM[choice][1]
    document = Document()
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(size)
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
    page = document.sections[0]
    page.page_width, page.page_height = map(Pt, A4)
    if choice >= UPRIGHT:
        page.orientation = WD_ORIENT.LANDSCAPE
        page.page_width, page.page_height = page.page_height, page.page_width
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Pt(MARGIN)

    head = document.add_paragraph()
    head.add_run(f"Table {table.number}. ").bold = True
    head.add_run(table.title)
    head.paragraph_format.space_after = Pt(4)
    head.paragraph_format.keep_with_next = True

    grid = document.add_table(rows=1, cols=len(body.columns))
    grid.autofit = False
    _margins(grid, OxmlElement)
    repeated = grid.rows[0]._tr.get_or_add_trPr()
    repeated.append(OxmlElement("w:tblHeader"))  # on every page
    before = [INDENT * size if indented(body, place) else 0 for place in range(len(points))]
    for place, (name, letter) in enumerate(zip(body.columns, body.letters, strict=True)):
        cell = grid.rows[0].cells[place]
        _write(cell, name, place in body.figures, letter, before=before[place])
        cell.paragraphs[0].paragraph_format.keep_with_next = True
    for row in body.rows:
        cells = grid.add_row().cells
        if len(row) == 1:
            cells[0].merge(cells[-1])
            cells[0].paragraphs[0].add_run(row[0]).italic = True
            cells[0].paragraphs[0].paragraph_format.keep_with_next = True
            cells[0].paragraphs[0].paragraph_format.space_before = Pt(3)
            continue
        for place, text in enumerate(row):
            figure = place in body.figures
            whole = text.replace(" ", "\N{NO-BREAK SPACE}") if figure else text
            _write(cells[place], whole, figure, before=before[place])
    for row in grid.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, points, strict=False):
            if len(set(map(id, (c._tc for c in row.cells)))) > 1:
                cell.width = Pt(width + GAP)
    for column, width in zip(grid.columns, points, strict=True):
        column.width = Pt(width + GAP)
    _rule(grid.rows[0], OxmlElement, top=THICK, bottom=THIN)
    _rule(grid.rows[-1], OxmlElement, bottom=THICK)

    for letter, note in table.lettered:
        paragraph = document.add_paragraph()
        if letter:
            paragraph.add_run(letter).font.superscript = True
            paragraph.add_run(" ")
        paragraph.add_run(note)
        for run in paragraph.runs:
            run.font.size = Pt(min(size, 9))
        paragraph.paragraph_format.space_before = Pt(2)
    document.core_properties.title = table.caption
    document.save(str(path))
    make_timeless(path)


def _write(cell, text, figure, letter="", *, before=0.0):
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.add_run(text)
    if letter:
        paragraph.add_run(letter).font.superscript = True
    if figure:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if before:
        paragraph.paragraph_format.left_indent = Pt(before)


def _margins(grid, element):
    from docx.oxml.ns import qn

    margins = element("w:tblCellMar")
    for side in ("left", "right"):
        margin = element(f"w:{side}")
        margin.set(qn("w:w"), str(round(GAP / 2 * 20)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    grid._tbl.tblPr.append(margins)


def _rule(row, element, **sides):
    """Lines above or below the cells of a row."""
    from docx.oxml.ns import qn

    for cell in row._tr.tc_lst:
        properties = cell.get_or_add_tcPr()
        borders = element("w:tcBorders")
        for side, thickness in sides.items():
            line = element(f"w:{side}")
            line.set(qn("w:val"), "single")
            line.set(qn("w:sz"), thickness)
            line.set(qn("w:color"), "000000")
            borders.append(line)
        properties.append(borders)
