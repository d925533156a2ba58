import numpy as np
import pytest

from echogls.fusion.velocities import at_frames, over_intervals, smooth_along_wall

TIMES = np.cumsum([0.0, 0.02, 0.035, 0.015, 0.04, 0.02, 0.02])


def parabola(seconds):
    """Path (…, 2) and velocity of a point under constant acceleration."""
    seconds = np.asarray(seconds)[..., None]
    speed, acceleration = np.array([40.0, -25.0]), np.array([-800.0, 300.0])
    return speed * seconds + acceleration * seconds**2 / 2, speed + acceleration * seconds


def wall():
    return np.random.default_rng(1).normal(scale=30.0, size=(9, 2))


def translation(k, points):
    """Flow of a wall that moves as one along the parabola."""
    step = parabola(TIMES[k + 1])[0] - parabola(TIMES[k])[0]
    return np.broadcast_to(step / (TIMES[k + 1] - TIMES[k]), points.shape), np.ones(len(points))


def velocities_of(flow, centreline):
    return at_frames(over_intervals(flow, centreline, TIMES), TIMES)


def test_parabolic_motion_gives_the_exact_velocity_whatever_the_intervals():
    path, velocity = parabola(TIMES)
    frames = velocities_of(translation, wall() + path[:, None])
    inner = slice(1, -1)
    expected = np.broadcast_to(velocity[inner, None], (5, 9, 2))
    np.testing.assert_allclose(frames.velocity[inner], expected, rtol=1e-12)
    assert (frames.offset_s[inner] == 0).all()


def test_ends_are_exact_half_an_interval_away():
    path, _ = parabola(TIMES)
    frames = velocities_of(translation, wall() + path[:, None])
    np.testing.assert_allclose(frames.offset_s[0], (TIMES[1] - TIMES[0]) / 2)
    np.testing.assert_allclose(frames.offset_s[-1], (TIMES[-1] - TIMES[-2]) / 2)
    for frame, sign in ((0, 1), (-1, -1)):
        _, there = parabola(TIMES[frame] + sign * frames.offset_s[frame])
        np.testing.assert_allclose(frames.velocity[frame], there)


def test_an_unknown_flow_leaves_the_other_side():
    def flow(k, points):
        velocity, confidence = translation(k, points)
        return velocity, np.where((np.arange(9) == 4) & (k == 2), 0.0, confidence)

    path, _ = parabola(TIMES)
    frames = velocities_of(flow, wall() + path[:, None])
    assert (frames.offset_s[2:4, 4] > 0).all()
    assert (frames.offset_s[2:4, 5] == 0).all()
    _, there = parabola(TIMES[2] - frames.offset_s[2, 4])
    np.testing.assert_allclose(frames.velocity[2, 4], there)


def test_no_confidence_on_either_side_is_unknown():
    frames = velocities_of(
        lambda k, p: (np.ones_like(p), np.zeros(len(p))), wall()[None].repeat(7, 0)
    )
    assert np.isnan(frames.velocity).all()
    assert (frames.confidence == 0).all()


def test_the_lower_confidence_of_both_sides_counts():
    def flow(k, points):
        return np.zeros_like(points), np.full(len(points), 0.9 - 0.1 * k)

    frames = velocities_of(flow, wall()[None].repeat(7, 0))
    np.testing.assert_allclose(frames.confidence[:, 0], [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.4])


def test_arriving_tissue_is_sampled_where_it_came_from():
    # A wall that is stretched by 4 % in each interval: at frame k + 1 a point came from p / 1.04.
    def flow(k, points):
        return points * 0.04 / (TIMES[k + 1] - TIMES[k]), np.ones(len(points))

    centreline = wall() * 1.04 ** np.arange(7)[:, None, None]
    intervals = over_intervals(flow, centreline, TIMES)
    np.testing.assert_allclose(intervals.arriving, intervals.leaving, rtol=0.002)


def test_a_frame_without_a_contour_is_sampled_between_its_neighbours():
    path, velocity = parabola(TIMES)
    centreline = wall() + path[:, None]
    centreline[[0, 3, 4]] = np.nan
    seen = {}

    def flow(k, points):
        seen.setdefault(k, points.copy())
        return translation(k, points)

    frames = velocities_of(flow, centreline)
    np.testing.assert_allclose(seen[0], centreline[1])
    share = (TIMES[3] - TIMES[2]) / (TIMES[5] - TIMES[2])
    np.testing.assert_allclose(seen[3], (1 - share) * centreline[2] + share * centreline[5])
    np.testing.assert_allclose(frames.velocity[3], np.broadcast_to(velocity[3], (9, 2)))


def test_linear_change_along_the_wall_passes_and_goes_on_where_nothing_is_known():
    values = np.stack([np.linspace(0, 3, 60), np.linspace(1, -1, 60)], axis=1)
    weights = np.ones(60)
    weights[40:] = 0
    seen = np.where(weights[:, None] > 0, values, np.nan)
    np.testing.assert_allclose(smooth_along_wall(seen, weights), values, atol=1e-6)


@pytest.mark.parametrize(("known", "expected"), [((), 0.0), ((7,), 7.0), ((7, 9), 8.0)])
def test_too_few_points_for_a_line_give_their_mean(known, expected):
    weights = np.zeros(40)
    weights[list(known)] = 0.4
    values = np.arange(40.0)[:, None] + [0, 0]
    np.testing.assert_allclose(smooth_along_wall(values, weights), expected)


def test_weights_of_any_ratio_are_solved():
    weights = np.zeros(120)
    weights[:12] = 1e-30
    weights[3] = 1.0
    smooth = smooth_along_wall(np.full((120, 2), 2.0), weights)
    np.testing.assert_allclose(smooth, 2.0, rtol=1e-3)


def test_what_is_shorter_than_a_few_points_is_noise():
    place = np.arange(120)[:, None]
    long, short = np.sin(2 * np.pi * place / 120), np.where(place % 2, 1.0, -1.0)
    smooth = smooth_along_wall(long + short, np.ones(120))
    np.testing.assert_allclose(smooth[10:-10], long[10:-10], atol=0.02)
