"""Whether agreement hangs on a definition: the same statistics under each of them."""

from collections.abc import Mapping, Sequence

from echogls.agreement.bland_altman import MULTIPLIER
from echogls.agreement.pair_statistics import limits_and_errors
from echogls.agreement.rows import ROW_COLUMNS, Row
from echogls.strain.definition_names import KEYS

PAIR = ("cohort", "measure", "view", "comparison", "rater_1", "rater_2")
BUDGET_COLUMNS = (*PAIR, "definition", "changed", *ROW_COLUMNS)
COLUMNS = (*BUDGET_COLUMNS, *KEYS)
COMPARISONS = ("method_truth", "method_mean", "method_reader")
WITHOUT_FLAGGED = "as configured, without flagged clips"


def by_method(tables: Mapping[str, Sequence[dict]]) -> dict[tuple[str, str], list[dict]]:
    """Patients' rows by (patient, method), as `sensitivity_rows` takes them.

    Example
    -------
    >>> by_method({"p1": [{"method": "best", "value": "-18"}]})
    {('p1', 'best'): [{'method': 'best', 'value': '-18'}]}
    """
    rows_by_method: dict[tuple[str, str], list[dict]] = {}
    for patient, rows in tables.items():
        for row in rows:
            rows_by_method.setdefault((patient, row["method"]), []).append(row)
    return rows_by_method


def sensitivity_rows(
    pairs: Sequence[dict],
    definitions: Mapping[tuple[str, str], Sequence[dict]],
    *,
    comparisons: Sequence[str] = COMPARISONS,
    flagged: bool = True,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """Bias, SD, limits, MAE and RMSE of every method under every definition: COLUMNS, or
    BUDGET_COLUMNS of definitions that are no choices of KEYS.

    Only the method's value changes; what it is compared with stays what the readers said or
    what is true under the study's own definition.

    Parameters
    ----------
    pairs : rows of pairs.tsv of one cohort.
    definitions : (patient, method) -> rows of `strain.definitions.vary_definitions`, or of
        `truth.budget.budget_rows`.
    comparisons : of which the statistics are made.
    flagged : whether to add `WITHOUT_FLAGGED`.
    multiplier, confidence : of the limits and of every interval.

    Returns
    -------
    Rows, the definitions in their order, then `WITHOUT_FLAGGED`: the study's own definition
    over patients without a flag or an implausible outline. `changed` names what differs from the
    study's own definition, nothing where a definition is that.
    """
    groups: dict[tuple, list[dict]] = {}
    for row in pairs:
        if row["comparison"] in comparisons and row["status"] == "ok":
            key = tuple(row[name] for name in PAIR)
            groups.setdefault(key, []).append(row)
    rows: list[Row] = []
    for key, part in groups.items():
        head = dict(zip(PAIR, key, strict=True))
        view, method = head["view"], head["rater_2"]
        reference = {row["patient"]: float(row["value_1"]) for row in part}
        doubtful, varied, choices = set(), {}, {}
        for patient in reference:
            for row in definitions.get((patient, method), ()):
                if row["view"] == view:
                    if row["flagged"] == "yes":
                        doubtful.add(patient)
                    choices[row["definition"]] = {"changed": row.get("changed", "")} | {
                        key: row[key] for key in KEYS if key in row
                    }
                    values = varied.setdefault(row["definition"], {})
                    if row["value"] not in ("", None):
                        values[patient] = float(row["value"])
        own = {row["patient"]: float(row["value_2"]) for row in part}
        if flagged:
            as_configured = (one for one in choices.values() if not one["changed"])
            choices[WITHOUT_FLAGGED] = next(as_configured, {}) | {"changed": "patients"}
            varied[WITHOUT_FLAGGED] = {p: value for p, value in own.items() if p not in doubtful}
        for definition, values in varied.items():
            first, second = [reference[p] for p in values], list(values.values())
            statistics = limits_and_errors(
                first, second, multiplier=multiplier, confidence=confidence
            )
            for row in statistics:
                rows.append(head | {"definition": definition} | choices[definition] | row)
    return rows
