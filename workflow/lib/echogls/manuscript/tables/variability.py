"""Table 3: variability within a reader, between readers, and between method and readers."""

from collections.abc import Sequence

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.published import paper, published
from echogls.manuscript.rounding import EMPTY, interval, number
from echogls.manuscript.tables.table import Table, grouped
from echogls.manuscript.wording import rater_name
from echogls.study import BEAT

KINDS = {
    "repeat": "within a rater",
    "reader_reader": "between readers",
    "all_readers": "all readers together",
    "method_reader": "method and reader",
    "method_mean": "method and mean of readers",
    "beats": "within a method, beat to beat",
}
COLUMNS = (
    *("Cohort", "Variability", "Raters", "n", "Relative mean error, %", "SD of differences"),
    *("Within-subject CV, %", "SEM", "MDC95", "ICC(A,1) (95 % CI)"),
)


def variability_table(number_: int, cohorts: Sequence[Cohort]) -> Table:
    """A row a pair of readings, from the same rater to method against readers."""
    groups = []
    for cohort in cohorts:
        pairs = cohort.statistics()
        groups.append(
            [
                _row(cohort, kind, key, pairs[key])
                for kind in KINDS
                for key in pairs
                if key[0] == kind and key[2] not in cohort.methods[1:]
            ]
            + [
                _row(cohort, "beats", key, rows)
                for key, rows in cohort.statistics(BEAT).items()
                if key[0] == "repeat" and key[2] not in cohort.methods[1:]
            ]
        )
    theirs, nine = paper(), published()["farsalinos2015"]
    within = number(nine["within_reader_percent"])
    between = number(nine["between_readers_percent"])
    sizes = [number(theirs[name]) for name in ("sem", "mdc95")]
    groups.append(
        [
            (nine["label"], KINDS["repeat"], "reader", "62", within, *(EMPTY,) * 5),
            (nine["label"], KINDS["reader_reader"], "readers", "62", between, *(EMPTY,) * 5),
            (
                *(theirs["label"], KINDS["method_reader"], "EchoPAC, method"),
                *(str(theirs["patients"]), EMPTY, number(theirs["sd"]), EMPTY, *sizes),
                number(theirs["icc_a1"], 2),
            ),
        ]
    )
    rows, rules = grouped(groups)
    notes = (
        "In percentage points of strain where nothing else is said. SD standard deviation; CV "
        "coefficient of variation; SEM standard error of measurement; MDC95 minimal detectable "
        "change; ICC intraclass correlation; CI confidence interval.",
        "Sign: GLS is signed percent, shortening negative; the sizes here have none.",
        "Within a rater: first and second reading of each patient; otherwise the first counts. A "
        "rater who read each patient once has no row within; a method has one where two recordings "
        "of a patient were measured. Beat to beat: first and second beat of one clip, which "
        "share its outline at end-diastole. Methods after the study's first are in "
        "variability.tsv.",
        f"{theirs['label']}: {theirs['note']}",
    )
    return Table(
        number_,
        "Variability of readers, and of the method beside them",
        COLUMNS,
        rows,
        notes,
        rules,
        (
            (
                "Relative mean error, %",
                "Absolute difference in percent of the pair's mean, averaged (Farsalinos 2015).",
            ),
        ),
    )


def _row(cohort, kind, key, rows):
    raters = [rater_name(name) for name in dict.fromkeys(key[1:])]
    n = next((row["n"] for row in rows.values()), EMPTY)

    def one(name, decimals=1):
        return number(rows[name]["estimate"], decimals) if name in rows else EMPTY

    return (
        cohort.heading,
        KINDS[kind],
        ", ".join(raters),
        rows["sd"]["n"] if "sd" in rows else n,
        one("relative_mean_error"),
        one("sd"),
        one("within_subject_cv"),
        one("sem"),
        one("mdc95"),
        interval(rows.get("icc_a1"), 2),
    )
