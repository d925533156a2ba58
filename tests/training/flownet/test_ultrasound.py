"""Pairs of real texture: item k is fixed by seed and k, whatever the images show."""

from itertools import islice

import numpy as np
import pytest

from echogls.study import LABELS, StudyError
from echogls.training.flownet.ultrasound import carried_pairs


def still(rows=300, columns=300):
    """A ring of wall round a cavity, and texture."""
    y, x = np.mgrid[:rows, :columns]
    away = np.hypot((x - 150) / 70, (y - 150) / 100)
    labels = np.zeros((rows, columns), np.uint8)
    labels[away < 1.2] = LABELS["myocardium"]
    labels[away < 0.8] = LABELS["cavity"]
    return np.random.default_rng(0).integers(1, 255, labels.shape, np.uint8), labels


def test_images_without_a_heart_do_not_shift_the_numbers():
    empty = np.full((300, 300), 9, np.uint8), np.zeros((300, 300), np.uint8)
    images = [empty, still(), empty]
    whole = list(islice(carried_pairs(3, images), 4))
    later = list(islice(carried_pairs(3, images, start=2), 2))
    for one, other in zip(whole[2:], later, strict=True):
        assert np.array_equal(one.first, other.first)
    assert not np.array_equal(whole[0].first, whole[1].first)


def test_no_heart_at_all_is_an_error():
    empty = np.full((300, 300), 9, np.uint8), np.zeros((300, 300), np.uint8)
    with pytest.raises(StudyError, match=r"none of .* images .* wall and cavity"):
        next(carried_pairs(3, [empty]))
