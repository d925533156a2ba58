import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from published_examples import CREATININE, NCSS_X, NCSS_Y
from scipy import stats

from echogls.agreement.passing_bablok import _counted, _inversions, _listed, passing_bablok
from echogls.agreement.regression import deming, pearson, spearman
from echogls.study import StudyError


def ends(row):
    return row["ci_low"], row["ci_high"]


def test_deming_of_the_ncss_example():
    # NCSS states the ratio the other way round: 4 there is 1/4 here.
    slope, intercept = deming(NCSS_X, NCSS_Y, variance_ratio=0.25)
    assert slope["estimate"] == pytest.approx(1.0011942, abs=5e-8)
    assert intercept["estimate"] == pytest.approx(-0.0897449, abs=5e-8)
    assert ends(slope) == pytest.approx((0.5695632, 1.4328253), abs=5e-8)
    assert ends(intercept) == pytest.approx((-4.06065, 3.88117), abs=5e-6)


def test_deming_equals_orthogonal_regression_by_singular_values():
    rng = np.random.default_rng(2)
    x = rng.normal(-18, 3, 60)
    y = 2 + 1.1 * x + rng.normal(0, 1, 60)
    normal = np.linalg.svd(np.column_stack([x - x.mean(), y - y.mean()]))[2][-1]
    assert deming(x, y)[0]["estimate"] == pytest.approx(-normal[0] / normal[1])


def test_a_pair_without_which_no_line_is_left_gives_none():
    for x, y in (
        ([-18.0, -17.9, -16.0], [-18.1, -18.1, -15.0]),
        ([-18.3, -18.3, -16.1], [-18.1, -17.2, -15.4]),
        ([1.1, 1.2, 2.3], [0.7, 0.7, 1.9]),
    ):
        for row in deming(x, y):
            assert row["estimate"] is None or np.ptp(ends(row)) < 1e4, row
    rng = np.random.default_rng(17)
    for _ in range(300):
        x, y = np.round(rng.normal(-18, 1, (2, 3)), 1)
        for row in deming(x, y):
            assert row["estimate"] is None or np.ptp(ends(row)) < 1e6, row


def test_deming_on_a_reference_without_error_is_least_squares():
    fit = sm.OLS(NCSS_Y, sm.add_constant(NCSS_X)).fit()
    slope, intercept = deming(NCSS_X, NCSS_Y, variance_ratio=np.inf)
    assert slope["estimate"] == pytest.approx(fit.params[1])
    assert ends(slope) == pytest.approx(tuple(fit.conf_int()[1]))
    assert ends(intercept) == pytest.approx(tuple(fit.conf_int()[0]))
    # The limit of ever larger ratios.
    near = deming(NCSS_X, NCSS_Y, variance_ratio=1e7)[0]
    assert near["estimate"] == pytest.approx(slope["estimate"], rel=1e-5)


def test_passing_bablok_on_a_reference_is_theil_and_sen(monkeypatch):
    rng = np.random.default_rng(12)
    x = rng.normal(-18, 3, 60)
    y = 0.8 * x + rng.normal(0, 1, 60)
    found = stats.theilslopes(y, x)
    listed = passing_bablok(x, y, variance_ratio=np.inf)
    assert listed[0]["estimate"] == pytest.approx(found.slope)
    assert ends(listed[0]) == pytest.approx((found.low_slope, found.high_slope), abs=0.01)
    monkeypatch.setitem(_counted.__globals__, "ENUMERATED", 10)
    counted = passing_bablok(x, y, variance_ratio=np.inf)
    assert counted[0]["estimate"] == pytest.approx(listed[0]["estimate"])
    assert ends(counted[0]) == pytest.approx(ends(listed[0]))


def test_deming_jackknife_equals_leaving_each_pair_out():
    slopes = [
        deming(np.delete(NCSS_X, i), np.delete(NCSS_Y, i), variance_ratio=2)[0]["estimate"]
        for i in range(10)
    ]
    error = np.sqrt(9 / 10 * ((slopes - np.mean(slopes)) ** 2).sum())
    slope = deming(NCSS_X, NCSS_Y, variance_ratio=2)[0]
    assert slope["ci_high"] - slope["estimate"] == pytest.approx(stats.t.ppf(0.975, 8) * error)


def test_passing_bablok_of_creatinine_as_the_r_package_mcr_prints_it():
    slope, intercept = passing_bablok(*CREATININE.T)
    assert slope["n"] == 108
    # mcr takes means of neighbouring slopes' angles, so it differs by less than their distance.
    assert slope["estimate"] == pytest.approx(1.0880089, abs=2e-4)
    assert ends(slope) == pytest.approx((1.0, 1.173005), abs=2e-4)
    assert intercept["estimate"] == pytest.approx(-0.1171729, abs=2e-4)
    assert ends(intercept) == pytest.approx((-0.2001149, -0.02), abs=2e-4)


def test_passing_bablok_equals_the_paper_written_out():
    rng = np.random.default_rng(3)
    for n in (13, 30):
        x = rng.normal(18, 3, n)  # the paper's readings are positive
        y = 1.1 * x + rng.normal(0, 2, n)
        slopes = sorted((y[j] - y[i]) / (x[j] - x[i]) for i in range(n) for j in range(i))
        count, shift = len(slopes), sum(s < -1 for s in slopes)
        middle = [(count - 1) // 2 + shift, count // 2 + shift]
        reach = 1.959964 * np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
        outer = round((count - reach) / 2)
        slope, intercept = passing_bablok(x, y)
        b = np.mean([slopes[i] for i in middle])
        assert slope["estimate"] == pytest.approx(b)
        low, high = slopes[outer + shift - 1], slopes[count - outer + shift]
        assert ends(slope) == pytest.approx((low, high))
        assert intercept["estimate"] == pytest.approx(np.median(y - b * x))
        assert ends(intercept) == pytest.approx((np.median(y - high * x), np.median(y - low * x)))


@pytest.mark.parametrize("decimals", [15, 1, 0])
def test_counting_slopes_finds_the_same_ones_as_listing_them(decimals):
    rng = np.random.default_rng(decimals)
    for n in (7, 40, 200):
        x = np.round(rng.normal(-18, 2.5, n), decimals)
        y = np.round(0.9 * x + rng.normal(0, 1.5, n), decimals)
        total, shift, listed = _listed(x, y)
        same_total, same_shift, counted = _counted(x, y)
        assert (total, shift) == (same_total, same_shift)
        for place in rng.integers(shift + 1, total + 1, 12):
            assert counted(int(place)) == pytest.approx(listed(int(place)), rel=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.permutations(list(range(12))))
def test_inversions_equal_counting_pairs(permutation):
    places = np.array(permutation)
    expected = sum(a > b for i, a in enumerate(places) for b in places[i + 1 :])
    assert _inversions(places) == expected


def test_intervals_of_negative_readings_hold_the_estimate():
    rng = np.random.default_rng(4)
    x = rng.normal(-18, 2.5, 60)
    for row in passing_bablok(x, x + rng.normal(0, 1, 60)):
        assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_both_lines_turn_over_when_the_raters_change_places():
    rng = np.random.default_rng(9)
    x = rng.normal(-18, 3, 41)
    y = x + rng.normal(0.5, 1, 41)
    for fit, back in ((passing_bablok, passing_bablok(y, x)), (deming, deming(y, x))):
        assert fit(x, y)[0]["estimate"] == pytest.approx(1 / back[0]["estimate"], rel=0.002)
    slope = passing_bablok(x, y)[0]
    assert slope["ci_low"] < 1 < slope["ci_high"]


def test_outliers_move_deming_and_not_passing_bablok():
    rng = np.random.default_rng(11)
    x = rng.normal(-18, 3, 60)
    y = x + rng.normal(0, 0.5, 60)
    y[np.argmin(x)] = 30
    assert abs(passing_bablok(x, y)[0]["estimate"] - 1) < 0.15
    assert abs(deming(x, y)[0]["estimate"] - 1) > 0.3


def test_pearson_interval_equals_scipy():
    row = pearson(NCSS_X, NCSS_Y)[0]
    found = stats.pearsonr(NCSS_X, NCSS_Y)
    assert row["estimate"] == pytest.approx(found.statistic)
    assert ends(row) == pytest.approx(tuple(found.confidence_interval(0.95)))


def test_spearman_is_pearson_of_ranks_with_a_wider_interval():
    row = spearman(NCSS_X, NCSS_Y)[0]
    ranks = pearson(stats.rankdata(NCSS_X), stats.rankdata(NCSS_Y))[0]
    assert row["estimate"] == pytest.approx(ranks["estimate"])
    widths = [np.diff(np.arctanh(ends(each)))[0] for each in (row, ranks)]
    assert widths[0] / widths[1] == pytest.approx(np.sqrt(1 + row["estimate"] ** 2 / 2))


def test_what_cannot_be_fitted_says_why():
    flat = [1.0, 1.0, 1.0]
    for fit in (pearson, spearman, deming, passing_bablok):
        for row in fit(flat, [1.0, 2.0, 3.0]):
            assert row["estimate"] is None
            assert "do not vary" in row["method"]
    uncorrelated = deming([1.0, 2.0, 3.0, 2.0], [2.0, 1.0, 2.0, 3.0])
    assert "uncorrelated" in uncorrelated[0]["method"]
    assert pearson([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])[0]["ci_low"] is None
    with pytest.raises(StudyError, match="variance_ratio"):
        deming(NCSS_X, NCSS_Y, variance_ratio=0)
