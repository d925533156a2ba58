import numpy as np
import pytest

from echogls.training.views import evaluation
from echogls.views.opinion import tempered


def drawn_cases(count=20000, sharpness=2.5, seed=0):
    """Classes drawn from known probabilities, and those made too sure of themselves."""
    rng = np.random.default_rng(seed)
    true = tempered(rng.dirichlet(np.full(8, 0.5), count), 1.0)
    classes = (true.cumsum(1) > rng.random((count, 1))).argmax(1)
    return true, tempered(true, 1 / sharpness), classes


def test_temperature_undoes_overconfidence():
    _, sure, classes = drawn_cases()
    temperature = evaluation.fit_temperature(sure, classes)
    assert temperature == pytest.approx(2.5, rel=0.08)
    before = evaluation.calibration_error(evaluation.reliability(sure, classes))
    bins = evaluation.reliability(tempered(sure, temperature), classes)
    assert evaluation.calibration_error(bins) < 0.02 < before
    assert sum(row["n"] for row in bins) == len(classes)


def test_temperature_does_not_change_what_is_most_probable():
    _, sure, _ = drawn_cases(200)
    cool, hot = tempered(sure, 0.5), tempered(sure, 4)
    np.testing.assert_array_equal(cool.argmax(1), hot.argmax(1))
    assert (cool.max(1) >= hot.max(1)).all()
    np.testing.assert_allclose(hot.sum(1), 1)


def test_f1_is_that_of_the_definition():
    truth = ["a4c"] * 8 + ["a2c"] * 4
    said = ["a4c"] * 6 + ["a2c"] * 2 + ["a4c"] + ["a2c"] * 3
    matrix = evaluation.confusion(truth, said)
    precision, recall = 6 / 7, 6 / 8
    expected = 2 * precision * recall / (precision + recall)
    assert evaluation.f1(matrix) == pytest.approx(expected)
    assert matrix.sum() == 12


def test_rows_name_the_view_and_what_it_is_taken_for():
    told = np.eye(8)[[1, 0]] * 0.9 + 0.0125
    rows = evaluation.image_rows(["real", "simulated"], np.array([0, 0]), told)
    assert [row["taken_for"] for row in rows] == ["a2c", "a4c"]
    assert set(rows[0]) == set(evaluation.COLUMNS)
