"""`echogls readings`: what a file of readings holds, and the config's block that reads it.

Asks nothing and writes nothing. Of patients' keys only those are shown that can be no name, id
or date.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import yaml

from echogls import readers
from echogls.command._text_table import text_table
from echogls.readers import (
    APICAL_VIEWS,
    Layout,
    file_format,
    layout_of,
    long_table,
    propose,
    read_export,
)
from echogls.readers._checks import check_readings
from echogls.readers._content import described, read_content
from echogls.readers._problems import grouped_notes, listing
from echogls.readers._roles import DIGITS
from echogls.readers._table_rows import read_rows
from echogls.readers._unusable import Unusable
from echogls.study import AVERAGE_VIEW, REASONS, StudyError
from echogls.written import find_view, is_date

SHOWN = 8  # readings: enough to see how columns are read
HEADER = ("row", "patient", "reader", "repeat", "view", "segment", "measure", "value")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a table of readings, or a vendor's export")
    parser.add_argument(
        "--views",
        nargs="+",
        choices=APICAL_VIEWS,
        help="views that the cohort measures (those that the table names)",
    )


def run(arguments: Namespace) -> int:
    """Print what the file is, the block, and the first readings; 1 if something must be mended."""
    file = arguments.file
    if not file.is_file():
        raise StudyError(f"'{file}' is no file; give a table of readings, or a vendor's export")
    kind = file_format(file)
    if kind not in ("", "long_table"):
        return _show_export(file, kind, arguments.views or APICAL_VIEWS)
    try:
        content = read_content(file)
    except Unusable as error:
        raise StudyError(f"{REASONS[error.reason]} ({error.note})") from None
    try:
        proposal = propose(content)
    except StudyError as error:
        formats = ", ".join(readers.export_formats())
        raise StudyError(
            f"{described(content)}: {error}; and no export of a known format ({formats})"
        ) from None
    block = {"file": file.as_posix()} | proposal.block
    print(f"{described(content)}. In your config, under the cohort:\n")
    block_or_path = {
        "readers": block if proposal.block or _needs_block(content) else file.as_posix()
    }
    style = None if isinstance(block_or_path["readers"], dict) else False
    text = yaml.safe_dump(
        block_or_path, sort_keys=False, allow_unicode=True, default_flow_style=style, width=1000
    )
    print("".join(f"    {line}\n" for line in text.splitlines()))
    for remark in proposal.remarks:
        print(f"note: {remark}")
    return _show(content, layout_of(block_or_path["readers"]), arguments.views)


def _needs_block(content) -> bool:
    """Whether the plain path alone would not be read."""
    try:
        read_rows(content, Layout())
    except StudyError:
        return True
    return False


def _show(content, layout, views) -> int:
    """Print what would be read, and what would have to be mended."""
    try:
        rows, notes = read_rows(content, layout)
    except StudyError as error:
        print(f"to mend: {error}")
        return 1
    named = {find_view(cells.get("view", "")) for _, cells in rows} & set(APICAL_VIEWS)
    views = list(views or [view for view in APICAL_VIEWS if view in named] or ["a4c"])
    views += [AVERAGE_VIEW] if len(views) > 1 else []
    patients = {cells["patient"] for _, cells in rows if cells.get("patient")}
    readings, problems = long_table.parse_rows(rows, patients=patients, views=views, layout=layout)
    values = [reading for reading in readings if not reading.file]
    checked, remarks, wrong = check_readings(values, views=views, layout=layout)
    table = [
        (r.row, _shown(r.patient), r.rater, r.repeat, r.view, r.segment, r.measure,
         f"{value:.2f}" if value is not None else f"left out: {REASONS[reason]}")
        for r, value, reason in checked
    ]  # fmt: skip
    table += [
        (r.row, _shown(r.patient), r.rater, r.repeat, r.view, "", "", "an export")
        for r in readings
        if r.file
    ]
    print(text_table(HEADER, table[:SHOWN]))
    raters = dict.fromkeys(reading.rater for reading in readings)
    print(
        f"\n{len(table)} readings of {len(patients)} patients by {len(raters)} readers"
        f"{', the first ' + str(SHOWN) + ' shown' if len(table) > SHOWN else ''}"
    )
    for note in [*notes, *grouped_notes(remarks)]:
        print(f"note: {note}")
    for line in listing(problems + wrong):
        print(f"to mend: {line}")
    print("whether the patients are those of the cohort, `echogls check` tells")
    return 1 if problems or wrong else 0


def _shown(patient: str) -> str:
    """A patient's key, or that it looks like a name, an id or a date."""
    digits = sum(character.isdigit() for character in patient)
    named = not digits or any(mark in patient for mark in "^,")
    personal = named or digits > DIGITS + 2 or is_date(patient)
    return f"(a text of {len(patient)} characters)" if personal else patient


def _show_export(file: Path, kind: str, views) -> int:
    print(f"an export of the format {kind}. What it says of each view:\n")
    usable = []
    for view in views:
        try:
            measures, notes = read_export(file, view=view)
        except StudyError as error:
            print(f"{view}: {str(error).removeprefix('the export cannot be used: ')}")
            continue
        usable.append(view)
        gls, beside = measures["global", "gls"], []
        for measure in ("end_systolic_strain", "peak_strain"):
            if ("global", measure) in measures:
                beside.append(f"{measure} {measures['global', measure]:.2f} %")
        segments = len({segment for segment, _ in measures} - {"global"})
        print("; ".join([f"{view}: gls {gls:.2f} %", *beside, f"{segments} segments"]))
        for note in notes:
            print(f"    note: {note}")
    if not usable:
        return 1
    print("\nAn export does not say whose it is. In a table that `readers` names, a row each:\n")
    print("    patient\treader\trepeat\tview\tfile")
    for view in usable:
        print(f"    PATIENT\tREADER\t1\t{view}\t{file.name}")
    return 0
