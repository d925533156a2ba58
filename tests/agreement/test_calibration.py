import numpy as np
import pytest
from scipy import stats

from echogls.agreement.calibration import LEVELS, calibration
from echogls.agreement.comparison import cohort_agreement
from echogls.study import StudyError


def test_stated_errors_that_are_twice_those_made_are_said_to_be(by_name):
    rng = np.random.default_rng(1)
    stated = rng.uniform(0.5, 2.0, 400)
    rows = by_name(calibration(0.5 * stated * rng.normal(size=400), stated))
    assert rows["scatter_over_stated"]["estimate"] == pytest.approx(0.5, abs=0.05)
    assert rows["scatter_over_stated"]["ci_high"] < 0.6
    assert rows["stated_covers"]["estimate"] > 0.99


def test_shares_and_their_intervals_are_those_of_a_count(by_name):
    errors = np.r_[np.full(18, 0.5), 3.0, -4.0]
    row = by_name(calibration(errors, np.ones(20)))["stated_covers"]
    assert row["estimate"] == 0.9
    ends = stats.beta.ppf([0.025, 0.975], [18, 19], [3, 2])
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(tuple(ends))


def test_errors_as_stated_are_held_at_every_level_of_the_reliability_curve(by_name):
    rng = np.random.default_rng(5)
    stated = rng.uniform(0.5, 2.0, 4000)
    rows = by_name(calibration(stated * rng.normal(size=4000), stated))
    for level in LEVELS:
        assert rows[f"stated_covers_{level}"]["estimate"] == pytest.approx(level / 100, abs=0.025)


def test_intervals_hold_the_true_ratio_about_as_often_as_they_say(by_name):
    rng, hits = np.random.default_rng(2), np.zeros(2)
    for _ in range(400):
        stated = rng.uniform(0.5, 2.0, 21)
        rows = by_name(calibration(stated * rng.normal(0.5, 0.8, 21), stated))
        true = {"error_over_stated": np.hypot(0.5, 0.8), "scatter_over_stated": 0.8}
        hits += [rows[k]["ci_low"] < value < rows[k]["ci_high"] for k, value in true.items()]
    assert (np.abs(hits / 400 - 0.95) < 0.035).all()


def test_a_cohort_with_a_truth_has_them_of_each_method_that_states_an_error(by_name):
    row = {"cohort": "c", "repeat": "1", "view": "a4c", "segment": "global", "unit": "%"}
    row |= {"status": "ok", "reason": ""}
    found = {"measurements": [], "readings": []}
    for k, error in enumerate((0.5, -1.0, 2.0, -0.2)):
        patient = row | {"patient": f"p{k}"}
        value = patient | {"measure": "gls", "rater": "truth", "value": str(-18 - k)}
        found["readings"].append(value)
        found["measurements"].append(value | {"rater": "best", "value": str(-18 - k + error)})
        stated = {"measure": "gls_sd", "rater": "best", "value": "0.8"}
        found["measurements"].append(patient | stated)
    rows = cohort_agreement(**found, methods=["best"])
    told = by_name([one for one in rows if one["measure"] == "gls_sd"])
    assert told["stated_covers"]["estimate"] == 0.75 and told["stated_covers"]["n"] == 4
    assert told["stated_covers"]["comparison"] == "method_truth"


def test_a_stated_error_of_zero_is_refused_and_two_patients_are_too_few():
    with pytest.raises(StudyError, match="stated SD"):
        calibration([1.0, 2.0, 3.0], [1.0, 0.0, 1.0])
    assert calibration([1.0, 2.0], [1.0, 1.0])[0]["estimate"] is None
