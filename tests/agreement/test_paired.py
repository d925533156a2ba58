import pytest

from echogls.agreement.comparison import cohort_agreement, variability_rows
from echogls.agreement.paired import PAIR_COLUMNS, pair_rows
from echogls.agreement.pairs import MEAN_OF_READERS
from echogls.study import REASONS

ROW = {"cohort": "c", "repeat": 1, "view": "a4c", "segment": "global", "measure": "gls"} | {
    "unit": "%",
    "status": "ok",
    "reason": "",
}


def readings(rater, values, repeat=1):
    return [
        ROW | {"patient": f"p{k}", "rater": rater, "repeat": repeat, "value": str(value)}
        for k, value in enumerate(values)
        if value is not None
    ]


@pytest.fixture
def raters():
    return {
        "measurements": readings("dis", [-16.0, -17.5, -19.0, None, -14.0]),
        "readings": [
            *readings("truth", [-17, -18, -20, -21, -15]),
            *readings("r1", [-17.5, -18.5, -19.5, -22, -15]),
            *readings("r1", [-17, -18, -20.5, -21.5, -14.5], repeat=2),
            *readings("r2", [-16.5, -18.0, -21.0, None, -16]),
        ],
        "methods": ["dis"],
    }


def test_every_pair_of_raters_and_the_mean_of_readers_is_there(raters):
    rows = pair_rows(**raters)
    assert {(row["comparison"], row["rater_1"], row["rater_2"]) for row in rows} == {
        ("method_reader", "r1", "dis"),
        ("method_reader", "r2", "dis"),
        ("method_mean", MEAN_OF_READERS, "dis"),
        ("reader_reader", "r1", "r2"),
        ("method_truth", "truth", "dis"),
        ("reader_truth", "truth", "r1"),
        ("reader_truth", "truth", "r2"),
    }
    assert all(set(row) <= set(PAIR_COLUMNS) for row in rows)


def test_a_difference_is_second_minus_first_of_first_readings(raters):
    found = {
        (row["comparison"], row["rater_1"], row["patient"]): row for row in pair_rows(**raters)
    }
    row = found["method_reader", "r1", "p0"]
    assert (row["value_1"], row["value_2"]) == (-17.5, -16.0)
    assert row["difference"] == 1.5 and row["mean"] == -16.75
    assert found["method_mean", MEAN_OF_READERS, "p0"]["value_1"] == -17.0


def test_a_patient_of_one_rater_only_is_said_not_lost(raters):
    rows = [row for row in pair_rows(**raters) if row["patient"] == "p3"]
    dis = [row for row in rows if row["rater_2"] == "dis"]
    assert {row["reason"] for row in dis} == {"unpaired"} and "unpaired" in REASONS
    assert all("difference" not in row for row in dis)


def test_means_of_differences_are_the_biases_of_the_agreement(raters):
    bias = {
        (row["comparison"], row["rater_1"], row["rater_2"]): row["estimate"]
        for row in cohort_agreement(**raters)
        if row["statistic"] == "bias"
    }
    pairs = {}
    for row in pair_rows(**raters):
        if row["status"] == "ok":
            key = (row["comparison"], row["rater_1"], row["rater_2"])
            pairs.setdefault(key, []).append(row["difference"])
    assert len(pairs) == 7
    for key, values in pairs.items():
        assert sum(values) / len(values) == pytest.approx(bias[key])


def test_variability_begins_within_a_reader_and_ends_with_the_method(raters):
    rows = variability_rows(cohort_agreement(**raters))
    order = list(dict.fromkeys(row["comparison"] for row in rows))
    assert order == ["repeat", "reader_reader", "all_readers", "method_reader", "method_mean"]
    assert {"relative_mean_error", "sem", "repeatability_sd"} <= {row["statistic"] for row in rows}
