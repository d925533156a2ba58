import numpy as np
import pytest

from echogls.strain.longitudinal import arc_length
from echogls.strain.segments import apex_place, segment_bounds, segment_lengths


def wall(septal=80.0, lateral=80.0, n=120):
    """Two straight sides of given lengths (mm) and a round apex between them."""
    turn = np.linspace(np.pi, 0, 400)
    cap = 20 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    up = np.stack([np.full(400, -20.0), np.linspace(-septal, 0, 400)], axis=1)
    down = np.stack([np.full(400, 20.0), np.linspace(0, -lateral, 400)], axis=1)
    line = np.concatenate([up, cap[1:-1], down])
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
    places = np.linspace(0, along[-1], n)
    return np.stack([np.interp(places, along, line[:, axis]) for axis in (0, 1)], axis=1)


def test_apex_of_a_symmetric_wall_is_its_middle():
    assert apex_place(wall()) == pytest.approx(59.5, abs=0.6)


def test_apex_of_an_uneven_wall_is_where_it_turns():
    points = wall(septal=90.0, lateral=70.0)
    apex = points[round(apex_place(points))]
    assert abs(apex[0]) < 5.0
    assert apex[1] > 19.0


def test_apex_does_not_jump_with_noise():
    rng = np.random.default_rng(1)
    noisy = [apex_place(wall() + 0.3 * rng.normal(size=(120, 2))) for _ in range(200)]
    assert np.std(noisy) < 1.5


def test_apex_does_not_depend_on_how_the_image_lies():
    turned = wall(85.0, 75.0) @ np.array([[0.6, -0.8], [0.8, 0.6]]) + [40.0, 90.0]
    assert apex_place(turned) == pytest.approx(apex_place(wall(85.0, 75.0)), abs=1e-6)


def test_each_wall_is_divided_in_three_equal_lengths():
    points = wall(septal=90.0, lateral=70.0)
    lengths = segment_lengths(points[None], segment_bounds(points))[0]
    np.testing.assert_allclose(lengths[:3], lengths[0])
    np.testing.assert_allclose(lengths[3:], lengths[3])
    assert lengths[0] > lengths[3]


def test_segments_add_up_to_the_wall_at_all_times():
    rng = np.random.default_rng(2)
    frames = wall() + rng.normal(size=(20, 120, 2))
    lengths = segment_lengths(frames, segment_bounds(frames[0]))
    np.testing.assert_allclose(lengths.sum(axis=1), arc_length(frames))


def test_strain_of_one_segment_shows_in_that_segment():
    points = wall()
    bounds = segment_bounds(points)
    steps = np.diff(points, axis=0)
    share = np.clip(bounds[2] - np.arange(119), 0, 1) - np.clip(bounds[1] - np.arange(119), 0, 1)
    shorter = steps * (1 - 0.2 * share)[:, None]
    later = np.concatenate([points[:1], points[:1] + np.cumsum(shorter, axis=0)])
    before, after = segment_lengths(np.stack([points, later]), bounds)
    strain = 100 * (after / before - 1)
    assert strain[1] == pytest.approx(-20.0, abs=0.5)
    np.testing.assert_allclose(strain[[0, 2, 3, 4, 5]], 0, atol=0.5)
