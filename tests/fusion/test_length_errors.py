import numpy as np
import pytest

from echogls.fusion import kalman
from echogls.fusion.length_errors import length_covariance
from echogls.fusion.motion_model import process_noise, transition
from echogls.strain.longitudinal import arc_length, arc_length_sd

JERK = 1e6
TIMES = np.array([0.0, 0.02, 0.05, 0.07, 0.1])


def many_lines(count, seed=1):
    """Lines of two points, count of them, that move by the filter's model: filtered, and truth.

    The first measurement is good and the ones of both points are independent.
    """
    rng = np.random.default_rng(seed)
    state = np.zeros((2 * count, 6))
    state[1::2, 0] = 50.0
    state[:, :2] += rng.normal(0, 0.2, (2 * count, 2))
    state[:, 2:4] += rng.normal(0, 20, (2 * count, 2))
    truth = [state]
    for dt in np.diff(TIMES):
        spread = np.linalg.cholesky(process_noise(dt, JERK))
        state = state @ transition(dt).T + rng.normal(size=state.shape) @ spread.T
        truth.append(state)
    truth = np.array(truth)
    positions = truth[..., :2] + 0.5 * rng.normal(size=truth[..., :2].shape)
    velocities = truth[..., 2:4] + 10.0 * rng.normal(size=truth[..., :2].shape)
    return kalman.filter_points(positions, velocities, 0.5, 10.0, TIMES, JERK), truth


def test_lengths_of_all_frames_err_together_as_told():
    filtered, truth = many_lines(20_000)
    t = len(TIMES)
    lines = [one[..., :2].reshape(t, -1, 2, 2) for one in (filtered.states, truth)]
    errors = arc_length(lines[0]) - arc_length(lines[1])
    told = length_covariance(
        np.array([[[0.0, 0.0], [50.0, 0.0]]] * t),
        filtered.covariances[0, :2],
        filtered.transitions[:, :2],
        filtered.disturbances[:, :2],
        0.0,
    )
    found = np.cov(errors)
    np.testing.assert_allclose(found, told, atol=0.03 * told.max())
    assert told[0, 1] > 0.1 * told[0, 0]  # frames do err together


@pytest.mark.parametrize("length", [0.0, 8.0])
def test_single_frames_are_as_sure_as_one_frames_arc_length(length):
    t, n = len(TIMES), 12
    rng = np.random.default_rng(3)
    angle = np.linspace(0, np.pi, n)
    line = 40 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    positions = line + 0.3 * rng.normal(size=(t, n, 2))
    filtered = kalman.filter_points(positions, np.zeros((t, n, 2)), 0.5, 10.0, TIMES, JERK)
    path = np.broadcast_to(line, (t, n, 2))
    told = length_covariance(
        path, filtered.covariances[0], filtered.transitions, filtered.disturbances, length
    )
    alone = arc_length_sd(path, filtered.covariances[..., :2, :2], length)
    np.testing.assert_allclose(np.sqrt(np.diagonal(told)), alone, rtol=1e-6)
    assert np.linalg.eigvalsh(told).min() > -1e-9 * told.max()


def test_what_is_nowhere_has_no_covariance_and_takes_none_from_others():
    t, n = len(TIMES), 6
    path = np.stack([np.linspace(0, 50, n), np.zeros(n)], axis=1) * np.ones((t, 1, 1))
    path[0, 2] = np.nan
    spread = np.broadcast_to(np.eye(6), (t - 1, n, 6, 6))
    told = length_covariance(path, spread[0], 0.5 * spread, spread, 10.0)
    assert np.isnan(told[0]).all() and np.isnan(told[:, 0]).all()
    assert np.isfinite(told[1:, 1:]).all()
