"""The study's config and cohort sheets: read, checked, defaults filled in."""

import copy
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import jsonschema
import yaml

from echogls.sheets import read_sheet
from echogls.study import StudyError, nearest

__all__ = [
    "check_config",
    "config_problems",
    "fusion_options",
    "public_config",
    "read_sheet",
    "readers_file",
]

LEFT_OUT = "(left out)"


def check_config(
    config: dict,
    schema_path: Path,
    names: dict[str, list[str]],
    known_options: Callable[[str, str], list[str]] | None = None,
) -> dict:
    """Check a merged config against its schema and fill in the defaults, in place.

    Parameters
    ----------
    names : for each name after the schema's keyword `known`, the names that exist;
        so a new estimator is one file and no line of the schema.
    known_options : (kind "motion" or "fusion", a name of that kind) -> its options' names;
        None: the options' names are not checked here.

    Raises
    ------
    StudyError : lists every problem at once, each with its key, what came and what
        was expected; an unknown key comes with the nearest known one.
    """
    problems = config_problems(config, schema_path, names, known_options)
    if problems:
        lines = "\n".join(f"  {'.'.join(where) or 'config'}: {what}" for where, what in problems)
        raise StudyError(f"the config has problems:\n{lines}")
    return config


def config_problems(
    config: dict,
    schema_path: Path,
    names: dict[str, list[str]],
    known_options: Callable[[str, str], list[str]] | None = None,
) -> list[tuple[tuple[str, ...], str]]:
    """Every problem of a config: the key, as the names on the way to it, and what came and what
    was expected. Arguments as `check_config`, which raises them. Methods that are null are taken
    away."""
    schema = _shipped_yaml(Path(schema_path))
    _leave_out_methods(config)
    errors = _validator(schema, names, Path(schema_path).parent).iter_errors(config)
    sorted_errors = sorted(errors, key=lambda error: list(map(str, error.path)))
    problems = [problem for error in sorted_errors for problem in _problems(error)]
    study, cohorts = config.get("study"), config.get("cohorts")
    known_cohorts = cohorts if isinstance(cohorts, dict) else {}
    for cohort in study if isinstance(study, list) else []:
        if isinstance(cohort, str) and cohort not in known_cohorts:  # else the schema says so
            hint = nearest(cohort, known_cohorts)
            problems.append((("study",), f"cohort '{cohort}' is not under cohorts{hint}"))
    methods = config.get("methods")
    for name, parts in methods.items() if isinstance(methods, dict) else ():
        if isinstance(parts, dict) and parts.get("motion") == "none" != parts.get("fusion"):
            what = f"motion none with fusion '{parts.get('fusion')}'; expected fusion none"
            problems.append((("methods", str(name)), what))
    if known_options and not problems:  # else what is looked for may not be there
        problems = _unknown_options(config, known_options)
    return problems


def _shipped_yaml(path):
    """A file of our own, read by libyaml where there is one: in a tenth of the time."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(path.read_text(encoding="utf-8"))
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _leave_out_methods(config):
    """Take away methods that are null: so a user's file drops one of the default study's."""
    methods = config.get("methods")
    if isinstance(methods, dict):
        for name in [name for name, parts in methods.items() if parts is None]:
            del methods[name]


def _unknown_options(config, known_options):
    """Problems of a config that is right otherwise: options that their owner does not have."""
    owned = [
        ((section, "options", name), kind, name, options)
        for section, kind in (("track", "motion"), ("fuse", "fusion"))
        for name, options in config[section]["options"].items()
    ]
    owned += [
        (("methods", method, "options"), "fusion", parts["fusion"], parts["options"])
        for method, parts in config["methods"].items()
    ]
    problems = []
    for where, kind, name, options in owned:
        options_of_owner = known_options(kind, name) if options else []
        for key in options:
            if key not in options_of_owner:
                problems.append(
                    (where, f"'{name}' has no option '{key}'{nearest(key, options_of_owner)}")
                )
    return problems


def fusion_options(config: Mapping, method: str) -> dict[str, object]:
    """Options of a method's fusion: the method's own, and the study's where it has none.

    config : checked by `check_config`.
    """
    parts = config["methods"][method]
    return config["fuse"]["options"].get(parts["fusion"], {}) | parts["options"]


def readers_file(block: str | Mapping) -> str:
    """The table that a cohort's `readers` names, alone or in its mapping; "" for none."""
    return block if isinstance(block, str) else str(block.get("file", ""))


class ShortlyShown(dict):
    """A config among the params of a rule: where Snakemake says why a job runs it is one word that
    changes as the config does, not its thousands of characters."""

    def __repr__(self) -> str:
        text = json.dumps(self, sort_keys=True, default=str)
        return f"config-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


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


def _problems(error):
    """(key, what came and what was expected) of a violation of the schema."""
    where = tuple(str(part) for part in error.absolute_path)
    if error.validator == "additionalProperties":
        keys = list(error.schema.get("properties", {}))
        for key in error.instance:
            if key not in keys:
                yield where, f"unknown key '{key}'{nearest(key, keys)}"
    elif error.validator in ("enum", "known"):
        yield where, f"got '{error.instance}'{nearest(error.instance, error.validator_value)}"
    elif error.validator in _EXPECTED:
        expected = _EXPECTED[error.validator].format(_words(error.validator_value))
        unit = f" ({error.schema['unit']})" if error.schema.get("unit") else ""
        yield where, f"got {error.instance!r}; expected {expected}{unit}"
    else:
        yield where, error.message


# Violated keyword of the schema -> what was expected instead.
_EXPECTED = {
    "type": "{}",
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "a list of at least {}",
    "minProperties": "at least {} entry",
    "pattern": "letters, digits, - and _, a letter or digit first",
}
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list in brackets",
    "object": "keys with values",
    "null": "null",
}


def _words(value):
    values = value if isinstance(value, list) else [value]
    return " or ".join(_TYPES.get(one, str(one)) for one in values)


def _validator(schema, names, folder):
    """A validator that also fills in defaults, as jsonschema's documentation describes, long ones
    (`default_from`) from the entry of that key in a file of the folder, and looks names up in
    `known`."""
    base = jsonschema.Draft202012Validator
    check_properties = base.VALIDATORS["properties"]

    def fill_and_check(validator, properties, instance, schema):
        if isinstance(instance, dict):
            for key, part in properties.items():
                if "default" in part:
                    instance.setdefault(key, copy.deepcopy(part["default"]))
                elif "default_from" in part and key not in instance:
                    instance[key] = _shipped_yaml(folder / part["default_from"])[key]
            # In the schema's order, whatever files the keys came from: Snakemake compares params as
            # they are written, and another order would run everything anew.
            for key in properties:
                if key in instance:
                    instance[key] = instance.pop(key)
        yield from check_properties(validator, properties, instance, schema)

    def check_known(validator, kind, instance, schema):
        if isinstance(instance, str) and instance not in names[kind]:
            yield jsonschema.ValidationError("unknown name", validator_value=names[kind])

    keywords = {"properties": fill_and_check, "known": check_known}
    return jsonschema.validators.extend(base, keywords)(schema)
