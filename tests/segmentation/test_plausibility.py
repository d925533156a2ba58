import numpy as np
from horseshoe import horseshoe

from echogls.segmentation import plausibility
from echogls.segmentation.centreline import centreline
from echogls.segmentation.contour import find_wall


def test_ventricle_is_plausible():
    assert plausibility.implausible_shape(find_wall(horseshoe()), 0.7) == []


def test_size_is_judged_only_where_the_spacing_is_known():
    wall = find_wall(horseshoe())
    assert plausibility.implausible_shape(wall, 3.0) == ["length"]
    assert plausibility.implausible_shape(wall, None) == []


def test_flat_ventricle_is_not_plausible():
    wall = find_wall(horseshoe(half_width=60, length=35, centre=(128.0, 128.0)))
    assert "annulus_to_length" in plausibility.implausible_shape(wall, None)


def test_one_wrong_area_is_found_and_a_heartbeat_is_not():
    time = np.arange(60) / 60
    area = 3000 + 600 * np.cos(2 * np.pi * time)
    area += np.random.default_rng(0).normal(0, 15, 60)
    assert not plausibility.temporal_outliers(area).any()
    area[[20, 41]] *= (0.7, 1.4)
    assert list(np.flatnonzero(plausibility.temporal_outliers(area))) == [20, 41]


def test_missing_area_is_no_outlier_and_short_clips_are_not_judged():
    area = np.full(30, 3000.0)
    area[5] = np.nan
    assert not plausibility.temporal_outliers(area).any()
    assert not plausibility.temporal_outliers(np.array([1.0, 100.0])).any()


def test_line_that_leaves_its_neighbours_is_found():
    line = centreline(find_wall(horseshoe()))
    rng = np.random.default_rng(0)
    lines = line + np.cumsum(rng.normal(0, 0.3, (20, 1, 2)), axis=0)
    assert not plausibility.centreline_jumps(lines).any()
    lines[9] += 25
    assert list(np.flatnonzero(plausibility.centreline_jumps(lines))) == [9]


def test_every_code_is_explained():
    wall = find_wall(horseshoe(half_width=60, length=35, centre=(128.0, 128.0)))
    assert set(plausibility.implausible_shape(wall, 9.0)) <= set(plausibility.CODES)
