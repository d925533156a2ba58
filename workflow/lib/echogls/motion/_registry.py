"""Estimators by name: every module of this package without a leading underscore is one."""

import importlib
import pkgutil
from types import ModuleType

from echogls.options import option_names
from echogls.study import StudyError, nearest

# Keyword parameters that are no options.
RESERVED = ("network", "models", "before", "after", "spans", "enlarged")


def names() -> tuple[str, ...]:
    """The estimators' names, sorted; none is imported."""
    modules = pkgutil.iter_modules(importlib.import_module(__package__).__path__)
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
    module = importlib.import_module(f"echogls.motion.{name}")
    if not hasattr(module, "estimate"):
        raise StudyError(f"motion: '{name}' has no function estimate(first, second, **options)")
    return module


def known_options(name: str) -> list[str]:
    """Names of an estimator's options."""
    return option_names(estimator(name).estimate, RESERVED)
