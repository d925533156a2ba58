"""Table 4: each component of the pipeline beside the paper's printed values."""

from collections.abc import Sequence

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.published import paper, published
from echogls.manuscript.rounding import EMPTY, number, plus_minus
from echogls.manuscript.tables.table import Table

COLUMNS = ("Component", "Quantity", "Data", "n", "Value", "Published value")
LABELS = ("cavity", "myocardium", "atrium")
DISTANCES = {
    "mean_absolute_distance_mm": "mean absolute distance, mm",
    "hausdorff_mm": "Hausdorff distance, mm",
}


def component_table(number_: int, cohorts: Sequence[Cohort], models: dict) -> Table:
    """A row a component and quantity: networks on their validation data, stages by run time.

    Parameters
    ----------
    models : models.yaml; networks without `measured` have no rows.
    """
    theirs = paper()
    told = f"{number(theirs['view_f1_percent'])} ({theirs['view_patients']} patients)"
    rows = [("View classifier", "F1, four-chamber, %", EMPTY, EMPTY, EMPTY, told)]
    for name, model in models.items():
        if "myocardium_dice" in model.get("measured", {}):
            rows += _segmentation(name, model["measured"], theirs)
    for cohort in cohorts:
        rows += _reference_quality(cohort)
    others = [published()[key] for key in ("ostvik2021", "evain2022")]
    told = "; ".join(f"{number(s['epe_mm_per_frame'], 2)} ({s['label']})" for s in others)
    rows.append(("Motion", "end-point error, mm/frame", EMPTY, EMPTY, EMPTY, told))
    for cohort in cohorts:
        rows += _speed(cohort)
    beside = f"{theirs['ms_per_frame']} ({theirs['hardware']}, whole pipeline)"
    rows.append(("Run time", "ms a frame", EMPTY, EMPTY, EMPTY, beside))
    notes = (
        "Dice as mean ± SD over patients. Run time: median over patients of wall time a frame, "
        "start-up of each job included, on the machine of this run.",
        f"{theirs['label']}: {theirs['note']}",
        "No length here has a sign; GLS elsewhere is signed percent, shortening negative.",
    )
    return Table(number_, "Components of the pipeline", COLUMNS, tuple(rows), notes)


def _segmentation(name, measured, theirs):
    data, n = "validation images", number(measured["images"], 0)
    rows = []
    for label in LABELS:
        told = EMPTY
        if label == "myocardium":
            dice = theirs["myocardium_dice"]
            told = f"{plus_minus(dice['mean'], dice['sd'], 2)} ({theirs['dice_patients']} patients)"
        value = plus_minus(measured[f"{label}_dice"], measured[f"{label}_dice_sd"], 3)
        rows.append((f"Segmentation, {name}", f"Dice, {label}", data, n, value, told))
        for key, words in DISTANCES.items():
            parts = [number(measured[f"{label}_{phase}_{key}"], 1) for phase in ("ed", "es")]
            value = f"{parts[0]} ED, {parts[1]} ES"
            rows.append((f"Segmentation, {name}", f"{words}, {label}", data, n, value, EMPTY))
    return rows


def _reference_quality(cohort):
    """Dice of the cohort's own clips where an expert's labels came with them."""
    rows = []
    for name, told in cohort.characteristics("quality").items():
        network, label = name.split(": ")
        value = plus_minus(told["mean"]["value"], told["sd"]["value"], 3)
        head = (f"Segmentation, {network}", f"Dice, {label}", cohort.label, told["mean"]["n"])
        rows.append((*head, value, EMPTY))
    return rows


def _speed(cohort):
    rows = []
    for job, told in cohort.characteristics("timing").items():
        value = number(told["median"]["value"], 0)
        rows.append(
            ("Run time", f"{job}, ms a frame", cohort.label, told["median"]["n"], value, EMPTY)
        )
    return rows
