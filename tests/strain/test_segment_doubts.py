"""A segment whose strain may be wrong is flagged, and says by how much it may err."""

from dataclasses import replace

import numpy as np
import pytest
from beating import COURSE, TIMES, T, cine_of, path_of, wall_of

from echogls.strain.cycle import Beat
from echogls.strain.patient import measure_patient
from echogls.strain.segment_doubts import (
    DRIFT,
    SD_SHARE,
    STEP,
    UNEVEN,
    UNEVEN_BASE,
    UNEVEN_SHARE,
    ends_sd,
    judge_segments,
    segment_drift,
    segment_sd,
    unevenness,
)
from echogls.strain.segments import segment_bounds
from echogls.study import DOUBTS, REASONS, SEGMENT_DOUBTS, SEGMENTS, VIEW_SEGMENTS, split_reasons

EVEN = np.full(6, -18.0)


def walked(strain, drift=(0,) * 6):
    """A half ring (T, 120, 2) whose segments shorten by percent, and are longer by `drift` percent
    at the next ED."""
    share = np.repeat(strain, 20)[None] / 100 * COURSE[:, None]
    share = share + np.repeat(drift, 20)[None] / 100 * np.minimum(TIMES / 1.0, 1)[:, None]
    steps = 30 * np.pi / 120 * (1 + share)
    along = np.concatenate([np.zeros((T, 1)), np.cumsum(steps, axis=1)[:, :-1]], axis=1)
    radius = steps.sum(axis=1, keepdims=True) / np.pi
    angle = np.pi * (1 + along / steps.sum(axis=1, keepdims=True))
    return np.stack([50 + radius * np.cos(angle), 60 + radius * np.sin(angle)], axis=-1)


def measured(strain=EVEN, drift=(0,) * 6, view="a4c", **changes):
    found = {}
    _, rows = measure_patient(
        wanted=[view],
        clips=[{"clip": "c1", "status": "ok", "reason": ""}],
        views=[{"clip": "c1", "view": view, "chosen": "yes"}],
        cines={"c1": cine_of()},
        walls={"c1": wall_of()},
        fused={"c1": replace(path_of(walked(np.asarray(strain), drift)), **changes)},
        min_plausible=60,
        gls="peak_systolic",
        ed_rule=["area"],
        es_rule=["strain", "area"],
        drift="linear",
        judged=found,
    )
    flags = {
        row["segment"]: [one for one in split_reasons(row["reason"]) if one in SEGMENT_DOUBTS]
        for row in rows
        if row["measure"] == "peak_systolic_strain"
    }
    return flags, rows, found[view]


def flagged(flags):
    return {name: doubts for name, doubts in flags.items() if doubts}


def test_an_even_wall_and_a_weak_half_of_it_have_no_flag():
    assert flagged(measured()[0]) == {}
    assert flagged(measured([-10, -10, -11, -17, -20, -20])[0]) == {}


@pytest.mark.parametrize("view", VIEW_SEGMENTS)
def test_a_weak_apex_is_flagged_in_its_own_rows_and_nowhere_else(view):
    flags, rows, judgement = measured([-20, -20, -12, -12, -20, -20], view=view)
    names = VIEW_SEGMENTS[view]
    assert flagged(flags) == {name: ["uneven_segments"] for name in names[2:4]}
    of_segment = {row["measure"] for row in rows if "uneven_segments" in row["reason"]}
    assert of_segment == {"peak_systolic_strain", "end_systolic_strain"}
    assert {row["status"] for row in rows} == {"ok"}
    (gls,) = (row for row in rows if row["measure"] == "gls")
    assert "uneven_segments" not in gls["reason"] + judgement.reason
    told = {row["label"]: row for row in judgement.rows if row["flag"] == "uneven_segments"}
    assert set(told) == set(names[2:4])
    assert "points weaker than the wall beside it (expected 5 at most)" in told[names[2]]["note"]


def test_a_basal_segment_that_hardly_moves_is_flagged():
    assert flagged(measured([-8, -20, -20, -20, -20, -20])[0]) == {
        "basal_septal": ["uneven_segments"]
    }


def test_neighbours_that_differ_more_than_tissue_does_are_both_flagged():
    flags = flagged(measured([-24, -24, -24, -4, -4, -4])[0])
    assert flags == {name: ["uneven_segments"] for name in SEGMENTS[2:4]}


def test_a_segment_that_does_not_come_back_is_flagged():
    flags, _, judgement = measured(drift=(0, 8, 0, 0, 0, 0))
    assert flagged(flags) == {"mid_septal": ["drifting_segment"]}
    (told,) = (row for row in judgement.rows if row["flag"] == "drifting_segment")
    assert "longer than the whole wall" in told["note"]
    assert told["value"] == pytest.approx(8 * 5 / 6, abs=1)


def test_segments_are_judged_only_if_asked_and_never_without_a_neighbour():
    lost = np.array([-20, np.nan, -8, -10, -18, -12.0])
    found = unevenness(lost)
    assert np.isnan(found[:2]).all() and np.isfinite(found[2:]).all()
    nothing = judge_segments(path_of(walked(EVEN)), [], [], clip="c1", view="a4c")
    assert (nothing.rows, nothing.flags) == ([], {})


def test_without_a_next_end_diastole_drift_is_not_known():
    path = path_of(walked(EVEN))
    assert np.isnan(segment_drift(path, [Beat(0, 20, None)])).all()
    assert segment_drift(path, [Beat(0, 20, 50)]) == pytest.approx(np.zeros(6), abs=0.5)


def test_the_error_that_follows_from_the_ends_equals_monte_carlo():
    rng = np.random.default_rng(3)
    line, beat = walked(EVEN), Beat(0, 20, 50)
    length = np.linalg.norm(np.diff(line[20], axis=0), axis=1).cumsum()
    apart = np.abs(np.subtract.outer(np.r_[0, length], np.r_[0, length]))
    root = np.linalg.cholesky(np.exp(-apart / 12.0) + 1e-9 * np.eye(120))
    path = replace(path_of(line), correlation_length_mm=12.0)
    covariances = path.covariances.copy()
    covariances[..., :2, :2] = np.eye(2)
    path = replace(path, covariances=covariances)
    stated = ends_sd(path, beat)
    along = np.gradient(line[20], axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    ends = np.round(segment_bounds(line[0])).astype(int)
    moved = (root @ rng.normal(size=(120, 4000)))[ends]
    lengths = np.diff(np.interp(segment_bounds(line[0]), np.arange(120), np.arange(120)))
    at_ed = lengths * 30 * np.pi / 120
    assert stated == pytest.approx(100 * np.diff(moved, axis=0).std(axis=1) / at_ed, rel=0.05)

    strain = np.array([-20, -20, -12, -12, -20, np.nan])
    error = segment_sd(path, [beat, beat], strain)
    expected = np.hypot(SD_SHARE * stated, UNEVEN_SHARE * np.abs([0, 0, 8, 8, 0, 0]))
    assert error[:4] == pytest.approx(expected[:4]) and np.isnan(error[5])


def test_only_a_calibrated_fusion_states_the_error_of_segments():
    told = [row for row in measured(calibrated=True)[1] if row["measure"] == "segment_sd"]
    assert [row["segment"] for row in told] == list(SEGMENTS)
    assert not [row for row in measured()[1] if row["measure"] == "segment_sd"]


def test_limits_are_above_what_healthy_hearts_have():
    # Segments of simulated healthy hearts: SD of neighbours' differences some 2 points.
    assert 4 < UNEVEN < UNEVEN_BASE < STEP and DRIFT > 2
    assert set(SEGMENT_DOUBTS) <= set(DOUBTS) <= set(REASONS)
