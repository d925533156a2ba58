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

    @property
    def _by_frame(self) -> np.ndarray:
        """(T, b, bandwidth + 1): of each frame's columns what is on the diagonal and below."""
        t, _, b = self.shape
        return self.banded.T.reshape(t, b, -1)

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
                own, before = self._rows(k)
                known = solved[place - len(before) : place, :, :end]
                right = -np.einsum("dij,djc->ic", before, known, optimize=True)
                right[:, k] += rows[k]
                solved[place, :, :end] = solve_triangular(own, right, lower=True)
            group = solved[tied : tied + count, :, :end].reshape(count * b, end)
            products[:end, :end] += group.T @ group
            solved[:tied] = solved[count : count + tied]
        return products

    def _rows(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The factor's (b, b) block of frame k and itself, and those of k and the frames before it
        that it is tied to, (., b, b)."""
        _, near, b = self.shape
        tied = min(near - 1, k)
        blocks = np.zeros((tied + 1, b, b))
        for apart in range(tied + 1):
            down, row, column = _places(apart, b)
            blocks[tied - apart, row, column] = self._by_frame[k - apart, column, down]
        return blocks[-1], blocks[:-1]

    def _columns(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The factor's block of frame k and itself, and those of the frames after it that are tied
        to it, (., b, b)."""
        t, near, b = self.shape
        blocks = np.zeros((min(near, t - k), b, b))
        for apart, block in enumerate(blocks):
            down, row, column = _places(apart, b)
            block[row, column] = self._by_frame[k, column, down]
        return blocks[0], blocks[1:]

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
            own, after = self._columns(k)
            own = solve_triangular(own, np.eye(b), lower=True)
            gain = after.reshape(tied * b, b) @ own
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
