"""How the arc lengths of two frames err together, where every point is a filter of its own."""

import numpy as np


def length_covariance(
    path: np.ndarray,
    start: np.ndarray,
    transitions: np.ndarray,
    disturbances: np.ndarray,
    correlation_length: float,
) -> np.ndarray:
    """Covariance of the errors of all frames' arc lengths, first order.

    A filter's error goes on as e(k) = Phi(k) e(k - 1) + d(k), Phi = (I - K H) F, so that of two
    frames a < b the states' covariance is P(a) Phi(a + 1)' ... Phi(b)'. The d of two points, and
    what they start with, are correlated along the wall as exp(-distance / correlation length):
    with B B' the covariance of a point's d, that of two is B_i B_j' times this.

    Parameters
    ----------
    path : (T, N, 2), mm; NaN where a point is nowhere.
    start : (N, S, S), covariance of the points' errors in the first frame, x and y first.
    transitions, disturbances : (T - 1, N, S, S), Phi and the covariance of d, to each later frame.
    correlation_length : mm; 0 for independent points.

    Returns
    -------
    (T, T), mm2; NaN in the rows and columns of frames whose length is not known.
    """
    t, n = path.shape[:2]
    size = start.shape[-1]
    along = _root(_alike(path, correlation_length)[None])[0]
    slopes = np.zeros((t, n, size))
    slopes[..., :2] = _slopes(path)
    spreads = np.concatenate([start[None], disturbances])
    covariance, later = np.zeros((t, t)), np.empty((n, size, 0))
    # Backwards: by how much what is added in frame k moves the lengths of frame k and all later.
    for k in range(t - 1, -1, -1):
        if k < t - 1:
            later = transitions[k].transpose(0, 2, 1) @ later
        later = np.concatenate([slopes[k][..., None], later], axis=2)
        moved = _root(spreads[k]).transpose(0, 2, 1) @ later
        moved = (along @ moved.reshape(n, -1)).reshape(n * size, -1)
        covariance[k:, k:] += moved.T @ moved  # of one matrix BLAS computes half
    unknown = ~np.isfinite(path).all(axis=(1, 2))
    covariance[unknown], covariance[:, unknown] = np.nan, np.nan
    return covariance


def _slopes(path):
    """(T, N, 2): by how much a length grows with each point's place; 0 where it is not known."""
    steps = np.diff(path, axis=1)
    lengths = np.linalg.norm(steps, axis=2, keepdims=True)
    units = np.divide(steps, lengths, out=np.zeros_like(steps), where=lengths > 0)
    nothing = np.zeros_like(units[:, :1])
    return np.concatenate([nothing, units], axis=1) - np.concatenate([units, nothing], axis=1)


def _alike(path, correlation_length):
    """(N, N): correlation of points by their distance along the mean of the known lines."""
    if correlation_length <= 0:
        return np.eye(path.shape[1])
    steps = np.linalg.norm(np.diff(path, axis=1), axis=2)
    whole = np.isfinite(steps).all(axis=1)
    along = (
        np.r_[0.0, steps[whole].mean(axis=0).cumsum()] if whole.any() else np.zeros(path.shape[1])
    )
    return np.exp(-np.abs(along[:, None] - along) / correlation_length)


def _root(covariance):
    """B with B B' = covariance, (N, S, S): symmetric, but for the units of the state."""
    scale = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    both = scale[:, :, None] * scale[:, None, :]
    values, vectors = np.linalg.eigh(covariance / np.where(both > 0, both, 1.0))
    half = np.sqrt(np.maximum(values, 0.0))[:, None, :] * vectors
    return scale[:, :, None] * (half @ vectors.transpose(0, 2, 1))
