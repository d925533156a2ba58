"""`echogls check`: config, sheets and readings, every problem at once, before anything runs."""

import copy
from argparse import ArgumentParser, Namespace
from pathlib import Path

import yaml

from echogls import configuration, names, project
from echogls.command._cohort_problems import Owners, cohort_problems, people_problems
from echogls.places import DEFAULT_CONFIG, SCHEMA
from echogls.study import StudyError

HERE = Path("config.yaml")  # of a project folder (echogls init study)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        action="append",
        default=[],
        help="your config; several may be given (config.yaml, if there is one here)",
    )


def run(arguments: Namespace) -> int:
    """Print every problem, and what is only worth knowing; 1 if there is a problem."""
    problems, notes = look(own_files(arguments.config))
    for problem in problems:
        print(problem)
    for note in notes:
        print(f"note: {note}")
    print(f"{len(problems)} problems" if problems else "no problems")
    return 1 if problems else 0


def find_problems(files: list[Path]) -> list[str]:
    """Each problem as a line: the file, row or key, what came, what was expected.

    Parameters
    ----------
    files : config files, merged over the default one in their order.
    """
    return look(files)[0]


def look(files: list[Path]) -> tuple[list[str], list[str]]:
    """As `find_problems`, and lines that are only worth knowing."""
    try:
        config = merged_config(files)
    except StudyError as error:
        return [str(error)], []
    try:
        project.use_plugins(config)
    except StudyError as error:
        return _lines(error, "config"), []
    try:
        names_of = names.known_names(project.models_folder(config))
    except StudyError as error:
        return _lines(error, "segment.models"), []
    checked = copy.deepcopy(config)
    config_problems = configuration.config_problems(checked, SCHEMA, names_of, names.known_options)
    places = [(file, yaml_lines(file)) for file in reversed([DEFAULT_CONFIG, *files])]
    problems = [f"{_place(where, places)}: {what}" for where, what in config_problems]
    owners, notes = Owners(), []
    blocks = checked.get("cohorts") if isinstance(checked.get("cohorts"), dict) else {}
    for name in _cohorts_to_check(checked, files):
        if isinstance(blocks.get(name), dict):
            wrong, worth_knowing = cohort_problems(name, blocks[name], owners)
            problems += wrong
            notes += worth_knowing
    return problems + people_problems(owners), notes


def yaml_lines(file: Path) -> dict[tuple[str, ...], int]:
    """Key, as the names on the way to it -> its line in a YAML file, from 1."""
    lines: dict[tuple[str, ...], int] = {}

    def walk(node, where):
        lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                walk(value, (*where, str(key.value)))
                lines[(*where, str(key.value))] = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                walk(value, (*where, str(number)))

    walk(yaml.compose(file.read_text(encoding="utf-8-sig")), ())
    return lines


def _place(where, places):
    """`my.yaml, line 5, cohorts.tromso`: the last file that has the key, or one above it."""
    for depth in range(len(where), 0, -1):
        for file, lines in places:
            if where[:depth] in lines:
                return f"{file}, line {lines[where[:depth]]}, {'.'.join(where)}"
    return f"{places[0][0]}, {'.'.join(where) or 'top level'}"


def _cohorts_to_check(config, files):
    """Those of the study, and those that a user's file configures beside."""
    study = config.get("study") if isinstance(config.get("study"), list) else []
    own = [name for file in files for name in (project.read_file(file).get("cohorts") or {})]
    return list(dict.fromkeys([*(str(name) for name in study), *map(str, own)]))


def own_files(files: list[Path]) -> list[Path]:
    """The files that were named, or the project's own where none was."""
    return files or ([HERE] if HERE.is_file() else [])


def merged_config(files: list[Path]) -> dict:
    """Config files merged over the default one in their order; StudyError for what is none."""
    return project.completed(None, files)


def _lines(error: StudyError, where: str) -> list[str]:
    return [f"{where}: {line.strip()}" for line in str(error).splitlines()]
