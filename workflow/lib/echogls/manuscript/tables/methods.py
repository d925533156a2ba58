"""Table 5: the methods beside each other, against truth or the mean of readers."""

from collections.abc import Sequence

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.rounding import EMPTY, interval, limits, number, p_value
from echogls.manuscript.tables.agreement import STILLS, of_stills
from echogls.manuscript.tables.table import FIRST_READING, SIGN_NOTE, SIMULATED_NOTE, Table, grouped
from echogls.manuscript.wording import rater_name

COLUMNS = (
    *("Cohort", "Reference", "Method", "Measured", "n", "Bias (95 % CI)", "SD"),
    *("Limits of agreement", "MAE (95 % CI)", "RMSE", "ICC(A,1) (95 % CI)", "p, equal errors"),
)
AGAINST = ("method_truth", "method_mean", "reader_truth")
ERRORS = {"method_truth": "errors_truth", "method_mean": "errors_mean"}


def method_table(number_: int, cohorts: Sequence[Cohort]) -> Table:
    """A row a method and reference; readers against truth stand beside."""
    groups = []
    for cohort in cohorts:
        pairs = cohort.statistics()
        measured = {
            row["rater"]: row["n"]
            for row in cohort.tables["flow"]
            if (row["stage"], row["kind"]) == ("strain", "left")
        }
        shown = [key for kind in AGAINST for key in pairs if key[0] == kind]
        if not shown:  # one reader, or an expert's outlines
            shown = [key for key in pairs if key[0] == "method_reader"]
        for kind in dict.fromkeys(key[0] for key in shown):
            groups.append([_row(cohort, key, pairs, measured) for key in shown if key[0] == kind])
        if not shown:
            groups.append([_unpaired(cohort, method, measured) for method in cohort.methods])
    rows, rules = grouped(groups)
    notes = [
        SIGN_NOTE,
        f"{FIRST_READING} CI confidence interval; SD standard deviation; MAE mean absolute "
        "difference; RMSE root mean square difference; ICC intraclass correlation.",
    ]
    if still := [cohort.label for cohort in cohorts if of_stills(cohort)]:
        notes.insert(1, f"{', '.join(still)}: {STILLS}")
    if any(cohort.simulated for cohort in cohorts):
        notes.insert(1, SIMULATED_NOTE)
    marked = (
        ("Measured", "Patients with a value, of those who entered."),
        (
            "p, equal errors",
            "Paired t test of absolute errors against the study's first method, "
            "Holm-corrected over all pairs of methods.",
        ),
    )
    return Table(number_, "Methods compared", COLUMNS, rows, tuple(notes), rules, marked)


def _row(cohort, key, pairs, measured):
    kind, reference, rater = key
    rows = pairs[key]
    other = {
        two: stats
        for (name, one, two), stats in pairs.items()
        if name == ERRORS.get(kind) and one == cohort.methods[0]
    }.get(rater, {})
    tested = other.get("mae_difference_p_holm") or other.get("mae_difference_p")
    return (
        cohort.label,
        rater_name(reference),
        rater_name(rater),
        _measured(cohort, rater, measured),
        rows["bias"]["n"],
        interval(rows["bias"], 1, sign=True),
        number(rows["sd"]["estimate"]),
        limits(rows),
        interval(rows["mae"], 1),
        number(rows["rmse"]["estimate"]),
        interval(rows.get("icc_a1"), 2),
        p_value(tested["estimate"]) if tested else EMPTY,
    )


def _unpaired(cohort, method, measured):
    """A cohort without readers or truth still says how many were measured."""
    head = (cohort.label, "none", rater_name(method), _measured(cohort, method, measured))
    return (*head, *(EMPTY,) * (len(COLUMNS) - len(head)))


def _measured(cohort, rater, measured):
    return f"{measured[rater]} of {cohort.patients}" if rater in measured else EMPTY
