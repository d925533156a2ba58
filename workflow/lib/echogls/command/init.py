"""`echogls init`: config and sheets of a cohort, written for a folder, or brought up to date."""

import csv
import os
import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path

from echogls import cohorts, tables
from echogls.cohorts._guess import guess_format
from echogls.command._project import READER_COLUMNS, write_project
from echogls.manuscript.wording import counted
from echogls.sheets import WORKBOOKS, read_sheet
from echogls.study import ID_PATTERN, StudyError

CONFIG = """\
# Run:  snakemake --cores 2 --configfile {config}
# A target after it needs two dashes: ... --configfile {config} -- results/{name}/measurements.tsv
# Every key is explained in config/README.md; what is not here is as in config/config.yaml.
study: [{name}]
cohorts:
  {name}:
    format: {source}
    data: {data}
    # One row a patient; further columns are covariates; fps, spacing_mm and view mend files.
    patients: {sheet}
    # Apical views that are measured, of a4c, a2c, alax; of several their average, too.
    views: [a4c]
    # Fill the table of readings, then take away the '#'; for a table of your own
    # `echogls readings FILE` proposes what to write here:
    # readers: {readers}
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "name", help="of the cohort (letters, digits, - and _), or study for a project folder"
    )
    parser.add_argument("folder", type=Path, nargs="?", help="of the project, after study")
    parser.add_argument("--data", type=Path, help="folder of the recordings")
    parser.add_argument("--format", help="source format; guessed if not given")
    parser.add_argument("--into", type=Path, default=Path(), help="folder for the files (here)")
    parser.add_argument(
        "--update",
        action="store_true",
        help="add to NAME.tsv the patients that DATA has and the sheet lacks; change nothing else",
    )


def run(arguments: Namespace) -> int:
    """Write NAME.yaml, NAME.tsv and NAME.readers.tsv, or a project folder; nothing is written
    over, but the sheet gets new rows with --update."""
    if arguments.folder is not None:
        if arguments.name != "study":
            raise StudyError(
                f"'{arguments.name} {arguments.folder}'; expected init NAME --data FOLDER for the "
                "files of a cohort, or init study FOLDER for a project"
            )
        return write_project(arguments.folder, arguments.data, arguments.format)
    name, data, into = arguments.name, arguments.data, arguments.into
    if data is None:
        raise StudyError("--data is missing: the folder of the cohort's recordings")
    if not ID_PATTERN.fullmatch(name):
        raise StudyError(f"name '{name}'; expected letters, digits, - and _, a letter first")
    source = arguments.format or guess_format(data)
    patients = cohorts.list_patients(source, data)
    files = {key: into / f"{name}{end}" for key, end in
             {"config": ".yaml", "sheet": ".tsv", "readers": ".readers.tsv"}.items()}  # fmt: skip
    if arguments.update:
        return _update(files["sheet"], source, data)
    for path in files.values():
        if path.exists():
            raise StudyError(
                f"'{path}' is there already; move it, choose another name, or add new patients to "
                "its sheet by --update"
            )
    into.mkdir(parents=True, exist_ok=True)
    root = data if data.is_dir() else data.parent
    rows = [
        {"patient": patient, "path": path.relative_to(root).as_posix()}
        for patient, path in patients.items()
    ]
    tables.write_table(files["sheet"], rows, ("patient", "path"))
    tables.write_table(files["readers"], [], READER_COLUMNS)
    text = CONFIG.format(
        name=name, config=shlex.quote(str(files["config"])), source=source,
        data=_quoted(_from(into, root)), sheet=_quoted(_from(into, files["sheet"])),
        readers=_quoted(_from(into, files["readers"])),
    )  # fmt: skip
    files["config"].write_text(text, encoding="utf-8")
    written = ", ".join(map(str, files.values()))
    print(f"{source}, {counted(len(patients), 'patients')}; wrote {written}")
    config = shlex.quote(str(files["config"]))
    print(f"next: echogls inspect {shlex.quote(str(data))}; echogls check --config {config}")
    return 0


def _update(sheet: Path, source: str, data: Path) -> int:
    """Add a row for each patient that the folder has and the sheet lacks, in the sheet's own
    columns and marks; the rows that are there stay byte by byte."""
    root = data if data.is_dir() else data.parent
    entry = {"format": source, "data": str(root)}
    listed = read_sheet(sheet)
    unlisted = cohorts.unlisted(entry, cohorts.cohort_patients(entry, listed))
    text = sheet.read_bytes()
    if text.startswith(WORKBOOKS):
        raise StudyError(f"'{sheet.name}' is a workbook; add its new rows yourself: "
                         + ", ".join(map(repr, unlisted)))  # fmt: skip
    names = cohorts.list_patients(source, data)
    rows = {patient: path for patient, path in names.items() if path in unlisted.values()}
    taken = sorted(set(rows) & set(listed))
    if taken:
        raise StudyError(f"'{taken[0]}' would be there twice; add this folder's row by hand")
    lines = text.decode("utf-8-sig").splitlines()
    mark = max("\t,;", key=lines[0].count)
    header = [cell.strip() for cell in next(csv.reader(lines[:1], delimiter=mark))]
    with sheet.open("a", newline="", encoding="utf-8") as stream:
        if not text.endswith(b"\n"):
            stream.write("\n")
        writer = csv.writer(stream, delimiter=mark, lineterminator="\n")
        for patient, path in rows.items():
            facts = {"patient": patient, "path": path.relative_to(root).as_posix()}
            writer.writerow([facts.get(name.lower(), "") for name in header])
    print(f"{sheet}: {len(rows)} patients added" + "".join(f"\n  {name}" for name in rows))
    return 0


def _from(folder: Path, path: Path) -> Path:
    """A path as the config in a folder names it: relative to the config, unless it is absolute."""
    return path if path.is_absolute() else Path(os.path.relpath(path, folder))


def _quoted(path: Path) -> str:
    """A path as a YAML text."""
    return "'" + path.as_posix().replace("'", "''") + "'"
