"""Estimators by name: every module of this package without a leading underscore is one."""

from types import ModuleType

from echogls.options import option_names
from echogls.plugins import plugin, plugin_names
from echogls.study import StudyError

# Keyword parameters of an estimator that are no options.
RESERVED = ("network", "models", "before", "after", "spans", "enlarged", "guess", "step")


def names() -> tuple[str, ...]:
    """The estimators' names, sorted; none is imported."""
    return plugin_names("motion")


def estimator(name: str) -> ModuleType:
    """The module that has `estimate(first, second, **options) -> Flow`.

    Raises
    ------
    StudyError : there is none of that name; says which comes nearest.
    """
    module = plugin("motion", name, "estimator of motion")
    if not hasattr(module, "estimate"):
        raise StudyError(f"motion: '{name}' has no function estimate(first, second, **options)")
    return module


def known_options(name: str) -> list[str]:
    """Names of an estimator's options."""
    return option_names(estimator(name).estimate, RESERVED)
