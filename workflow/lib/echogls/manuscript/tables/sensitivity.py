"""Table 7: the first method in subgroups of patients, under other definitions of strain, with
true parts, and segment by segment."""

from collections.abc import Sequence

from echogls.manuscript.evidence import NEEDED, Cohort
from echogls.manuscript.rounding import EMPTY, interval, limits, number
from echogls.manuscript.selection import CONFIGURED, single_changes
from echogls.manuscript.tables.table import FIRST_READING, SIGN_NOTE, SIMULATED_NOTE, Table, grouped
from echogls.manuscript.wording import plain, quantity_name, rater_name

COLUMNS = (
    *("Cohort", "Kind", "Subgroup, definition or segment", "Reference", "n", "Bias (95 % CI)"),
    *("SD", "Limits of agreement", "MAE"),
)


def sensitivity_table(number_: int, cohorts: Sequence[Cohort]) -> Table:
    """A row a level of a covariate, a definition, a replaced part and a segment; the first
    method against the truth where known, else the mean of readers, else a reader."""
    groups = []
    for cohort in cohorts:
        for kind, lines in (
            ("subgroup", _lines(cohort, "subgroups", _level)),
            ("definition", _definitions(cohort)),
            ("error budget", _lines(cohort, "budget", lambda row: row["definition"])),
            ("segment", [(plain(name), rows) for name, _, rows in cohort.segments()]),
        ):
            groups.append([_row(cohort, kind, words, rows) for words, rows in lines])
    rows, rules = grouped(groups)
    names = dict.fromkeys(rater_name(cohort.primary) for cohort in cohorts)
    notes = [
        SIGN_NOTE,
        f"{FIRST_READING} Method: {', '.join(names)}; the others are in subgroups.tsv, "
        "sensitivity.tsv and budget.tsv. A subgroup of too few patients has its n and no estimate. "
        "Definitions "
        "differ from the study's own in one point; the extremes are of all combinations of peak or "
        "end-systolic strain, rules for ED and ES, drift left or closed over the beat, and layer. "
        "Flagged clips have a flag or an implausible outline in some frame (quality.tsv). Error "
        "budget: parts of the pipeline replaced by the truth of simulated patients. Segments: peak "
        "systolic strain.",
    ]
    if any(cohort.simulated for cohort in cohorts):
        notes.insert(1, SIMULATED_NOTE)
    title = "Subgroups, sensitivity to the definition of strain, error budget, segments"
    return Table(number_, title, COLUMNS, rows, tuple(notes), rules)


def _level(row):
    return f"{quantity_name(row['covariate'])}: {plain(row['level'])}"


def _definitions(cohort):
    """Those that differ in one point; of the study's own all that it chooses."""
    lines = single_changes(cohort.judged("sensitivity", cohort.primary))
    return [
        (f"{name}: {rows['bias']['definition']}" if name == CONFIGURED else name, rows)
        for name, rows in lines
    ]


def _lines(cohort, table, words):
    lines: dict[str, dict[str, dict]] = {}
    for row in cohort.judged(table, cohort.primary):
        lines.setdefault(words(row), {})[row["statistic"]] = row
    return list(lines.items())


def _row(cohort, kind, words, rows):
    def one(name):
        return number(rows[name]["estimate"]) if name in rows else EMPTY

    empty = dict.fromkeys(NEEDED, "")
    return (
        cohort.label,
        kind,
        words,
        rater_name(rows["bias"]["rater_1"]),
        rows["bias"]["n"],
        interval(rows.get("bias", empty), 1, sign=True),
        one("sd"),
        limits(rows),
        one("mae"),
    )
