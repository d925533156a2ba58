"""Estimators, fusions, source formats and vendors' exports, found by their files' names.

Each public module of the rooms ROOMS is one, and its file's name is its name in the config; files
whose names begin with "_" belong to them. They may also live outside the library.

A plugin folder is laid out as the library is: `motion/mine.py` is the estimator `mine`,
`cohorts/ours.py` the source format `ours`, `readers/theirs.py` an export, `fusion/mine.py` a
fusion. Each keeps the contract of its room (its `__init__`), may import helpers with a leading
underscore beside it (`from echogls.motion._helper import ...`), and may not have a shipped name.

Folders come from the config (`plugins`), and from installed packages that have an entry point of
the group `echogls.plugins`, whose value is the package that is laid out so.
"""

import functools
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from types import ModuleType

from echogls.study import StudyError, nearest

ROOMS = ("motion", "fusion", "cohorts", "readers")
VARIABLE = "ECHOGLS_PLUGINS"  # by which jobs know what the study's config says
GROUP = "echogls.plugins"
LIBRARY = Path(__file__).resolve().parent


def plugin_names(room: str, function: str = "") -> tuple[str, ...]:
    """The names of a room's modules, sorted, those outside the library too; none is imported.

    function : what each of the library's own defines, in a room whose other files are public.
    """
    own = LIBRARY / room
    names = _public([str(own)])
    if function:
        names = {name for name in names if _defines(own / f"{name}.py", function)}
    return tuple(sorted(names | _public(paths(room))))


def plugin(room: str, name: str, called: str) -> ModuleType:
    """A room's module of that name.

    Raises
    ------
    StudyError : there is none; `called` says what it would be, and the error which one is nearest.
    """
    names = plugin_names(room)
    if name not in names:
        raise StudyError(f"no {called} '{name}'{nearest(name, names)}")
    return importlib.import_module(f"echogls.{room}.{name}")


def _public(folders: list[str]) -> set[str]:
    names = (module.name for module in pkgutil.iter_modules(folders))
    return {name for name in names if not name.startswith("_")}


def _defines(file: Path, function: str) -> bool:
    return file.is_file() and f"\ndef {function}(" in file.read_text(encoding="utf-8")


def use(folders: str | Iterable[str]) -> None:
    """Find what lies in these folders by name, in this process and in those that it starts.

    Raises
    ------
    StudyError : no folder, a folder without any room, or a name that is a shipped one.
    """
    folders = [folders] if isinstance(folders, str) else list(folders)
    for folder in filter(None, folders):
        place = Path(folder).expanduser().resolve()
        if not any((place / room).is_dir() for room in ROOMS):
            raise StudyError(
                f"plugins: '{folder}' holds none of the folders {', '.join(ROOMS)}; looked in "
                f"{place}"
            )
        for room in ROOMS:
            shipped = {path.stem for path in (LIBRARY / room).glob("*.py")}
            for path in sorted((place / room).glob("*.py")):
                if path.stem in shipped and path.stem != "__init__":
                    raise StudyError(
                        f"plugins: {room}/{path.name} has the name of a file of EchoGLS; rename it"
                    )
        folders_so_far = _configured()
        if place not in folders_so_far:
            os.environ[VARIABLE] = os.pathsep.join(map(str, [*folders_so_far, place]))
    for room in ROOMS:
        module = sys.modules.get(f"echogls.{room}")
        if module is not None:
            new = [path for path in paths(room) if path not in module.__path__]
            module.__path__.extend(new)
            importlib.invalidate_caches()


def paths(room: str) -> list[str]:
    """The folders, beside the library's own, in which modules of a room are."""
    places = [place / room for place in (*_configured(), *_installed())]
    return [str(place) for place in places if place.is_dir()]


def source_file(module: str) -> Path | None:
    """The file of a module `echogls.ROOM.NAME` that lies in a plugin folder."""
    _, room, *rest = module.split(".")
    if room not in ROOMS or len(rest) != 1:
        return None
    files = (Path(place) / f"{rest[0]}.py" for place in paths(room))
    return next((file for file in files if file.is_file()), None)


def _configured() -> list[Path]:
    return [Path(place) for place in os.environ.get(VARIABLE, "").split(os.pathsep) if place]


@functools.cache
def _installed() -> list[Path]:
    """The folders of installed plugin packages; none is imported."""
    folders = []
    for point in metadata.entry_points(group=GROUP):
        spec = importlib.util.find_spec(point.value.partition(":")[0].partition(".")[0])
        parts = point.value.partition(":")[0].split(".")[1:]
        places = spec.submodule_search_locations if spec else None
        folders += [Path(place, *parts) for place in places or ()]
    return folders
