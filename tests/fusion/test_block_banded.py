import numpy as np
import pytest

from echogls.fusion.block_banded import factored


def matrix(frames, reach, size, seed=0):
    """A positive definite matrix of blocks near its diagonal, and its lower blocks."""
    rng = np.random.default_rng(seed)
    root = np.zeros((frames, size, frames, size))
    for k in range(frames):
        for apart in range(min(reach, k) + 1):
            root[k, :, k - apart] = rng.standard_normal((size, size)) + 3 * (apart == 0) * np.eye(
                size
            )
    root = np.tril(root.reshape(frames * size, -1))
    whole = (root @ root.T).reshape(frames, size, frames, size)
    lower = np.zeros((frames, reach + 1, size, size))
    for k in range(frames):
        for apart in range(min(reach, frames - 1 - k) + 1):
            lower[k, apart] = whole[k + apart, :, k]
    return whole.reshape(frames * size, -1), lower


@pytest.mark.parametrize(("frames", "reach", "size"), [(7, 1, 3), (9, 4, 2), (3, 5, 4), (1, 1, 2)])
def test_the_banded_factor_solves_as_the_whole_matrix_does(frames, reach, size):
    whole, lower = matrix(frames, reach, size)
    factor = factored(lower)
    values = np.random.default_rng(1).standard_normal((frames * size, 3))
    inverse = np.linalg.inv(whole)
    np.testing.assert_allclose(factor.solve(values), inverse @ values, rtol=1e-6, atol=1e-9)
    blocks = inverse.reshape(frames, size, frames, size)
    diagonal = np.stack([blocks[k, :, k] for k in range(frames)])
    np.testing.assert_allclose(factor.inverse_diagonal(), diagonal, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("frames", "reach", "size"), [(7, 1, 3), (75, 4, 2), (3, 5, 4), (1, 1, 2)])
def test_products_of_frames_are_those_of_the_whole_inverse(frames, reach, size):
    whole, lower = matrix(frames, reach, size)
    rows = np.random.default_rng(2).standard_normal((frames, size))
    spread = np.zeros((frames, frames, size))
    spread[np.arange(frames), np.arange(frames)] = rows
    spread = spread.reshape(frames, -1)
    expected = spread @ np.linalg.inv(whole) @ spread.T
    found = factored(lower).inverse_products(rows)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_a_matrix_that_is_not_positive_definite_is_refused():
    _, lower = matrix(4, 1, 2)
    lower[2, 0] *= -1
    with pytest.raises(np.linalg.LinAlgError):
        factored(lower)
