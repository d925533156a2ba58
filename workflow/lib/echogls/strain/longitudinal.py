"""Arc length along the wall, and how sure it is."""

import numpy as np


def cumulative_arc_length(points: np.ndarray) -> np.ndarray:
    """Arc length from the first point to each: (..., N, 2) mm -> (..., N) mm, 0 first."""
    steps = np.linalg.norm(np.diff(points, axis=-2), axis=-1)
    return np.concatenate([np.zeros_like(steps[..., :1]), np.cumsum(steps, axis=-1)], axis=-1)


def arc_length(points: np.ndarray) -> np.ndarray:
    """Length of a polyline: (..., N, 2) mm -> (...) mm."""
    return np.linalg.norm(np.diff(points, axis=-2), axis=-1).sum(axis=-1)


def arc_length_sd(
    points: np.ndarray, covariances: np.ndarray, correlation_length_mm: float
) -> np.ndarray:
    """Standard deviation of the arc length, by first-order propagation.

    var l = sum over i, j of g_i' C_ij g_j, with g_i = dl / dp_i the difference of the
    unit vectors of the steps before and after point i, and C_ij = A_i A_j'
    exp(-|s_i - s_j| / L): A_i the Cholesky factor of point i's covariance, s its arc
    length, L the correlation length. Second order is left out: it lengthens a noisy
    line, and matters where neighbouring points err apart by much of their distance.

    Parameters
    ----------
    points : (..., N, 2), mm.
    covariances : (..., N, 2, 2), mm2; NaN gives NaN.
    correlation_length_mm : 0 for independent points.

    Returns
    -------
    (...), mm
    """
    steps = np.diff(points, axis=-2)
    lengths = np.linalg.norm(steps, axis=-1, keepdims=True)
    units = np.divide(steps, lengths, out=np.zeros_like(steps), where=lengths > 0)
    nothing = np.zeros_like(units[..., :1, :])
    gradients = np.concatenate([nothing, units], axis=-2) - np.concatenate(
        [units, nothing], axis=-2
    )
    # C = A A' = [[a, 0], [b, c]] [[a, b], [0, c]]; written out because LAPACK refuses NaN.
    a = np.sqrt(covariances[..., 0, 0])
    b = np.divide(covariances[..., 1, 0], a, out=np.zeros_like(a), where=a != 0)
    c = np.sqrt(np.maximum(covariances[..., 1, 1] - b**2, 0))
    x = a * gradients[..., 0] + b * gradients[..., 1]
    y = c * gradients[..., 1]
    if correlation_length_mm <= 0:
        return np.sqrt((x**2 + y**2).sum(axis=-1))
    # Exponential correlation is a first-order Markov chain along the wall: summing
    # from the left, each point meets all earlier ones through one running sum.
    decay = np.exp(-lengths[..., 0] / correlation_length_mm)
    variance = (x**2 + y**2).sum(axis=-1)
    earlier_x, earlier_y = np.zeros_like(x[..., 0]), np.zeros_like(y[..., 0])
    for i in range(1, points.shape[-2]):
        earlier_x = decay[..., i - 1] * (earlier_x + x[..., i - 1])
        earlier_y = decay[..., i - 1] * (earlier_y + y[..., i - 1])
        variance = variance + 2 * (x[..., i] * earlier_x + y[..., i] * earlier_y)
    return np.sqrt(np.maximum(variance, 0))
