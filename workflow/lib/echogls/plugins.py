"""Plug-ins: each public module of a room is one, and its file's name is its name in the config.

Rooms of plug-ins are `cohorts` (source formats), `readers` (exports), `motion` (estimators) and
`fusion`.
Files whose names begin with "_" belong to them.
"""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from echogls.study import StudyError, nearest


def plugin_names(room: str, function: str = "") -> tuple[str, ...]:
    """The plug-ins of a room of the library, such as "motion", sorted; none is imported.

    function : what each of them defines, in a room whose other files are public too.
    """
    folder = Path(__file__).parent / room
    names = (module.name for module in pkgutil.iter_modules([str(folder)]))
    public = sorted(name for name in names if not name.startswith("_"))
    return tuple(name for name in public if not function or _defines(folder, name, function))


def _defines(folder: Path, name: str, function: str) -> bool:
    path = folder / f"{name}.py"
    return path.is_file() and f"\ndef {function}(" in path.read_text(encoding="utf-8")


def plugin(room: str, name: str, called: str) -> ModuleType:
    """A plug-in's module.

    Raises
    ------
    StudyError : the room has none of that name; `called` says what it would be, and the error
        which one comes nearest.
    """
    known = plugin_names(room)
    if name not in known:
        raise StudyError(f"no {called} '{name}'{nearest(name, known)}")
    return importlib.import_module(f"echogls.{room}.{name}")
