"""`echogls check`: config, sheets and readings, every problem at once, before anything runs."""

import copy
from argparse import ArgumentParser, Namespace
from pathlib import Path

import yaml

from echogls import cohorts, configuration, names
from echogls.study import StudyError, nearest

ROOT = Path(__file__).resolve().parents[4]  # the checkout
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
DEFAULT = ROOT / "config" / "config.yaml"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, action="append", default=[], help="your file; may be given again"
    )


def run(arguments: Namespace) -> int:
    """Print every problem; 1 if there is any."""
    problems = find_problems(arguments.config)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else "no problems")
    return 1 if problems else 0


def find_problems(files: list[Path]) -> list[str]:
    """Each problem as a line: the file, row or key, what came, what was expected.

    Parameters
    ----------
    files : config files, merged over the default one in their order.
    """
    try:
        config = merged_config(files)
    except StudyError as error:
        return [str(error)]
    models = Path((config.get("segment") or {}).get("models") or ROOT / "workflow" / "models")
    try:
        known = names.known_names(models if models.is_absolute() else ROOT / models)
        checked = configuration.check_config(copy.deepcopy(config), SCHEMA, known=known)
    except StudyError as error:
        return _lines(error, "config")
    problems, owners = [], {}
    for name in checked["study"]:
        problems += _cohort_problems(name, checked["cohorts"][name], owners)
    return problems


def merged_config(files: list[Path]) -> dict:
    """Config files merged over the default one in their order; StudyError for what is none."""
    config: dict = {}
    for file in [DEFAULT, *files]:
        try:
            told = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
        except OSError:
            raise StudyError(f"{file}: cannot be read; give the path of a config file") from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise StudyError(f"{file}: not YAML: {' '.join(str(error).split())}") from None
        if not isinstance(told, dict):
            raise StudyError(f"{file}: expected keys with values, as in config/config.yaml")
        _merge(config, told)
    return config


def _cohort_problems(name: str, cohort: dict, owners: dict[Path, str]) -> list[str]:
    """A cohort's problems; `owners`, path -> cohort and patient, gets its patients."""
    if cohort["format"] == "simulated":
        return []
    problems, rows, where = [], {}, f"cohort {name}"
    try:
        data = cohorts.resolve_data(cohort["data"])
    except StudyError as error:
        return _lines(error, where)
    if not data.exists():
        problems.append(f"{where}: data '{cohort['data']}' does not exist; correct `data`")
    try:
        sheet = configuration.read_sheet(cohort["patients"]) if cohort["patients"] else None
        rows = sheet or {}
        if data.exists():
            rows = cohorts.cohort_patients(cohort, sheet)
            for patient, row in rows.items():
                problems += _path_problems(where, patient, row["path"], cohort, owners)
    except StudyError as error:
        problems += _lines(error, where)
    columns = {key for row in rows.values() for key in row} - {"path"}
    for covariate in cohort["subgroups"]:
        if covariate not in columns:
            hint = nearest(covariate, columns) if columns else "; the cohort has no sheet"
            problems.append(f"{where}: subgroups: no column '{covariate}' in the sheet{hint}")
    if cohort["readers"]:
        problems += _reader_problems(where, name, cohort, rows)
    return problems


def _path_problems(where, patient, path, cohort, owners) -> list[str]:
    """A patient without recordings, with those of another in any cohort, or of several people."""
    mine = f"{where}: patient {patient}"
    if not path if isinstance(path, list) else not path.exists():
        told = "a file with its key" if isinstance(path, list) else f"'{path.name}'"
        return [f"{mine}: {told} is not in `data`; correct the sheet"]
    for part in path if isinstance(path, list) else [path]:
        owner = owners.setdefault(part.resolve(), mine)
        if owner != mine:
            return [f"{mine}: has the same recordings as {owner}; leave one out"]
    if cohort["format"] == "dicom" and isinstance(path, Path):
        from echogls.cohorts._dicom_patients import identities

        if (people := identities(path)) > 1:
            return [
                f"{mine}: its files say {people} different patient ids; give each patient a "
                "folder, or set group_by: patient_id"
            ]
    return []


def _reader_problems(where, name, cohort, rows):
    from echogls import readers

    path = Path(cohort["readers"])
    if not path.is_file():
        return [f"{where}: readers '{path}' is no file; correct `readers`"]
    try:
        readings, _ = readers.read_readers(path, cohort=name, patients=rows, views=cohort["views"])
    except StudyError as error:
        return _lines(error, where)
    return [
        f"{where}: readers: patient {row['patient']}, {row['rater']}: {row['reason']}"
        for row in readings
        if row["status"] == "excluded"
    ]


def _lines(error: StudyError, where: str) -> list[str]:
    """An error's problems, a line each; a heading of a list is put before each of its lines."""
    first, *rest = str(error).splitlines()
    if not rest:
        return [f"{where}: {first}"]
    return [f"{where}: {first.rstrip(':')}: {line.strip()}" for line in rest]


def _merge(config: dict, told: dict) -> None:
    """As Snakemake merges config files: sections key by key, all else replaced."""
    for key, value in told.items():
        if isinstance(value, dict) and isinstance(config.get(key), dict):
            _merge(config[key], value)
        else:
            config[key] = value
