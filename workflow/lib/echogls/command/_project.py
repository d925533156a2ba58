"""A project folder: a study of one's own, apart from the workflow that it uses."""

import os
import shlex
from pathlib import Path

from echogls import cohorts, tables
from echogls.cohorts._guess import guess_format
from echogls.files import whole_file
from echogls.places import PROFILE
from echogls.study import ID_PATTERN, StudyError

COHORT = "mine"
WRITTEN = (
    "config.yaml", "Snakefile", ".gitignore", "README.md", "profiles", "patients.tsv",
    "readings.tsv",
)  # fmt: skip
SHEET, READINGS = "patients.tsv", "readings.tsv"
READER_COLUMNS = ("patient", "reader", "repeat", "view", "measure", "value")
WITH_DATA = """\
# Run:  echogls run     (every key: config/README.md of EchoGLS; what is not here is its default)
# Paths are relative to this file.
study: [{cohort}]
cohorts:
  {cohort}:
    format: {source}
    data: {data}
    patients: {sheet}
    views: [a4c]
    # Fill the table of readings, then take away the '#':
    # readers: {readings}
"""
WITHOUT_DATA = """\
# Run:  echogls run     (every key: config/README.md of EchoGLS; what is not here is its default)
# Paths are relative to this file.
study: [example]     # one real clip that comes with pydicom, to try the study; then: [{cohort}]
cohorts:
  # Take away the '#' once clips lie in data/, one folder or file a patient, each in the sheet.
  # {cohort}:
  #   format: dicom
  #   data: data
  #   patients: {sheet}
  #   views: [a4c]
  #   readers: {readings}
"""
SNAKEFILE = """\
# The workflow as it was installed with the command `echogls`, with this folder's config.yaml.
from echogls.places import SNAKEFILE


configfile: "config.yaml"


module echogls:
    snakefile:
        str(SNAKEFILE)
    config:
        config


use rule * from echogls
"""
IGNORED = """\
/results/
/.snakemake/
/data/
/measured/
"""
README = """\
# A study of left-ventricular strain with EchoGLS

    echogls check                # config, sheet, recordings and readings: every problem at once
    echogls run                  # all cores; echogls run --cores 4; echogls run --dry-run
    echogls progress --watch 5   # from a second terminal
    echogls summary              # what was measured, what not and why

`snakemake --cores 4` does the same. Results are in `results/`, the report is `results/report.html`.

| file | holds |
|---|---|
| `config.yaml` | the study: cohorts, views, methods; what it does not say is EchoGLS's default |
| `{sheet}` | a row a patient: `patient`, `path`, covariates; `view`, `fps`, `spacing_mm` |
| `{readings}` | a row a reading: patient, reader, repeat, view, measure (gls), value (%) |
| `Snakefile` | uses the installed workflow as a module; rules of your own may be added |
| `profiles/default` | options of Snakemake that it finds by itself |

Recordings and readings are not for publication: `.gitignore` leaves `data/` and `results/` out.
"""


def write_project(folder: Path, data: Path | None, source: str | None) -> int:
    """Fill a folder, and write over nothing.

    data, source : recordings and their format; None: the example is built until there are any.

    Raises StudyError if a file of that name is there already, or nothing is in `data`.
    """
    for name in WRITTEN:
        if (folder / name).exists():
            raise StudyError(f"'{folder / name}' is there already; name another folder")
    rows, cohort = [], COHORT
    files = {"sheet": SHEET, "readings": READINGS}
    if data is None:
        config = WITHOUT_DATA.format(cohort=cohort, **files)
    else:
        source = source or guess_format(data)
        root = data if data.is_dir() else data.parent
        for patient, path in cohorts.list_patients(source, data).items():
            rows.append({"patient": patient, "path": path.relative_to(root).as_posix()})
        name = folder.resolve().name
        cohort = name if ID_PATTERN.fullmatch(name) else COHORT
        where = _quoted(os.path.relpath(root, folder))
        config = WITH_DATA.format(cohort=cohort, source=source, data=where, **files)
    folder.mkdir(parents=True, exist_ok=True)
    if data is None:
        (folder / "data").mkdir(exist_ok=True)
    texts = {
        "config.yaml": config,
        "Snakefile": SNAKEFILE,
        ".gitignore": IGNORED,
        "README.md": README.format(**files),
        "profiles/default/config.yaml": (PROFILE / "config.yaml").read_text(encoding="utf-8"),
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / name, "w", encoding="utf-8") as stream:
            stream.write(text)
    tables.write_table(folder / SHEET, rows, ("patient", "path"))
    tables.write_table(folder / READINGS, [], READER_COLUMNS)
    print(f"wrote {folder}: {', '.join([*texts, SHEET, READINGS])}")
    if data is not None:
        print(f"{source}, {len(rows)} patients, cohort {cohort}")
    print(f"next: cd {shlex.quote(str(folder))} && echogls check && echogls run")
    return 0


def _quoted(path: str) -> str:
    """A path as a YAML text."""
    return "'" + Path(path).as_posix().replace("'", "''") + "'"
