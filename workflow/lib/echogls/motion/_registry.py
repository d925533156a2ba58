"""Estimators by name: every module of this package without a leading underscore is one."""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from echogls.options import option_names
from echogls.study import StudyError, nearest

RESERVED = (
    "network",
    "before",
    "after",
    "spans",
    "enlarged",
)  # keyword parameters that are no options


def names() -> tuple[str, ...]:
    """The estimators' names, sorted; none is imported."""
    modules = pkgutil.iter_modules([str(Path(__file__).parent)])
    return tuple(sorted(module.name for module in modules if not module.name.startswith("_")))


def estimator(name: str) -> ModuleType:
    """The module that has `estimate(first, second, **options) -> Flow`.

    Raises
    ------
    StudyError : there is none of that name; says which comes nearest.
    """
    known = names()
    if name not in known:
        raise StudyError(f"motion: no estimator '{name}'{nearest(name, known)}")
    return importlib.import_module(f"echogls.motion.{name}")


def known_options(name: str) -> list[str]:
    """Names of an estimator's options."""
    return option_names(estimator(name).estimate, RESERVED)
