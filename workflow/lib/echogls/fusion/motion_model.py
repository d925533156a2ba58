"""How a point of the wall moves between two frames: constant acceleration, disturbed by jerk.

The state is [x, y, vx, vy, ax, ay] in mm, mm/s and mm/s2; the two axes move
independently. Continuous white-noise jerk, Bar-Shalom, Li & Kirubarajan (2001),
Estimation with Applications to Tracking and Navigation, section 6.2.
"""

import numpy as np

# The filter measures position and velocity: z = [x, y, vx, vy].
MEASUREMENT = np.eye(4, 6)


def transition(dt: float) -> np.ndarray:
    """F, (6, 6): the state after `dt` seconds of constant acceleration."""
    axis = np.array([[1.0, dt, dt**2 / 2], [0.0, 1.0, dt], [0.0, 0.0, 1.0]])
    return np.kron(axis, np.eye(2))


def process_noise(dt: float, jerk_density: float) -> np.ndarray:
    """Q, (6, 6): covariance that white-noise jerk adds to the state in `dt` seconds.

    Q = integral from 0 to dt of F(s) G q G' F(s)' ds with G the acceleration's rows.

    Parameters
    ----------
    jerk_density : q, spectral density of the jerk, mm2/s5.
    """
    axis = np.array(
        [
            [dt**5 / 20, dt**4 / 8, dt**3 / 6],
            [dt**4 / 8, dt**3 / 3, dt**2 / 2],
            [dt**3 / 6, dt**2 / 2, dt],
        ]
    )
    return np.kron(jerk_density * axis, np.eye(2))
