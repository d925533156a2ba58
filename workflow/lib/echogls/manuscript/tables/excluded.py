"""Table 6: what was left out, at which stage, and why."""

from collections import Counter
from collections.abc import Sequence

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.names import STAGES, plain, rater_name
from echogls.manuscript.tables.table import Table, grouped
from echogls.study import REASONS

COLUMNS = ("Cohort", "Stage", "What", "Reason", "Meaning", "n")


def exclusion_table(number: int, cohorts: Sequence[Cohort]) -> Table:
    """A row a cohort, stage and reason, counted."""
    groups = []
    for cohort in cohorts:
        excluded = [row for row in cohort.tables["exclusions"] if not _further(cohort, row)]
        counted = Counter(
            (row["stage"], "clip" if row["clip"] else row["rater"], row["reason"])
            for row in excluded
        )
        what = {"clip": "clip"} | {row["rater"]: _raters(row) for row in excluded}
        order = sorted(counted, key=lambda key: (list(STAGES).index(key[0]), -counted[key], key))
        rows = []
        for stage, whose, reason in order:
            n = str(counted[stage, whose, reason])
            meaning = REASONS.get(reason, "")
            rows.append((cohort.label, STAGES[stage], what[whose], plain(reason), meaning, n))
        nothing = (cohort.label, "all", "", "none", "nothing was excluded", "0")
        groups.append(rows or [nothing])
    rows, rules = grouped(groups)
    notes = (
        "n counts clips at the first two stages, and values or patients later. exclusions.tsv of "
        "each cohort names each of them; comparisons are those of the study's first method and of "
        "the readers. Sign: GLS is signed percent, shortening negative.",
    )
    return Table(number, "Exclusions", COLUMNS, rows, notes, rules)


def _further(cohort, row):
    """Whether a row is of a pair with a method after the first in it."""
    return any(row[name] in cohort.methods[1:] for name in ("rater_1", "rater_2"))


def _raters(row):
    pair = [rater_name(row[name]) for name in ("rater_1", "rater_2") if row[name]]
    return " and ".join(pair) or rater_name(row["rater"])
