"""Options from the config that go to one function as keyword arguments."""

import inspect
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import get_args

from echogls.study import StudyError, nearest


def option_names(function: Callable, reserved: tuple = ()) -> list[str]:
    """The options of a function: its keyword-only parameters, but those that are reserved."""
    parameters = inspect.signature(function).parameters.values()
    keywords = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    return [name for name in keywords if name not in reserved]


def check_options(
    function: Callable, options: Mapping[str, object] | None, owner: str, reserved: tuple = ()
) -> dict[str, object]:
    """The options as a dict, if the function knows every one of them and takes their values.

    Parameters
    ----------
    function : see `option_names`.
    owner : whose options they are, for the error.
    reserved : keyword-only parameters that the config may not set.

    Raises
    ------
    StudyError : an unknown option, with the known one that comes nearest, or a value of another
        kind than the function says (int, float or bool, or None).
    """
    parameters = inspect.signature(function).parameters
    names = option_names(function, reserved)
    for name, value in (options or {}).items():
        if name not in names:
            raise StudyError(f"{owner} has no option '{name}'{nearest(name, names)}")
        kind = parameters[name].annotation
        kinds = [one for one in get_args(kind) or (kind,) if one in _KINDS]
        if kinds and not any(_KINDS[one][0](value) for one in kinds):
            expected = " or ".join(_KINDS[one][1] for one in kinds)
            raise StudyError(f"{owner} has {name} {value!r}, expected {expected}")
    return dict(options or {})


# What a function says that an option is -> whether a value is one, and its name.
_KINDS = {
    bool: (lambda value: isinstance(value, bool), "true or false"),
    int: (
        lambda value: isinstance(value, Integral) and not isinstance(value, bool),
        "a whole number",
    ),
    float: (
        lambda value: isinstance(value, Real) and not isinstance(value, bool) and value == value,
        "a number",
    ),
    type(None): (lambda value: value is None, "null"),
}


def check_at_least(owner: str, least: float, **options: float | None) -> None:
    """Refuse options whose values are smaller than they can be; `owner` as `check_options`.

    An option that is None is not given, and passes.

    Raises
    ------
    StudyError : says what came and what is the least.
    """
    for name, value in options.items():
        if value is not None and not value >= least:
            raise StudyError(f"{owner} has {name} {value}, expected {least} or more")
