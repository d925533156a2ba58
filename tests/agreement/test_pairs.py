import numpy as np
import pandas as pd
import pytest

from echogls.agreement.pairs import (
    repeated_readings,
    unpaired_patients,
    usable_readings,
    wide_readings,
)
from echogls.study import StudyError

ROW = {
    "cohort": "c",
    "patient": "p1",
    "rater": "r1",
    "repeat": "1",
    "view": "a4c",
    "segment": "global",
    "measure": "gls",
    "value": "-18.5",
    "unit": "%",
    "status": "ok",
    "reason": "",
}


def table(*changes):
    return pd.DataFrame([ROW | change for change in changes])


def test_text_and_numbers_are_read_alike():
    text = usable_readings(table({}, {"patient": "p2", "value": "-17"}))
    numbers = usable_readings(
        table({"value": -18.5, "repeat": 1}, {"patient": "p2", "value": -17, "repeat": 1})
    )
    pd.testing.assert_frame_equal(text, numbers)
    assert text["value"].tolist() == [-18.5, -17.0]


def test_excluded_and_empty_rows_are_left_out():
    rows = usable_readings(
        table(
            {},
            {"patient": "p2", "value": "", "status": "excluded", "reason": "no_contour"},
            {"patient": "p3", "value": "-40", "status": "excluded"},
            {"patient": "p4", "value": ""},
            {"patient": "p5", "value": None},
            {"patient": "p6", "repeat": "", "status": ""},
        )
    )
    assert rows["patient"].tolist() == ["p1", "p6"]
    assert rows["repeat"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"patient": "p2", "value": "-17,5"}, r"row 2 .*patient p2.*'-17,5' is no number"),
        ({"patient": "p2", "value": "inf"}, "is no number"),
        ({"value": "-17"}, r"row 2 .*is there twice \(values -18.5, -17\)"),
        ({"patient": "p2", "repeat": "0"}, "repeat is not 1"),
        ({"patient": "p2", "repeat": "1.5"}, "repeat is not 1"),
        ({"patient": "p2", "unit": "mm"}, "unit 'mm', other rows have '%'"),
        ({"rater": "r2", "value": "18.5"}, r"gls of rater r2 in cohort c is positive"),
        ({"rater": "r2", "value": "-0.185"}, r"gls of rater r2 in cohort c is a fraction"),
    ],
)
def test_rows_that_cannot_be_right_are_refused_by_name(change, said):
    with pytest.raises(StudyError, match=said):
        usable_readings(table({}, change))


def test_one_positive_patient_among_many_is_possible():
    rows = usable_readings(table(*({"patient": f"p{i}", "value": -20 + 8 * i} for i in range(4))))
    assert rows["value"].max() == 4


def test_a_missing_column_is_named():
    with pytest.raises(StudyError, match="no column unit"):
        usable_readings(table({}).drop(columns="unit"))


def test_first_repeats_stand_side_by_side_and_missing_ones_are_empty():
    readings = usable_readings(
        table(
            {"repeat": 2, "value": -19},
            {},
            {"rater": "dis", "value": -17},
            {"patient": "p2", "rater": "dis", "value": -16},
            {"patient": "p3", "repeat": 2, "value": -15},
            {"segment": "basal_septal", "measure": "peak_systolic_strain", "value": -99},
        )
    )
    wide = wide_readings(readings, measure="gls", view="a4c")
    assert wide["r1"].tolist()[::2] == [-18.5, -15.0]
    assert wide["dis"].tolist()[:2] == [-17.0, -16.0]
    assert np.isnan(wide.loc["p2", "r1"])
    assert unpaired_patients(wide, "r1", "dis") == ["p2", "p3"]
    every = repeated_readings(readings, "r1", measure="gls", view="a4c")
    assert every.columns.tolist() == [1, 2]
    assert every.loc["p1"].tolist() == [-18.5, -19.0]


def test_cohorts_are_not_mixed_and_raters_are_known():
    readings = usable_readings(table({}, {"cohort": "d"}))
    with pytest.raises(StudyError, match="several cohorts"):
        wide_readings(readings, measure="gls", view="a4c")
    wide = wide_readings(usable_readings(table({})), measure="gls", view="a4c")
    with pytest.raises(StudyError, match="'r2' has no readings; known: r1"):
        unpaired_patients(wide, "r1", "r2")
