"""All tables in one Excel workbook, a sheet each: numbers are numbers, as rounded in print."""

import math
from collections.abc import Sequence
from pathlib import Path

from echogls.manuscript.tables.layout import PLAIN, ems
from echogls.manuscript.tables.table import FIGURE, Table
from echogls.manuscript.tables.timeless import make_timeless

WIDEST = 40  # letters of a column, so that several stand on a screen; by judgement
LINE = 15.0  # points, Excel's own height of a row


def write_workbook(path: Path, tables: Sequence[Table]) -> None:
    """Write `tables` to one .xlsx; a cell with nothing but a number is one, with the decimals that
    are printed; other cells are the text that is printed."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, Side

    book = Workbook()
    book.remove(book.active)
    for table in tables:
        sheet = book.create_sheet(f"Table {table.number}")
        sheet["A1"] = table.caption
        sheet["A1"].font = Font(bold=True)
        after = table.after_figures
        sheet.append([])
        sheet.append(list(table.columns))
        line, thick = Side(style="thin"), Side(style="medium")
        for place, cell in enumerate(sheet[3]):
            cell.font = Font(bold=True)
            cell.alignment = Alignment(
                wrap_text=True, vertical="bottom",
                horizontal="right" if place in table.figure_columns else "left",
                indent=int(place in after),
            )  # fmt: skip
            cell.border = Border(top=thick, bottom=line)
        for row in table.rows:
            sheet.append([_value(text) for text in row])
            for place, (cell, text) in enumerate(zip(sheet[sheet.max_row], row, strict=True)):
                if isinstance(cell.value, (int, float)):
                    cell.number_format = _format(text)
                figure = place in table.figure_columns
                cell.alignment = Alignment(
                    wrap_text=not figure, vertical="top",
                    horizontal="right" if figure else "left", indent=int(place in after),
                )  # fmt: skip
        for cell in sheet[sheet.max_row]:
            cell.border = Border(bottom=thick)
        sheet.append([])
        widths = [
            min(max(max(map(ems, cells)) * 2 + 2 + 2 * (place in after), 6), WIDEST)
            for place, cells in enumerate(zip(table.columns, *table.rows, strict=True))
        ]
        for cell, width in zip(sheet[3], widths, strict=True):
            sheet.column_dimensions[cell.column_letter].width = width
        for place, row in enumerate(table.rows, start=4):
            lines = max(map(_lines, row, widths))
            sheet.row_dimensions[place].height = LINE * lines
        # As wide as the table: the longest line would decide how small the page is printed.
        for letter, note in table.lettered:
            sheet.append([f"{letter}  {note}" if letter else note])
            row = sheet.max_row
            sheet.merge_cells(None, row, 1, row, len(widths))
            cell = sheet.cell(row, 1)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            sheet.row_dimensions[row].height = LINE * _lines(cell.value, sum(widths))
        sheet.freeze_panes = "A4"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    book.save(path)
    make_timeless(path)


def _lines(text, width):
    """How many lines a text takes in a column, about; figures are never broken."""
    return 1 if FIGURE.fullmatch(text) else max(math.ceil(2 * ems(text) / width), 1)


def _value(text):
    if not PLAIN.fullmatch(text):
        return text
    plain = text.replace("\N{MINUS SIGN}", "-")
    return float(plain) if "." in plain else int(plain)


def _format(text):
    """The number format that shows what is printed: a minus, a plus where there is one."""
    decimals = len(text.partition(".")[2])
    shown = "0" + ("." + "0" * decimals if decimals else "")
    plus = f"+{shown}" if text.startswith("+") else shown
    return f'{plus};"\N{MINUS SIGN}"{shown};{shown}'
