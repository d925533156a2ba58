"""The patients of a cohort as the page shows them: which ones are inside, and what of each."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.findings import (
    flag_meaning,
    flags,
    gls_by_rater,
    main_pair,
    outside,
    outside_words,
    pairs_in_order,
    patients,
    spoken,
    typical_and_farthest,
)
from echogls.manuscript.flags import what_came
from echogls.manuscript.page import patient_view
from echogls.manuscript.page.difference_plot import difference_plot
from echogls.manuscript.rounding import number, signed
from echogls.manuscript.wording import plain, rater_name

# Patients; of more, so many are inside the page. By judgement: each takes up to 0.25 MB, and a page
# of 15 MB can still be sent by mail.
MOST_INSIDE = 60
FARTHEST = 10  # of them are those that agree least, whom a reader looks for first; by judgement
OUTSIDE = "outside_limits"
OUTSIDE_WORDS = "the difference lies outside the limits of agreement"


def section_id(cohort: Cohort, patient: str) -> str:
    """Where the page shows a patient."""
    return f"{cohort.name}-{patient}"


def inside(cohort: Cohort, names: Sequence[str]) -> list[str]:
    """Patients that the page holds: all up to MOST_INSIDE; else the FARTHEST from agreement and
    the typical one, or the first ones where nobody is compared, and of the flagged, those with
    most flags first, so many that MOST_INSIDE are inside."""
    if len(names) <= MOST_INSIDE:
        return list(names)
    pair = main_pair(cohort)
    pairs = cohort.pairs(*pair) if pair else []
    far = sorted(pairs, key=lambda row: -abs(float(row["difference"])))
    codes = flagged(cohort)
    wanted = {row["patient"] for row in far[:FARTHEST]}
    wanted |= set(typical_and_farthest(pairs) if pairs else names[:FARTHEST])
    others = sorted(codes.keys() - wanted, key=lambda name: (-len(codes[name]), name))
    wanted |= set(others[: MOST_INSIDE - len(wanted)])
    return [name for name in names if name in wanted]


def flagged(cohort: Cohort) -> dict[str, list[str]]:
    """patient -> codes, of those who have any: reasons of the first method's rows, and lying
    outside the limits of the pair that is told first."""
    by_patient = {patient: list(codes) for patient, codes in flags(cohort).items()}
    for patient in outside(cohort, *pair) if (pair := main_pair(cohort)) else ():
        by_patient.setdefault(patient, []).append(OUTSIDE)
    return {patient: codes for patient, codes in by_patient.items() if codes}


def pair_choices(
    cohort: Cohort, links: Mapping[str, str], allowed: float | None = None
) -> list[dict]:
    """The menu of pairs, first the one that is told first: dicts with key, words, plot (SVG),
    outside (who lies there), and of each patient its difference as printed and to sort by."""
    choices = []
    for _, one, two in pairs_in_order(cohort):
        pairs = cohort.pairs(one, two)
        typical, farthest = typical_and_farthest(pairs)
        choices.append(
            {
                "key": f"{one}|{two}",
                "words": f"{rater_name(two)} \N{MINUS SIGN} {rater_name(one)}",
                "plot": difference_plot(cohort, one, two, links, allowed),
                "outside": outside_words(cohort, one, two),
                "typical": typical,
                "farthest": farthest,
                "differences": {
                    row["patient"]: (signed(row["difference"]), float(row["difference"]))
                    for row in pairs
                },
            }
        )
    return choices


def rows(cohort: Cohort, names: Sequence[str], links: Mapping[str, str]) -> dict:
    """The table of patients: `raters` (name, words) and `rows`: dicts with patient, href, cells
    (text and what to sort by, a rater each), flags (code, words, meaning)."""
    values = gls_by_rater(cohort)
    codes = flagged(cohort)
    raters = [(name, rater_name(name)) for name in values]
    table = [
        {
            "patient": patient,
            "href": links[patient],
            "cells": [
                (number(values[name].get(patient, "")), values[name].get(patient, ""))
                for name, _ in raters
            ],
            "flags": [flag(code) for code in codes.get(patient, ())],
        }
        for patient in names
    ]
    kinds = dict.fromkeys(code for of_patient in codes.values() for code in of_patient)
    return {"raters": raters, "rows": table, "flags": [flag(code) for code in kinds]}


def flag(code: str) -> dict[str, str]:
    """A code as it is shown, and what it means."""
    meaning = OUTSIDE_WORDS if code == OUTSIDE else flag_meaning(code)
    return {"code": code, "words": plain(code), "meaning": meaning}


def section(
    cohort: Cohort,
    patient: str,
    views: Sequence[Mapping],
    values: Mapping[str, Mapping[str, str]],
    codes: Sequence[str],
    bullseye: str = "",
    movie: str = "",
) -> dict:
    """One patient of the page.

    Parameters
    ----------
    views : what viewer.viewer_data gave.
    values : of the cohort, as gls_by_rater gives them. codes : of the patient's flags.
    bullseye : a picture as a data URL. movie : where the large moving overlay lies.
    """
    name = section_id(cohort, patient)
    came = what_came(cohort.tables["quality"], patient, cohort.primary)
    each = [spoken(of_rater, rater, patient) for rater, of_rater in values.items()]
    return {
        "id": name,
        "patient": patient,
        "heading": f"{patient}: {', '.join(filter(None, each)) or 'not measured'}",
        "flags": [flag(code) | {"came": came.get(code, [])} for code in codes],
        "views": [_view(view, f"{name}-{view['view']}-images") for view in views],
        "bullseye": bullseye,
        "movie": movie,
    }


def _view(view, sheet_id):
    images = {name: patient_view.image_at(view, view[name.lower()]) for name in ("ED", "ES")}
    if view["kind"] != "sequence":
        images = {"ED": 0, "ES": len(view["times"]) - 1}
    stills = [(name, place) for name, place in images.items() if place is not None]
    played = {name: view[name] for name in patient_view.PLAYED}
    strains = dict(zip(view["curve"]["time"], view["curve"]["global"], strict=True))
    near = [_nearest(strains, time) for time in view["times"]]
    played["strain"] = ["" if value is None else number(value) for value in near]
    data = json.dumps(played, separators=(",", ":")).replace("<", "\\u003c")
    return {
        "name": view["name"],
        "sheet": patient_view.sheet(view, sheet_id),
        "stills": [
            patient_view.picture(view, place, sheet_id, name) for name, place in stills or [("", 0)]
        ],
        "plot": patient_view.strain_plot(view) if view["curve"]["time"] else "",
        "data": data,
        "sheet_id": sheet_id,
    }


def _nearest(strains, time):
    """Strain at the frame of an image; None before and after the measured beats."""
    nearest = min(strains, key=lambda t: abs(t - time), default=None)
    return strains[nearest] if nearest is not None and abs(nearest - time) < 1e-3 else None


def read_views(path: Path) -> list[dict]:
    """What the rule `overlay` wrote for the page."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def all_patients(cohort: Cohort, listed: Sequence[str]) -> list[str]:
    """The sheet's patients, and any other of whom the tables speak."""
    return list(dict.fromkeys((*listed, *patients(cohort))))
