"""Least squares over a clip's frames, each of which is tied to those near it alone.

The matrix is symmetric, positive definite and made of (b, b) blocks, one a pair of frames;
those of frames more than `reach` apart are zero. LAPACK's banded Cholesky factor (scipy)
solves it in a time that goes as the number of frames.
"""

import functools
from dataclasses import dataclass

import numpy as np

FRAMES = 32  # by judgement: large matrices, and little memory


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

    def inverse_products(self, rows: np.ndarray) -> np.ndarray:
        """(T, T): R A^-1 R' of the rows (T, b) of R, each of one frame's unknowns alone.

        With A = L L' it is Y' Y of Y = L^-1 R', whose columns are 0 before their own frame. Frames
        are solved for all columns at once, and multiplied FRAMES at a time, as BLAS likes it.
        """
        from scipy.linalg import solve_triangular

        t, near, b = self.shape
        tied = near - 1
        products = np.zeros((t, t))
        solved = np.zeros((tied + FRAMES, b, t))  # Y in the frames before a group and in its own
        for start in range(0, t, FRAMES):
            count = min(FRAMES, t - start)
            end = start + count
            for place in range(tied, tied + count):
                k = start + place - tied
                right = solved[place, :, :end]
                right[:] = 0.0
                right[:, k] = rows[k]
                for apart in range(1, min(tied, k) + 1):
                    right -= self._block(k - apart, apart) @ solved[place - apart, :, :end]
                right[:] = solve_triangular(self._block(k, 0), right, lower=True)
            group = solved[tied : tied + count, :, :end].reshape(count * b, end)
            products[:end, :end] += group.T @ group
            solved[:tied] = solved[count : count + tied]
        return products

    def _block(self, k: int, apart: int) -> np.ndarray:
        """(b, b): the factor's block of frame k + apart and frame k."""
        t, near, b = self.shape
        down, row, column = _places(apart, b)
        block = np.zeros((b, b))
        block[row, column] = self.banded.T.reshape(t, b, near * b)[k, column, down]
        return block

    def inverse_diagonal(self) -> np.ndarray:
        """(T, b, b): the blocks on the diagonal of A's inverse.

        From the last frame back, each from those that it is tied to (Takahashi, Fagan and Chen
        1973): with G = L(I, k) L(k, k)^-1 and S the inverse at the frames I after k,
        S(I, k) = -S(I, I) G and S(k, k) = (L(k, k) L(k, k)')^-1 - S(I, k)' G.
        """
        from scipy.linalg import solve_triangular

        t, near, b = self.shape
        result = np.empty((t, b, b))
        later = np.empty((0, 0))  # S of the frames after k that it is tied to
        for k in range(t - 1, -1, -1):
            tied = min(near - 1, t - 1 - k)
            later = later[: tied * b, : tied * b]
            own = solve_triangular(self._block(k, 0), np.eye(b), lower=True)
            after = [self._block(k, apart) for apart in range(1, tied + 1)]
            gain = np.array(after).reshape(tied * b, b) @ own
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
    # As LAPACK has it in memory: it needs no copy of its own.
    banded = np.zeros((t, b, near * b))
    for apart in range(near):
        down, row, column = _places(apart, b)
        banded[:, column, down] = lower[:, apart, row, column]
    banded = cholesky_banded(banded.reshape(t * b, near * b).T, overwrite_ab=True, lower=True)
    return Cholesky(banded, (t, near, b))


@functools.cache
def _places(apart, b):
    """Of the elements of a block so many blocks below the diagonal, as far as they lie on or below
    it: how far below, row and column in the block."""
    row, column = (x.ravel() for x in np.mgrid[:b, :b])
    down = apart * b + row - column
    kept = down >= 0
    return down[kept], row[kept], column[kept]
