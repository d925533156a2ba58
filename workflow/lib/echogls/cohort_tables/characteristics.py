"""Who and what a cohort consists of, in numbers: the rows of characteristics.tsv."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from echogls.cohort_tables.confusion import confusion_rows, f1_percent
from echogls.study import MEASURES, MOTION_ERRORS, headline_view
from echogls.views.chosen import chosen_clips

# `variable` is in words; what it is made of stands in KEYS: the quantity, and whose it is.
KEYS = ("quantity", "level", "rater", "segmentation", "motion")
COLUMNS = ("cohort", "group", "variable", "statistic", "value", "unit", "n", *KEYS)
# Columns of clips.tsv that are summarised, of the clips that were chosen.
ACQUISITION = {"frames": "frame", "fps": "1/s", "spacing_mm": "mm"}
MEASURED = ("heart_rate", "ed_length", "beats")
MOST_LEVELS = 12  # of a covariate that is counted level by level; by judgement
SUMMARY = {
    "mean": np.mean,
    "sd": lambda values: np.std(values, ddof=1) if len(values) > 1 else np.nan,
    "median": np.median,
    "min": np.min,
    "max": np.max,
}


def characteristic_rows(
    cohort: str,
    clips: Mapping[str, list[dict]],
    views: Mapping[str, list[dict]],
    measurements: Sequence[dict],
    *,
    readings: Sequence[dict] = (),
    covariates: Sequence[dict] = (),
    quality: Sequence[dict] = (),
    timing: Sequence[dict] = (),
    motion: Sequence[dict] = (),
) -> list[dict]:
    """Rows with COLUMNS, in the groups cohort, acquisition, heart, strain, covariate, quality,
    views, motion and timing.

    Parameters
    ----------
    clips, views : patient -> rows of clips.tsv and views.tsv.
    measurements, readings : rows of measurements.tsv and readers.tsv; of several readings of a
        patient by the same reader the first counts, as in comparisons, of several views their
        average.
    covariates : a row a patient, with `patient` and further columns, from the sheet.
    quality, timing, motion : rows of quality.tsv, timing.tsv and motion_error.tsv.

    Returns
    -------
    Rows; sd is the sample's (ddof 1). A covariate of words is counted by level, one of numbers
    is summarised, an empty cell counts as level "unknown". Of Dice `level` is the label.
    """
    rows = [
        _row(cohort, "cohort", "patients", "count", len(clips), "", len(clips)),
        _row(cohort, "cohort", "clips", "count", sum(map(len, clips.values())), "", len(clips)),
    ]
    chosen = {patient: chosen_clips(table) for patient, table in views.items()}
    used = [
        row
        for patient, table in clips.items()
        for row in table
        if row["clip"] in chosen.get(patient, {})
    ]
    # The view that a clip was measured as; most files state none.
    measured_as = [view for of_patient in chosen.values() for view in of_patient.values()]
    rows += _counted(cohort, "acquisition", "view", measured_as)
    for name, unit in ACQUISITION.items():
        rows += _summarised(cohort, "acquisition", name, [row[name] for row in used], unit)
    fine = [row for row in measurements if row["status"] == "ok" and row["segment"] == "global"]
    once = [row for row in fine if str(row.get("repeat", 1)) in ("", "1")]
    first = next((row["rater"] for row in fine), "")
    for name in MEASURED:
        values = [row["value"] for row in once if (row["rater"], row["measure"]) == (first, name)]
        rows += _summarised(cohort, "heart", name, values, MEASURES[name])
    of_whole = fine + [
        row for row in readings if row["status"] in ("", "ok") and row["segment"] == "global"
    ]
    view = headline_view(of_whole)  # a pass over all rows
    of_whole = [row for row in of_whole if row["view"] == view]
    for rater in dict.fromkeys(row["rater"] for row in of_whole):
        mine = [
            row
            for row in of_whole
            if row["rater"] == rater and row["measure"] == "gls" and row["value"]
        ]
        firsts: dict[str, str] = {}
        for row in sorted(mine, key=lambda row: float(row.get("repeat") or 1)):
            firsts.setdefault(row["patient"], row["value"])
        rows += _summarised(
            *(cohort, "strain", f"gls by {rater}", list(firsts.values()), MEASURES["gls"]),
            quantity="gls",
            rater=rater,
        )
    for name in dict.fromkeys(key for row in covariates for key in row if key != "patient"):
        values = [str(row.get(name, "") or "").strip() for row in covariates]
        numbers = _numbers(values)
        if numbers is not None:
            rows += _summarised(cohort, "covariate", name, numbers, "")
        elif len(set(values)) <= MOST_LEVELS:
            levels = [value or "unknown" for value in values]
            rows += _counted(cohort, "covariate", name, levels)
    overlaps: dict[tuple[str, str], dict[str, list[float]]] = {}
    for row in quality:
        if row["measure"] == "dice" and row["value"]:
            by_patient = overlaps.setdefault((row["segmentation"], row["label"]), {})
            by_patient.setdefault(row["patient"], []).append(float(row["value"]))
    for (network, label), by_patient in overlaps.items():
        means = [np.mean(values) for values in by_patient.values()]
        rows += _summarised(
            *(cohort, "quality", f"{network}: {label}", means, ""),
            quantity="dice",
            level=label,
            segmentation=network,
        )
    f1, n = f1_percent(confusion_rows(cohort, clips, views), "a4c")
    if f1 is not None:
        rows.append(_row(cohort, "views", "a4c", "f1", f1, "%", n, quantity="f1", level="a4c"))
    for track in dict.fromkeys((row["motion"], row["segmentation"]) for row in motion):
        of_track = [row for row in motion if (row["motion"], row["segmentation"]) == track]
        for name, unit in MOTION_ERRORS.items():
            label = f"{' on '.join(track)}: {name}"
            rows += _summarised(
                *(cohort, "motion", label, [row[name] for row in of_track], unit),
                quantity=name,
                motion=track[0],
                segmentation=track[1],
            )
    for job in dict.fromkeys(row["job"] for row in timing):
        values = [row["ms_per_frame"] for row in timing if row["job"] == job]
        rows += _summarised(cohort, "timing", job, values, "ms/frame")
    return rows


def _row(*values, **keys) -> dict:
    row = dict(zip(COLUMNS[: -len(KEYS)], values, strict=True))
    return row | dict.fromkeys(KEYS, "") | {"quantity": row["variable"]} | keys


def _counted(cohort, group, variable, values):
    return [
        _row(
            *(cohort, group, f"{variable} = {level}", "count", n, "", len(values)),
            quantity=variable,
            level=level,
        )
        for level, n in sorted(Counter(values).items())
    ]


def _summarised(cohort, group, variable, values, unit, **keys):
    numbers = np.array([float(value) for value in values if value not in ("", None)])
    if not numbers.size:
        return []
    return [
        _row(
            *(cohort, group, variable, name, float(summarise(numbers)), unit, numbers.size), **keys
        )
        for name, summarise in SUMMARY.items()
    ]


def _numbers(values):
    """The values as numbers, or None where one of them is none."""
    try:
        return [float(value) for value in values if value]
    except ValueError:
        return None
