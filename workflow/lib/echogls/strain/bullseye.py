"""The bull's-eye: segments of the apical views, named and numbered as in the field's models.

Names, numbers and places: Cerqueira et al. 2002 (AHA, 17 segments); Lang et al. 2015 and
Voigt et al. 2015 (ASE, EACVI: 18 segments, six in each apical view, the walls of 17 called
inferoseptal and anterolateral in the four-chamber view). Of the 18, 17 are made so: the
septal and lateral apex are the mean of the two walls that they lie between, and the apical
cap, which no view divides off, is the mean of all apical segments.
"""

from collections.abc import Iterable, Sequence

from echogls.study import (
    AVERAGE_VIEW,
    DOUBTS,
    MEASURES,
    MISSING_VIEW_RULES,
    VIEW_OF_SEGMENT,
    StudyError,
    join_reasons,
    split_reasons,
)

WALLS = ("anterior", "anteroseptal", "inferoseptal", "inferior", "inferolateral", "anterolateral")
# The four-chamber view's own names are the study's older ones.
_OWN = {"inferoseptal": "septal", "anterolateral": "lateral"}
_APEX = [f"apical_{_OWN.get(wall, wall)}" for wall in WALLS]
_BOTH = {
    f"{level}_{wall}": (f"{level}_{_OWN.get(wall, wall)}",)
    for level in ("basal", "mid")
    for wall in WALLS
}
# Model -> its segments in the order of their numbers -> the study's segments of which each is
# the mean (study.ALL_SEGMENTS).
MODELS: dict[str, dict[str, tuple[str, ...]]] = {
    "17": _BOTH
    | {
        "apical_anterior": ("apical_anterior",),
        "apical_septal": ("apical_septal", "apical_anteroseptal"),
        "apical_inferior": ("apical_inferior",),
        "apical_lateral": ("apical_lateral", "apical_inferolateral"),
        "apex": tuple(_APEX),
    },
    "18": _BOTH | {f"apical_{wall}": (name,) for wall, name in zip(WALLS, _APEX, strict=True)},
}
COLUMNS = (
    *("cohort", "patient", "rater", "repeat", "model", "number", "segment"),
    *("measure", "value", "unit", "made_of", "status", "reason"),
)
_OWNER = ("cohort", "patient", "rater", "repeat")


def bullseye_rows(
    rows: Iterable[dict],
    wanted: Sequence[str],
    *,
    measure: str = "peak_systolic_strain",
    missing_view: str = "exclude",
) -> list[dict]:
    """Every segment of both models, for each patient, rater and repeat that has any: COLUMNS.

    Parameters
    ----------
    rows : of measurements.tsv or readers.tsv.
    wanted : the views that the cohort measures; a segment is made of its parts in these, and
        one that lies in none of them is excluded.
    measure : of the segments, signed percent.
    missing_view : "exclude": a segment needs all its parts; "average_others": it is the mean of
        those that were measured.

    Returns
    -------
    Rows; `made_of` names the study's segments that a value is the mean of, and their flags
    (study.DOUBTS) are its reasons.
    """
    if missing_view not in MISSING_VIEW_RULES:
        raise StudyError(
            f"strain: missing_view '{missing_view}'; expected {' or '.join(MISSING_VIEW_RULES)}"
        )
    owners: dict[tuple, dict[str, float]] = {}
    doubts: dict[tuple, str] = {}  # of an owner's segment
    for row in rows:
        owner = tuple(row[name] for name in _OWNER)
        if row["status"] == "excluded" and row["view"] in (*wanted, AVERAGE_VIEW):
            owners.setdefault(owner, {})
        in_own_view = (
            row["measure"] == measure and VIEW_OF_SEGMENT.get(row["segment"]) == row["view"]
        )
        if in_own_view and row["status"] in ("", "ok") and row["value"] not in ("", None):
            owners.setdefault(owner, {})[row["segment"]] = float(row["value"])
            flags = (reason for reason in split_reasons(row["reason"]) if reason in DOUBTS)
            doubts[*owner, row["segment"]] = " ".join(flags)
    # A rater who measures no segments at all (a reader's table of GLS) has no bull's-eye.
    raters = {owner[2] for owner, values in owners.items() if values}
    table = []
    for owner, values in owners.items():
        if owner[2] not in raters:
            continue
        for model, segments in MODELS.items():
            for number, (segment, parts) in enumerate(segments.items(), start=1):
                head = (*owner, model, number, segment, measure)
                flags = join_reasons(*(doubts.get((*owner, part), "") for part in parts))
                cells = _segment(values, parts, wanted, missing_view, flags)
                table.append(dict(zip(COLUMNS, (*head, *cells), strict=True)))
    return table


def _segment(values, parts, wanted, missing_view, flags):
    """Value, unit, made_of, status and reason of one segment; `flags` are those of its parts."""
    unit = MEASURES["gls"]
    needed = [part for part in parts if VIEW_OF_SEGMENT[part] in wanted]
    measured = [part for part in needed if part in values]
    if not measured or (missing_view == "exclude" and len(measured) < len(needed)):
        return None, unit, "", "excluded", "missing_view"
    value = sum(values[part] for part in measured) / len(measured)
    reason = "missing_view" if len(measured) < len(needed) else ""
    return value, unit, " ".join(measured), "ok", join_reasons(reason, flags)
