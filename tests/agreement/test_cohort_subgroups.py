import pytest

from echogls.agreement.subgroups import COHORT_COLUMNS, cohort_subgroups
from echogls.study import StudyError

HEAD = {"cohort": "c", "measure": "gls", "view": "a4c"}


def pairs(count, comparison="method_truth", rater_1="truth"):
    return [
        HEAD
        | {"comparison": comparison, "rater_1": rater_1, "rater_2": "dis", "status": "ok"}
        | {"patient": f"p{k}", "value_1": "-18.0", "value_2": str(-17.0 - (k >= 6) * 2)}
        for k in range(count)
    ]


SHEET = [{"patient": f"p{k}", "vendor": "a" if k < 6 else "b"} for k in range(9)]


def test_each_level_has_its_own_bias_and_a_small_one_only_its_n():
    rows = cohort_subgroups(pairs(9), SHEET, names=["vendor"])
    bias = {row["level"]: row for row in rows if row["statistic"] == "bias"}
    assert (bias["a"]["estimate"], bias["a"]["n"]) == (1.0, 6)
    assert (bias["b"]["estimate"], bias["b"]["n"]) == (None, 3)
    assert "fewer than 5" in bias["b"]["method"]
    assert all(set(row) == set(COHORT_COLUMNS) for row in rows)


def test_an_excluded_pair_counts_nowhere_and_readers_among_themselves_are_left_out():
    rows = pairs(8)
    rows[0] |= {"status": "excluded", "value_2": ""}
    rows += pairs(8, "reader_truth")
    found = cohort_subgroups(rows, SHEET, names=["vendor"])
    assert {row["comparison"] for row in found} == {"method_truth"}
    assert {row["n"] for row in found if row["level"] == "a"} == {5}


def test_an_unknown_covariate_names_the_nearest():
    with pytest.raises(StudyError, match="did you mean 'vendor'"):
        cohort_subgroups(pairs(9), SHEET, names=["vendr"])


def test_no_pairs_no_rows():
    assert cohort_subgroups([], SHEET, names=["vendor"]) == []
