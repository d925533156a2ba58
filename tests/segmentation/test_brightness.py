import numpy as np
import pytest

from echogls.segmentation.brightness import wall_brighter


def test_pairs_are_counted_and_ties_by_half():
    rng = np.random.default_rng(3)
    frame = rng.integers(0, 12, (20, 30), dtype=np.uint8)
    labels = rng.integers(0, 4, (20, 30), dtype=np.uint8)
    cavity, wall = frame[labels == 1].astype(int), frame[labels == 2].astype(int)
    difference = wall[:, None] - cavity
    expected = 100 * ((difference > 0).mean() + (difference == 0).mean() / 2)
    assert wall_brighter(frame, labels) == pytest.approx(expected)
    assert wall_brighter(255 - frame, labels) == pytest.approx(100 - expected)


def test_where_wall_or_cavity_is_missing_nothing_is_told():
    frame = np.zeros((4, 4), np.uint8)
    assert np.isnan(wall_brighter(frame, np.ones((4, 4), np.uint8)))
    assert np.isnan(wall_brighter(frame, np.full((4, 4), 2, np.uint8)))
