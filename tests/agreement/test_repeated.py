import numpy as np
import pandas as pd
import pytest
from published_examples import (
    CARDIAC_OUTPUT,
    MINI_WRIGHT,
    MINI_WRIGHT_AGAIN,
    PRESSURE_J,
    PRESSURE_S,
    WRIGHT,
    WRIGHT_AGAIN,
)

from echogls.agreement.bland_altman import bland_altman
from echogls.agreement.pair_statistics import repeated_concordance
from echogls.agreement.reliability import mean_squares
from echogls.agreement.repeated import limits_true_value_constant, limits_true_value_varying

PATIENT, RV, IC = CARDIAC_OUTPUT.T


def test_varying_true_value_of_bland_and_altman_2007(by_name):
    # The paper takes RV - IC.
    rows = by_name(limits_true_value_varying(PATIENT, IC, RV))
    assert rows["bias_repeated"]["estimate"] == pytest.approx(0.6021667, abs=1e-6)
    assert rows["sd_repeated"]["estimate"] == pytest.approx(0.99062408, abs=1e-6)
    assert rows["loa_lower_repeated"]["estimate"] == pytest.approx(-1.3394565, abs=1e-5)
    assert rows["loa_upper_repeated"]["estimate"] == pytest.approx(2.5437899, abs=1e-5)
    assert rows["sd_repeated"]["n"] == 12


def test_constant_true_value_of_bland_and_altman_1999(by_name):
    rows = by_name(limits_true_value_constant(PATIENT, IC, PATIENT, RV))
    assert rows["bias_repeated"]["estimate"] == pytest.approx(0.7092, abs=5e-5)
    assert rows["sd_repeated"]["estimate"] == pytest.approx(1.0518506, abs=1e-6)  # 2007's digits
    assert rows["loa_lower_repeated"]["estimate"] == pytest.approx(-1.3521, abs=5e-4)
    assert rows["loa_upper_repeated"]["estimate"] == pytest.approx(2.7705, abs=5e-4)


def test_three_readings_of_blood_pressure_of_bland_and_altman_1999(by_name):
    # Section 5.1: J - S, variance 358.493 + 2/3 37.408 + 2/3 83.141.
    patients = np.tile(np.arange(85), 3)
    rows = by_name(
        limits_true_value_constant(patients, PRESSURE_S.ravel(), patients, PRESSURE_J.ravel())
    )
    assert rows["bias_repeated"]["estimate"] == pytest.approx(-15.62, abs=0.005)
    assert rows["sd_repeated"]["estimate"] == pytest.approx(20.95, abs=0.005)
    assert rows["loa_lower_repeated"]["estimate"] == pytest.approx(-56.68, abs=0.005)
    assert rows["loa_upper_repeated"]["estimate"] == pytest.approx(25.44, abs=0.005)


def test_two_readings_of_peak_flow_of_bland_and_altman_1986(by_name):
    # SD 33.2 of the differences of means; a single reading's: sqrt(33.2^2 + (21.6^2 + 28.2^2) / 4).
    patients = np.tile(np.arange(17), 2)
    rows = by_name(
        limits_true_value_constant(
            patients, np.r_[MINI_WRIGHT, MINI_WRIGHT_AGAIN], patients, np.r_[WRIGHT, WRIGHT_AGAIN]
        )
    )
    assert rows["sd_repeated"]["estimate"] == pytest.approx(37.7, abs=0.1)


def test_means_of_readings_would_make_the_limits_too_narrow(by_name):
    patients = np.unique(PATIENT)
    means = [np.array([v[p == PATIENT].mean() for p in patients]) for v in (IC, RV)]
    single = by_name(limits_true_value_constant(PATIENT, IC, PATIENT, RV))
    assert by_name(bland_altman(*means))["sd"]["estimate"] < single["sd_repeated"]["estimate"]


def test_raters_may_read_a_patient_different_numbers_of_times(by_name):
    # m = (3, 1, 2) and (1, 2, 1) readings, by hand from the formula.
    rows = by_name(
        limits_true_value_constant(
            [1, 1, 1, 2, 3, 3], [1, 2, 3, 5, 4, 6.0], [1, 2, 2, 3], [2, 6, 8, 9.0]
        )
    )
    apart = np.array([2 - 2, 7 - 5, 9 - 5.0])
    within_first, within_second = (2 + 2) / 3, 2 / 1
    variance = apart.var(ddof=1) + (1 - (1 / 3 + 1 + 1 / 2) / 3) * within_first
    variance += (1 - (1 + 1 / 2 + 1) / 3) * within_second
    assert rows["bias_repeated"]["estimate"] == pytest.approx(2.0)
    assert rows["sd_repeated"]["estimate"] == pytest.approx(np.sqrt(variance))


@pytest.mark.parametrize("varying", [True, False])
def test_intervals_cover_the_true_limit_about_as_often_as_they_say(varying):
    rng = np.random.default_rng(6)
    counts = rng.integers(1, 5, 25)
    patients = np.repeat(np.arange(25), counts)
    sd = np.sqrt(1.2**2 + 2 * 0.7**2)
    hits = 0
    for _ in range(120):
        base = rng.normal(0.3, 1.2, 25)[patients]
        first = rng.normal(0, 0.7, patients.size)
        second = base + rng.normal(0, 0.7, patients.size)
        if varying:
            rows = limits_true_value_varying(patients, first, second)
        else:
            rows = limits_true_value_constant(patients, first, patients, second)
        hits += rows[3]["ci_low"] < 0.3 + 1.96 * sd < rows[3]["ci_high"]
    assert 0.90 <= hits / 120 <= 0.99


def test_no_repeats_two_patients_and_equal_readings_are_told_apart():
    once = [1, 2, 3, 4]
    values = np.array([1.0, 2.0, 4.0, 3.0])
    for rows in (
        limits_true_value_constant(once, values, once, values + 1),
        limits_true_value_varying(once, values, values + 1),
    ):
        assert "not computed: no patient" in rows[0]["method"]
    few = limits_true_value_constant([1, 1, 2, 2], values, [1, 2, 9, 9], values)
    assert few[0]["method"] == "not computed: fewer than 3 patients"
    equal = limits_true_value_varying([1, 1, 2, 3], values, values + 1)
    assert equal[1]["estimate"] == 0
    assert equal[1]["ci_high"] is None


def test_concordance_of_repeated_readings_is_that_of_the_mean_squares():
    # Carrasco & Jover's coefficient from the analysis of variance of balanced readings.
    rng = np.random.default_rng(4)
    cube = rng.normal(-18, 2.5, (30, 1, 1)) + np.array([0.0, 0.9])[:, None]
    cube = cube + rng.normal(0, 0.7, (30, 2, 1)) + rng.normal(0, 1, (30, 2, 3))
    ms, error = mean_squares(cube.mean(axis=2)), cube.var(axis=2, ddof=1).mean()
    patient, rater = (ms.patients - ms.error) / 2, (ms.raters - ms.error) / 30
    both = ms.error - error / 3
    assert min(patient, rater, both) > 0
    row = repeated_concordance(*(pd.DataFrame(cube[:, k]) for k in (0, 1)))
    expected = patient / (patient + rater + both + error)
    assert row["estimate"] == pytest.approx(expected, rel=1e-4)
    assert row["ci_low"] < expected < row["ci_high"] and row["n"] == 30


def test_concordance_of_single_readings_is_left_to_lin():
    table = pd.DataFrame({1: [1.0, 2.0, 3.0, 5.0]})
    assert "read twice" in repeated_concordance(table, table + 1)["method"]
    assert "fewer than 3" in repeated_concordance(table[:2], table[:2])["method"]
