"""Table 1: who was examined and how the images were taken."""

from collections.abc import Sequence

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.published import paper
from echogls.manuscript.rounding import EMPTY, number, plus_minus
from echogls.manuscript.tables.table import FIRST_READING, SIGN_NOTE, SIMULATED_NOTE, Table
from echogls.manuscript.wording import plain, quantity_name, rater_name
from echogls.study import VIEWS

RANGES = {
    "Frame rate, 1/s": ("fps", 1),
    "Frames a clip": ("frames", 0),
    "Pixel, mm": ("spacing_mm", 2),
    "Heart rate, 1/min": ("heart_rate", 0),
    "Wall length at ED, mm": ("ed_length", 0),
}


# Covariates that other rows of the table say already.
IN_OTHER_ROWS = ("fps", "spacing_mm", "view", "simulated")


def cohort_table(number_: int, cohorts: Sequence[Cohort]) -> Table:
    """A row a characteristic, a column a cohort, and the paper's cohort beside."""
    rows = [("Patients", *(str(cohort.patients) for cohort in cohorts))]
    rows.append(("Clips", *(number(c.characteristic("clips", "count"), 0) for c in cohorts)))
    for view, name in VIEWS.items():
        counts = [c.characteristic("view", "count", level=view) for c in cohorts]
        if any(counts):
            rows.append((f"Measured clips, {name}", *(number(n or 0, 0) for n in counts)))
    for label, (variable, decimals) in RANGES.items():
        rows.append((label, *(_range(cohort, variable, decimals) for cohort in cohorts)))
    for name in dict.fromkeys(name for cohort in cohorts for name in _raters(cohort)):
        label = f"GLS by {rater_name(name)}, %"
        rows.append((label, *(_mean(cohort, "gls", rater=name) for cohort in cohorts)))
    for name, level in _covariates(cohorts):
        values = [_count_or_mean(cohort, name, level) for cohort in cohorts]
        words = f"{quantity_name(name)}: {plain(level)}" if level else quantity_name(name)
        rows.append((words[:1].upper() + words[1:], *values))
    theirs = paper()
    beside = {
        "Patients": str(theirs["patients"]),
        "Measured clips, apical four-chamber": str(theirs["patients"]),
    }
    rows = [(*row, beside.get(row[0], EMPTY)) for row in rows]
    for name, rater in (("gls_reference", "EchoPAC"), ("gls_method", "its method")):
        words = f"GLS by {rater}, %"
        value = plus_minus(theirs[name]["mean"], theirs[name]["sd"])
        rows.append((words, *(EMPTY for _ in cohorts), value))
    notes = [
        "Median (smallest to largest); strain and numeric covariates as mean ± SD over patients.",
        f"{FIRST_READING} Differences of these means are the biases of table 2 where both raters "
        "have a value of the same patients.",
        f"{SIGN_NOTE} GLS global longitudinal strain; ED end-diastole; SD standard deviation.",
    ]
    if any(cohort.simulated for cohort in cohorts):
        notes.insert(1, SIMULATED_NOTE)
    return Table(
        number_,
        "Cohorts and acquisition",
        ("Characteristic", *(cohort.heading for cohort in cohorts), theirs["label"]),
        tuple(rows),
        tuple(notes),
    )


def _raters(cohort):
    """The first method, readers and truth; further methods stand in table 5."""
    rows = [row for row in cohort.tables["characteristics"] if row["group"] == "strain"]
    return [row["rater"] for row in rows if row["rater"] not in cohort.methods[1:]]


def _range(cohort, variable, decimals):
    low, middle, high = (
        number(cohort.characteristic(variable, name), decimals) for name in ("min", "median", "max")
    )
    if EMPTY in (low, middle, high):
        return EMPTY
    return middle if low == high else f"{middle} ({low} to {high})"


def _mean(cohort, quantity, **keys):
    mean, sd = (cohort.characteristic(quantity, name, **keys) for name in ("mean", "sd"))
    return plus_minus(mean, sd)


def _covariates(cohorts):
    """(name, level), the level "" of one in numbers."""
    rows = [row for c in cohorts for row in c.tables["characteristics"]]
    covariates = dict.fromkeys(
        (row["quantity"], row["level"]) for row in rows if row["group"] == "covariate"
    )
    return [(name, level) for name, level in covariates if name not in IN_OTHER_ROWS]


def _count_or_mean(cohort, name, level):
    if count := cohort.characteristic(name, "count", level=level):
        return f"{number(count, 0)} of {cohort.patients}"
    return _mean(cohort, name)
