import numpy as np
import pytest
from horseshoe import horseshoe

from echogls.training.segmentation import augmentation


def source():
    scores = horseshoe(size=200, centre=(100.0, 140.0), half_width=30, length=85, wall=11)
    labels = scores.argmax(-1).astype(np.uint8)
    rng = np.random.default_rng(0)
    grey = np.array([60, 20, 150, 30])[labels] * rng.uniform(0.6, 1.4, labels.shape)
    return grey.astype(np.uint8), labels


def test_pairs_have_the_network_s_size_and_range():
    rng = np.random.default_rng(1)
    for _ in range(40):
        image, labels = augmentation.augment(rng, *source(), 96)
        assert image.shape == labels.shape == (96, 96)
        assert image.dtype == np.float32 and image.min() >= 0 and image.max() <= 1
        assert set(np.unique(labels)) <= {0, 1, 2, 3}


def test_same_seed_same_pair_and_another_seed_another():
    pairs = [augmentation.augment(np.random.default_rng(s), *source(), 64) for s in (3, 3, 4)]
    np.testing.assert_array_equal(pairs[0][0], pairs[1][0])
    assert not np.array_equal(pairs[0][0], pairs[2][0])


def test_labels_move_with_the_image():
    image, labels = source()
    rng = np.random.default_rng(5)
    marked = np.where(labels == 2, 200, 0).astype(np.uint8)
    for _ in range(10):
        moved, moved_labels = augmentation.random_affine(rng, marked, labels, 128)
        agree = ((moved > 100) == (moved_labels == 2)).mean()
        assert agree > 0.99
    assert image.shape == labels.shape


@pytest.mark.parametrize("change", [change for _, change in augmentation._CHANGES])
def test_each_change_alters_the_image_and_stays_in_range(change):
    grey = source()[0].astype(np.float32) / 255
    changed = [change(np.random.default_rng(seed), grey.copy()) for seed in range(6)]
    assert any(np.abs(new - grey).max() > 0.02 for new in changed)
    for new in changed:
        assert new.shape == grey.shape
        assert new.min() >= 0 and new.max() <= 1


def test_septum_stays_on_the_left():
    rng = np.random.default_rng(0)
    _, labels = source()
    left = np.where(np.arange(200) < 100, 1, 0)[None] * (labels == 2)
    for _ in range(20):
        moved = augmentation.random_affine(rng, labels, left.astype(np.uint8), 96)
        wall, septum = moved[0] > 0, moved[1] == 1
        if septum.any() and wall.any():
            assert np.nonzero(septum)[1].mean() < np.nonzero(wall)[1].mean() + 1
