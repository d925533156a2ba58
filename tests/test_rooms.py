"""The house is as ARCHITECTURE.md draws it: rooms import downwards, one alone needs Keras."""

import ast
import re
import sys
from pathlib import Path

import pytest

import echogls

LIBRARY = Path(echogls.__file__).parent
ROOT = Path(__file__).parents[1]
ARCHITECTURE = ROOT / "ARCHITECTURE.md"
HEAVY = {"keras", "tensorflow"}


def rooms():
    """{room: its row in the table}, top to bottom; a file at the root is a room too."""
    table = ARCHITECTURE.read_text(encoding="utf-8").split("| room | holds |")[1]
    rows = [line.split("|")[1] for line in table.split("\n\n")[0].splitlines()[2:]]
    names = [re.findall(r"`(\w+)(?:/|\.py)`", row) for row in rows]
    return {name: place for place, row in enumerate(names) for name in row}


def imports():
    """(file, module) of every import statement in the library, those inside functions too."""
    for path in sorted(LIBRARY.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield path, node.module
                yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)


def room_of(path):
    return path.relative_to(LIBRARY).with_suffix("").parts[0]


def test_every_room_is_in_the_table_and_every_row_has_its_room():
    there = {path.stem for path in LIBRARY.glob("*.py")} - {"__init__"}
    there |= {path.parent.name for path in LIBRARY.glob("*/__init__.py")}
    assert there == set(rooms())


def test_a_room_imports_only_rooms_below_it():
    places = rooms()
    ours = [(path, module.split(".")[1]) for path, module in imports() if "echogls." in module]
    assert len(ours) > 200
    upwards = [
        f"{path.relative_to(LIBRARY)} imports {room}"
        for path, room in ours
        if room in places and room != room_of(path) and places[room] < places[room_of(path)]
    ]
    assert not upwards


def test_training_alone_imports_keras_and_nothing_imports_training():
    heavy = {room_of(path) for path, module in imports() if module.split(".")[0] in HEAVY}
    users = {room_of(path) for path, module in imports() if module.startswith("echogls.training")}
    assert heavy == {"training"} and users == {"training"}


def test_no_files_import_each_other_in_a_circle():
    files = {path: path.relative_to(LIBRARY).with_suffix("").parts for path, _ in imports()}
    paths = {".".join(["echogls", *parts]): path for path, parts in files.items()}
    rest = {path: set() for path in files}
    for path, module in imports():
        rest[path] |= {paths[module]} if module in paths else set()
    while leaves := {path for path, used in rest.items() if not used & rest.keys()}:
        rest = {path: used for path, used in rest.items() if path not in leaves}
    assert not {str(path.relative_to(LIBRARY)) for path in rest}


@pytest.mark.parametrize("folder", ["docs", "benchmarks", "workflow/scripts", "tests/fuzz"])
def test_no_program_has_the_name_of_a_module_of_python(folder):
    """Python looks beside a program first: what it imports would be that file."""
    programs = {file.stem for file in (ROOT / folder).glob("*.py")}
    assert programs and not programs & sys.stdlib_module_names
