import numpy as np
import pytest
from published_examples import MINI_WRIGHT, SHROUT_FLEISS, WRIGHT, with_moments
from scipy import stats

from echogls.agreement.bland_altman import bland_altman
from echogls.agreement.concordance import (
    concordance_correlation,
    coverage_probability,
    total_deviation_index,
)
from echogls.agreement.regression import pearson
from echogls.agreement.reliability import (
    intraclass_correlations,
    mean_squares,
    measurement_error,
)
from echogls.agreement.repeatability import relative_mean_error, within_subject_cv
from echogls.study import StudyError


def ends(row):
    return row["ci_low"], row["ci_high"]


def test_shrout_and_fleiss_1979(by_name):
    ms = mean_squares(SHROUT_FLEISS)
    found = (ms.patients, ms.within, ms.raters, ms.error)
    assert found == pytest.approx((11.24, 6.26, 32.49, 1.02), abs=0.005)  # their table 3
    rows = by_name(intraclass_correlations(SHROUT_FLEISS))
    published = {
        "icc_1": 0.17,
        "icc_a1": 0.29,
        "icc_c1": 0.71,
        "icc_k": 0.44,
        "icc_ak": 0.62,
        "icc_ck": 0.91,
    }
    assert {name: round(row["estimate"], 2) for name, row in rows.items()} == published
    assert rows["icc_1"]["n"] == 6


def test_intervals_of_the_intraclass_correlations_equal_pingouin(by_name):
    # pingouin 0.7.0, intraclass_corr on the table of Shrout & Fleiss.
    rows = by_name(intraclass_correlations(SHROUT_FLEISS))
    expected = {
        "icc_1": (-0.13, 0.72),
        "icc_a1": (0.02, 0.76),
        "icc_c1": (0.34, 0.95),
        "icc_k": (-0.88, 0.91),
        "icc_ak": (0.07, 0.93),
        "icc_ck": (0.68, 0.99),
    }
    for name, interval in expected.items():
        assert ends(rows[name]) == pytest.approx(interval, abs=0.005)


@pytest.mark.parametrize("apart", [1e-5, 1e-7, 1e-8, 1e-10])
def test_raters_who_differ_by_rounding_have_a_correlation_of_one(apart, by_name):
    rng = np.random.default_rng(21)
    first = np.round(rng.normal(-18, 2.5, 21), 1)
    for shift in (0.0, apart):
        pairs = np.column_stack([first, first + shift + apart * rng.normal(size=21)])
        for row in intraclass_correlations(pairs):
            assert row["estimate"] == pytest.approx(1)
            assert row["ci_low"] == pytest.approx(1) and row["ci_high"] == pytest.approx(1)


def test_agreement_interval_covers_as_often_as_it_says(by_name):
    rng = np.random.default_rng(12)
    hits = 0
    for _ in range(250):
        patients, raters = rng.normal(0, 2, (30, 1)), rng.normal(0, 0.5, (1, 4))
        row = intraclass_correlations(patients + raters + rng.normal(0, 1, (30, 4)))[2]
        hits += row["ci_low"] < 4 / 5.25 < row["ci_high"]
    assert 0.92 <= hits / 250 <= 0.985


def test_what_the_paper_of_2018_implies_from_its_printed_moments(by_name):
    # Ostvik 2018: reference -17.9 +/- 2.3, method -17.3 +/- 2.5, difference SD 1.6, n = 21.
    pairs = with_moments(21, (-17.9, -17.3), (2.3, 2.5), 1.6)
    limits = by_name(bland_altman(*pairs.T))
    assert limits["bias"]["estimate"] == pytest.approx(0.6)
    assert ends(limits["bias"]) == pytest.approx((-0.13, 1.33), abs=0.005)
    assert limits["loa_lower"]["estimate"] == pytest.approx(-2.54, abs=0.005)
    upper = limits["loa_upper_approximate"]
    assert upper["estimate"] == pytest.approx(3.74, abs=0.005)
    assert upper["ci_high"] - upper["estimate"] == pytest.approx(1.27, abs=0.005)
    icc, error = by_name(intraclass_correlations(pairs)), by_name(measurement_error(pairs))
    assert round(pearson(*pairs.T)[0]["estimate"], 2) == 0.78
    assert round(concordance_correlation(*pairs.T)[0]["estimate"], 2) == 0.75
    assert round(icc["icc_a1"]["estimate"], 2) == 0.76
    assert round(error["sem"]["estimate"], 2) == 1.13
    assert round(error["mdc95"]["estimate"], 2) == 3.14


def test_error_of_measurement_of_two_raters_is_the_sd_of_differences_over_root_two(by_name):
    table = np.column_stack([WRIGHT, MINI_WRIGHT])
    rows, sd = by_name(measurement_error(table)), np.std(MINI_WRIGHT - WRIGHT, ddof=1)
    assert rows["sem"]["estimate"] == pytest.approx(sd / np.sqrt(2))
    assert rows["mdc95"]["estimate"] == pytest.approx(1.96 * sd)
    interval = by_name(bland_altman(WRIGHT, MINI_WRIGHT))["sd"]
    assert ends(rows["sem"]) == pytest.approx(np.array(ends(interval)) / np.sqrt(2))
    shifted = by_name(measurement_error(table + np.array([0, 100])))
    assert shifted["sem"]["estimate"] == pytest.approx(rows["sem"]["estimate"])
    assert shifted["sem_agreement"]["estimate"] > 60


def test_error_with_bias_covers_about_as_often_as_it_says(by_name):
    rng = np.random.default_rng(14)
    true, hits = np.sqrt(1.0 + 0.5**2), 0
    for _ in range(250):
        table = rng.normal(0, 2, (30, 1)) + rng.normal(0, 0.5, 6) + rng.normal(0, 1, (30, 6))
        row = by_name(measurement_error(table))["sem_agreement"]
        hits += row["ci_low"] < true < row["ci_high"]
    assert 0.91 <= hits / 250 <= 0.985


def test_a_bias_between_raters_lowers_agreement_and_not_consistency(by_name):
    plain, shifted = (
        by_name(intraclass_correlations(SHROUT_FLEISS + shift))
        for shift in (0, np.array([0, 5, 0, 0]))
    )
    assert shifted["icc_c1"]["estimate"] == pytest.approx(plain["icc_c1"]["estimate"])
    assert shifted["icc_a1"]["estimate"] != pytest.approx(plain["icc_a1"]["estimate"])


def test_raters_who_differ_more_than_patients_have_a_negative_correlation(by_name):
    table = np.array(
        [[-22.9, -11.8, -19.4], [-19.5, -16.3, -18.1], [-21.6, -16.7, -16.3], [-18.9, -18.6, -17.0]]
    )
    rows = by_name(intraclass_correlations(table))
    for name in ("icc_1", "icc_a1", "icc_c1"):
        assert rows[name]["ci_low"] < rows[name]["estimate"] < min(0, rows[name]["ci_high"])
    pairs = np.array([[-20, -20], [-20, -18.5], [-18.5, -20]])
    without = by_name(intraclass_correlations(pairs))["icc_ak"]
    assert without["method"] == "not computed: the raters differ more than the patients"


def test_concordance_is_pearson_times_the_bias_correction():
    rng = np.random.default_rng(7)
    first = rng.normal(-18, 2, 200)
    second = 1.2 * first + 2 + rng.normal(0, 1, 200)
    row = concordance_correlation(first, second)[0]
    r, scale = np.corrcoef(first, second)[0, 1], first.std() / second.std()
    u2 = (first.mean() - second.mean()) ** 2 / (first.std() * second.std())
    assert row["estimate"] == pytest.approx(r * 2 / (scale + 1 / scale + u2))


def test_concordance_interval_has_the_width_that_samples_scatter():
    rng = np.random.default_rng(10)
    true_ccc = 2 * 0.8 * 1.5 / (1 + 2.25 + 0.25)
    found = []
    for _ in range(250):
        first = rng.normal(0, 1, 60)
        second = 0.5 + 1.5 * (0.8 * first + 0.6 * rng.normal(0, 1, 60))
        found.append(concordance_correlation(first, second)[0])
    covered = np.mean([row["ci_low"] < true_ccc < row["ci_high"] for row in found])
    assert 0.92 <= covered <= 0.98
    spread = np.std([np.arctanh(row["estimate"]) for row in found])
    width = np.mean([np.diff(np.arctanh(ends(row)))[0] for row in found])
    assert width == pytest.approx(2 * 1.96 * spread, rel=0.15)


def test_total_deviation_index_and_coverage_undo_each_other():
    first, second = WRIGHT, MINI_WRIGHT + 15
    index = total_deviation_index(first, second, share=0.8)[0]
    assert index["statistic"] == "tdi_80"
    share = coverage_probability(first, second, within=index["estimate"])[0]
    assert share["estimate"] == pytest.approx(0.8)
    mean, sd = np.mean(second - first), np.std(second - first, ddof=1)
    chi2 = stats.ncx2(1, (mean / sd) ** 2)  # |d|^2 / sd^2 of normal differences
    assert index["estimate"] == pytest.approx(sd * np.sqrt(chi2.ppf(0.8)))


def test_the_bound_of_the_index_lies_over_it_as_often_as_it_says():
    rng = np.random.default_rng(15)
    true_index = 1.6 * np.sqrt(stats.ncx2(1, (0.6 / 1.6) ** 2).ppf(0.9))
    over = [
        total_deviation_index(np.zeros(21), rng.normal(0.6, 1.6, 21))[1]["estimate"] > true_index
        for _ in range(600)
    ]
    assert np.mean(over) == pytest.approx(0.95, abs=0.035)


def test_intervals_of_index_and_coverage_cover_as_often_as_they_say():
    rng = np.random.default_rng(13)
    true_share = np.diff(stats.norm.cdf([(-2 - 0.6) / 1.6, (2 - 0.6) / 1.6]))[0]
    true_index = 1.6 * np.sqrt(stats.ncx2(1, (0.6 / 1.6) ** 2).ppf(0.9))
    hits = np.zeros(2)
    for _ in range(300):
        second = rng.normal(0.6, 1.6, 50)
        index = total_deviation_index(np.zeros(50), second)[0]
        share = coverage_probability(np.zeros(50), second, within=2.0)[0]
        hits[0] += index["ci_low"] < true_index < index["ci_high"]
        hits[1] += share["ci_low"] < true_share < share["ci_high"]
    assert ((hits / 300 > 0.91) & (hits / 300 < 0.985)).all()


def test_within_subject_variation_and_mean_error_are_of_the_means_size(by_name):
    first, second = np.array([-20.0, -10.0, -16.0]), np.array([-22.0, -10.0, -12.0])
    rows = by_name(relative_mean_error(first, second))
    assert rows["absolute_mean_error"]["estimate"] == pytest.approx(2.0)
    expected = 100 * np.array([2 / 21, 0, 4 / 14])
    assert rows["relative_mean_error"]["estimate"] == pytest.approx(expected.mean())
    assert rows["relative_mean_error"]["ci_low"] == 0
    cv = within_subject_cv(np.column_stack([first, second]))[0]
    assert cv["estimate"] == pytest.approx(np.sqrt((expected**2 / 2).mean()))
    assert cv["ci_low"] < cv["estimate"] < cv["ci_high"]


def test_what_cannot_be_told_says_why(by_name):
    one_rater = by_name(intraclass_correlations(np.ones((5, 1))))
    assert one_rater["icc_a1"]["method"] == "not computed: one rater only"
    assert measurement_error(np.ones((5, 1)))[0]["estimate"] is None
    missing = SHROUT_FLEISS.copy()
    missing[:4, 0] = np.nan
    few = by_name(intraclass_correlations(missing))["icc_1"]
    assert (few["n"], few["method"]) == (2, "not computed: fewer than 3 patients")
    same = by_name(intraclass_correlations(np.array([[1.0, 2.0], [2.0, 1.0], [1.5, 1.5]])))
    assert "do not differ" in same["icc_1"]["method"]
    assert "one reading" in within_subject_cv(np.ones((4, 1)))[0]["method"]
    assert "zero" in within_subject_cv(np.array([[1, -1], [2, 2], [3, 3.0]]))[0]["method"]
    assert concordance_correlation([1.0, 1, 1], [1.0, 2, 3])[0]["estimate"] is None
    with pytest.raises(StudyError, match="within"):
        coverage_probability([1.0, 2, 3], [1.0, 2, 4], within=-1)


def test_exact_agreement_is_one_without_interval(by_name):
    rows = by_name(intraclass_correlations(np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])))
    assert rows["icc_a1"]["estimate"] == 1
    assert rows["icc_a1"]["ci_low"] is None
    biased = by_name(intraclass_correlations(np.array([[1.0, 2.0], [2.0, 3.0], [4.0, 5.0]])))
    assert biased["icc_c1"]["estimate"] == pytest.approx(1)
    assert 0 < biased["icc_a1"]["estimate"] < 1
    assert total_deviation_index([1.0, 2, 3], [2.0, 3, 4])[0]["estimate"] == 1
