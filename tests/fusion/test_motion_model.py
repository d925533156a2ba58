import numpy as np
from scipy.integrate import quad_vec

from echogls.fusion.motion_model import MEASUREMENT, process_noise, transition


def test_transition_is_constant_acceleration():
    x, y, vx, vy, ax, ay = 3.0, -1.0, 20.0, 5.0, -400.0, 100.0
    moved = transition(0.1) @ [x, y, vx, vy, ax, ay]
    expected = [x + 2.0 - 2.0, y + 0.5 + 0.5, vx - 40.0, vy + 10.0, ax, ay]
    np.testing.assert_allclose(moved, expected, atol=1e-12)


def test_transition_over_two_steps_is_one_long_step():
    np.testing.assert_allclose(transition(0.02) @ transition(0.03), transition(0.05), atol=1e-15)


def test_process_noise_is_the_integral_of_white_jerk():
    jerk_to_state = np.eye(6)[:, 4:]

    def integrand(s):
        spread = transition(s) @ jerk_to_state
        return 7.0 * spread @ spread.T

    expected, _ = quad_vec(integrand, 0, 0.04)
    np.testing.assert_allclose(process_noise(0.04, 7.0), expected, rtol=1e-10, atol=1e-18)


def test_process_noise_of_two_steps_adds_up_to_that_of_one():
    step = transition(0.03)
    two = step @ process_noise(0.02, 5.0) @ step.T + process_noise(0.03, 5.0)
    np.testing.assert_allclose(two, process_noise(0.05, 5.0), rtol=1e-12, atol=1e-18)


def test_measured_are_position_and_velocity():
    np.testing.assert_array_equal(MEASUREMENT @ np.arange(6), [0, 1, 2, 3])
