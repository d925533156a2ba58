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


def test_the_level_of_a_pair_is_the_truth_or_the_mean_that_slopes_are_computed_on(raters):
    found = {
        (row["comparison"], row["rater_1"], row["patient"]): row.get("level")
        for row in pair_rows(**raters, variance_ratio=1.0)
    }
    assert found["method_truth", "truth", "p0"] == -17.0
    assert found["method_reader", "r1", "p0"] == -16.75
    # p0, p1, p2 and p4 were read by two, so the mean weighs as much as two readers.
    assert found["method_mean", MEAN_OF_READERS, "p0"] == pytest.approx((2 * -17.0 - 16.0) / 3)
    unequal = pair_rows(**raters, variance_ratio=3.0)
    (row,) = (one for one in unequal if (one["rater_1"], one["rater_2"], one["patient"])
              == ("r1", "dis", "p0"))  # fmt: skip
    assert row["level"] == pytest.approx((3 * -17.5 - 16.0) / 4)


def test_beats_of_one_clip_are_compared_as_test_and_retest_of_the_method(raters):
    beats = [
        one | {"measure": "gls_beat"}
        for repeat, values in ((1, [-16, -18, -19, None, -14]), (2, [-17, -18, -20, -21, -15]))
        for one in readings("dis", values, repeat)
    ]
    rows = cohort_agreement(**raters | {"measurements": raters["measurements"] + beats})
    told = {row["statistic"]: row for row in rows if row["measure"] == "gls_beat"}
    assert {row["comparison"] for row in rows if row["measure"] == "gls_beat"} == {"repeat"}
    assert told["bias"]["n"] == 4  # of p3 one beat is known
    differences = [-1, 0, -1, -1]
    assert told["bias"]["estimate"] == pytest.approx(-0.75)
    sd = (sum((d + 0.75) ** 2 for d in differences) / 3) ** 0.5
    assert told["sem"]["estimate"] == pytest.approx(sd / 2**0.5)
    assert told["mdc95"]["estimate"] == pytest.approx(1.96 * sd)
    assert told["icc_a1"]["estimate"] is not None
    assert "mdc95" in {
        row["statistic"] for row in variability_rows(rows) if row["measure"] == "gls_beat"
    }


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
