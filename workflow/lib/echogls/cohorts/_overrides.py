"""What the sheet of a cohort states for one patient, over what the files say."""

import math

from echogls.study import VIEWS, StudyError

OVERRIDES = ("view", "fps", "spacing_mm")
# Beyond these a stated number is rather a slip of the keyboard, such as a lost decimal point; by
# judgement.
USUAL = {"fps": (10.0, 400.0, "frames/s"), "spacing_mm": (0.05, 2.0, "mm per pixel")}
UNKNOWN = "unknown"  # as a spacing: what the file says of it is not used


def checked_overrides(overrides: dict) -> dict:
    """Those that say something, with numbers as numbers; StudyError for what is wrong."""
    unknown = sorted(set(overrides) - set(OVERRIDES))
    if unknown:
        raise StudyError(f"the sheet overrides {unknown}; it may override {', '.join(OVERRIDES)}")
    stated = {key: value for key, value in overrides.items() if not _is_empty(value)}
    if stated.get("view", "unknown") not in VIEWS:
        raise StudyError(f"view '{stated['view']}' in the sheet is not one of {', '.join(VIEWS)}")
    for key in ("fps", "spacing_mm"):
        if key == "spacing_mm" and str(stated.get(key, "")).strip().lower() == UNKNOWN:
            stated[key] = UNKNOWN
        elif key in stated:
            stated[key] = _positive(key, stated[key])
    return stated


def doubtful_overrides(overrides: dict) -> list[str]:
    """What is said of numbers of the sheet that recordings hardly have.

    Example
    -------
    >>> doubtful_overrides({"fps": "5000", "spacing_mm": "0.3"})
    ['fps 5000 of the sheet is unusual; expected 10 to 400 frames/s']
    """
    doubts = []
    for key, (low, high, unit) in USUAL.items():
        try:
            value = float(overrides.get(key) or "nan")
        except (TypeError, ValueError):
            continue
        if value > 0 and not low <= value <= high:
            doubts.append(
                f"{key} {value:g} of the sheet is unusual; expected {low:g} to {high:g} {unit}"
            )
    return doubts


def chosen_spacing(settings: dict, from_file: float | None) -> tuple[float | None, str]:
    """mm per pixel, and "sheet" where the sheet decides it, else "".

    Parameters
    ----------
    settings : `spacing_mm` as `checked_overrides` leaves it: a number, "unknown", or nothing.
    """
    stated = settings.get("spacing_mm")
    if not stated:
        return from_file, ""
    return (None if stated == UNKNOWN else stated), "sheet"


def _is_empty(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _positive(key: str, value: object) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        alternative = ", nor 'unknown'" if key == "spacing_mm" else ""
        raise StudyError(f"{key} '{value}' in the sheet is not a positive number{alternative}")
    return number
