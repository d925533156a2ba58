"""Options from the config that go to one function as keyword arguments."""

import inspect
from collections.abc import Callable, Mapping

from echogls.study import StudyError, nearest


def option_names(function: Callable, reserved: tuple = ()) -> list[str]:
    """The options of a function: its keyword-only parameters, but those that are reserved."""
    parameters = inspect.signature(function).parameters.values()
    keywords = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    return [name for name in keywords if name not in reserved]


def check_options(
    function: Callable, options: Mapping[str, object] | None, owner: str, reserved: tuple = ()
) -> dict[str, object]:
    """The options as a dict, if the function knows every one of them.

    Parameters
    ----------
    function : see `option_names`.
    owner : whose options they are, for the error.
    reserved : keyword-only parameters that the config may not set.

    Raises
    ------
    StudyError : an unknown option; says which known one comes nearest.
    """
    known = option_names(function, reserved)
    for name in options or {}:
        if name not in known:
            raise StudyError(f"{owner} has no option '{name}'{nearest(name, known)}")
    return dict(options or {})


def check_at_least(owner: str, least: float, **options: float) -> None:
    """Refuse options whose values are smaller than they can be; `owner` as `check_options`.

    Raises
    ------
    StudyError : says what came and what is the least.
    """
    for name, value in options.items():
        if not value >= least:
            raise StudyError(f"{owner} has {name} {value}, expected {least} or more")
