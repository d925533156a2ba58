import numpy as np
import pytest
from published_examples import MINI_WRIGHT, WRIGHT
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from echogls.agreement.equivalence import compare_errors, equivalence, holm, paired_tests
from echogls.agreement.interchangeability import interchangeability
from echogls.study import StudyError


def test_ties_on_paper_are_ties_of_ranks(by_name):
    # Differences in tenths; as binary numbers -17.9 - -17.8 and -18.3 - -18.2 are not equal.
    rng = np.random.default_rng(8)
    tenths = rng.integers(-230, -120, 21)
    changes = rng.integers(-9, 16, 21)
    expected = stats.wilcoxon(changes, zero_method="wilcox").pvalue
    rows = by_name(paired_tests(tenths / 10, (tenths + changes) / 10))
    assert rows["wilcoxon_p"]["estimate"] == expected
    assert stats.wilcoxon((tenths + changes) / 10 - tenths / 10).pvalue != expected


def test_p_of_two_methods_errors_is_that_of_their_interval(by_name):
    rng = np.random.default_rng(5)
    for _ in range(20):
        errors = rng.normal(0, 1, (2, 12)) * [[1.0], [1.6]]
        rows = by_name(compare_errors(np.zeros(12), *errors))
        row, p = rows["mae_difference"], rows["mae_difference_p"]["estimate"]
        assert (p < 0.05) == (not row["ci_low"] < 0 < row["ci_high"])
    gain = np.abs(errors[1]) - np.abs(errors[0])
    assert p == pytest.approx(stats.ttest_1samp(gain, 0).pvalue)


def test_paired_tests_equal_scipy_and_have_the_sign_of_the_difference(by_name):
    rows = by_name(paired_tests(WRIGHT, MINI_WRIGHT))
    found = stats.ttest_rel(MINI_WRIGHT, WRIGHT)
    assert rows["paired_t"]["estimate"] == pytest.approx(found.statistic)
    assert rows["paired_t"]["estimate"] > 0
    assert rows["paired_t_p"]["estimate"] == pytest.approx(found.pvalue)
    assert rows["wilcoxon_p"]["estimate"] == pytest.approx(
        stats.wilcoxon(MINI_WRIGHT - WRIGHT).pvalue
    )


@pytest.mark.parametrize("margin", [5.0, 20.0, 40.0])
def test_two_one_sided_tests_equal_statsmodels_and_their_interval(margin, by_name):
    rows = by_name(equivalence(WRIGHT, MINI_WRIGHT, margin=margin))
    p = ttost_paired(MINI_WRIGHT, WRIGHT, -margin, margin)[0]
    assert rows["tost_p"]["estimate"] == pytest.approx(p)
    inside = -margin < rows["tost_bias"]["ci_low"] and rows["tost_bias"]["ci_high"] < margin
    assert inside == (p < 0.05)


def test_a_wide_scatter_is_no_proof_of_equality():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 6)) * 5
    assert paired_tests(first, second)[1]["estimate"] > 0.05
    assert equivalence(first, second, margin=1.0)[1]["estimate"] > 0.05


def test_holm_by_hand():
    # Holm 1979: the smallest of four times 4, then 3, 2 and 1, never falling.
    found = holm({"a": 0.01, "b": 0.005, "c": 0.03, "d": 0.04})
    assert found == pytest.approx({"a": 0.03, "b": 0.02, "c": 0.06, "d": 0.06})


def test_holm_keeps_missing_p_values_missing_and_uncounted():
    assert holm({"a": 0.02, "b": None, "c": 0.5}) == {"a": 0.04, "b": None, "c": 0.5}
    with pytest.raises(StudyError, match=r"b 1\.5"):
        holm({"a": 0.1, "b": 1.5})


def test_errors_of_two_methods_are_paired_by_patient(by_name):
    rng = np.random.default_rng(2)
    truth = rng.normal(-18, 3, 80)
    shared = rng.normal(0, 1.5, 80)
    first, second = truth + shared, truth + 0.8 * shared + rng.normal(0, 0.1, 80)
    rows = by_name(compare_errors(truth, first, second))
    gain = np.abs(second - truth) - np.abs(first - truth)
    assert rows["mae_difference"]["estimate"] == pytest.approx(gain.mean())
    assert rows["mae_difference"]["ci_high"] < 0
    e1, e2 = first - truth, second - truth
    assert rows["sd_ratio"]["estimate"] == pytest.approx(e2.std(ddof=1) / e1.std(ddof=1))
    # Pitman and Morgan: the correlation of sum and difference.
    p = stats.pearsonr(e1 + e2, e1 - e2).pvalue
    assert rows["sd_ratio_p"]["estimate"] == pytest.approx(p)


@pytest.mark.parametrize("end", ["ci_low", "ci_high"])
def test_the_interval_of_the_sd_ratio_inverts_its_test(end, by_name):
    rng = np.random.default_rng(3)
    e1 = rng.normal(0, 1.5, 30)
    e2 = 0.5 * e1 + rng.normal(0, 1, 30)
    ratio = by_name(compare_errors(np.zeros(30), e1, e2))["sd_ratio"][end]
    scaled = by_name(compare_errors(np.zeros(30), e1, e2 / ratio))
    assert scaled["sd_ratio_p"]["estimate"] == pytest.approx(0.05)


def test_what_cannot_be_tested_says_why(by_name):
    equal = by_name(paired_tests([1.0, 2, 3], [1.0, 2, 3]))
    assert equal["paired_t_p"]["method"] == "not computed: all differences are equal"
    assert equal["wilcoxon_p"]["method"] == "not computed: all differences are zero"
    shifted = by_name(paired_tests([1.0, 2, 3, 4], [2.0, 3, 4, 5]))
    assert shifted["paired_t_p"]["estimate"] is None
    assert shifted["wilcoxon_p"]["estimate"] == pytest.approx(0.125)
    assert equivalence([1.0, 2], [1.0, 3], margin=1)[1]["estimate"] is None
    twins = by_name(compare_errors([0.0, 0, 0], [1.0, -1, 2], [1.0, -1, 2]))
    assert twins["mae_difference_p"]["estimate"] is None
    assert twins["sd_ratio"]["estimate"] is None
    with pytest.raises(StudyError, match="margin"):
        equivalence([1.0, 2, 3], [1.0, 3, 2], margin=-1)


def simulated(seed, method_sd, n=60, readers=3):
    rng = np.random.default_rng(seed)
    truth = rng.normal(-18, 3, (n, 1))
    return (truth + rng.normal(0, method_sd, (n, 1)))[:, 0], truth + rng.normal(0, 1, (n, readers))


def test_interchangeability_is_the_difference_of_two_mean_squares(by_name):
    method, readers = simulated(4, 1.5)
    rows = by_name(interchangeability(method, readers))
    with_method = ((readers - method[:, None]) ** 2).mean()
    among = np.mean([(readers[:, i] - readers[:, j]) ** 2 for i, j in ((0, 1), (0, 2), (1, 2))])
    assert rows["equivalence_gamma"]["estimate"] == pytest.approx(with_method - among)
    assert rows["equivalence_index"]["estimate"] == pytest.approx(
        (with_method - among) / (among / 2)
    )
    assert rows["disagreement_ratio"]["estimate"] == pytest.approx(np.sqrt(with_method / among))


def test_interchangeability_intervals_cover_the_true_values():
    # Errors: readers 1, method 1.5; so A = 3.25, B = 2.
    truth = {"equivalence_gamma": 1.25, "equivalence_index": 1.25, "disagreement_ratio": 1.2748}
    hits = dict.fromkeys(truth, 0)
    for seed in range(200):
        for row in interchangeability(*simulated(seed, 1.5)):
            hits[row["statistic"]] += row["ci_low"] < truth[row["statistic"]] < row["ci_high"]
    assert all(0.90 <= hit / 200 <= 0.99 for hit in hits.values()), hits


def test_interchangeability_needs_two_readers_who_differ(by_name):
    method, readers = simulated(5, 1.0)
    one = by_name(interchangeability(method, readers[:, :1]))
    assert one["equivalence_gamma"]["method"] == "not computed: one reader only"
    same = by_name(interchangeability(method, readers[:, [0, 0]]))
    assert same["equivalence_gamma"]["estimate"] > 0
    assert same["equivalence_index"]["estimate"] is None
    readers[:, 1:] = np.nan
    assert (
        "fewer than 3"
        in by_name(interchangeability(method, readers))["equivalence_gamma"]["method"]
    )
    with pytest.raises(StudyError, match="interchangeability"):
        interchangeability(method[:-1], readers)
