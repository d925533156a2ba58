import numpy as np
import pytest
from published_examples import MINI_WRIGHT, WRIGHT
from scipy import stats

from echogls.agreement.bland_altman import bland_altman, bland_altman_ratio
from echogls.agreement.limits_of_many import limits_with_mean
from echogls.agreement.percentiles import percentile_limits
from echogls.agreement.precision import (
    limit_interval_width,
    limits_power,
    patients_for_assured_width,
    patients_for_icc,
    patients_for_power,
    precision_rows,
)
from echogls.agreement.tolerance import (
    limits_within,
    patients_outside,
    tolerance_factor,
    tolerance_limits,
)
from echogls.study import StudyError


@pytest.mark.parametrize(
    ("n", "factor"), [(4, 6.34), (5, 5.08), (8, 3.75), (10, 3.39), (20, 2.76), (30, 2.55)]
)
def test_tolerance_factors_as_tables_have_them(n, factor):
    # Berthouex & Brown, Statistics for Environmental Engineers, table 21.1: 95 % of the values,
    # 95 % confidence.
    assert tolerance_factor(n, 0.95, 0.95) == pytest.approx(factor, abs=0.006)


def test_tolerance_limits_hold_their_share_and_prediction_limits_the_next(by_name):
    rng = np.random.default_rng(6)
    held, caught = 0, 0
    for _ in range(600):
        differences = rng.normal(0.5, 1.5, 12)
        rows = by_name(tolerance_limits(np.zeros(12), differences))
        ends = [rows[f"tolerance_{end}"]["estimate"] for end in ("lower", "upper")]
        held += np.diff(stats.norm.cdf(ends, 0.5, 1.5))[0] >= 0.95
        low, high = (rows[f"prediction_{end}"]["estimate"] for end in ("lower", "upper"))
        caught += low < rng.normal(0.5, 1.5) < high
    assert held / 600 == pytest.approx(0.95, abs=0.03)
    assert caught / 600 == pytest.approx(0.95, abs=0.03)


def test_patients_outside_are_counted_with_the_interval_of_a_share(by_name):
    row = by_name(patients_outside(WRIGHT, MINI_WRIGHT))["patients_outside"]
    limits = by_name(bland_altman(WRIGHT, MINI_WRIGHT))
    apart = MINI_WRIGHT - WRIGHT
    low, high = (limits[f"loa_{end}"]["estimate"] for end in ("lower", "upper"))
    assert row["estimate"] == ((apart < low) | (apart > high)).sum() == 1
    # Clopper & Pearson by quantiles of beta.
    assert row["ci_low"] == pytest.approx(17 * stats.beta.ppf(0.025, 1, 17))
    assert row["ci_high"] == pytest.approx(17 * stats.beta.ppf(0.975, 2, 16))


@pytest.mark.parametrize("shift", [0.0, 0.4, -0.4])
def test_limits_are_within_a_margin_where_their_bounds_are(shift, by_name):
    rng = np.random.default_rng(7)
    first = rng.normal(-18, 2.5, 25)
    second = first + shift + rng.normal(0, 1, 25)
    limits = by_name(bland_altman(first, second, confidence=0.9))
    furthest = max(-limits["loa_lower"]["ci_low"], limits["loa_upper"]["ci_high"])
    for margin, low, high in ((furthest, 0.0499, 0.0501), (furthest + 0.3, 0, 0.05)):
        p = limits_within(first, second, margin=margin)[0]["estimate"]
        assert low <= p < high
    assert limits_within(first, second, margin=furthest - 0.3)[0]["estimate"] > 0.05


def test_limits_at_the_margin_are_called_within_in_five_of_a_hundred():
    rng = np.random.default_rng(9)
    called = [
        limits_within(np.zeros(15), rng.normal(0.5, 1, 15), margin=0.5 + 1.96)[0]["estimate"] < 0.05
        for _ in range(800)
    ]
    assert np.mean(called) == pytest.approx(0.05, abs=0.025)


def test_percentiles_and_their_binomial_places(by_name):
    values = np.random.default_rng(3).permutation(np.arange(1.0, 200.0))
    rows = by_name(percentile_limits(np.zeros(199), values))
    lower, upper = rows["percentile_lower"], rows["percentile_upper"]
    assert (lower["estimate"], upper["estimate"]) == pytest.approx((5.0, 195.0))
    # P(fewer than j of 199 under the 2.5th percentile) by the binomial, places 1 and 11.
    assert (lower["ci_low"], lower["ci_high"]) == (1.0, 11.0)
    assert (upper["ci_low"], upper["ci_high"]) == (189.0, 199.0)
    assert stats.binom.cdf(0, 199, 0.025) < 0.025 < stats.binom.cdf(1, 199, 0.025)
    assert stats.binom.sf(10, 199, 0.025) < 0.025 < stats.binom.sf(9, 199, 0.025)
    few = by_name(percentile_limits(np.zeros(21), np.arange(21.0)))
    assert few["percentile_lower"]["estimate"] == 0 and few["percentile_lower"]["ci_low"] is None
    assert "too few" in few["percentile_upper"]["method"]


def test_ratio_limits_are_those_of_logarithms_whatever_the_sign(by_name):
    rows = by_name(bland_altman_ratio(-WRIGHT, -MINI_WRIGHT))
    logs = np.log(MINI_WRIGHT / WRIGHT)
    assert rows["ratio"]["estimate"] == pytest.approx(stats.gmean(MINI_WRIGHT / WRIGHT))
    upper = np.exp(logs.mean() + 1.96 * logs.std(ddof=1))
    assert rows["ratio_loa_upper"]["estimate"] == pytest.approx(upper)
    assert rows["ratio_loa_upper"]["ci_low"] < upper < rows["ratio_loa_upper"]["ci_high"]
    crossed = bland_altman_ratio([-1.0, -2.0, 1.0], [-1.0, -2.0, -1.0])
    assert crossed[0]["estimate"] is None


def test_limits_with_the_mean_of_jones_as_loamr_prints_them():
    # R package loamr, data of Jones (2011), 40 subjects by 5 observers: SDs between observers
    # 0.285 and of the error 0.579; LOAM 1.131 (1.010 to 1.816).
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(40, 5))
    noise -= noise.mean(axis=0) + noise.mean(axis=1, keepdims=True) - noise.mean()
    noise *= 0.579 / np.sqrt((noise**2).sum() / (39 * 4))
    readers = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    readers *= np.sqrt(0.285**2 + 0.579**2 / 40) / readers.std(ddof=1)
    row = limits_with_mean(rng.normal(3, 1, (40, 1)) + readers + noise)[0]
    assert row["estimate"] == pytest.approx(1.131, abs=0.001)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((1.010, 1.816), abs=0.002)


def test_patients_for_power_as_published():
    # R package SimplyAgree, example of its power curve (Lu 2016): SD 3.3, margin 8.
    assert patients_for_power(0.0, 3.3, margin=8.0) == 145
    assert limits_power(144, 0.0, 3.3, margin=8.0) < 0.8
    with pytest.raises(StudyError, match="no number of patients"):
        patients_for_power(1.0, 1.0, margin=2.9)


def test_power_is_the_share_of_studies_that_find_both_limits_within(by_name):
    rng = np.random.default_rng(11)
    found = 0
    for _ in range(500):
        rows = by_name(bland_altman(np.zeros(40), rng.normal(0.3, 1, 40)))
        low, high = rows["loa_lower_approximate"], rows["loa_upper_approximate"]
        found += low["ci_low"] > -3.0 and high["ci_high"] < 3.0
    assert found / 500 == pytest.approx(limits_power(40, 0.3, 1.0, margin=3.0), abs=0.06)


def test_patients_for_an_icc_as_bonett_published():
    assert patients_for_icc(0.85, 4, 0.2) == 20  # 19.2 in the paper
    assert patients_for_icc(0.75, 2, 0.2) > patients_for_icc(0.75, 3, 0.2)
    with pytest.raises(StudyError, match="raters"):
        patients_for_icc(0.8, 1, 0.2)


def test_an_assured_width_is_kept_in_as_many_studies():
    rng = np.random.default_rng(2)
    n = patients_for_assured_width(1.2, 1.5, assurance=0.8)
    sds = 1.5 * np.sqrt(rng.chisquare(n - 1, 4000) / (n - 1))
    kept = np.mean([limit_interval_width(n, 1.0) * sd <= 1.2 for sd in sds])
    assert kept == pytest.approx(0.8, abs=0.03)


def test_planning_rows_say_what_would_ask_for_them(by_name):
    rows = by_name(precision_rows(WRIGHT, MINI_WRIGHT, width=None))
    assert "agreement.limit_width" in rows["patients_for_assured_width"]["method"]
    assert "agreement.limit_margin" in rows["patients_for_power"]["method"]
    asked = by_name(precision_rows(WRIGHT, MINI_WRIGHT, width=20.0, margin=120.0))
    assert asked["patients_for_assured_width"]["estimate"] > asked["patients_for_width"]["estimate"]
    sd, bias = np.std(MINI_WRIGHT - WRIGHT, ddof=1), np.mean(MINI_WRIGHT - WRIGHT)
    expected = patients_for_power(bias, sd, margin=120.0)
    assert asked["patients_for_power"]["estimate"] == expected
    near = by_name(precision_rows(WRIGHT, MINI_WRIGHT, width=20.0, margin=50.0))
    assert "no number of patients" in near["patients_for_power"]["method"]
