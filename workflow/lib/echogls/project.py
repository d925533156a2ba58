"""A study's config from its files: the defaults under it, paths relative to the file that names
them.

The workflow, the command `echogls` and `echogls.measure` all get their config here.
"""

import copy
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from echogls import plugins
from echogls.configuration import check_config
from echogls.names import known_names, known_options
from echogls.places import DEFAULT_CONFIG, MODELS, ROOT, SCHEMA
from echogls.study import StudyError, nearest
from echogls.written import can_be_path

# Of a config file; by judgement: more is damage, or made to do harm.
MOST_VALUES, DEEPEST = 100_000, 50
# Keys whose values are paths; * is any name or place in a list.
PATHS = (
    "cohorts.*.data",
    "cohorts.*.patients",
    "cohorts.*.clips",
    "cohorts.*.readers",
    "cohorts.*.readers.file",
    "plugins",
    "plugins.*",
    "segment.models",
    "train.camus",
    "train.data.*",
    "train.data.*.folder",
    "train.start.*",
    "train.views.start",
    "train_flow.start.*",
    "train_flow.folders.*",
)


def study_config(
    given: Mapping | None = None,
    files: Sequence[Path] = (),
    *,
    united: Sequence[Path] | None = None,
) -> dict:
    """A whole config that was checked: what is given over the defaults.

    Parameters, errors : see `completed`; StudyError for what the schema does not allow.
    """
    return checked(completed(given, files, united=united))


def checked(config: dict) -> dict:
    """A merged config checked against the schema, its defaults filled in, in place."""
    use_plugins(config)
    return check_config(config, SCHEMA, known_names(models_folder(config)), known_options)


def use_plugins(config: Mapping) -> None:
    """Find the plugins of a config that need not be right; StudyError for folders that are none."""
    folders = config.get("plugins") or []
    if isinstance(folders, str) or (
        isinstance(folders, list) and all(isinstance(x, str) for x in folders)
    ):
        plugins.use(folders)


def models_folder(config: Mapping) -> Path:
    """The folder of models.yaml of a config that need not be right: its own, or the shipped one."""
    segment = config.get("segment")
    folder = segment.get("models") if isinstance(segment, Mapping) else None
    return Path(folder) if isinstance(folder, str) and folder else MODELS


def completed(
    given: Mapping | None = None,
    files: Sequence[Path] = (),
    *,
    united: Sequence[Path] | None = None,
) -> dict:
    """A study's config over the default one; it is not checked.

    Parameters
    ----------
    given : the config as Snakemake merged it of `files` and its command line; None: the files are
        merged here, in their order.
    files : the files that it came from; those that do not exist are left out.
    united : those of them that were given side by side, whose lists `study` become one; None: all.

    Returns
    -------
    A dict in which a method or a cohort that is null is left out, `primary` is the first of
    `methods`, and a path that a file names is relative to that file; where nothing is there, to
    the folder of the run, or to the workflow's own.

    Raises
    ------
    StudyError : a file is no YAML, or the method `primary` is none.
    """
    contents = [
        (file, read_file(file)) for file in map(Path, files) if given is None or file.is_file()
    ]
    if given is None:
        given = {}
        for _, content in contents:
            merge(given, content)
    config = copy.deepcopy(dict(given))
    side_by_side = contents if united is None else [
        (file, content) for file, content in contents if _among(file, united)
    ]  # fmt: skip
    _unite_studies(config, [content for _, content in side_by_side])
    for where in _paths(config, contents):
        _set(config, where, _resolved(config, where, contents))
    whole = copy.deepcopy(_defaults())
    merge(whole, config)
    for section in ("methods", "cohorts"):
        if isinstance(whole.get(section), dict):
            whole[section] = {k: v for k, v in whole[section].items() if v is not None}
    return _primary_first(whole)


def read_file(file: Path) -> dict:
    """The keys and values of one config file; StudyError for what is none."""
    try:
        content = yaml.safe_load(Path(file).read_text(encoding="utf-8-sig"))
    except OSError:
        raise StudyError(f"{file}: cannot be read; give the path of a config file") from None
    except RecursionError:
        raise StudyError(f"{file}: keys within keys without end; expected a few levels") from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date or text that is none
        raise StudyError(f"{file}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise StudyError(f"{file}: expected keys with values, as in config/config.yaml")
    if _is_endless(content):
        raise StudyError(
            f"{file}: more than {MOST_VALUES} values, or one within itself by an alias (*); write "
            "them out"
        )
    return content


def _is_endless(content: dict) -> bool:
    """Whether a file says more than a config does, as aliases (*) of few bytes can make it."""
    waiting: list[tuple[object, int]] = [(content, 0)]
    seen = 0
    while waiting:
        part, depth = waiting.pop()
        seen += 1
        if seen > MOST_VALUES or depth > DEEPEST:
            return True
        if isinstance(part, dict | list):
            inner = part.values() if isinstance(part, dict) else part
            waiting += [(one, depth + 1) for one in inner]
    return False


def merge(config: dict, changes: Mapping) -> None:
    """As Snakemake merges config files: sections key by key, all else replaced."""
    for key, value in changes.items():
        if isinstance(value, Mapping) and isinstance(config.get(key), dict):
            merge(config[key], value)
        else:
            config[key] = copy.deepcopy(value)


def _defaults() -> dict:
    """The default study's config, the paths of its own files where they are."""
    config = read_file(DEFAULT_CONFIG)
    for where in _paths(config, [(DEFAULT_CONFIG, config)]):
        _set(config, where, _resolved(config, where, []))
    return config


def _among(file, files):
    return any(Path(file).resolve() == Path(other).resolve() for other in files)


def _unite_studies(config, contents):
    """Each file that was given builds its cohorts, unless the command line says which."""
    lists = [content["study"] for content in contents if isinstance(content.get("study"), list)]
    if len(lists) > 1 and config.get("study") == lists[-1]:
        united = [name for names in lists for name in names]
        config["study"] = [name for k, name in enumerate(united) if name not in united[:k]]


def _primary_first(config):
    name, methods = config.get("primary"), config.get("methods")
    if name and isinstance(name, str) and isinstance(methods, dict):
        if name not in methods:
            raise StudyError(
                f"primary: method '{name}' is not under methods{nearest(name, list(methods))}"
            )
        config["methods"] = {name: methods[name]} | methods
    return config


def _paths(config, contents) -> Iterator[tuple]:
    """Places in a config that hold a relative path."""
    for pattern in PATHS:
        for where in _matches(config, pattern.split(".")):
            value = _get(config, where)
            if isinstance(value, str) and not can_be_path(value):
                raise StudyError(
                    f"{'.'.join(map(str, where))}: {value[:40]!r} ... is no path; expected names "
                    "of 255 bytes at most"
                )
            if isinstance(value, str) and value and not value.startswith(("package:", "~", "/")):
                yield where


def _matches(part, names, before=()) -> Iterator[tuple]:
    if not names:
        yield before
        return
    keys = part if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
    for key in keys if names[0] == "*" else [key for key in keys if key == names[0]]:
        yield from _matches(part[key], names[1:], (*before, key))


def _resolved(config, where, contents) -> str:
    """What a path means, relative to the folder of the run where it can be."""
    value = _get(config, where)
    named = [file for file, content in contents if _get(content, where) == value]
    base = named[-1].resolve().parent if named else Path.cwd()
    places = [base, Path.cwd(), ROOT]
    folder = next((place for place in places if (place / value).exists()), base)
    if folder == Path.cwd():
        return value
    if folder == ROOT and folder != base:
        return str(ROOT / value)
    return os.path.relpath(folder / value)


def _get(config, where):
    for key in where:
        try:
            config = config[key]
        except (KeyError, IndexError, TypeError):
            return None
    return config


def _set(config, where, value):
    for key in where[:-1]:
        config = config[key]
    config[where[-1]] = value
