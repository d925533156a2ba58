import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_examples import GIAVARINA, MINI_WRIGHT, PRESSURE_J, PRESSURE_S, WRIGHT
from scipy import stats

from echogls.agreement.bland_altman import (
    bland_altman,
    bland_altman_percent,
    exact_limit_factors,
    limits_from_moments,
)
from echogls.agreement.bland_altman_assumptions import (
    bootstrap_limits,
    breusch_pagan,
    proportional_bias,
    shapiro_wilk,
)
from echogls.study import StudyError


def ends(row):
    return row["ci_low"], row["ci_high"]


def test_peak_flow_of_bland_and_altman_1986(by_name):
    # The paper takes Wright - mini, 2 SDs, and 3 s^2 / n for a limit's variance.
    rows = by_name(bland_altman(MINI_WRIGHT, WRIGHT, multiplier=2))
    assert rows["bias"]["estimate"] == pytest.approx(-2.1, abs=0.05)
    assert rows["sd"]["estimate"] == pytest.approx(38.8, abs=0.05)
    assert rows["loa_lower"]["estimate"] == pytest.approx(-79.7, abs=0.1)
    assert rows["loa_upper"]["estimate"] == pytest.approx(75.5, abs=0.1)
    assert ends(rows["bias"]) == pytest.approx((-22.0, 17.8), abs=0.1)
    assert ends(rows["loa_lower_approximate"]) == pytest.approx((-114.3, -45.1), abs=0.8)
    assert ends(rows["loa_upper_approximate"]) == pytest.approx((40.9, 110.1), abs=0.8)
    assert rows["bias"]["n"] == 17


def test_blood_pressure_of_bland_and_altman_1999(by_name):
    # Table 1, observer J's first reading - machine S's first.
    rows = by_name(bland_altman(PRESSURE_S[0], PRESSURE_J[0]))
    assert rows["bias"]["estimate"] == pytest.approx(-16.29, abs=0.005)
    assert rows["sd"]["estimate"] == pytest.approx(19.61, abs=0.005)
    assert rows["loa_lower"]["estimate"] == pytest.approx(-54.7, abs=0.05)
    assert rows["loa_upper"]["estimate"] == pytest.approx(22.1, abs=0.05)
    assert ends(rows["bias"]) == pytest.approx((-20.5, -12.1), abs=0.05)
    # The paper adds its rounded 7.2 to its rounded limits.
    assert ends(rows["loa_lower_approximate"]) == pytest.approx((-61.9, -47.5), abs=0.15)
    assert ends(rows["loa_upper_approximate"]) == pytest.approx((14.9, 29.3), abs=0.15)


def test_giavarina_2015(by_name):
    rows = by_name(bland_altman(GIAVARINA[:, 1], GIAVARINA[:, 0]))
    assert rows["bias"]["estimate"] == pytest.approx(-27.17, abs=0.005)
    assert rows["sd"]["estimate"] == pytest.approx(34.81, abs=0.005)
    assert rows["loa_lower"]["estimate"] == pytest.approx(-95.39, abs=0.005)
    assert rows["loa_upper"]["estimate"] == pytest.approx(41.05, abs=0.005)
    assert ends(rows["bias"]) == pytest.approx((-40.16, -14.17), abs=0.01)
    # Printed with the standard error sqrt(3 s^2 / n) = 11.01; ours is 11.04.
    assert ends(rows["loa_lower_approximate"]) == pytest.approx((-117.90, -72.88), abs=0.3)


def test_percent_differences_are_of_the_size_of_the_mean(by_name):
    rows = by_name(bland_altman_percent(GIAVARINA[:, 1], GIAVARINA[:, 0]))
    first, second = GIAVARINA[:, 1], GIAVARINA[:, 0]
    percent = 200 * (second - first) / (first + second)
    assert percent[:3] == pytest.approx([-155.6, -104.8, -100.0], abs=0.05)  # as he prints
    assert rows["bias_percent"]["estimate"] == pytest.approx(percent.mean())
    assert rows["loa_upper_percent"]["estimate"] == pytest.approx(
        percent.mean() + 1.96 * percent.std(ddof=1)
    )
    negative = by_name(bland_altman_percent(-first, -second))
    assert negative["bias_percent"]["estimate"] == pytest.approx(-percent.mean())


@pytest.mark.parametrize(("n", "factor"), [(10, 2.911), (20, 2.396), (30, 2.220)])
def test_exact_limits_are_the_tolerance_factors_of_the_nist_handbook(n, factor):
    # NIST/SEMATECH e-Handbook 7.2.6.3: 95 % content, 95 % one-sided confidence.
    outer, inner = exact_limit_factors(n, multiplier=stats.norm.ppf(0.95), confidence=0.90)
    assert outer == pytest.approx(factor, abs=0.0005)
    assert inner < stats.norm.ppf(0.95) < outer


def test_exact_and_approximate_intervals_meet_in_large_samples(by_name):
    for n, tolerance in ((200, 0.05), (20_000, 0.0005), (2_000_000, 1e-5)):
        rows = by_name(limits_from_moments(0.5, 2.0, n))
        assert ends(rows["loa_upper"]) == pytest.approx(
            ends(rows["loa_upper_approximate"]), abs=tolerance
        )


def test_exact_interval_covers_the_true_limit_as_often_as_it_says(by_name):
    rng = np.random.default_rng(1)
    samples = rng.normal(0.4, 1.5, (4000, 8))
    outer, inner = exact_limit_factors(8)
    upper = 0.4 + 1.96 * 1.5
    mean, sd = samples.mean(axis=1), samples.std(axis=1, ddof=1)
    covered = ((mean + inner * sd < upper) & (upper < mean + outer * sd)).mean()
    assert covered == pytest.approx(0.95, abs=0.012)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(-40, 0)] * 2), min_size=4, max_size=30),
    st.floats(-10, 10),
)
def test_swapping_raters_mirrors_and_shifting_both_changes_nothing(pairs, shift):
    first, second = np.array(pairs).T
    rows, mirrored, moved = (
        [row["estimate"] for row in bland_altman(*raters)]
        for raters in ((first, second), (second, first), (first + shift, second + shift))
    )
    assert rows[0] == pytest.approx(-mirrored[0], abs=1e-9)
    assert rows[2] == pytest.approx(-mirrored[3], abs=1e-9)
    assert rows == pytest.approx(moved, abs=1e-9)


def test_proportional_bias_is_a_line_of_least_squares(by_name):
    first, second = GIAVARINA.T
    line = stats.linregress((first + second) / 2, second - first)
    rows = by_name(proportional_bias(first, second))
    half = stats.t.ppf(0.975, 28) * line.stderr
    assert rows["proportional_slope"]["estimate"] == pytest.approx(line.slope)
    assert ends(rows["proportional_slope"]) == pytest.approx((line.slope - half, line.slope + half))
    assert rows["proportional_intercept"]["estimate"] == pytest.approx(line.intercept)
    assert rows["proportional_p"]["estimate"] == pytest.approx(line.pvalue)


def test_breusch_pagan_is_n_r_squared_of_the_squared_residuals(by_name):
    first, second = GIAVARINA.T
    means, differences = (first + second) / 2, second - first
    line = stats.linregress(means, differences)
    squares = (differences - line.intercept - line.slope * means) ** 2
    lagrange = 30 * stats.pearsonr(means, squares).statistic ** 2
    rows = by_name(breusch_pagan(first, second))
    assert rows["breusch_pagan"]["estimate"] == pytest.approx(lagrange)
    assert rows["breusch_pagan_p"]["estimate"] == pytest.approx(stats.chi2.sf(lagrange, 1))


def test_shapiro_wilk_is_of_the_differences_and_not_of_thousands(by_name):
    rows = by_name(shapiro_wilk(WRIGHT, MINI_WRIGHT))
    assert rows["shapiro_wilk"]["estimate"] == pytest.approx(
        stats.shapiro(MINI_WRIGHT - WRIGHT).statistic
    )
    many = np.random.default_rng(0).normal(size=(2, 5001))
    assert shapiro_wilk(*many)[0]["estimate"] is None


def test_bootstrap_is_near_t_for_normal_differences_and_repeats_with_its_seed(by_name):
    differences = np.random.default_rng(4).normal(0.5, 1.5, 150)
    raters = np.zeros(150), differences
    rows = bootstrap_limits(*raters, seed=2, resamples=3000)
    plain = by_name(bland_altman(*raters))
    named = by_name(rows)
    assert named["bias_bca"]["estimate"] == plain["bias"]["estimate"]
    assert ends(named["bias_bca"]) == pytest.approx(ends(plain["bias"]), abs=0.04)
    assert ends(named["loa_upper_bca"]) == pytest.approx(ends(plain["loa_upper"]), abs=0.15)
    assert rows == bootstrap_limits(*raters, seed=2, resamples=3000)
    assert rows != bootstrap_limits(*raters, seed=3, resamples=3000)


def test_two_pairs_are_too_few_and_say_so():
    for analyse in (bland_altman, proportional_bias, breusch_pagan, shapiro_wilk):
        for row in analyse([1.0, 2.0, 3.0], [1.0, None, 2.0]):
            assert row["estimate"] is None
            assert row["n"] == 2
            assert row["method"] == "not computed: fewer than 3 pairs"


def test_equal_differences_have_limits_without_intervals(by_name):
    rows = by_name(bland_altman([0.1, 0.2, 0.3], [1.1, 1.2, 1.3]))
    assert rows["sd"]["estimate"] == 0
    assert rows["loa_upper"]["estimate"] == pytest.approx(1.0)
    assert ends(rows["bias"]) == (None, None)
    assert shapiro_wilk([0.1, 0.2, 0.3], [1.1, 1.2, 1.3])[0]["estimate"] is None
    assert bootstrap_limits([0.1, 0.2, 0.3], [1.1, 1.2, 1.3], seed=0)[0]["estimate"] is None


def test_a_pair_with_zero_mean_has_no_percentage():
    rows = bland_altman_percent([1.0, 2.0, 0.0], [-1.0, 2.0, 3.0])
    assert {row["method"] for row in rows} == {"not computed: the mean of a pair is zero"}


@pytest.mark.parametrize(
    ("first", "second"),
    [([1, 2, 3], [1, 2]), ([1, 2, np.inf], [1, 2, 3]), (["-17,5", 1, 2], [1, 2, 3])],
)
def test_values_that_are_no_pairs_of_numbers_are_refused(first, second):
    with pytest.raises(StudyError, match="agreement"):
        bland_altman(first, second)
