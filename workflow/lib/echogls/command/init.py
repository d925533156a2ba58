"""`echogls init`: config and sheets of a cohort, written for a folder."""

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from echogls import cohorts, tables
from echogls.cohorts._guess import guess_format
from echogls.command._project import write_project
from echogls.manuscript.names import counted
from echogls.study import ID_PATTERN, StudyError

READER_COLUMNS = ("patient", "reader", "repeat", "view", "measure", "value")
CONFIG = """\
# Run:  snakemake --cores 2 --configfile {name}.yaml
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
    # Fill the table of readings, then take away the '#':
    # readers: {readers}
"""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "name", help="of the cohort: letters, digits, - and _; or study: a project folder"
    )
    parser.add_argument("folder", type=Path, nargs="?", help="of the project: init study FOLDER")
    parser.add_argument("--data", type=Path, help="its folder of recordings")
    parser.add_argument("--format", help="source format; guessed if not given")
    parser.add_argument("--into", type=Path, default=Path(), help="folder for the files (here)")


def run(arguments: Namespace) -> int:
    """Write NAME.yaml, NAME.tsv and NAME.readers.tsv, or a project folder; nothing is written
    over."""
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
    for path in files.values():
        if path.exists():
            raise StudyError(f"'{path}' is there already; move it, or choose another name")
    into.mkdir(parents=True, exist_ok=True)
    root = data if data.is_dir() else data.parent
    rows = [
        {"patient": patient, "path": path.relative_to(root).as_posix()}
        for patient, path in patients.items()
    ]
    tables.write_table(files["sheet"], rows, ("patient", "path"))
    tables.write_table(files["readers"], [], READER_COLUMNS)
    told = CONFIG.format(
        name=name, source=source, data=_quoted(_from(into, root)),
        sheet=_quoted(_from(into, files["sheet"])),
        readers=_quoted(_from(into, files["readers"])),
    )  # fmt: skip
    files["config"].write_text(told, encoding="utf-8")
    written = ", ".join(map(str, files.values()))
    print(f"{source}, {counted(len(patients), 'patients')}; wrote {written}")
    print(f"next: echogls inspect {data}; echogls check --config {files['config']}")
    return 0


def _from(folder: Path, path: Path) -> Path:
    """A path as the config in a folder names it: relative to the config, unless it is absolute."""
    return path if path.is_absolute() else Path(os.path.relpath(path, folder))


def _quoted(path: Path) -> str:
    """A path as a YAML text."""
    return "'" + path.as_posix().replace("'", "''") + "'"
