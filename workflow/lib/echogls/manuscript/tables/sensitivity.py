"""Table 7: agreement in subgroups of patients, and under other definitions of strain."""

from collections.abc import Sequence

from echogls.manuscript.evidence import NEEDED, Cohort
from echogls.manuscript.names import plain, rater_name
from echogls.manuscript.rounding import EMPTY, interval, number
from echogls.manuscript.tables.table import SIGN_NOTE, SIMULATED_NOTE, Table, grouped

COLUMNS = (
    *("Cohort", "Reference", "Method", "Subgroup or definition", "n", "Bias (95 % CI)", "SD"),
    *("Lower limit", "Upper limit", "MAE"),
)


def sensitivity_table(number_: int, cohorts: Sequence[Cohort]) -> Table:
    """A row a level of a covariate, and a row a combination of strain definitions, each method
    against the truth where known, else the mean of readers, else a reader."""
    groups = []
    for cohort in cohorts:
        for name, words in TABLES.items():
            found: dict[tuple, dict[str, dict]] = {}
            best = {method: cohort.best_reference(name, method) for method in cohort.methods}
            for row in cohort.tables[name]:
                if best.get(row["rater_2"]) != row["rater_1"]:
                    continue
                key = (row["rater_1"], row["rater_2"], words(row))
                found.setdefault(key, {})[row["statistic"]] = row
            groups.append([_row(cohort, *key, rows) for key, rows in found.items()])
        groups.append(
            [
                _row(cohort, one, two, plain(measure), rows)
                for measure in cohort.measures()[1:]
                for (kind, one, two), rows in cohort.statistics(measure).items()
                if kind == "method_truth"
            ]
        )
    rows, rules = grouped(groups)
    notes = [
        SIGN_NOTE,
        "A subgroup under the configured size has its n and no estimate. "
        "Definitions: peak or end-systolic strain; end-systole by the smallest area, the "
        "shortest length or the strain itself; drift left or closed over the beat; flagged "
        "clips are those with an implausible outline in some frame. Error budget: parts of the "
        "pipeline replaced by the truth of simulated patients. Segments: peak systolic strain.",
    ]
    if any(cohort.simulated for cohort in cohorts):
        notes.insert(1, SIMULATED_NOTE)
    title = "Subgroups, sensitivity to the definition of strain, error budget, segments"
    return Table(number_, title, COLUMNS, rows, tuple(notes), rules)


def _level(row):
    return f"{plain(row['covariate'])}: {plain(row['level'])}"


def _definition(row):
    return row["definition"]


def _replaced(row):
    return f"error budget: {row['definition']}"


TABLES = {"subgroups": _level, "sensitivity": _definition, "budget": _replaced}


def _row(cohort, reference, method, words, rows):
    def one(name):
        return number(rows[name]["estimate"]) if name in rows else EMPTY

    empty = dict.fromkeys(NEEDED, "")
    return (
        cohort.label,
        rater_name(reference),
        rater_name(method),
        words,
        rows["bias"]["n"],
        interval(rows.get("bias", empty), 1, sign=True),
        one("sd"),
        one("loa_lower"),
        one("loa_upper"),
        one("mae"),
    )
