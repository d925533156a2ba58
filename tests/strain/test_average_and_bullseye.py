"""The average over apical views and the bull's-eye, and what becomes of both without a view."""

import numpy as np
import pytest

from echogls.strain.average import average_rows, with_averages
from echogls.strain.bullseye import MODELS, bullseye_rows
from echogls.strain.measure import excluded_row, measurement_row
from echogls.study import ALL_SEGMENTS, AVERAGE_VIEW, VIEW_OF_SEGMENT, VIEW_SEGMENTS, StudyError

VIEWS = tuple(VIEW_SEGMENTS)
OWNER = {"cohort": "c", "patient": "p1", "rater": "dis"}
GLS = dict(zip(VIEWS, (-18.0, -21.0, -15.0), strict=True))


def view_rows(view, gls):
    rows = [measurement_row(view, "global", "gls", gls)]
    rows += [measurement_row(view, "global", "gls_sd", 0.6)]
    rows += [measurement_row(view, "global", "peak_systolic_strain", gls)]
    rows += [measurement_row(view, "global", "end_systolic_strain", gls + 1)]
    rows += [measurement_row(view, "global", "ed_frame", 3)]
    return rows + [
        measurement_row(view, segment, "peak_systolic_strain", gls + k)
        for k, segment in enumerate(VIEW_SEGMENTS[view])
    ]


def patient(missing=()):
    rows = []
    for view, gls in GLS.items():
        lost = [excluded_row(view, "no_contour")]
        rows += lost if view in missing else view_rows(view, gls)
    return rows


def values(rows):
    return {row["measure"]: row["value"] for row in rows}


def test_the_average_is_the_mean_of_the_views_and_its_error_theirs():
    rows = average_rows(patient(), VIEWS)
    found = values(rows)
    assert {row["view"] for row in rows} == {AVERAGE_VIEW}
    assert found["gls"] == found["peak_systolic_strain"] == pytest.approx(-18.0)
    assert found["end_systolic_strain"] == pytest.approx(-17.0)
    assert found["gls_sd"] == pytest.approx(0.6 / np.sqrt(3))
    assert found["views"] == 3 and "ed_frame" not in found
    assert {(row["status"], row["reason"]) for row in rows} == {("ok", "")}


def test_one_view_alone_has_no_average():
    assert average_rows(view_rows("a4c", -18.0), ["a4c"]) == []


def test_without_a_view_there_is_no_average_unless_the_config_says_so():
    (row,) = average_rows(patient(["alax"]), VIEWS)
    assert (row["status"], row["reason"], row["value"]) == ("excluded", "missing_view", None)
    rows = average_rows(patient(["alax"]), VIEWS, "average_others")
    assert values(rows)["gls"] == pytest.approx(-19.5) and values(rows)["views"] == 2
    assert {(row["status"], row["reason"]) for row in rows} == {("ok", "missing_view")}


def test_an_average_is_of_two_views_at_least():
    (row,) = average_rows(patient(["alax", "a2c"]), VIEWS, "average_others")
    assert row["status"] == "excluded"


def test_views_of_stills_make_an_average_of_stills():
    rows = [row | {"reason": "ed_es_only"} for row in patient() if row["segment"] == "global"]
    assert {row["reason"] for row in average_rows(rows, VIEWS)} == {"ed_es_only"}


@pytest.mark.parametrize("rule", ["", "all"])
def test_an_unknown_rule_is_an_error(rule):
    with pytest.raises(StudyError, match="missing_view"):
        average_rows(patient(), VIEWS, rule)
    with pytest.raises(StudyError, match="missing_view"):
        bullseye_rows([], VIEWS, missing_view=rule)


def test_each_measured_segment_is_one_of_the_eighteen_and_all_are_in_the_seventeen():
    assert [len(MODELS[name]) for name in ("17", "18")] == [17, 18]
    parts = [part for parts in MODELS["18"].values() for part in parts]
    assert sorted(parts) == sorted(ALL_SEGMENTS) and set(VIEW_OF_SEGMENT) == set(ALL_SEGMENTS)
    assert {part for parts in MODELS["17"].values() for part in parts} == set(ALL_SEGMENTS)


def test_numbers_are_those_of_the_american_heart_association():
    names = list(MODELS["17"])
    numbered = {1: "basal_anterior", 2: "basal_anteroseptal", 4: "basal_inferior",
                6: "basal_anterolateral", 9: "mid_inferoseptal", 11: "mid_inferolateral",
                13: "apical_anterior", 14: "apical_septal", 15: "apical_inferior",
                16: "apical_lateral", 17: "apex"}  # fmt: skip
    assert {k: names[k - 1] for k in numbered} == numbered


def readings(rater, gls, repeat=1):
    rows = [measurement_row(view, "global", "gls", value) for view, value in gls.items()]
    return [OWNER | row | {"rater": rater, "repeat": repeat} for row in rows]


def test_readings_of_single_views_get_their_average_and_those_of_the_average_keep_it():
    rows = [*readings("r1", GLS), *readings("r2", {AVERAGE_VIEW: -17.0})]
    rows += readings("r3", {"a4c": -16.0}, repeat=2)
    told = with_averages(rows, VIEWS)
    found = {
        (row["rater"], row["repeat"]): (row["value"], row["reason"])
        for row in told
        if row["view"] == AVERAGE_VIEW and row["measure"] == "gls"
    }
    assert told[: len(rows)] == rows
    assert found == {
        ("r1", 1): (pytest.approx(-18.0), ""),
        ("r2", 1): (-17.0, ""),
        ("r3", 2): (None, "missing_view"),
    }
    assert with_averages(rows, ["a4c"]) == rows


def told(missing=(), **options):
    rows = bullseye_rows([OWNER | row for row in patient(missing)], VIEWS, **options)
    return {(row["model"], row["segment"]): row for row in rows}


def test_segments_of_the_bullseye_are_those_measured_or_their_means():
    rows = told()
    assert len(rows) == 35 and all(row["status"] == "ok" for row in rows.values())
    assert rows["17", "basal_inferoseptal"]["value"] == pytest.approx(-18.0)  # a4c, the first
    assert rows["17", "basal_anterior"]["value"] == pytest.approx(-16.0)  # a2c, the last
    assert rows["17", "apical_septal"]["value"] == pytest.approx((-16 - 12) / 2)
    assert rows["17", "apical_septal"]["made_of"] == "apical_septal apical_anteroseptal"
    apex = [gls + k for gls in GLS.values() for k in (2, 3)]
    assert rows["17", "apex"]["value"] == pytest.approx(np.mean(apex))


def test_a_missing_view_leaves_its_segments_empty_and_those_it_is_part_of_by_the_rule():
    rows = told(["alax"])
    lost = {segment for (model, segment), row in rows.items()
            if model == "17" and row["status"] != "ok"}  # fmt: skip
    assert lost == {
        *(f"{level}_{wall}" for level in ("basal", "mid")
          for wall in ("anteroseptal", "inferolateral")),
        *("apical_septal", "apical_lateral", "apex"),
    }  # fmt: skip
    rows = told(["alax"], missing_view="average_others")
    row = rows["17", "apical_septal"]
    assert (row["value"], row["status"], row["reason"]) == (
        pytest.approx(-16),
        "ok",
        "missing_view",
    )
    assert rows["17", "mid_anteroseptal"]["status"] == "excluded"


def test_flags_of_its_parts_are_those_of_a_segment():
    rows = [OWNER | row for row in patient()]
    for row in rows:
        if row["segment"] == "apical_anteroseptal":
            row["reason"] = "corrected_by_hand uneven_segments"
    found = {(row["model"], row["segment"]): row["reason"] for row in bullseye_rows(rows, VIEWS)}
    flagged = {("17", "apical_septal"), ("17", "apex"), ("18", "apical_anteroseptal")}
    assert {key for key, reason in found.items() if reason} == flagged
    assert {found[key] for key in flagged} == {"uneven_segments"}
    doubted = {row["reason"] for row in average_rows(rows, VIEWS)}
    assert doubted == {""}  # of segments, not of the GLS


def test_a_patient_without_any_view_has_an_empty_bullseye_and_a_reader_of_gls_none():
    rows = [OWNER | row for row in patient()]
    rows += [OWNER | row | {"patient": "p2"} for row in patient(VIEWS)]
    rows += [OWNER | measurement_row("a4c", "global", "gls", -17) | {"rater": "reader_1"}]
    found = bullseye_rows(rows, VIEWS)
    assert {(row["patient"], row["rater"]) for row in found} == {("p1", "dis"), ("p2", "dis")}
    assert {row["status"] for row in found if row["patient"] == "p2"} == {"excluded"}


def test_a_doubt_of_one_view_is_one_of_the_average_and_stills_are_only_where_all_are():
    rows = patient()
    for row in rows:
        if row["view"] == "a2c":
            row["reason"] = "outside_image ed_es_only"
        if row["view"] == "alax":
            row["reason"] = "incomplete_beat"
    found = {row["reason"] for row in average_rows(rows, VIEWS)}
    assert found == {"incomplete_beat outside_image"}
