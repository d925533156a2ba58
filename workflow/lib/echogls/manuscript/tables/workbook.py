"""All tables in one Excel workbook, a sheet each: numbers are numbers, as rounded in print."""

from collections.abc import Sequence
from pathlib import Path

from echogls.manuscript.tables.layout import PLAIN, ems
from echogls.manuscript.tables.table import Table
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
        wide = 0.0
        for place, cells in enumerate(zip(table.columns, *table.rows, strict=True)):
            longest = max(map(ems, cells)) * 2 + 2 + 2 * (place in after)
            name = sheet.cell(3, place + 1).column_letter
            sheet.column_dimensions[name].width = min(max(longest, 6), WIDEST)
            wide += sheet.column_dimensions[name].width
        # As wide as the table: the longest line would decide how small the page is printed.
        for letter, note in table.lettered:
            sheet.append([f"{letter}  {note}" if letter else note])
            row, last = sheet.max_row, len(table.columns)
            sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=last)
            cell = sheet.cell(row, 1)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            sheet.row_dimensions[row].height = LINE * -(-2 * ems(cell.value) // wide)
        sheet.freeze_panes = "A4"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    book.save(path)
    make_timeless(path)


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
