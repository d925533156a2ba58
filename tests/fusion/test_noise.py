import numpy as np
import pytest
from scipy.linalg import cholesky

from echogls.fusion import noise


def heart(times):
    """A wall (T, 120, 2) that beats smoothly, 20 % and 1.2/s."""
    angle = np.linspace(0, np.pi, 120)
    wall = np.stack([25 * np.cos(angle), 85 * np.sin(angle)], axis=1)
    return wall * (1 - 0.1 * (1 - np.cos(2 * np.pi * 1.2 * times)))[:, None, None]


@pytest.mark.parametrize("sd", [0.3, 1.0])
def test_white_noise_is_found_under_a_beating_heart_at_irregular_times(sd):
    rng = np.random.default_rng(1)
    times = np.cumsum(rng.uniform(0.012, 0.028, 60))
    noisy = heart(times) + sd * rng.normal(size=(60, 120, 2))
    assert noise.white_noise_sd(noisy, times) == pytest.approx(sd, rel=0.05)


def test_parabolic_motion_is_no_noise():
    times = np.cumsum(np.random.default_rng(2).uniform(0.01, 0.04, 30))
    path = (3 + 40 * times - 700 * times**2)[:, None, None]
    assert noise.white_noise_sd(path, times) < 1e-10


def test_bad_frames_and_missing_frames_do_not_count():
    rng = np.random.default_rng(3)
    times = np.arange(60) * 0.02
    noisy = heart(times) + 0.5 * rng.normal(size=(60, 120, 2))
    noisy[20] += 25.0
    noisy[40] = np.nan
    assert noise.white_noise_sd(noisy, times) == pytest.approx(0.5, rel=0.12)


def test_two_stills_have_no_jitter_to_read():
    assert np.isnan(noise.white_noise_sd(np.zeros((2, 120, 2)), np.arange(2.0)))


def test_a_still_contour_is_known_no_better_than_its_pixels():
    times = np.arange(20) * 0.02
    still = np.ones((20, 120, 2))
    assert noise.position_sd(still, times, 0.6) == pytest.approx(0.6 / np.sqrt(12))


def test_rounding_to_pixels_is_found_as_its_uniform_noise():
    rng = np.random.default_rng(4)
    times = np.arange(60) * 0.02
    fine = np.cumsum(rng.normal(scale=0.3, size=(1, 120, 2)) + 2.0, axis=1) + heart(times)
    rounded = np.round(fine / 0.6) * 0.6
    assert noise.white_noise_sd(rounded, times) == pytest.approx(0.6 / np.sqrt(12), rel=0.3)


def test_velocity_noise_is_that_at_full_confidence():
    rng = np.random.default_rng(5)
    times = np.arange(61) * 0.02
    confidence = rng.choice([0.0, 0.25, 1.0], p=[0.1, 0.4, 0.5], size=(60, 120))
    with np.errstate(divide="ignore"):
        spread = np.where(confidence > 0, 12.0 / np.sqrt(confidence), 500.0)
    noisy = spread[..., None] * rng.normal(size=(60, 120, 2))
    assert noise.velocity_sd(noisy, confidence, times, 0.4) == pytest.approx(12.0, rel=0.1)


def test_velocity_is_known_no_better_than_a_part_of_a_pixel():
    times = np.arange(20) * 0.02
    sd = noise.velocity_sd(np.zeros((19, 120, 2)), np.ones((19, 120)), times, 0.4)
    assert sd == pytest.approx(noise.FLOW_FLOOR_PX * 0.4 / 0.02)


def test_jerk_makes_accelerations_of_the_stated_size():
    # Singer's model, a' = -a / tau + jerk, run to its steady state.
    rng = np.random.default_rng(6)
    tau, step = 0.05, 0.0005
    density = noise.jerk_density(1000.0, tau)
    assert density == pytest.approx(4e7)
    acceleration = np.zeros(4000)
    for _ in range(1000):
        kick = rng.normal(size=4000) * np.sqrt(density * step)
        acceleration += -acceleration * step / tau + kick
    assert acceleration.std() == pytest.approx(1000.0, rel=0.05)


@pytest.mark.parametrize("length", [4.0, 15.0])
def test_correlation_length_is_recovered(length):
    rng = np.random.default_rng(7)
    place = np.arange(120) * 1.7
    correlation = np.exp(-np.abs(place[:, None] - place) / length)
    errors = np.einsum(
        "ij,tjc->tic", cholesky(correlation, lower=True), rng.normal(size=(80, 120, 2))
    )
    errors[5] = np.nan
    assert noise.correlation_length(errors, 1.7) == pytest.approx(length, rel=0.2)


def test_correlation_length_stays_within_the_wall():
    rng = np.random.default_rng(8)
    white = noise.correlation_length(rng.normal(size=(50, 120, 2)), 1.7)
    rigid = noise.correlation_length(np.ones((50, 120, 2)) * rng.normal(size=(50, 1, 2)), 1.7)
    assert 0.85 <= white <= 1.7
    assert rigid == pytest.approx(119 * 1.7)


def test_no_residuals_give_the_stated_share_of_the_wall():
    assert noise.correlation_length(np.empty((0, 120, 2)), 1.7) == pytest.approx(0.1 * 119 * 1.7)
