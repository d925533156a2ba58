from dataclasses import replace

import numpy as np
import pytest
from beating import COURSE, T, cine_of, midwall, path_of, wall_of

from echogls.segmentation.quality import COLUMNS
from echogls.strain.cycle import clip_beats
from echogls.strain.doubts import LIMITS, judge_clip
from echogls.strain.patient import measure_patient
from echogls.study import DOUBTS, REASONS, SEGMENTS, split_reasons

RULES = {"ed_rule": ["area"], "es_rule": ["strain", "area"]}


def judged(line=None, wall=None, cine=None):
    path, wall, cine = path_of(midwall() if line is None else line), wall or wall_of(), cine
    cine = cine or cine_of()
    cycle = clip_beats(cine, wall, path, **RULES)
    return judge_clip(cine, wall, path, cycle, clip="c1", view="a4c")


def measured(line=None, wall=None, cine=None, **options):
    found = {}
    _, rows = measure_patient(
        wanted=["a4c"],
        clips=[{"clip": "c1", "status": "ok", "reason": ""}],
        views=[{"clip": "c1", "view": "a4c", "chosen": "yes"}],
        cines={"c1": cine or cine_of()},
        walls={"c1": wall or wall_of()},
        fused={"c1": path_of(midwall() if line is None else line)},
        min_plausible=60,
        gls="peak_systolic",
        drift="linear",
        judged=found,
        **RULES,
    )
    return found["a4c"], rows


def test_a_measurement_that_agrees_with_itself_has_no_flag():
    found = judged()
    assert found.reason == ""
    assert all(set(row) == set(COLUMNS) for row in found.rows)
    assert {row["measure"] for row in found.rows} >= set(LIMITS)


def test_motion_that_lags_is_flagged_in_words_and_reaches_every_row():
    found, rows = measured(midwall(0.08, 2.0))
    assert split_reasons(found.reason)[:3] == [
        "motion_contradicts_outline", "annulus_contradicts_outline", "outline_left_behind",
    ]  # fmt: skip
    assert {row["reason"] for row in rows} == {found.reason}
    assert {row["status"] for row in rows} == {"ok"}
    (row,) = (row for row in found.rows if row["measure"] == "gls_contradiction")
    assert row["note"].startswith("GLS by the path -8") and "by the outlines -1" in row["note"]
    assert set(DOUBTS) <= set(REASONS)


def test_path_and_outlines_that_err_alike_are_told_by_the_volume():
    wall, weak = wall_of(0.08, 3.0), midwall(0.08, 3.0)
    emptied = replace(wall, area_mm2=wall_of().area_mm2)
    assert judged(weak, emptied).reason == "strain_contradicts_volume"


def test_a_heart_that_hardly_beats_has_no_ratio_of_strain_and_volume():
    weak = replace(wall_of(0.01, 1.0), area_mm2=np.full(T, 900.0) * (1 - 0.1 * COURSE))
    assert "strain_contradicts_volume" not in judged(midwall(0.01, 1.0), weak).reason


def test_without_being_asked_nothing_is_judged():
    path, wall = path_of(midwall(0.08, 2.0)), wall_of()
    _, rows = measure_patient(
        wanted=["a4c"],
        clips=[{"clip": "c1", "status": "ok", "reason": ""}],
        views=[{"clip": "c1", "view": "a4c", "chosen": "yes"}],
        cines={"c1": cine_of()},
        walls={"c1": wall},
        fused={"c1": path},
        min_plausible=60,
        gls="peak_systolic",
        drift="linear",
        **RULES,
    )
    assert {row["reason"] for row in rows} == {""}


def sector_without(columns):
    sector = np.ones((120, 120), bool)
    sector[:, columns] = False
    return sector


def test_what_lies_outside_the_picture_is_not_measured_and_named():
    found, rows = measured(cine=cine_of(sector_without(slice(71, None))))
    assert "outside_image" in split_reasons(found.reason)
    lost = {row["segment"] for row in rows if row["status"] == "excluded"}
    assert {row["reason"] for row in rows if row["status"] == "excluded"} == {"outside_image"}
    assert lost == {"basal_lateral"}
    whole = {row["label"]: row["value"] for row in found.rows if row["measure"] == "outside_image"}
    assert whole["basal_lateral"] > 90 and 20 < whole["mid_lateral"] < 50 and 20 < whole[""] < 30
    known = {(r["segment"], r["measure"]): r["value"] for r in rows if r["status"] == "ok"}
    # What is left of a segment is measured: an even wall has its strain in every part.
    assert known["mid_lateral", "peak_systolic_strain"] == pytest.approx(
        known["mid_septal", "peak_systolic_strain"], abs=0.5
    )
    assert known["global", "gls"] == pytest.approx(-18, abs=0.5)


def test_a_line_within_a_pixel_of_the_edge_is_in_the_picture():
    found, _ = measured(cine=cine_of(sector_without(slice(79, None))))  # the line ends at 80
    assert found.reason == "" and found.counted is None


def test_a_side_that_is_wrong_in_most_frames_leaves_its_segments_out():
    codes = tuple(("left_side",) if k % 3 else () for k in range(T))
    found, rows = measured(wall=wall_of(codes=codes))
    assert found.reason == "implausible_side"
    lost = {row["segment"] for row in rows if row["status"] == "excluded"}
    assert lost == set(SEGMENTS[:3])
    few = tuple(("left_side_mended",) if k < 6 else () for k in range(T))
    found, rows = measured(wall=wall_of(codes=few))
    assert found.reason == "" and {row["status"] for row in rows} == {"ok"}
    assert [r["value"] for r in found.rows if r["measure"] == "right_frames"] == [90.0]
