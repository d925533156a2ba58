"""Table 4: each component of the pipeline beside the paper's printed values."""

from collections.abc import Sequence

from echogls.cohort_tables.timing import TOTAL
from echogls.manuscript.evidence import Cohort
from echogls.manuscript.published import paper, published
from echogls.manuscript.rounding import EMPTY, number, plus_minus
from echogls.manuscript.tables.table import Table
from echogls.manuscript.wording import job_name, plain

COLUMNS = ("Component", "Quantity", "Data", "n", "Value", "Published value")
REAL = "real patients"
# What models.yaml's quantities of a classifier were measured on.
VIEW_IMAGES = {
    "simulated": "simulated images by which the network was selected",
    "simulated_other_seed": "simulated images of another seed",
    "rearranged": "re-arranged images of CAMUS validation patients",
}
F1 = "F1, four-chamber, %"
LABELS = ("cavity", "myocardium", "atrium")
# Quantities of motion_error.tsv that are printed, and their decimals.
MOTION = {
    "epe": ("end-point error, mm/frame", 3),
    "true_motion": ("true motion, mm/frame", 3),
    "motion_found": ("motion found along the true one, %", 0),
    "epe_systole": ("end-point error, ED to ES, mm", 2),
}
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
    published_f1 = f"{number(theirs['view_f1_percent'])} ({theirs['view_patients']} {REAL})"
    rows = _views(models, cohorts, published_f1)
    for name, model in models.items():
        if "myocardium_dice" in model.get("measured", {}):
            rows += _segmentation(name, model["measured"], theirs)
    for cohort in cohorts:
        rows += _reference_quality(cohort)
    motion = [row for cohort in cohorts for row in _motion(cohort)]
    rows += motion or [("Motion", MOTION["epe"][0], EMPTY, EMPTY, EMPTY, _published("epe"))]
    for cohort in cohorts:
        rows += _speed(cohort)
    beside = f"{theirs['ms_per_frame']} ({theirs['hardware']})"
    rows.append(("Run time", "whole pipeline, ms a frame", theirs["label"], EMPTY, EMPTY, beside))
    notes = (
        "Dice and motion as mean ± SD over patients. Motion: at points of the true midwall line of "
        "simulated patients, mean over points and pairs of frames; no motion would err by the true "
        "motion; motion found is the slope of estimated on true displacement.",
        "Run time: median over patients of wall time a frame, start-up of each job included, on "
        "the machine of this run; stages of the study's first method, and the whole of each.",
        f"{theirs['label']}: {theirs['note_speed']}",
        "No length here has a sign; GLS elsewhere is signed percent, shortening negative.",
    )
    marked = (
        (
            "Published value",
            "Others' data, not ours: of real patients where it says so; beside values of simulated "
            "ones they say what is usual, not what is better.",
        ),
    )
    return Table(number_, "Components of the pipeline", COLUMNS, tuple(rows), notes, (), marked)


def _views(models, cohorts, published_f1):
    """F1 of the view classifier on images that it did not learn from, as its card says, and on a
    cohort's clips."""
    rows = []
    for name, model in models.items():
        for key, value in model.get("measured", {}).items():
            if key.endswith("_a4c_f1"):
                kind = key.removesuffix("_a4c_f1")
                data = VIEW_IMAGES.get(kind, f"{plain(kind)} images")
                n = number(model["measured"].get(f"{kind}_images"), 0)
                head = (f"View classifier, {plain(name)}", F1, data, n)
                rows.append((*head, number(100 * value), published_f1))
    for cohort in cohorts:
        for rows_of in cohort.characteristics("views").values():
            row = rows_of["f1"]
            head = ("View classifier", F1, f"{cohort.label}, clips", row["n"])
            rows.append((*head, number(row["value"]), published_f1))
    return rows or [("View classifier", F1, EMPTY, EMPTY, EMPTY, published_f1)]


def _motion(cohort):
    """End-point errors of each motion estimator, where the truth is known."""
    rows = []
    for statistics in cohort.characteristics("motion").values():
        mean, sd = statistics["mean"], statistics["sd"]
        if mean["quantity"] not in MOTION:
            continue
        words, decimals = MOTION[mean["quantity"]]
        value = plus_minus(mean["value"], sd["value"], decimals)
        head = (f"Motion, {plain(mean['motion'])} (mask: {plain(mean['segmentation'])})", words)
        rows.append((*head, cohort.label, mean["n"], value, _published(mean["quantity"])))
    return rows


def _published(quantity):
    """What others printed of an end-point error."""
    key = {"epe": "epe_mm_per_frame", "epe_systole": "epe_systole_mm"}.get(quantity)
    others = [study for study in published().values() if key in study]
    values = (f"{number(s[key], 2)} ({s['label']}, {s['data']})" for s in others)
    return "; ".join(values) or EMPTY


def _segmentation(name, measured, theirs):
    data, n = "CAMUS validation images", number(measured["images"], 0)
    rows = []
    for label in LABELS:
        printed = EMPTY
        if label == "myocardium":
            dice = theirs["myocardium_dice"]
            printed = (
                f"{plus_minus(dice['mean'], dice['sd'], 2)} ({theirs['dice_patients']} {REAL})"
            )
        value = plus_minus(measured[f"{label}_dice"], measured[f"{label}_dice_sd"], 3)
        rows.append((f"Segmentation, {plain(name)}", f"Dice, {label}", data, n, value, printed))
    for label in LABELS[:2]:
        for key, words in DISTANCES.items():
            parts = [number(measured[f"{label}_{phase}_{key}"], 1) for phase in ("ed", "es")]
            value = f"{parts[0]} ED, {parts[1]} ES"
            rows.append(
                (f"Segmentation, {plain(name)}", f"{words}, {label}", data, n, value, EMPTY)
            )
    return rows


def _reference_quality(cohort):
    """Dice of the cohort's own clips where an expert's labels came with them."""
    rows = []
    for statistics in cohort.characteristics("quality").values():
        mean, sd = statistics["mean"], statistics["sd"]
        value = plus_minus(mean["value"], sd["value"], 3)
        head = (
            f"Segmentation, {plain(mean['segmentation'])}",
            f"Dice, {mean['level']}",
            cohort.label,
        )
        rows.append((*head, mean["n"], value, EMPTY))
    return rows


def _speed(cohort):
    """Stages of the first method's road, and the whole road of every method."""
    rows = []
    for job, statistics in cohort.characteristics("timing").items():
        stage, _, part = job.partition(".")
        if part in cohort.methods[1:] and stage != TOTAL:
            continue
        words = f"{job_name(job)}, ms a frame"
        value = number(statistics["median"]["value"], 0)
        rows.append(("Run time", words, cohort.label, statistics["median"]["n"], value, EMPTY))
    return rows
