import numpy as np
import pytest

from echogls.segmentation.overlap import dice, surface_distances


def square(top, left, side=10, size=40):
    mask = np.zeros((size, size), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def test_dice_of_half_overlapping_squares_is_one_half():
    assert dice(square(5, 5), square(5, 10)) == pytest.approx(0.5)


def test_dice_of_equal_and_of_disjoint_masks():
    assert dice(square(5, 5), square(5, 5)) == 1.0
    assert dice(square(0, 0), square(20, 20)) == 0.0
    assert np.isnan(dice(np.zeros((4, 4), bool), np.zeros((4, 4), bool)))


def test_hausdorff_distance_of_a_shifted_square_is_the_shift_in_mm():
    _, hausdorff = surface_distances(square(5, 5), square(5, 9), 0.5)
    assert hausdorff == pytest.approx(4 * 0.5)


def test_mean_distance_agrees_with_a_brute_force_one():
    rng = np.random.default_rng(0)
    a = square(8, 8, 14) | (rng.random((40, 40)) > 0.97)
    b = square(10, 9, 12)

    def edge(mask):
        inside = np.pad(mask, 1)
        eroded = np.ones_like(mask)
        for dy in (0, 1, 2):
            for dx in (0, 1, 2):
                eroded &= inside[dy : dy + 40, dx : dx + 40]
        return np.argwhere(mask & ~eroded)

    ea, eb = edge(a), edge(b)
    apart = np.hypot(*(ea[:, None] - eb).transpose(2, 0, 1))
    expected = 0.5 * (apart.min(1).mean() + apart.min(0).mean())
    mean, largest = surface_distances(a, b, 1.0)
    assert mean == pytest.approx(expected, rel=1e-4)
    assert largest == pytest.approx(max(apart.min(1).max(), apart.min(0).max()), rel=1e-4)


def test_empty_mask_has_no_distance():
    assert np.isnan(surface_distances(square(5, 5), np.zeros((40, 40), bool), 1.0)).all()
