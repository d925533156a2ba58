from echogls.agreement import sensitivity
from echogls.agreement.subgroups import cohort_subgroups

HEAD = {"cohort": "c", "measure": "gls", "view": "a4c", "comparison": "method_truth"}
HEAD |= {"rater_1": "truth", "rater_2": "dis", "status": "ok"}
TRUE = (-20.0, -18.0, -16.0, -15.0)


def _pairs():
    return [
        HEAD | {"patient": f"p{k}", "value_1": str(true), "value_2": str(true + 2)}
        for k, true in enumerate(TRUE)
    ]


def _definitions(error, flagged="no"):
    row = {"view": "a4c", "flagged": flagged}
    return {
        (f"p{k}", "dis"): [
            row | {"definition": "peak", "value": str(true + 2)},
            row | {"definition": "closed", "value": str(true + error + 0.1 * k)},
        ]
        for k, true in enumerate(TRUE)
    }


def _bias(rows):
    return {row["definition"]: row["estimate"] for row in rows if row["statistic"] == "bias"}


def test_each_definition_has_its_own_bias_against_the_same_reference():
    found = _bias(sensitivity.sensitivity_rows(_pairs(), _definitions(1.0)))
    assert found["peak"] == 2.0
    assert abs(found["closed"] - 1.15) < 1e-9
    assert found[sensitivity.WITHOUT_FLAGGED] == 2.0


def test_flagged_patients_are_left_out_and_too_few_are_not_computed():
    definitions = _definitions(1.0)
    definitions["p0", "dis"] = [row | {"flagged": "yes"} for row in definitions["p0", "dis"]]
    definitions["p1", "dis"] = [row | {"flagged": "yes"} for row in definitions["p1", "dis"]]
    rows = sensitivity.sensitivity_rows(_pairs(), definitions)
    left = [row for row in rows if row["definition"] == sensitivity.WITHOUT_FLAGGED]
    assert {row["n"] for row in left} == {2}
    assert all(row["estimate"] is None and row["method"] for row in left)


def test_what_a_definition_chooses_stands_in_columns_of_its_own():
    definitions = _definitions(1.0)
    for rows in definitions.values():
        rows[0] |= {"changed": "", "drift": "none", "layer": "midwall"}
        rows[1] |= {"changed": "drift", "drift": "linear", "layer": "midwall"}
    rows = sensitivity.sensitivity_rows(_pairs(), definitions)
    chosen = {row["definition"]: (row["drift"], row["changed"]) for row in rows}
    assert chosen == {
        "peak": ("none", ""),
        "closed": ("linear", "drift"),
        sensitivity.WITHOUT_FLAGGED: ("none", "patients"),
    }


def test_an_empty_value_leaves_its_patient_out_of_that_definition_alone():
    definitions = _definitions(1.0)
    definitions["p0", "dis"][1] = definitions["p0", "dis"][1] | {"value": ""}
    rows = sensitivity.sensitivity_rows(_pairs(), definitions)
    n = {row["definition"]: row["n"] for row in rows if row["statistic"] == "bias"}
    assert n["closed"] == 3 and n["peak"] == 4


def test_a_definition_that_fits_no_patient_has_a_row_and_its_reason():
    definitions = _definitions(1.0)
    for rows in definitions.values():
        rows[1] = rows[1] | {"value": "", "changed": "drift"}
    rows = sensitivity.sensitivity_rows(_pairs(), definitions)
    closed = [row for row in rows if row["definition"] == "closed"]
    assert {row["n"] for row in closed} == {0} and {row["changed"] for row in closed} == {"drift"}
    assert all("fewer than 3" in row["method"] for row in closed)


def _limits(rows, **chosen):
    return {
        row["statistic"]: row
        for row in rows
        if all(row[key] == value for key, value in chosen.items())
    }


def test_confidence_and_multiplier_reach_definitions_and_subgroups():
    values = [row | {"value_2": str(-18 + 0.3 * k**2)} for k, row in enumerate(_pairs())]
    sheet = [{"patient": f"p{k}", "vendor": "a"} for k in range(4)]
    width = {"confidence": 0.8, "multiplier": 3.0}
    made = (
        (sensitivity.sensitivity_rows, (values, _definitions(1.0)), {}, {"definition": "closed"}),
        (cohort_subgroups, (values, sheet), {"names": ["vendor"], "minimum": 3}, {"level": "a"}),
    )
    for make, given, named, chosen in made:
        plain = _limits(make(*given, **named), **chosen)
        other = _limits(make(*given, **named, **width), **chosen)
        bias, sd, limit = (other[name]["estimate"] for name in ("bias", "sd", "loa_upper"))
        assert abs(limit - bias - 3 * sd) < 1e-12
        for name in ("bias", "rmse"):
            reach = [rows[name]["ci_high"] - rows[name]["ci_low"] for rows in (other, plain)]
            assert reach[0] < 0.8 * reach[1]
