"""The study's config and cohort sheets: read, checked, defaults filled in."""

import copy
import csv
from pathlib import Path

import jsonschema
import yaml

from echogls.study import ID_PATTERN, VIEWS, StudyError, nearest

SHEET_NUMBERS = ("fps", "spacing_mm")
LEFT_OUT = "(left out)"


def check_config(config: dict, schema_path: Path, known: dict[str, list[str]]) -> dict:
    """Check a merged config against its schema and fill in the defaults, in place.

    Parameters
    ----------
    known : for each name after the schema's keyword `known`, the names that exist;
        so a new estimator is one file and no line of the schema.

    Raises
    ------
    StudyError : lists every problem at once, each with its key, what came and what
        was expected; an unknown key comes with the nearest known one.
    """
    schema = yaml.safe_load(Path(schema_path).read_text(encoding="utf-8"))
    problems = [
        _problem(error)
        for error in sorted(
            _validator(schema, known).iter_errors(config), key=lambda e: list(map(str, e.path))
        )
    ]
    for cohort in config.get("study") or []:
        if cohort not in (config.get("cohorts") or {}):
            hint = nearest(cohort, config.get("cohorts") or {})
            problems.append(f"study: cohort '{cohort}' is not under cohorts{hint}")
    if problems:
        raise StudyError("the config has problems:\n" + "\n".join(f"  {p}" for p in problems))
    return config


def read_sheet(path: Path) -> dict[str, dict[str, str]]:
    """Read a cohort sheet: patient -> its row, in the sheet's order.

    Tab-separated, or comma-separated if the name ends in .csv; a byte-order mark
    and Windows line ends are accepted. Column `patient` is required; `path`,
    `view`, `fps` and `spacing_mm` are understood, others are covariates.

    Raises
    ------
    StudyError : names the file and each row that is wrong.
    """
    path = Path(path)
    if not path.is_file():
        raise StudyError(f"sheet {path.name} not found; check cohorts.*.patients in the config")
    with path.open(newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream, delimiter="," if path.suffix == ".csv" else "\t"))
    patients, problems = {}, []
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            problems.append(f"row {number}: has another number of cells than the header")
            continue
        row = {key.strip(): value.strip() for key, value in row.items()}
        patient = row.get("patient", "")
        if not ID_PATTERN.fullmatch(patient):
            problems.append(
                f"row {number}: patient '{patient}' must be letters, digits, '-' and '_', "
                "and begin with a letter or digit"
            )
        elif patient in patients:
            problems.append(f"row {number}: patient '{patient}' is there twice")
        if row.get("view") and row["view"] not in VIEWS:
            problems.append(f"row {number}: view '{row['view']}'{nearest(row['view'], VIEWS)}")
        for column in SHEET_NUMBERS:
            if row.get(column) and not _positive(row[column]):
                problems.append(f"row {number}: {column} '{row[column]}' must be a number above 0")
        patients[patient] = row
    if rows and "patient" not in {key.strip() for key in rows[0] if key}:
        problems = [f"no column 'patient'{nearest('patient', [k for k in rows[0] if k])}"]
    if problems:
        raise StudyError(f"sheet {path.name}:\n" + "\n".join(f"  {p}" for p in problems))
    return patients


def public_config(config: dict) -> dict:
    """A copy that may be published: without salts, absolute paths and where recordings lie."""
    shown = copy.deepcopy(config)
    for cohort in shown.get("cohorts", {}).values():
        for key in ("data", "salt"):
            if cohort.get(key) and not cohort[key].startswith("package:"):
                cohort[key] = LEFT_OUT
    return _without_absolute_paths(shown)


def _without_absolute_paths(value):
    if isinstance(value, dict):
        return {key: _without_absolute_paths(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_without_absolute_paths(part) for part in value]
    absolute = isinstance(value, str) and Path(value).expanduser().is_absolute()
    return LEFT_OUT if absolute else value


def _positive(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False


def _problem(error) -> str:
    where = ".".join(str(part) for part in error.absolute_path) or "config"
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        unknown = [key for key in error.instance if key not in known]
        return "; ".join(f"{where}: unknown key '{key}'{nearest(key, known)}" for key in unknown)
    if error.validator in ("enum", "known"):
        return f"{where}: got '{error.instance}'{nearest(error.instance, error.validator_value)}"
    return f"{where}: {error.message}"


def _validator(schema, known):
    """A validator that also fills in defaults, as jsonschema's documentation describes,
    and looks names up in `known`."""
    base = jsonschema.Draft202012Validator
    check_properties = base.VALIDATORS["properties"]

    def fill_and_check(validator, properties, instance, schema):
        if isinstance(instance, dict):
            for key, part in properties.items():
                if "default" in part:
                    instance.setdefault(key, copy.deepcopy(part["default"]))
        yield from check_properties(validator, properties, instance, schema)

    def check_known(validator, kind, instance, schema):
        if instance not in known[kind]:
            yield jsonschema.ValidationError("unknown name", validator_value=known[kind])

    keywords = {"properties": fill_and_check, "known": check_known}
    return jsonschema.validators.extend(base, keywords)(schema)
