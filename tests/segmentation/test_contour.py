import numpy as np
import pytest
from horseshoe import horseshoe, middle_line

from echogls.segmentation import cavity
from echogls.segmentation.centreline import centreline, thickness
from echogls.segmentation.contour import (
    clean_labels,
    find_wall,
    largest_component,
    most_probable,
    resample,
    smooth,
)
from echogls.study import CENTRELINE_POINTS, LABELS


def distance_to(points, curve):
    return np.sqrt(((points[:, None] - curve) ** 2).sum(-1)).min(1)


def arc(points):
    return np.hypot(*np.diff(points, axis=0).T).sum()


def test_centreline_lies_midway_between_the_borders_to_a_third_of_a_pixel():
    line = centreline(find_wall(horseshoe()))
    away = distance_to(line, middle_line())
    assert np.median(away) < 0.35
    assert away[8:-8].max() < 1.0


def test_centreline_has_the_known_length():
    line = centreline(find_wall(horseshoe()))
    assert arc(line) == pytest.approx(arc(middle_line()), rel=0.02)


def test_centreline_has_equally_spaced_points():
    line = centreline(find_wall(horseshoe()))
    steps = np.hypot(*np.diff(line, axis=0).T)
    assert line.shape == (CENTRELINE_POINTS, 2)
    assert np.ptp(steps) < 0.02 * steps.mean()


@pytest.mark.parametrize("tilt", [-0.6, -0.2, 0.0, 0.3, 0.7])
def test_curves_run_from_the_septum_to_the_lateral_wall_however_the_heart_is_turned(tilt):
    wall = find_wall(horseshoe(centre=(128.0, 150.0), length=80.0, tilt=tilt))
    septal_side = np.array([-np.cos(tilt), -np.sin(tilt)])
    for curve in (wall.endocardium, wall.epicardium, centreline(wall)):
        assert (curve[0] - curve[-1]) @ septal_side > 50


def test_moving_the_heart_by_a_fraction_of_a_pixel_moves_the_centreline_by_it_within_a_seventh():
    still = centreline(find_wall(horseshoe()))
    moved = centreline(find_wall(horseshoe(centre=(128.4, 170.3))))
    assert np.median(moved - still, axis=0) == pytest.approx([0.4, 0.3], abs=0.14)


def test_wall_thickness_is_found():
    assert np.median(thickness(find_wall(horseshoe(wall=14)))) == pytest.approx(14, abs=0.7)


def test_cavity_area_and_long_axis_are_found():
    wall = find_wall(horseshoe(half_width=40, length=110))
    assert cavity.area(wall) == pytest.approx(np.pi * 40 * 110 / 2, rel=0.03)
    assert cavity.long_axis(wall) == pytest.approx(110, abs=2)


def test_apex_outside_the_image_still_gives_a_contour():
    wall = find_wall(horseshoe(centre=(128.0, 100.0)))
    line = centreline(wall)
    assert np.isfinite(line).all()
    assert line[0, 0] < 100 < 150 < line[-1, 0]


def test_ventricle_cut_off_at_the_side_still_gives_a_contour():
    line = centreline(find_wall(horseshoe(centre=(25.0, 170.0))))
    assert np.isfinite(line).all()


def test_wall_without_a_seen_atrium_keeps_its_direction():
    scores = horseshoe()
    scores[..., 0] += scores[..., LABELS["atrium"]]
    scores[..., LABELS["atrium"]] = 0
    away = distance_to(centreline(find_wall(scores)), middle_line())
    assert np.median(away) < 0.35


def test_gap_in_the_lateral_wall_is_bridged():
    scores = horseshoe()
    scores[90:110, 140:, 0] += scores[90:110, 140:, 2]
    scores[90:110, 140:, 2] = 0
    wall = find_wall(scores)
    assert wall.endocardium[0, 0] < 100 < 150 < wall.endocardium[-1, 0]
    assert arc(wall.endocardium) == pytest.approx(arc(find_wall(horseshoe()).endocardium), rel=0.05)


@pytest.mark.parametrize("scores", [np.zeros((64, 64, 4)), np.full((64, 64, 4), 0.25)])
def test_nothing_that_looks_like_a_ventricle_gives_none(scores):
    assert find_wall(scores) is None


def test_noise_gives_none_or_a_finite_wall_but_no_error():
    rng = np.random.default_rng(0)
    for _ in range(20):
        scores = rng.dirichlet(np.ones(4), (48, 48))
        wall = find_wall(scores)
        assert wall is None or np.isfinite(centreline(wall)).all()


def test_clean_labels_keeps_one_ventricle_and_fills_its_holes():
    labels = horseshoe().argmax(-1).astype(np.uint8)
    spoilt = labels.copy()
    spoilt[10:16, 10:16] = LABELS["myocardium"]
    spoilt[120:123, 126:129] = LABELS["background"]
    cleaned = clean_labels(spoilt)
    assert (cleaned[10:16, 10:16] == 0).all()
    assert (cleaned[120:123, 126:129] != 0).all()


def ring(outer, inner, shape=(60, 60)):
    away = np.hypot(*(np.indices(shape) - 30))
    return (away <= outer) & (away > inner)


def test_largest_part_has_its_holes_filled():
    assert (largest_component(ring(20, 10)) == ring(20, -1)).all()


@pytest.mark.parametrize("island", [4, 12])
def test_a_part_within_the_hole_of_another_counts_by_itself(island):
    mask = ring(16, 14) | ring(island, -1)
    larger = ring(16, -1) if ring(16, 14).sum() > ring(island, -1).sum() else ring(island, -1)
    assert (largest_component(mask) == larger).all()


def test_clean_labels_of_an_empty_image_are_empty():
    assert not clean_labels(np.zeros((20, 30), np.uint8)).any()


def test_clean_labels_at_the_image_s_edge_stay():
    labels = np.zeros((20, 30), np.uint8)
    labels[:8, 22:] = LABELS["myocardium"]
    labels[15:, :3] = LABELS["atrium"]
    assert (clean_labels(labels) == labels).all()


def test_most_probable_label_is_that_of_argmax_and_of_equals_the_first():
    scores = np.random.default_rng(0).integers(0, 3, (40, 50, 4)).astype(np.float32)
    assert (most_probable(scores) == scores.argmax(-1)).all()


def test_resample_keeps_ends_and_spaces_equally():
    curve = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 3.0]])
    points = resample(curve, 9)
    assert points[[0, -1]] == pytest.approx(curve[[0, -1]])
    assert np.hypot(*np.diff(points, axis=0).T) == pytest.approx(np.full(8, 0.5))


def test_smoothing_leaves_a_straight_line_and_the_ends_alone():
    line = np.linspace([0.0, 0.0], [10.0, 5.0], 200)
    assert smooth(line) == pytest.approx(line)
    rng = np.random.default_rng(1)
    rough = line + rng.normal(0, 0.1, line.shape)
    assert np.ptp(np.diff(smooth(rough), axis=0)) < np.ptp(np.diff(rough, axis=0)) / 3
