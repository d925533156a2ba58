"""Plug-ins: each public module of a room is one, and its file's name is its name in the config.

Rooms of plug-ins are `cohorts` (source formats), `readers` (exports) and `motion` (estimators).
Files whose names begin with "_" belong to them.
"""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from echogls.study import StudyError, nearest


def plugin_names(room: str) -> tuple[str, ...]:
    """The plug-ins of a room of the library, such as "motion", sorted; none is imported."""
    modules = pkgutil.iter_modules([str(Path(__file__).parent / room)])
    return tuple(sorted(module.name for module in modules if not module.name.startswith("_")))


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
