import numpy as np
import pandas as pd
import pytest
from published_examples import MINI_WRIGHT, WRIGHT

from echogls.agreement.against_truth import error_sizes
from echogls.agreement.bland_altman import bland_altman, limits_from_moments
from echogls.agreement.precision import (
    limit_interval_width,
    patients_for_width,
    precision_rows,
)
from echogls.agreement.subgroups import SUBGROUP_COLUMNS, covariate_levels, subgroup_rows
from echogls.study import StudyError


@pytest.mark.parametrize("exact", [True, False])
def test_width_is_that_of_the_limits(exact):
    row = limits_from_moments(0.6, 1.6, 21)[2 if exact else 4]
    width = limit_interval_width(21, 1.6, exact=exact)
    assert width == pytest.approx(row["ci_high"] - row["ci_low"])


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("width", [0.4, 1.0, 6.0])
def test_one_patient_fewer_would_not_do(width, exact):
    n = patients_for_width(width, 1.6, exact=exact)
    assert limit_interval_width(n, 1.6, exact=exact) <= width
    assert limit_interval_width(n - 1, 1.6, exact=exact) > width


def test_width_and_number_of_patients_have_the_sd_s_uncertainty(by_name):
    rows = by_name(precision_rows(WRIGHT, MINI_WRIGHT, width=20.0))
    sd = by_name(bland_altman(WRIGHT, MINI_WRIGHT))["sd"]
    width, patients = rows["loa_interval_width"], rows["patients_for_width"]
    for key in ("estimate", "ci_low", "ci_high"):
        assert width[key] == pytest.approx(limit_interval_width(17, sd[key]))
        assert patients[key] == patients_for_width(20.0, sd[key])
    unasked = by_name(precision_rows(WRIGHT, MINI_WRIGHT, width=None))
    assert unasked["loa_interval_width"] == width
    assert "agreement.limit_width" in unasked["patients_for_width"]["method"]


def test_three_patients_are_the_fewest_and_a_million_too_many():
    assert patients_for_width(1e6, 1.0) == 3
    with pytest.raises(StudyError, match="allow a wider one"):
        patients_for_width(1e-4, 1.6)
    with pytest.raises(StudyError, match="2 patients"):
        limit_interval_width(2, 1.0)


def test_squared_errors_are_bias_and_scatter(by_name):
    rows, limits = (
        by_name(error_sizes(WRIGHT, MINI_WRIGHT)),
        by_name(bland_altman(WRIGHT, MINI_WRIGHT)),
    )
    bias, sd = limits["bias"]["estimate"], limits["sd"]["estimate"]
    assert rows["rmse"]["estimate"] ** 2 == pytest.approx(bias**2 + 16 / 17 * sd**2)
    assert rows["mae"]["estimate"] == pytest.approx(np.abs(MINI_WRIGHT - WRIGHT).mean())
    assert rows["rmse"]["ci_low"] < rows["rmse"]["estimate"] < rows["rmse"]["ci_high"]


def test_perfect_values_have_no_error(by_name):
    rows = by_name(error_sizes(WRIGHT, WRIGHT))
    assert (rows["mae"]["estimate"], rows["rmse"]["estimate"]) == (0.0, 0.0)
    assert error_sizes([1.0], [2.0])[0]["estimate"] is None


@pytest.fixture
def study():
    patients = [f"p{i}" for i in range(12)]
    rng = np.random.default_rng(1)
    truth = rng.normal(-18, 3, 12)
    pairs = pd.DataFrame({"r1": truth, "dis": truth + rng.normal(0.5, 1, 12)}, index=patients)
    sheet = pd.DataFrame(
        {"vendor": ["a"] * 6 + ["b"] * 4 + ["", None], "fps": np.arange(40.0, 100, 5)},
        index=patients,
    )
    return pairs, sheet


def test_a_level_has_the_agreement_of_its_patients(study):
    pairs, sheet = study
    rows = pd.DataFrame(subgroup_rows(pairs, sheet, names=["vendor"], minimum=5))
    assert tuple(rows.columns) == SUBGROUP_COLUMNS
    bias = rows[rows.statistic == "bias"].set_index("level")
    assert bias["n"].to_dict() == {"a": 6, "b": 4, "unknown": 2}
    expected = (pairs["dis"] - pairs["r1"])[:6].mean()
    assert bias.loc["a", "estimate"] == pytest.approx(expected)


def test_small_levels_are_withheld_with_their_number(study):
    rows = subgroup_rows(*study, names=["vendor"], minimum=5)
    small = [row for row in rows if row["level"] in ("b", "unknown")]
    assert {row["estimate"] for row in small} == {None}
    assert {row["ci_low"] for row in small} == {None}
    assert {row["method"] for row in small} == {"not computed: fewer than 5 patients"}
    assert {row["statistic"] for row in small} >= {"bias", "loa_upper", "mae", "rmse"}


def test_many_numbers_are_split_into_thirds(study):
    pairs, sheet = study
    rows = subgroup_rows(pairs, sheet, names=["fps"], minimum=1)
    counts = {row["level"]: row["n"] for row in rows if row["statistic"] == "bias"}
    assert list(counts.values()) == [4, 4, 4]
    few = covariate_levels(pd.Series([1, 2, 2, None]))
    assert few.tolist() == ["1.0", "2.0", "2.0", "unknown"]


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (range(2012, 2024), ["2012 to 2016", "2016 to 2019", "2019 to 2023"]),
        (np.linspace(0.41, 0.52, 12), ["0.41 to 0.45", "0.45 to 0.48", "0.48 to 0.52"]),
        ([0, 0, 0, 1e-4, 2e-4, 2.5e-4, 3e-4, 500, 900, 1e4], None),
        (20120100 + np.arange(12) / 8, None),
    ],
)
def test_thirds_that_differ_have_names_that_differ(values, names):
    levels = covariate_levels(pd.Series(list(values)))
    assert sorted(levels.value_counts()) == [3, 3, 4] or set(levels.value_counts()) == {4}
    if names:
        assert list(dict.fromkeys(levels)) == names


def test_patients_who_are_not_in_the_sheet_are_unknown(study):
    pairs, sheet = study
    rows = subgroup_rows(pairs, sheet.drop(index="p0"), names=["vendor"], minimum=1)
    counts = {row["level"]: row["n"] for row in rows if row["statistic"] == "bias"}
    assert counts == {"unknown": 3, "a": 5, "b": 4}


def test_unknown_covariates_and_doubled_patients_are_refused(study):
    pairs, sheet = study
    with pytest.raises(StudyError, match="did you mean 'vendor'"):
        subgroup_rows(pairs, sheet, names=["vender"])
    with pytest.raises(StudyError, match="once"):
        subgroup_rows(pd.concat([pairs, pairs]), sheet, names=["vendor"])
