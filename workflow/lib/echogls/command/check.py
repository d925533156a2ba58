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
    config: dict = {}
    for file in [DEFAULT, *files]:
        try:
            told = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
        except OSError:
            return [f"{file}: cannot be read; give the path of a config file"]
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            return [f"{file}: not YAML: {' '.join(str(error).split())}"]
        if not isinstance(told, dict):
            return [f"{file}: expected keys with values, as in config/config.yaml"]
        _merge(config, told)
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
        if cohort["patients"]:
            rows = configuration.read_sheet(cohort["patients"])
            for patient, row in rows.items():
                path = row.get("path") or patient
                if data.exists() and not (data / path).exists():
                    problems.append(f"{where}: patient {patient}: '{path}' is not in `data`")
                problems += _shared(where, patient, data / path, owners)
        elif data.exists():
            found = cohorts.list_patients(cohort["format"], data)
            rows = {patient: {} for patient in found}
            for patient, path in found.items():
                problems += _shared(where, patient, path, owners)
    except StudyError as error:
        problems += _lines(error, where)
    columns = {key for row in rows.values() for key in row}
    for covariate in cohort["subgroups"]:
        if covariate not in columns:
            hint = nearest(covariate, columns) if columns else "; the cohort has no sheet"
            problems.append(f"{where}: subgroups: no column '{covariate}' in the sheet{hint}")
    if cohort["readers"]:
        problems += _reader_problems(where, name, cohort, rows)
    return problems


def _shared(where: str, patient: str, path: Path, owners: dict[Path, str]) -> list[str]:
    """A problem if the recordings of a patient are another's, too, in any cohort."""
    mine = f"{where}: patient {patient}"
    owner = owners.setdefault(path.resolve(), mine)
    if owner == mine:
        return []
    return [f"{mine}: has the same recordings as {owner}; leave one out"]


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
