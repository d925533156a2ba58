"""Motion of a clip smoothed over time, and carried on beyond what was seen."""

import cv2
import numpy as np
import pytest

from echogls.motion import _smooth, sample, track_clip
from echogls.motion._smooth import carried_on

SURE_PX = 0.06


def _times(count, fps=55.0, jitter=0.0, rng=None):
    steps = np.full(count - 1, 1 / fps)
    if jitter:
        steps *= 1 + jitter * rng.uniform(-1, 1, count - 1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def smoothed_over_time(velocity, *told):
    out = velocity.copy()
    _smooth.smooth_over_time(out, *told)
    return out


def test_any_parabola_over_uneven_times_passes_unchanged():
    rng = np.random.default_rng(1)
    times = _times(20, jitter=0.4, rng=rng)
    middles = (times[1:] + times[:-1])[:, None, None, None] / 2
    a, b, c = rng.standard_normal((3, 1, 4, 5, 2))
    velocity = a + 10 * b * middles + 100 * c * middles**2
    confidence = rng.uniform(0.05, 0.9, velocity.shape[:3])
    out = smoothed_over_time(velocity, confidence, times, SURE_PX)
    np.testing.assert_allclose(out, velocity, rtol=1e-6, atol=1e-6)


def test_unsure_motion_is_smoothed_and_sure_motion_stays():
    rng = np.random.default_rng(2)
    times = _times(60)
    middles = (times[1:] + times[:-1]) / 2
    truth = np.sin(2 * np.pi * middles / 0.9)[:, None, None, None] * np.ones((1, 10, 10, 2))
    error = 0.1
    noisy = truth + error * rng.standard_normal(truth.shape)
    unsure = np.full(truth.shape[:3], 1 / (1 + (error / SURE_PX) ** 2))
    left = smoothed_over_time(noisy, unsure, times, SURE_PX) - truth
    assert left.std() < 0.75 * error
    kept = smoothed_over_time(noisy, np.full_like(unsure, 0.999), times, SURE_PX)
    assert np.abs(kept - noisy).max() < 0.1 * error


def test_nodes_smoothed_a_few_at_a_time_are_those_smoothed_together(monkeypatch):
    rng = np.random.default_rng(5)
    velocity = rng.standard_normal((40, 11, 13, 2)).astype(np.float32)
    told = (rng.uniform(0, 0.9, velocity.shape[:3]).astype(np.float32), _times(41), SURE_PX)
    together = smoothed_over_time(velocity, *told)
    monkeypatch.setattr(_smooth, "CHUNK", 40 * 17)
    np.testing.assert_array_equal(smoothed_over_time(velocity, *told), together)


def test_over_a_short_interval_velocity_is_less_sure():
    """Displacements err alike, so velocities over short intervals err more and weigh less."""
    rng = np.random.default_rng(6)
    steps = np.where(np.arange(60) % 2, 1.5, 0.5) / 55
    times = np.concatenate([[0.0], np.cumsum(steps)])
    error = 0.1
    noise = error * rng.standard_normal((60, 10, 10, 2)) / steps[:, None, None, None]
    unsure = np.full(noise.shape[:3], 1 / (1 + (error / SURE_PX) ** 2))
    left = smoothed_over_time(noise, unsure, times, SURE_PX)
    even = _times(61)
    plain = smoothed_over_time(noise[:60], unsure, even, SURE_PX)  # weighs all intervals alike
    assert left.std() < 0.8 * plain.std()


def test_a_frame_without_motion_does_not_stop_its_neighbours():
    times = _times(30)
    velocity = np.ones((29, 3, 3, 2))
    confidence = np.full((29, 3, 3), 0.3)
    velocity[14], confidence[14] = 0, 0
    out = smoothed_over_time(velocity, confidence, times, SURE_PX)
    np.testing.assert_allclose(out[[13, 15]], 1, atol=1e-2)


def test_clips_of_few_frames_and_nodes_never_seen_stay_as_they_are():
    few = np.random.default_rng(3).standard_normal((3, 2, 2, 2))
    assert (smoothed_over_time(few, np.ones((3, 2, 2)), _times(4), SURE_PX) == few).all()
    none = np.zeros((9, 2, 2, 2))
    out = smoothed_over_time(none, np.zeros((9, 2, 2)), _times(10), SURE_PX)
    np.testing.assert_array_equal(out, none)


def test_motion_goes_on_beyond_what_was_seen_with_falling_confidence():
    motion = np.zeros((40, 60, 2), np.float32)
    sure = np.zeros((40, 60), np.float32)
    motion[10:30, 20:30], sure[10:30, 20:30] = (1.5, -0.5), 0.4
    carried, confidence = carried_on(motion, sure)
    np.testing.assert_allclose(carried[20, 30:38], [[1.5, -0.5]] * 8, atol=1e-4)
    row = confidence[20, 29:40]
    assert row[0] == np.float32(0.4) and (np.diff(row) < 0).all() and row[3] < 0.1
    assert confidence[0, 59] == 0 and (carried[0, 59] == 0).all()


def test_nothing_seen_stays_nothing():
    motion, sure = np.zeros((8, 8, 2), np.float32), np.zeros((8, 8), np.float32)
    carried, confidence = carried_on(motion, sure)
    assert not carried.any() and not confidence.any()


@pytest.mark.parametrize(("name", "beyond"), [("refiner", True), ("dis", False)])
def test_only_estimators_that_state_their_error_are_smoothed(name, beyond):
    rng = np.random.default_rng(4)
    image = cv2.GaussianBlur(rng.random((80, 120)), (0, 0), 1.5)
    image = cv2.normalize(image, None, 1, 255, cv2.NORM_MINMAX).astype(np.uint8)
    frames = np.stack([np.roll(image, k, axis=0) for k in range(6)])
    masks = np.zeros(frames.shape, bool)
    masks[:, 30:60, 20:60] = True
    masks[:, 30:60, 100:110] = True
    args = frames, masks, 0.5, _times(6), name
    points = np.array([[40.0, 22.0]])  # between the two parts of the wall
    plain, smooth = (track_clip(*args, smooth=s) for s in (False, True))
    assert sample(plain, 2, points)[1][0] == 0
    assert (sample(smooth, 2, points)[1][0] > 0) == beyond
    if not beyond:
        np.testing.assert_array_equal(plain.displacement_mm, smooth.displacement_mm)
