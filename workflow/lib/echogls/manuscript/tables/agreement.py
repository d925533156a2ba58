"""Table 2: how the first method agrees with each reader, their mean, and the truth where known.

Further methods stand in table 5.
"""

from collections.abc import Sequence

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.published import paper
from echogls.manuscript.rounding import EMPTY, interval, number, signed
from echogls.manuscript.tables.table import FIRST_READING, SIGN_NOTE, SIMULATED_NOTE, Table, grouped
from echogls.manuscript.wording import rater_name
from echogls.study import split_reasons

COMPARISONS = ("method_mean", "method_reader", "method_truth", "reader_reader", "reader_truth")
ABBREVIATIONS = (
    "CI confidence interval; SD standard deviation; MAE mean absolute difference; r Pearson's "
    "correlation; ICC intraclass correlation; CCC concordance correlation."
)
STILLS = (
    "outlines at ED and ES without motion between them, the method's beside an expert's; GLS is "
    "their change of length."
)
COLUMNS = (
    *("Cohort", "Reference", "Compared", "n", "Bias (95 % CI)", "SD"),
    *("Lower limit (95 % CI)", "Upper limit (95 % CI)", "MAE", "r", "ICC(A,1) (95 % CI)", "CCC"),
)


def agreement_table(number_: int, cohorts: Sequence[Cohort]) -> Table:
    """A row a pair of raters; readers stand below methods as the yardstick."""
    groups = []
    for cohort in cohorts:
        pairs = cohort.statistics()
        order = sorted(pairs, key=lambda key: _place(key[0]))
        shown = [key for key in order if key[0] in COMPARISONS and key[2] not in cohort.methods[1:]]
        groups.append([agreement_row(cohort, key, pairs[key]) for key in shown])
    groups.append([_paper_row()])
    rows, rules = grouped(groups)
    notes = [
        SIGN_NOTE,
        f"{FIRST_READING} Methods after the study's first are in table 5. {ABBREVIATIONS}",
        f"{paper()['label']}: {paper()['note']}",
    ]
    if any(cohort.simulated for cohort in cohorts):
        notes.insert(1, SIMULATED_NOTE)
    if still := [cohort.label for cohort in cohorts if of_stills(cohort)]:
        notes.insert(1, f"{', '.join(still)}: {STILLS}")
    title = "Agreement in global longitudinal strain, percentage points"
    marked = (
        ("Lower limit (95 % CI)", f"Limits of agreement: {_limits(cohorts)}."),
        ("ICC(A,1) (95 % CI)", "Absolute agreement of single measurements, McGraw and Wong."),
        ("CCC", "After Lin."),
    )
    return Table(number_, title, COLUMNS, rows, tuple(notes), rules, marked)


def of_stills(cohort: Cohort) -> bool:
    """Whether nothing but outlines at ED and ES is measured and compared, without motion."""
    rows = [row for row in cohort.tables["measurements"] if row["status"] == "ok"]
    return bool(rows) and all("ed_es_only" in split_reasons(row["reason"]) for row in rows)


def agreement_row(cohort: Cohort, key: tuple, rows: dict[str, dict]) -> tuple[str, ...]:
    """One pair of raters as printed."""
    get = rows.get
    return (
        f"{cohort.heading}, two stills" if of_stills(cohort) else cohort.heading,
        rater_name(key[1]),
        rater_name(key[2]),
        rows["bias"]["n"] if "bias" in rows else EMPTY,
        interval(get("bias"), 1, sign=True),
        _one(get("sd"), 1),
        interval(get("loa_lower"), 1, sign=True),
        interval(get("loa_upper"), 1, sign=True),
        _one(get("mae"), 1),
        _one(get("pearson_r"), 2),
        interval(get("icc_a1"), 2),
        _one(get("ccc"), 2),
    )


def _limits(cohorts):
    """How the limits were computed, as their rows say."""
    methods = [
        rows["loa_upper"]["method"]
        for cohort in cohorts
        for rows in cohort.statistics().values()
        if "loa_upper" in rows and rows["loa_upper"]["estimate"]
    ]
    return methods[0] if methods else "not computed"


def _paper_row():
    theirs = paper()
    return (
        theirs["label"],
        "EchoPAC",
        "method",
        str(theirs["patients"]),
        interval(theirs["bias"], 1, sign=True),
        number(theirs["sd"], 1),
        interval(theirs["loa_lower"], 1, sign=True),
        interval(theirs["loa_upper"], 1, sign=True),
        EMPTY,
        number(theirs["pearson_r"], 2),
        number(theirs["icc_a1"], 2),
        number(theirs["ccc"], 2),
    )


def _place(comparison):
    return COMPARISONS.index(comparison) if comparison in COMPARISONS else len(COMPARISONS)


def _one(row, decimals, sign=False):
    write = signed if sign else number
    return write(row["estimate"], decimals) if row else EMPTY
