import numpy as np
import pytest
from half_rings import HALF, RADIUS, SETTINGS, TIMES, N, T, half_ring, path_of, wall_of

from echogls.cine import Cine
from echogls.strain import definitions, layers
from echogls.strain.longitudinal import arc_length
from echogls.study import StudyError


@pytest.mark.parametrize("turn", [1, -1])
def test_a_layer_lies_half_the_thickness_beside_the_midwall(turn):
    path = path_of(half_ring(RADIUS, N, turn))
    for layer, radius in (("endocardium", RADIUS - HALF), ("epicardium", RADIUS + HALF)):
        moved = layers.layer_line(path, wall_of(), layer)
        found = np.linalg.norm(moved.positions - [50, 50], axis=-1)
        assert found == pytest.approx(np.repeat(radius[:, None], N, 1), abs=0.15)
    assert layers.layer_line(path, wall_of(), "midwall") is path
    with pytest.raises(StudyError, match="layer 'outer'"):
        layers.layer_line(path, wall_of(), "outer")


def test_points_need_not_lie_evenly_and_frames_without_outline_take_their_neighbours():
    angle = np.pi * (1 + np.linspace(0, 1, N) ** 2)
    line = RADIUS[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    wall = wall_of()
    wall.plausible[10:14] = False
    wall.endocardium_mm[10:14] = np.nan
    moved = layers.layer_line(path_of(line), wall, "endocardium")
    assert arc_length(moved.positions) == pytest.approx(np.pi * (RADIUS - HALF), rel=0.01)


def test_two_stills_have_layers_too():
    ends = np.array([0, 20])
    wall = wall_of(TIMES[ends], RADIUS[ends], HALF[ends])
    path = path_of(half_ring(RADIUS[ends], N), TIMES[ends])
    moved = arc_length(layers.layer_line(path, wall, "epicardium").positions)
    assert moved == pytest.approx(np.pi * (RADIUS + HALF)[ends], rel=0.01)


@pytest.fixture
def rows():
    cine = Cine(np.zeros((T, 8, 8), np.uint8), TIMES, np.ones((8, 8), bool), 0.5, r_waves_s=(0.0,))
    return definitions.vary_definitions(
        settings=SETTINGS,
        quality=[{"view": "a4c", "flag": ""}],
        wanted=["a4c"],
        clips=[{"clip": "c1", "status": "ok", "reason": ""}],
        views=[{"clip": "c1", "view": "a4c", "chosen": "yes"}],
        cines={"c1": cine},
        walls={"c1": wall_of()},
        fused={"c1": path_of(half_ring(RADIUS, N))},
        min_plausible=60,
    )


def test_every_combination_is_measured_once_and_the_study_s_own_comes_first(rows):
    assert len(rows) == 2 * 2 * 3 * 2 * 3
    names = [row["definition"] for row in rows]
    assert len(set(names)) == len(names)
    assert rows[0]["changed"] == ""
    assert names[0] == "peak systolic, ED by R wave or area, ES by area, drift left, midwall"
    single = {row["changed"] for row in rows if row["changed"] and " " not in row["changed"]}
    assert single == set(definitions.KEYS)
    assert rows[-1]["changed"].split() == list(definitions.KEYS)
    assert tuple(rows[0]) == definitions.COLUMNS


def test_the_endocardium_shortens_most(rows):
    value = {row["layer"]: row["value"] for row in rows[::-1] if row["changed"] in ("", "layer")}
    for layer, side in layers.LAYERS.items():
        radius = RADIUS + side * HALF
        assert value[layer] == pytest.approx(100 * (radius.min() / radius[0] - 1), abs=0.5)
    assert value["endocardium"] < value["midwall"] < value["epicardium"]


def test_a_clip_that_cannot_be_measured_has_its_reason_under_every_definition():
    rows = definitions.vary_definitions(
        settings=SETTINGS, quality=[], wanted=["a4c"], clips=[], views=[], cines={}, walls={},
        fused={}, min_plausible=60,
    )  # fmt: skip
    assert len(rows) == 72
    assert {(row["value"], row["reason"]) for row in rows} == {(None, "no_clips")}


@pytest.mark.parametrize("sigma", [0.4, 1.7, 4.8])
def test_smoothing_is_that_of_scipy(sigma):
    from scipy.ndimage import gaussian_filter1d

    rows = np.random.default_rng(0).normal(size=(3, 12))
    expected = gaussian_filter1d(rows, sigma, axis=1, mode="nearest")
    assert layers._smoothed(rows, sigma) == pytest.approx(expected, abs=1e-12)
