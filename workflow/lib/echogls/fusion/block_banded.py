"""Least squares over a clip's frames, each of which is tied to those near it alone.

The matrix is symmetric, positive definite and made of (b, b) blocks, one a pair of frames;
those of frames more than `reach` apart are zero. LAPACK's banded Cholesky factor (scipy)
solves it in a time that goes as the number of frames.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Cholesky:
    """The factor of a matrix; T frames, blocks of b.

    Attributes
    ----------
    banded : (bandwidth + 1, T b), as `scipy.linalg.cholesky_banded` gives it (lower form).
    shape : (T, reach + 1, b).
    """

    banded: np.ndarray
    shape: tuple[int, int, int]

    def solve(self, values: np.ndarray) -> np.ndarray:
        """x of A x = values, (T b,) or (T b, columns)."""
        from scipy.linalg import cho_solve_banded

        return cho_solve_banded((self.banded, True), values)

    def inverse_diagonal(self) -> np.ndarray:
        """(T, b, b): the blocks on the diagonal of A's inverse.

        From the last frame back, each from those that it is tied to (Takahashi, Fagan and Chen
        1973): with G = L(I, k) L(k, k)^-1 and S the inverse at the frames I after k,
        S(I, k) = -S(I, I) G and S(k, k) = (L(k, k) L(k, k)')^-1 - S(I, k)' G.
        """
        from scipy.linalg import solve_triangular

        t, near, b = self.shape
        factor = _blocks(self.banded, self.shape)
        result = np.empty((t, b, b))
        later = np.empty((0, 0))  # S of the frames after k that it is tied to
        for k in range(t - 1, -1, -1):
            tied = min(near - 1, t - 1 - k)
            later = later[: tied * b, : tied * b]
            own = solve_triangular(factor[k, 0], np.eye(b), lower=True)
            gain = factor[k, 1 : tied + 1].reshape(tied * b, b) @ own
            beside = -later @ gain
            result[k] = own.T @ own - beside.T @ gain
            later = np.block([[result[k], beside.T], [beside, later]])
        return result


def factored(lower: np.ndarray) -> Cholesky:
    """The factor of A by its blocks (T, reach + 1, b, b): lower[k, d] is block (k + d, k).

    Raises numpy.linalg.LinAlgError where A is not positive definite.
    """
    from scipy.linalg import cholesky_banded

    t, near, b, _ = lower.shape
    banded = np.zeros((near * b, t, b))
    for apart in range(near):
        down, row, column = _places(apart, b)
        banded[down, :, column] = lower[:, apart, row, column].T
    return Cholesky(cholesky_banded(banded.reshape(near * b, t * b), lower=True), (t, near, b))


def _blocks(banded, shape):
    """(T, reach + 1, b, b) of a lower banded matrix."""
    t, near, b = shape
    banded = banded.reshape(near * b, t, b)
    lower = np.zeros((t, near, b, b))
    for apart in range(near):
        down, row, column = _places(apart, b)
        lower[:, apart, row, column] = banded[down, :, column].T
    return lower


def _places(apart, b):
    """Of the elements of a block so many blocks below the diagonal, as far as they lie on or below
    it: how far below, row and column in the block."""
    row, column = (x.ravel() for x in np.mgrid[:b, :b])
    down = apart * b + row - column
    kept = down >= 0
    return down[kept], row[kept], column[kept]
