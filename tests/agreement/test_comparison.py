import math
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from echogls.agreement.bland_altman import bland_altman
from echogls.agreement.bland_altman_assumptions import proportional_bias
from echogls.agreement.comparison import AGREEMENT_COLUMNS, agreement_rows, cohort_agreement
from echogls.agreement.corrections import corrected
from echogls.agreement.pair_statistics import Options, pair_statistics
from echogls.agreement.passing_bablok import passing_bablok
from echogls.agreement.regression import deming
from echogls.agreement.repeated import limits_true_value_constant, limits_true_value_varying
from echogls.study import MEASUREMENT_COLUMNS, StudyError

EVERYTHING = Options(margin=1.0, within=2.0, resamples=50)


def long_table(seed=0, n=25, raters=("truth", "r1", "r2", "dis", "flow"), repeats=1, cohort="c"):
    rng = np.random.default_rng(seed)
    truth = rng.normal(-18, 2.5, n)
    biases = {"truth": 0.0, "r1": 0.3, "r2": -0.2, "dis": 0.8, "flow": 0.5}
    rows = []
    for rater in raters:
        for repeat in range(1, 1 + (repeats if rater in ("r1", "r2") else 1)):
            error = 0.0 if rater == "truth" else rng.normal(biases[rater], 1.0, n)
            rows += [
                (cohort, f"p{i}", rater, repeat, "a4c", "global", "gls", value, "%", "ok", "")
                for i, value in enumerate(truth + error)
            ]
    return pd.DataFrame(rows, columns=list(MEASUREMENT_COLUMNS))


def compared(table, **arguments):
    named = {"methods": ["dis", "flow"], "readers": ["r1", "r2"], "truth": "truth"}
    return pd.DataFrame(agreement_rows(table, **(named | arguments)))


@cache
def usual():
    """Rows of the usual table, for those who only read them."""
    return compared(long_table())


def of(rows, comparison, rater_1, rater_2):
    chosen = rows[
        (rows.comparison == comparison) & (rows.rater_1 == rater_1) & (rows.rater_2 == rater_2)
    ]
    return chosen.set_index("statistic")


def test_every_pair_of_raters_is_compared_once_with_the_method_second():
    rows = usual()
    assert tuple(rows.columns) == AGREEMENT_COLUMNS
    pairs = set(map(tuple, rows[["comparison", "rater_1", "rater_2"]].to_numpy()))
    assert pairs == {
        *(("method_reader", r, m) for r in ("r1", "r2") for m in ("dis", "flow")),
        ("reader_reader", "r1", "r2"),
        ("method_method", "dis", "flow"),
        *(("method_truth", "truth", m) for m in ("dis", "flow")),
        *(("reader_truth", "truth", r) for r in ("r1", "r2")),
        *(("method_mean", "mean_of_readers", m) for m in ("dis", "flow")),
        ("all_readers", "readers", "readers"),
        *(("interchangeability", "readers", m) for m in ("dis", "flow")),
        ("errors_truth", "dis", "flow"),
        ("errors_mean", "dis", "flow"),
    }
    keys = rows[["comparison", "rater_1", "rater_2", "statistic"]]
    assert not keys.duplicated().any()


def test_a_difference_is_rater_2_minus_rater_1():
    table = long_table()
    found = of(usual(), "method_reader", "r1", "dis").loc["bias", "estimate"]
    wide = table.pivot(index="patient", columns="rater", values="value")
    assert found == pytest.approx((wide["dis"] - wide["r1"]).mean())
    mean = of(usual(), "method_mean", "mean_of_readers", "dis").loc["bias", "estimate"]
    assert mean == pytest.approx((wide["dis"] - (wide["r1"] + wide["r2"]) / 2).mean())


def test_the_names_that_the_tables_cite_are_there():
    rows = of(compared(long_table(), options=EVERYTHING), "method_reader", "r1", "dis")
    names = "bias sd loa_lower loa_upper mae rmse pearson_r icc_a1 icc_c1 ccc sem mdc95 tost_p"
    assert set(names.split()) <= set(rows.index)
    assert rows.loc[names.split(), "estimate"].notna().all()


def test_what_is_not_asked_for_says_what_would_ask_for_it():
    rows = of(usual(), "method_reader", "r1", "dis")
    for name, key in (
        ("tost_p", "agreement.margin"),
        ("coverage_probability", "agreement.within"),
        ("patients_for_width", "agreement.limit_width"),
        ("bias_bca", "agreement.resamples"),
    ):
        assert rows.loc[name, "estimate"] is None or np.isnan(rows.loc[name, "estimate"])
        assert key in rows.loc[name, "method"]
    assert rows.loc["loa_interval_width", "estimate"] > 0
    assert rows.loc["sd_repeated", "method"] == "not computed: no patient was read twice"


# Every estimate but these has an interval: what tests give, bounds, and numbers to plan by; a
# percentile's outer end lies beyond 40 patients.
WITHOUT_INTERVAL = (
    *("breusch_pagan", "shapiro_wilk", "paired_t", "readers_a_patient"),
    *("prediction_lower", "prediction_upper", "tolerance_lower", "tolerance_upper"),
    *("percentile_lower", "percentile_upper", "patients_for_assured_width", "tdi_90_bound"),
)


def test_every_estimate_has_an_interval_and_its_number_of_patients():
    options = Options(margin=1.0, within=2.0, limit_width=1.0, resamples=200)
    rows = compared(long_table(n=40, repeats=2), options=options)
    assert (rows.n == 40).all()
    tests = rows.statistic.str.contains("_p$|_p_holm$") | rows.statistic.isin(WITHOUT_INTERVAL)
    found = rows[~tests & rows.estimate.notna()]
    bare = found[found.ci_low.isna() | found.ci_high.isna()]
    assert (bare.estimate == 0).all(), bare
    assert bare.statistic.str.startswith("variance_").all(), bare


def test_a_reader_who_read_few_patients_takes_none_away():
    table = long_table()
    extra = table[(table.rater == "r1") & table.patient.isin(["p0", "p1", "p2", "p3", "p4"])]
    table = pd.concat([table, extra.assign(rater="r3", value=extra.value + 0.5)])
    rows = compared(table, readers=["r1", "r2", "r3"])
    found = of(rows, "method_mean", "mean_of_readers", "dis")
    assert found.loc["bias", "n"] == 25
    assert found.loc["readers_a_patient", "estimate"] == pytest.approx(2.2)
    assert found.loc["readers_a_patient", "method"] == "20 patients by 2, 5 patients by 3"
    wide = table.pivot(index="patient", columns="rater", values="value")
    expected = (wide["dis"] - wide[["r1", "r2", "r3"]].mean(axis=1)).mean()
    assert found.loc["bias", "estimate"] == pytest.approx(expected)
    other = of(rows, "interchangeability", "readers", "dis")
    assert other.loc["equivalence_index", "n"] == 25
    assert "2 to 3 readers" in other.loc["equivalence_index", "method"]
    together = of(rows, "all_readers", "readers", "readers").loc["icc_a1"]
    assert together["n"] == 5
    assert "of 25 patients with several readers those read by all" in together["method"]


def slopes(draws, readers):
    """Slopes of a method without proportional bias, against truth and a mean of readers."""
    found = {}
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        truth = rng.normal(-18, 2.0, 21)
        values = {"truth": truth, "dis": truth + rng.normal(0.8, 1.2, 21)}
        values |= {f"r{k}": truth + rng.normal(0.3, 1.2, 21) for k in range(readers)}
        for known, first in (
            (float("inf"), values["truth"]),
            (readers, np.mean([values[f"r{k}"] for k in range(readers)], axis=0)),
        ):
            rows = [
                *proportional_bias(first, values["dis"], variance_ratio=known),
                *deming(first, values["dis"], variance_ratio=known),
                *passing_bablok(first, values["dis"], variance_ratio=known),
            ]
            for row in rows:
                found.setdefault((known, row["statistic"]), []).append(row["estimate"])
    return {key: np.array(values) for key, values in found.items()}


def test_errors_alone_make_no_slope():
    found = slopes(300, readers=4)
    for ratio in (float("inf"), 4):
        assert np.mean(found[ratio, "proportional_slope"]) == pytest.approx(0, abs=0.03)
        assert np.median(found[ratio, "deming_slope"]) == pytest.approx(1, abs=0.04)
        assert 0.02 < np.mean(found[ratio, "proportional_p"] < 0.05) < 0.09
    assert np.mean(found[float("inf"), "passing_bablok_slope"]) == pytest.approx(1, abs=0.04)


def test_a_truth_is_regressed_on_and_the_mean_of_readers_is_weighted():
    table, rows = long_table(), usual()
    wide = table.pivot(index="patient", columns="rater", values="value")
    against = of(rows, "method_truth", "truth", "dis")
    line = stats.linregress(wide["truth"], wide["dis"])
    assert against.loc["deming_slope", "estimate"] == pytest.approx(line.slope)
    assert against.loc["proportional_slope", "estimate"] == pytest.approx(line.slope - 1)
    assert against.loc["proportional_p", "estimate"] == pytest.approx(
        stats.linregress(wide["truth"], wide["dis"] - wide["truth"]).pvalue
    )
    theil = stats.theilslopes(wide["dis"], wide["truth"])
    assert against.loc["passing_bablok_slope", "estimate"] == pytest.approx(theil.slope)
    for name in ("sem", "mdc95", "within_subject_cv"):
        assert "the reference has no error" in against.loc[name, "method"]
    mean = of(rows, "method_mean", "mean_of_readers", "dis")
    readers = (wide["r1"] + wide["r2"]) / 2
    weighted = (2 * readers + wide["dis"]) / 3
    assert mean.loc["proportional_slope", "estimate"] == pytest.approx(
        stats.linregress(weighted, wide["dis"] - readers).slope
    )
    assert "2 : 1" in mean.loc["proportional_slope", "method"]
    method_reader = of(rows, "method_reader", "r1", "dis")
    assert "as if both raters erred by the same variance" in method_reader.loc["sem", "method"]
    assert "as if" not in of(rows, "reader_reader", "r1", "r2").loc["sem", "method"]


def test_repeats_are_not_patients():
    table = long_table(repeats=3)
    rows = compared(table)
    found = of(rows, "method_reader", "r1", "dis")
    assert found.loc["bias", "n"] == 25
    first = table[(table.rater == "r1") & (table["repeat"] == 1)]["value"].to_numpy()
    dis = table[table.rater == "dis"]["value"].to_numpy()
    assert found.loc["loa_upper", "estimate"] == pytest.approx(
        bland_altman(first, dis)[3]["estimate"]
    )
    every = table[table.rater == "r1"]
    expected = limits_true_value_constant(
        every.patient.to_numpy(), every.value.to_numpy(), first_patients(table), dis
    )[3]["estimate"]
    assert found.loc["loa_upper_repeated", "estimate"] == pytest.approx(expected)
    second = table[(table.rater == "r1") & (table["repeat"] == 2)]["value"].to_numpy()
    within = of(rows, "repeat", "r1", "r1")
    assert within.loc["bias", "estimate"] == pytest.approx((second - first).mean())
    assert of(rows, "all_readers", "readers", "readers").loc["repeatability_sd", "estimate"] > 0


def first_patients(table):
    return table[table.rater == "dis"]["patient"].to_numpy()


def test_paired_repeats_are_matched_by_their_number():
    table = long_table(repeats=3, raters=("r1", "r2"))
    rows = compared(table, methods=[], truth=None, options=Options(true_value="varying"))
    row = of(rows, "reader_reader", "r1", "r2").loc["bias_repeated"]
    wide = table.pivot(index=["patient", "repeat"], columns="rater", values="value")
    assert row["estimate"] == pytest.approx((wide["r2"] - wide["r1"]).mean())
    assert "varying" in row["method"]
    with pytest.raises(StudyError, match="true_value"):
        compared(table, options=Options(true_value="fixed"))


def test_cohorts_stay_apart_and_may_lack_raters():
    table = pd.concat([long_table(), long_table(1, raters=("r1", "dis"), cohort="d")])
    rows = compared(table)
    assert set(rows[rows.cohort == "d"].comparison) == {"method_reader", "interchangeability"}
    alone = rows[(rows.cohort == "d") & (rows.comparison == "interchangeability")]
    assert alone.estimate.isna().all()
    assert (alone.method == "not computed: one reader only").all()
    only = compared(
        long_table(1, raters=("r1", "dis"), cohort="d"), methods=["dis"], readers=["r1"], truth=None
    )
    first = rows[(rows.cohort == "d") & (rows.comparison == "method_reader")].reset_index(drop=True)
    second = only[only.comparison == "method_reader"].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, second)


def test_a_segment_is_named_in_the_measure():
    table = long_table().assign(segment="basal_septal", measure="peak_systolic_strain")
    rows = compared(table, measures=["peak_systolic_strain"], segments=["basal_septal"])
    assert set(rows.measure) == {"peak_systolic_strain_basal_septal"}
    assert agreement_rows(table, methods=["dis"], readers=["r1"]) == []


def test_holm_corrects_over_the_pairs_of_one_comparison():
    rows = usual()
    family = rows[(rows.comparison == "method_reader") & (rows.statistic == "paired_t_p")]
    adjusted = rows[(rows.comparison == "method_reader") & (rows.statistic == "paired_t_p_holm")]
    assert len(family) == len(adjusted) == 4
    smallest = family.estimate.to_numpy().argmin()
    assert adjusted.estimate.to_numpy()[smallest] == pytest.approx(4 * family.estimate.min())
    assert not ((rows.comparison == "reader_reader") & rows.statistic.str.endswith("_holm")).any()


def segmental_tables(n=12):
    rng = np.random.default_rng(3)
    rows = []
    for i in range(n):
        for place, segment in enumerate(("basal_septal", "mid_septal")):
            true = rng.normal(-18 + place, 2)
            for rater, bias in (("r1", 0.0), ("dis", 1.0 + place), ("flow", 0.3)):
                value = true + bias + rng.normal(0, 0.8)
                where = ("c", f"p{i}", rater, 1, "a4c", segment, "peak_systolic_strain")
                rows.append((*where, str(value), "%", "ok", ""))
    table = pd.DataFrame(rows, columns=list(MEASUREMENT_COLUMNS))
    return {
        "measurements": table[table.rater != "r1"].to_dict("records"),
        "readings": table[table.rater == "r1"].to_dict("records"),
        "methods": ["dis", "flow"],
    }


def test_segments_are_pooled_by_patient_and_corrected_together():
    tables = segmental_tables()
    rows = pd.DataFrame(cohort_agreement(**tables))
    pooled = rows[rows.measure == "peak_systolic_strain"]
    found = of(pooled, "method_reader", "r1", "dis")
    values = {
        (row["patient"], row["segment"], row["rater"]): float(row["value"])
        for row in (*tables["measurements"], *tables["readings"])
    }
    apart = [
        (patient, value - values[patient, segment, "r1"])
        for (patient, segment, rater), value in values.items()
        if rater == "dis"
    ]
    patients, differences = zip(*apart, strict=True)
    expected = limits_true_value_varying(patients, np.zeros(len(apart)), differences)
    assert found.loc["bias_repeated", "n"] == 12
    for row in expected:
        assert found.loc[row["statistic"], "estimate"] == pytest.approx(row["estimate"])
    tested = rows[(rows.comparison == "method_reader") & (rows.statistic == "paired_t_p")]
    together = rows[rows.statistic == "paired_t_p_holm_segments"]
    assert len(together[together.comparison == "method_reader"]) == len(tested) == 4
    assert "4 pairs" in together.method.iloc[0]
    smallest = together[together.comparison == "method_reader"].estimate.min()
    assert smallest == pytest.approx(4 * tested.estimate.min())


def test_a_method_is_held_against_a_reader_s_own_repeats():
    table = long_table(n=10, repeats=2)
    rows = compared(table)
    found = of(rows, "repeat_interchangeability", "r1", "dis")
    wide = table.pivot(index="patient", columns=["rater", "repeat"], values="value")
    a = ((wide["r1"] - wide["dis"].to_numpy()) ** 2).to_numpy().mean()
    b = ((wide["r1"][1] - wide["r1"][2]) ** 2).mean()
    assert found.loc["equivalence_index", "estimate"] == pytest.approx((a - b) / (b / 2))
    assert "repeat_interchangeability" not in set(usual().comparison)


def test_holm_passes_a_missing_p_on():
    head = {"cohort": "c", "measure": "gls", "view": "a4c", "comparison": "method_reader"}
    rows = [
        head | {"statistic": "paired_t_p", "estimate": p, "method": m}
        for p, m in ((0.02, "t"), (None, "not computed: x"), (0.03, "t"))
    ]
    found = corrected(rows)
    assert [row["estimate"] for row in found] == [0.04, None, 0.04]
    assert found[1]["method"] == "not computed: x"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"methods": ["diss"]}, "did you mean 'dis'"),
        ({"readers": ["r1", "r1"]}, "expected each once"),
        ({"truth": "readers"}, "none called"),
    ],
)
def test_raters_that_cannot_be_meant_are_refused(named, said):
    with pytest.raises(StudyError, match=said):
        compared(long_table(n=3), **named)


AWKWARD = st.one_of(st.none(), st.sampled_from([-20.0, -18.5, 0.0, 1e-9, 1e6]), st.floats(-30, 5))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(AWKWARD, AWKWARD), max_size=12))
def test_any_values_give_finite_numbers_or_a_reason(pairs):
    first, second = np.array(pairs, float).reshape(-1, 2).T
    for row in pair_statistics(first, second, Options(margin=1.0, within=2.0)):
        for key in ("estimate", "ci_low", "ci_high"):
            assert row[key] is None or (type(row[key]) is float and math.isfinite(row[key]))
        assert (row["estimate"] is None) == row["method"].startswith("not computed: ")
        if row["statistic"] == "passing_bablok_intercept":
            continue  # its interval goes with the slope's, and of mixed signs need not hold it
        if row["ci_low"] is not None and row["ci_high"] is not None:
            tolerance = 1e-6 * (1 + abs(row["estimate"]))
            assert row["ci_low"] <= row["estimate"] + tolerance
            assert row["estimate"] <= row["ci_high"] + tolerance


def test_a_cohort_s_two_tables_are_compared_and_raters_without_values_are_left_out():
    table = long_table(raters=("truth", "r1", "dis")).astype({"value": str, "repeat": str})
    rows = table.to_dict("records")
    measurements = [row for row in rows if row["rater"] == "dis"]
    measurements.append(
        dict(measurements[0], rater="failed", value="", status="excluded", reason="no_contour")
    )
    readings = [row for row in rows if row["rater"] != "dis"]
    found = cohort_agreement(
        measurements=measurements, readings=readings, methods=["dis", "failed"]
    )
    pairs = {(row["comparison"], row["rater_1"], row["rater_2"]) for row in found}
    assert {("method_reader", "r1", "dis"), ("method_truth", "truth", "dis")} <= pairs
    assert not any("failed" in pair for pair in pairs)
    bias = [row for row in found if row["statistic"] == "bias" and row["rater_1"] == "truth"]
    values = table.pivot(index="patient", columns="rater", values="value").astype(float)
    expected = (values["dis"] - values["truth"]).mean()
    assert {row["rater_2"]: row["estimate"] for row in bias}["dis"] == pytest.approx(expected)
