"""A smooth displacement through uncertain measurements on a grid of nodes.

Minimises over the displacement d of the nodes

    sum_n (d_n - m_n)' W_n (d_n - m_n) + stiffness * (|d_xx|^2 + 2 |d_xy|^2 + |d_yy|^2)

the smoothing thin-plate spline on a grid (Wahba 1990), W_n being the information
(inverse covariance) of the measurement m_n. Only bending costs: any affine motion,
and so any uniform strain, passes unchanged. A penalty on gradients, as in
variational optical flow, or averaging with the surroundings would shrink strain.
"""

from collections.abc import Callable

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

RIDGE = 1e-4  # times the mean information: holds what nothing else holds, moves nothing else


def spline_solver(
    information: np.ndarray, nodes: np.ndarray, stiffness: float
) -> Callable[[np.ndarray], np.ndarray]:
    """Factorise the normal equations once.

    Parameters
    ----------
    information : (N, 3), the entries xx, xy, yy of each node's W, in reading order.
    nodes : (h, w) bool, the N nodes in use; nothing bends across the others.
    stiffness : cost of bending, in units of the mean diagonal of the information.

    Returns
    -------
    solve : maps sum W m, (N, 2), to the displacement, (N, 2).
    """
    unit = max(float(information[:, [0, 2]].mean()), 1e-12)
    bending = unit * (stiffness * _bending(nodes) + RIDGE * sparse.eye(int(nodes.sum())))
    xx, xy, yy = (sparse.diags(entry) for entry in information.astype(np.float64).T)
    normal = sparse.bmat([[xx + bending, xy], [xy, yy + bending]], format="csc")
    options = {"SymmetricMode": True}
    factor = splu(normal, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
    return lambda force: factor.solve(force.T.ravel().astype(np.float64)).reshape(2, -1).T


def weigh(information: np.ndarray, displacement: np.ndarray) -> np.ndarray:
    """W d of each node, (N, 2)."""
    (xx, xy, yy), (x, y) = information.T, displacement.T
    return np.stack([xx * x + xy * y, xy * x + yy * y], axis=1)


def _bending(nodes: np.ndarray) -> sparse.csr_matrix:
    """(N, N): the sum of squared second differences that lie wholly on the nodes."""
    count = int(nodes.sum())
    number = np.full(nodes.shape, -1)
    number[nodes] = np.arange(count)
    height, width = nodes.shape
    total = sparse.csr_matrix((count, count))
    for weight, stencil in (
        (1.0, {(0, 0): 1, (0, 1): -2, (0, 2): 1}),
        (1.0, {(0, 0): 1, (1, 0): -2, (2, 0): 1}),
        (2.0, {(0, 0): 1, (0, 1): -1, (1, 0): -1, (1, 1): 1}),
    ):
        rows = max(height - max(row for row, _ in stencil), 0)
        columns = max(width - max(column for _, column in stencil), 0)
        members = np.stack([number[i : i + rows, j : j + columns].ravel() for i, j in stencil])
        members = members[:, (members >= 0).all(axis=0)]
        which = np.tile(np.arange(members.shape[1]), (len(stencil), 1))
        values = np.broadcast_to(np.array(list(stencil.values()))[:, None], members.shape)
        difference = sparse.csr_matrix(
            (values.ravel(), (which.ravel(), members.ravel())), (members.shape[1], count)
        )
        total = total + weight * (difference.T @ difference)
    return total
