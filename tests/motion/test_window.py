import numpy as np
import pytest

from echogls.motion._window import image_in_window, mask_in_window, window_on
from echogls.study import StudyError


def box(rows, columns, shape=(400, 300)):
    mask = np.zeros((1, *shape), bool)
    mask[0, slice(*rows), slice(*columns)] = True
    return mask


def test_the_wall_of_every_frame_is_inside_with_its_margin():
    masks = np.concatenate([box((50, 200), (60, 160)), box((120, 300), (20, 90))])
    window = window_on(masks, margin_px=10)
    for x, y in ((20 - 10, 50 - 10), (159 + 10, 299 + 10)):
        there = window.matrix @ [x, y, 1]
        assert (there >= 0).all()
        assert (there <= [window.shape[1] - 1, window.shape[0] - 1]).all()
    assert window.scale == pytest.approx(384 / 270)


def test_what_lies_beside_the_wall_is_left_out():
    window = window_on(box((50, 250), (100, 200)), 0)
    assert window.shape == (384, 192)
    assert window.matrix @ [(100 + 199) / 2, (50 + 249) / 2, 1] == pytest.approx([95.5, 191.5])
    assert window_on(box((100, 150), (0, 300)), 0).shape == (88, 512)


def test_a_wide_wall_is_limited_by_the_width():
    assert window_on(box((100, 150), (0, 300)), 0).scale == pytest.approx(512 / 300)


@pytest.mark.parametrize("step", [1, 4])
def test_a_spot_lands_where_the_matrix_says(step):
    y, x = np.mgrid[: 100 * step, : 120 * step]
    centre = np.array([61.3, 42.6]) * step
    spot = 250 * np.exp(-(np.hypot(x - centre[0], y - centre[1]) ** 2) / (2 * (4 * step) ** 2))
    window = window_on(box((20 * step, 80 * step), (30 * step, 90 * step), y.shape), 5 * step)
    seen = image_in_window(spot.astype(np.uint8), window).astype(float)
    rows, columns = np.mgrid[: window.shape[0], : window.shape[1]]
    found = (columns * seen).sum() / seen.sum(), (rows * seen).sum() / seen.sum()
    assert found == pytest.approx(window.matrix @ [*centre, 1], abs=0.1)


def test_the_mask_grows_by_the_margin():
    window = window_on(box((100, 200), (100, 150)), 20)
    mask = box((100, 200), (100, 150))[0]
    plain, grown = mask_in_window(mask, window), mask_in_window(mask, window, 12.0)
    assert np.ptp(np.nonzero(grown)[0]) - np.ptp(np.nonzero(plain)[0]) == 24
    assert (grown | ~plain).all()


def test_no_wall_at_all_is_said():
    with pytest.raises(StudyError, match="empty in every frame"):
        window_on(np.zeros((3, 20, 20), bool), 1.0)
