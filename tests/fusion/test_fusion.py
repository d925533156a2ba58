import numpy as np
import pytest

from echogls.fusion import METHODS, Fused, fuse_clip, load_fused, save_fused
from echogls.strain.longitudinal import arc_length
from echogls.study import StudyError

TIMES = np.arange(45) * 0.02


def beating_wall(times=TIMES):
    """A wall that shortens smoothly by 18 % and widens back, 75/min."""
    angle = np.linspace(np.pi, 0, 120)
    wall = np.stack([25 * np.cos(angle), 85 * np.sin(angle)], axis=1)
    return wall * (1 - 0.09 * (1 - np.cos(2 * np.pi * times / 0.8)))[:, None, None]


def flow_of(wall, times=TIMES):
    """Velocities of a wall that is scaled about the origin, at any point."""

    def velocity_at(k, points):
        growth = wall[k + 1, 60, 1] / wall[k, 60, 1] - 1
        return points * growth / (times[k + 1] - times[k]), np.ones(len(points))

    return velocity_at


def test_kalman_is_nearer_to_the_wall_than_the_contour_is():
    wall = beating_wall()
    noisy = wall + np.random.default_rng(1).normal(scale=0.8, size=wall.shape)
    fused = fuse_clip(noisy, flow_of(wall), TIMES, pixel_mm=0.6)
    assert fused.position_sd_mm == pytest.approx(0.8, rel=0.1)
    error = np.sqrt(np.mean((fused.positions - wall)[5:] ** 2))
    assert error < 0.6 * 0.8
    said = np.sqrt(np.mean(fused.position_covariances[5:, :, 0, 0]))
    assert error == pytest.approx(said, rel=0.25)


def shortening(positions):
    lengths = arc_length(positions)
    return 100 * (lengths.min() / lengths[0] - 1)


def test_a_contour_that_errs_alike_for_a_while_does_not_take_strain_away():
    """Contours that show two thirds of the shortening, as outlines do that cut a beating apex."""
    wall = beating_wall()
    timid = wall[0] + (wall - wall[0]) * 2 / 3
    noisy = timid + np.random.default_rng(4).normal(scale=0.1, size=wall.shape)
    strains = {
        sd: shortening(
            fuse_clip(
                noisy, flow_of(wall), TIMES, pixel_mm=0.6, options={"contour_sd_mm": sd}
            ).positions
        )
        for sd in (0.0, 3.0)
    }
    assert strains[0.0] > -14.0
    assert strains[3.0] == pytest.approx(-18.0, abs=1.0)


def test_a_contour_may_slide_along_the_wall_but_not_off_it():
    """Contours that start further and further up the wall, and follow it all the while."""
    wall = np.repeat(beating_wall()[:1], len(TIMES), axis=0)
    share = np.linspace(0, 1, 120)
    cut = [share * (1 - up) + up / 2 for up in 0.12 * np.sin(np.pi * TIMES / 0.8) ** 2]
    shorter = np.array(
        [np.stack([np.interp(at, share, line) for line in wall[0].T], axis=1) for at in cut]
    )
    found = {
        along: fuse_clip(
            shorter,
            lambda k, points: (0 * points, np.ones(len(points))),  # nothing moves
            TIMES,
            pixel_mm=0.6,
            options={"contour_sd_mm": 0.5, "along_sd_mm": along, "velocity_sd_mm_s": 3.0},
        ).positions
        for along in (None, 6.0)
    }
    assert shortening(found[None]) < -6.0
    assert shortening(found[6.0]) == pytest.approx(0.0, abs=1.0)
    assert np.abs(found[6.0] - wall).max() < 1.5


def test_where_no_motion_is_known_a_contour_holds_the_wall_along_it_too():
    wall = beating_wall()

    def half_seen(k, points):
        velocity, confidence = flow_of(wall)(k, points)
        confidence[80:] = 0.0
        return velocity, confidence

    options = {"contour_sd_mm": 0.5, "along_sd_mm": 6.0, "velocity_sd_mm_s": 3.0}
    fused = fuse_clip(wall, half_seen, TIMES, pixel_mm=0.6, options=options)
    alone = fuse_clip(wall, half_seen, TIMES, pixel_mm=0.6, options=options | {"along_sd_mm": None})
    np.testing.assert_allclose(fused.positions[:, 80:], alone.positions[:, 80:])
    assert (np.linalg.norm(fused.positions - wall, axis=2)[:, 80:] < 1.5).all()


def test_the_less_is_known_of_motion_the_more_a_contour_holds_the_wall_along_it():
    wall = beating_wall()

    def spread(confidence):
        """Standard deviation of the last apex, mm, by motion of this confidence."""
        fused = fuse_clip(
            wall,
            lambda k, points: (flow_of(wall)(k, points)[0], np.full(len(points), confidence)),
            TIMES,
            pixel_mm=0.6,
            options={"contour_sd_mm": 0.5, "along_sd_mm": 6.0, "velocity_sd_mm_s": 3.0},
        )
        return np.trace(fused.covariances[-1, 60, :2, :2]) ** 0.5

    assert spread(1e-8) == pytest.approx(spread(0.0), rel=0.01)
    assert spread(1.0) < spread(0.0)
    assert max(spread(10.0**-power) for power in range(8)) < 6.0


def test_a_contour_that_says_nothing_along_the_wall_needs_a_finite_number():
    wall = beating_wall()
    with pytest.raises(StudyError, match="expected a finite number"):
        fuse_clip(wall, flow_of(wall), TIMES, pixel_mm=0.6, options={"along_sd_mm": np.inf})


def test_neighbours_whose_flow_errs_apart_do_not_lengthen_the_wall():
    wall = beating_wall()
    rng = np.random.default_rng(5)

    def noisy_flow(k, points):
        velocity, confidence = flow_of(wall)(k, points)
        return velocity + rng.normal(scale=15.0, size=points.shape), confidence

    options = {"contour_sd_mm": 3.0, "velocity_sd_mm_s": 15.0, "position_sd_mm": 0.2}
    fused = fuse_clip(wall, noisy_flow, TIMES, pixel_mm=0.6, options=options)
    assert shortening(fused.positions) == pytest.approx(-18.0, abs=0.7)


def test_frames_without_a_contour_are_bridged_by_the_flow():
    wall = beating_wall()
    gaps = wall.copy()
    gaps[[12, 13, 14, 30]] = np.nan
    fused = fuse_clip(gaps, flow_of(wall), TIMES, pixel_mm=0.6)
    assert np.isfinite(fused.states).all()
    assert np.abs(fused.positions - wall)[[12, 13, 14, 30]].max() < 0.5


def test_before_its_first_contour_a_point_is_nowhere():
    wall = beating_wall()
    late = wall.copy()
    late[:8] = np.nan
    fused = fuse_clip(late, flow_of(wall), TIMES, pixel_mm=0.6)
    assert np.isnan(fused.positions[:8]).all()
    assert np.abs(fused.positions - wall)[8:].max() < 0.5


def test_no_confidence_anywhere_leaves_the_contour():
    wall = beating_wall()
    fused = fuse_clip(wall, lambda k, p: (0 * p, np.zeros(len(p))), TIMES, pixel_mm=0.6)
    assert np.abs(fused.positions - wall).max() < 0.5


def test_a_clip_without_any_contour_is_unknown_throughout():
    wall = beating_wall()
    fused = fuse_clip(np.full_like(wall, np.nan), flow_of(wall), TIMES, pixel_mm=0.6)
    assert np.isnan(fused.positions).all()


def test_unknown_spacing_scales_with_the_wall():
    wall = beating_wall()
    noisy = wall + np.random.default_rng(2).normal(scale=0.8, size=wall.shape)
    # The same heart in pixels of another size: the same path, in those pixels.
    paths = []
    for zoom in (2.0, 4.0):
        options = {"position_sd_mm": 0.8 * zoom, "velocity_sd_mm_s": 10.0 * zoom}
        fused = fuse_clip(noisy * zoom, flow_of(wall * zoom), TIMES, pixel_mm=None, options=options)
        paths.append(fused.positions / zoom)
    np.testing.assert_allclose(*paths, atol=2e-3)


def test_none_is_the_contour_with_its_noise():
    wall = beating_wall()
    noisy = wall + np.random.default_rng(3).normal(scale=0.8, size=wall.shape)
    fused = fuse_clip(noisy, None, TIMES, method="none", pixel_mm=0.6)
    np.testing.assert_array_equal(fused.positions, noisy)
    assert fused.position_covariances[0, 0, 0, 0] == pytest.approx(0.64, rel=0.2)
    assert np.isnan(fused.velocity_sd_mm_s)


def test_two_stills_are_fused_by_none():
    wall = beating_wall()[[0, 20]]
    fused = fuse_clip(wall, None, np.arange(2.0), method="none", pixel_mm=0.3)
    assert fused.position_sd_mm == 1.0
    assert fused.correlation_length_mm > 0
    with pytest.raises(StudyError, match="needs motion"):
        fuse_clip(wall, None, np.arange(2.0), pixel_mm=0.3)


def test_options_reach_the_method():
    wall = beating_wall()
    fused = fuse_clip(wall, flow_of(wall), TIMES, pixel_mm=0.6, options={"position_sd_mm": 2.0})
    assert fused.position_sd_mm == 2.0


def test_unknown_names_suggest_the_nearest():
    wall = beating_wall()
    with pytest.raises(StudyError, match="did you mean 'kalman'"):
        fuse_clip(wall, flow_of(wall), TIMES, method="kalmann", pixel_mm=0.6)
    with pytest.raises(StudyError, match="did you mean 'position_sd_mm'"):
        fuse_clip(wall, flow_of(wall), TIMES, pixel_mm=0.6, options={"position_sd": 2.0})


def test_times_must_fit_and_increase():
    wall = beating_wall()
    for times in (TIMES[:-1], TIMES[::-1]):
        with pytest.raises(StudyError, match="times"):
            fuse_clip(wall, flow_of(wall), times, pixel_mm=0.6)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_deterministic_and_takes_no_argument_apart(method):
    wall = beating_wall()
    before = wall.copy()
    first, second = (
        fuse_clip(wall, flow_of(wall), TIMES, method=method, pixel_mm=0.6) for _ in range(2)
    )
    np.testing.assert_array_equal(first.states, second.states)
    np.testing.assert_array_equal(wall, before)
    assert first.states.shape == (45, 120, 6)
    assert first.covariances.shape == (45, 120, 6, 6)


def test_save_and_load_round_trip(tmp_path):
    wall = beating_wall()
    fused = {
        "b": fuse_clip(wall, flow_of(wall), TIMES, pixel_mm=0.6),
        "a": fuse_clip(wall[:2], None, TIMES[:2], method="none", pixel_mm=0.6),
    }
    save_fused(tmp_path / "fused.npz", fused)
    loaded = load_fused(tmp_path / "fused.npz")
    assert list(loaded) == ["a", "b"]
    for clip, one in loaded.items():
        assert isinstance(one, Fused)
        np.testing.assert_array_equal(one.states, fused[clip].states)
        np.testing.assert_allclose(one.covariances, fused[clip].covariances, rtol=1e-6)
        assert one.covariances.dtype == np.float32
        np.testing.assert_equal(one.velocity_sd_mm_s, fused[clip].velocity_sd_mm_s)
        assert isinstance(one.correlation_length_mm, float)
