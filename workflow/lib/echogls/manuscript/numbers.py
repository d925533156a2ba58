"""Every figure that a text cites: name -> value and how it is printed (numbers.yaml)."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.findings import outside, pairs_in_order
from echogls.manuscript.flags import flagged_patients
from echogls.manuscript.published import paper
from echogls.manuscript.rounding import interval, number, p_value, signed

SIGNED = ("bias", "loa_lower", "loa_upper", "proportional_slope", "mae_difference")
DECIMALS = {"pearson_r": 2, "spearman_r": 2, "ccc": 2, "icc_a1": 2, "icc_c1": 2}
DECIMALS |= {"proportional_slope": 2}
P_VALUES = ("proportional_p", "shapiro_wilk_p", "breusch_pagan_p")
MOTION_DECIMALS = {"motion_found": 0, "known": 0, "epe_systole": 2}  # others 3
CITED = (
    *SIGNED,
    *("sd", "mae", "rmse", "pearson_r", "spearman_r", "icc_a1", "icc_c1", "ccc", "sem", "mdc95"),
    *("relative_mean_error", "within_subject_cv", "tdi_90", "proportional_slope", *P_VALUES),
)
# Two methods' errors beside each other: against the truth, else against the mean of readers.
ERRORS = ("errors_truth", "errors_mean")


def cited_numbers(cohorts: Sequence[Cohort], models: dict) -> dict[str, dict]:
    """name -> {value, text, interval, n}.

    Names: {cohort}.patients, {cohort}.measured.{method},
    {cohort}.flagged.{method}, {cohort}.gls.{rater}.{mean,sd},
    {cohort}.{rater_1}.{rater_2}.{statistic} (a rater's own repeats have its name twice),
    {cohort}.{rater_1}.{rater_2}.outside (patients outside the limits, with their names),
    {cohort}.{method_1}.{method_2}.errors.{mae_difference,p}, {cohort}.segment.{segment}.bias,
    {cohort}.motion.{motion}.{network}.{quantity}, {cohort}.ms_per_frame.{job},
    model.{network}.{quantity}, paper.{quantity}.
    """
    cited: dict[str, dict] = {}
    for cohort in cohorts:
        name = cohort.name
        cited[f"{name}.patients"] = _cited(cohort.patients, str(cohort.patients))
        for row in cohort.tables["flow"]:
            if (row["stage"], row["kind"]) == ("strain", "left"):
                cited[f"{name}.measured.{row['rater']}"] = _cited(int(row["n"]), row["n"])
        for method in cohort.methods:
            flagged = len(flagged_patients(cohort.tables["measurements"], method))
            cited[f"{name}.flagged.{method}"] = _cited(flagged, str(flagged))
        for rows in cohort.characteristics("strain").values():
            rater = rows["mean"]["rater"]
            for key in ("mean", "sd"):
                value = rows[key]["value"]
                if value:
                    cited[f"{name}.gls.{rater}.{key}"] = _cited(float(value), number(value))
        for rows in cohort.characteristics("motion").values():
            mean = rows["mean"]
            value, quantity = mean["value"], mean["quantity"]
            decimals = MOTION_DECIMALS.get(quantity, 3)
            key = f"{name}.motion.{mean['motion']}.{mean['segmentation']}.{quantity}"
            cited[key] = _cited(float(value), number(value, decimals))
        for variable, rows in cohort.characteristics("timing").items():
            value = rows["median"]["value"]
            cited[f"{name}.ms_per_frame.{variable}"] = _cited(float(value), number(value, 0))
        for (_, one, two), rows in cohort.statistics().items():
            for key in CITED:
                if key in rows and rows[key]["estimate"]:
                    cited.setdefault(f"{name}.{one}.{two}.{key}", _statistic(key, rows[key]))
        for _, one, two in pairs_in_order(cohort):
            names = outside(cohort, one, two)
            number_outside = _cited(len(names), str(len(names))) | {"patients": names}
            cited[f"{name}.{one}.{two}.outside"] = number_outside | {
                "n": len(cohort.pairs(one, two))
            }
        for (kind, one, two), rows in sorted(
            cohort.statistics().items(), key=lambda entry: entry[0][0] == ERRORS[1]
        ):
            if kind in ERRORS and rows.get("mae_difference", {}).get("estimate"):
                key = f"{name}.{one}.{two}.errors"
                tested = rows.get("mae_difference_p_holm") or rows.get("mae_difference_p")
                more = _statistic("mae_difference", rows["mae_difference"])
                cited.setdefault(f"{key}.mae_difference", more)
                if tested and tested["estimate"]:
                    cited.setdefault(f"{key}.p", _p_value(tested))
        for segment, _, rows in cohort.segments():
            if rows.get("bias", {}).get("estimate"):
                cited[f"{name}.segment.{segment}.bias"] = _statistic("bias", rows["bias"])
    for network, model in models.items():
        for key, value in model.get("measured", {}).items():
            if isinstance(value, (int, float)):
                cited[f"model.{network}.{key}"] = _cited(value, number(value, 3))
    for key, value in paper().items():
        if isinstance(value, (int, float)):
            cited[f"paper.{key}"] = _cited(value, number(value, 2 if value < 1 else 1))
        elif isinstance(value, dict) and "estimate" in value:
            cited[f"paper.{key}"] = _cited(value["estimate"], signed(value["estimate"]))
    return cited


def write_numbers(path: Path, cohorts: Sequence[Cohort], models: dict) -> None:
    """numbers.yaml: `cited_numbers`, in their order."""
    head = (
        "# Every figure that a text cites; made by the study. Strain is signed percent, a\n"
        "# difference method - reference in percentage points.\n"
    )
    text = yaml.safe_dump(cited_numbers(cohorts, models), sort_keys=False, allow_unicode=True)
    Path(path).write_text(head + text, encoding="utf-8")


def _cited(value, text):
    return {"value": value, "text": text}


def _p_value(row):
    return _cited(float(row["estimate"]), p_value(row["estimate"])) | {"n": int(row["n"])}


def _statistic(name, row):
    if name in P_VALUES:
        return _p_value(row)
    decimals = DECIMALS.get(name, 1)
    write = signed if name in SIGNED else number
    cited = _cited(float(row["estimate"]), write(row["estimate"], decimals))
    cited["interval"] = interval(row, decimals, sign=name in SIGNED)
    if row["ci_low"] and row["ci_high"]:
        cited["ci"] = f"{write(row['ci_low'], decimals)} to {write(row['ci_high'], decimals)}"
    return cited | {"n": int(row["n"])}
