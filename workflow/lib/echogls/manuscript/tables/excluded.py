"""Table 6: what was left out, at which stage, and why."""

from collections import Counter
from collections.abc import Sequence

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.tables.table import Table, grouped
from echogls.manuscript.wording import STAGES, plain, rater_name, reason_meaning

COLUMNS = ("Cohort", "Stage", "Excluded", "Reason", "Meaning", "n")


def exclusion_table(number: int, cohorts: Sequence[Cohort]) -> Table:
    """A row a cohort, stage and reason, counted."""
    groups = []
    for cohort in cohorts:
        excluded = [row for row in cohort.tables["exclusions"] if not _further(cohort, row)]
        counted = Counter((row["stage"], _excluded(row), row["reason"]) for row in excluded)
        order = sorted(counted, key=lambda key: (list(STAGES).index(key[0]), -counted[key], key))
        rows = []
        for stage, what, reason in order:
            n = str(counted[stage, what, reason])
            meaning = reason_meaning(reason)
            rows.append((cohort.label, STAGES[stage], what, plain(reason), meaning, n))
        nothing = (cohort.label, "all", "nothing", "none", "nothing was excluded", "0")
        groups.append(rows or [nothing])
    rows, rules = grouped(groups)
    notes = (
        "n counts what stands under Excluded. exclusions.tsv of each cohort names each of them, "
        "with what came and what to do; comparisons are those of the study's first method and of "
        "the readers. Sign: GLS is signed percent, shortening negative.",
    )
    return Table(number, "Exclusions", COLUMNS, rows, notes, rules)


def _further(cohort, row):
    """Whether a row is of a pair with a method after the first in it."""
    return any(row[name] in cohort.methods[1:] for name in ("rater_1", "rater_2"))


def _excluded(row):
    """What a row of exclusions.tsv leaves out, in the plural."""
    if row["clip"]:
        return "clips"
    pair = [rater_name(row[name]) for name in ("rater_1", "rater_2") if row[name]]
    if pair:
        return f"patients, {' and '.join(pair)}"
    values = "readings" if row["stage"] == "read_readers" else "values"
    return f"{values} by {rater_name(row['rater'])}"
