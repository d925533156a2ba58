import numpy as np
import pytest
from filterpy.kalman import KalmanFilter
from scipy import stats

from echogls.fusion import kalman
from echogls.fusion.kalman import filter_points
from echogls.fusion.motion_model import MEASUREMENT, process_noise, transition

JERK = 4e7


def simulated(seed, t=40, n=15, position_sd=0.5, velocity_sd=10.0, jerk=JERK):
    """Points that move by the filter's own model: states, measurements, times."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.012, 0.04, t))
    state = rng.normal(size=(n, 6)) * [20, 20, 50, 50, 500, 500]
    states = np.empty((t, n, 6))
    for k in range(t):
        if k:
            dt = times[k] - times[k - 1]
            spread = np.linalg.cholesky(process_noise(dt, jerk))
            state = state @ transition(dt).T + rng.normal(size=(n, 6)) @ spread.T
        states[k] = state
    positions = states[..., :2] + position_sd * rng.normal(size=(t, n, 2))
    velocities = states[..., 2:4] + velocity_sd * rng.normal(size=(t, n, 2))
    return states, positions, velocities, times


def with_gaps(positions, velocities, seed):
    """Drop both, only positions, only velocities, or one coordinate, here and there."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 8, positions.shape[:2])
    positions[np.isin(kind, (0, 1))] = np.nan
    velocities[np.isin(kind, (0, 2))] = np.nan
    positions[kind == 3, 0] = np.nan
    velocities[kind == 3, 1] = np.nan
    return positions, velocities


def filtered_one_by_one(positions, velocities, position_covariance, velocity_sd, times):
    t, n = positions.shape[:2]
    states, covariances = np.empty((t, n, 6)), np.empty((t, n, 6, 6))
    log_likelihood = np.zeros(n)
    start_state, start_covariance = kalman.start(positions, velocities)
    for i in range(n):
        one = KalmanFilter(dim_x=6, dim_z=4)
        one.x, one.P = start_state[i].copy(), start_covariance[i].copy()
        for k in range(t):
            if k:
                dt = times[k] - times[k - 1]
                one.predict(F=transition(dt), Q=process_noise(dt, JERK))
            z = np.concatenate([positions[k, i], velocities[k, i]])
            R = np.diag([0.0, 0.0] + [velocity_sd[k, i] ** 2] * 2)
            R[:2, :2] = position_covariance[k, i]
            known = np.isfinite(z) & np.isfinite(np.diagonal(R))
            if known.any():
                one.update(z[known], R=R[np.ix_(known, known)], H=MEASUREMENT[known])
                log_likelihood[i] += stats.multivariate_normal.logpdf(one.y, cov=one.S)
            states[k, i], covariances[k, i] = one.x, one.P
    return states, covariances, log_likelihood


def slanted(shape, seed):
    """Covariances (*shape, 2, 2) that are longer in one direction than across it."""
    angle = np.random.default_rng(seed).uniform(0, np.pi, shape)
    along = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return 0.25 * np.eye(2) + 4.0 * along[..., :, None] * along[..., None, :]


@pytest.mark.parametrize("noise", ["round", "slanted"])
def test_equals_filterpy_point_by_point_with_gaps_and_irregular_times(noise):
    _, positions, velocities, times = simulated(1)
    positions, velocities = with_gaps(positions, velocities, 2)
    velocity_sd = np.random.default_rng(3).uniform(5, 20, positions.shape[:2])
    velocity_sd[7:9] = np.inf
    shape = positions.shape[:2]
    full = slanted(shape, 4) if noise == "slanted" else np.full((*shape, 1, 1), 0.25) * np.eye(2)
    ours = filter_points(
        positions, velocities, full if noise == "slanted" else 0.5, velocity_sd, times, JERK
    )
    states, covariances, log_likelihood = filtered_one_by_one(
        positions, velocities, full, velocity_sd, times
    )
    np.testing.assert_allclose(ours.states, states, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ours.covariances, covariances, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(ours.log_likelihood, log_likelihood, rtol=1e-8)


def test_follows_constant_acceleration_without_noise():
    times = np.cumsum([0.0, 0.02, 0.03, 0.015, 0.02, 0.025])[:, None, None]
    position, velocity, acceleration = np.array([[[5.0, 80.0]], [[30.0, -60.0]], [[-900.0, 700.0]]])
    positions = position + velocity * times + acceleration * times**2 / 2
    velocities = velocity + acceleration * times
    filtered = filter_points(positions, velocities, 1e-4, 1e-3, times[:, 0, 0], JERK)
    np.testing.assert_allclose(filtered.states[1:, :, :2], positions[1:], atol=1e-6)
    np.testing.assert_allclose(filtered.states[1:, :, 2:4], velocities[1:], atol=1e-4)
    np.testing.assert_allclose(filtered.states[-1, :, 4:], acceleration, rtol=1e-3)


def test_uncertainty_grows_while_nothing_is_measured_and_shrinks_again():
    _, positions, velocities, times = simulated(4)
    positions[20:26], velocities[20:26] = np.nan, np.nan
    filtered = filter_points(positions, velocities, 0.5, 10.0, times, JERK)
    variance = filtered.covariances[19:27, :, 0, 0]
    assert (np.diff(variance[:7], axis=0) > 0).all()
    assert (variance[7] < variance[6]).all()
    assert np.isnan(filtered.innovations[20:26]).all()


def test_velocity_alone_carries_a_point_over_frames_without_a_contour():
    states, positions, velocities, times = simulated(5, jerk=1e6, velocity_sd=1.0)
    positions[20:30] = np.nan
    carried = filter_points(positions, velocities, 0.5, 1.0, times, 1e6)
    velocities[20:30] = np.nan
    blind = filter_points(positions, velocities, 0.5, 1.0, times, 1e6)
    error = np.abs(carried.states - states)[20:30, :, :2].mean()
    assert error < 0.5 * np.abs(blind.states - states)[20:30, :, :2].mean()


def test_innovations_are_white_and_as_large_as_the_filter_says():
    _, positions, velocities, times = simulated(6, t=60, n=200)
    positions, velocities = with_gaps(positions, velocities, 7)
    filtered = filter_points(positions, velocities, 0.5, 10.0, times, JERK)
    # Normalised innovation squared: chi-square with one degree a measured component.
    innovations = np.nan_to_num(filtered.innovations)[2:]
    whitened = np.linalg.solve(filtered.innovation_covariances[2:], innovations[..., None])
    squares = (innovations * whitened[..., 0]).sum()
    degrees = np.isfinite(filtered.innovations[2:]).sum()
    low, high = stats.chi2.interval(0.999, degrees)
    assert low < squares < high
    spread = np.sqrt(np.diagonal(filtered.innovation_covariances, axis1=2, axis2=3))
    scaled = (filtered.innovations / spread)[2:]
    for component in range(4):
        pairs = scaled[:-1, :, component] * scaled[1:, :, component]
        pairs = pairs[np.isfinite(pairs)]
        assert abs(pairs.mean()) < 3.5 / np.sqrt(pairs.size)


def test_errors_are_as_large_as_the_covariance_says():
    states, positions, velocities, times = simulated(8, t=50, n=200)
    filtered = filter_points(positions, velocities, 0.5, 10.0, times, JERK)
    errors = (filtered.states - states)[2:]
    squares = errors * np.linalg.solve(filtered.covariances[2:], errors[..., None])[..., 0]
    # Errors of one point are correlated in time, so its frames count as one in the spread.
    per_point = squares.sum(axis=2).mean(axis=0)
    assert abs(per_point.mean() - 6) < 3.5 * per_point.std() / np.sqrt(per_point.size)


def test_covariances_stay_symmetric_and_positive():
    _, positions, velocities, times = simulated(9, t=300)
    positions, velocities = with_gaps(positions, velocities, 10)
    covariances = filter_points(positions, velocities, 1e-3, 10.0, times, JERK).covariances
    np.testing.assert_array_equal(covariances, covariances.swapaxes(2, 3))
    assert (np.linalg.eigvalsh(covariances) > 0).all()


def test_a_point_starts_where_it_is_first_measured():
    _, positions, velocities, times = simulated(11)
    positions[:3], velocities[:5] = np.nan, np.nan
    filtered = filter_points(positions, velocities, 0.5, 10.0, times, JERK)
    np.testing.assert_allclose(filtered.states[0, :, :2], positions[3])
    assert np.abs(filtered.states[3, :, :2] - positions[3]).max() < 0.01


def test_a_point_that_is_never_measured_is_unknown_and_leaves_the_others_alone():
    _, positions, velocities, times = simulated(12)
    alone = filter_points(positions[:, 1:], velocities[:, 1:], 0.5, 10.0, times, JERK)
    positions[:, 0] = np.nan
    filtered = filter_points(positions, velocities, 0.5, 10.0, times, JERK)
    assert np.isnan(filtered.states[:, 0, :2]).all()
    np.testing.assert_allclose(filtered.states[:, 1:], alone.states)


def test_the_stated_noise_decides_how_far_a_contour_is_believed():
    _, positions, velocities, times = simulated(13)
    moved = [
        np.abs(
            filter_points(positions, velocities, sd, 10.0, times, JERK).states[..., :2] - positions
        )
        for sd in (0.05, 0.5, 5.0)
    ]
    trusting, fair, doubting = (error[5:].mean() for error in moved)
    assert trusting < 0.5 * fair < 0.5 * doubting
