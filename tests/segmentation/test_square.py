import numpy as np
import pytest

from echogls.segmentation.square import Square, normalise, square_canvas


def test_pasting_what_was_cut_gives_the_labels_back():
    rng = np.random.default_rng(0)
    blocks = np.kron(rng.integers(0, 4, (6, 9)), np.ones((20, 20))).astype(np.uint8)
    square = Square.of_sector(np.ones(blocks.shape, bool))
    cut = square.cut(blocks, 180, labels=True)
    back = square.paste(np.eye(4, dtype=np.float32)[cut]).argmax(-1)
    assert (back == blocks).mean() > 0.97


def test_points_return_to_the_place_they_were_cut_from():
    sector = np.zeros((300, 400), bool)
    sector[50:250, 100:350] = True
    square = Square.of_sector(sector)
    image = np.zeros(sector.shape, np.uint8)
    image[120:126, 200:206] = 255
    cut = square.cut(image, 125).astype(float)
    rows, columns = np.indices(cut.shape)
    seen = np.array([(cut * columns).sum(), (cut * rows).sum()]) / cut.sum()
    assert square.to_grid(seen, 125) == pytest.approx([202.5, 122.5], abs=0.1)


@pytest.mark.parametrize("shape", [(100, 60), (60, 100), (57, 57)])
def test_window_is_centred_on_the_sector_and_as_wide_as_its_longer_side(shape):
    square = Square.of_sector(np.ones(shape, bool))
    assert square.longest == max(shape)
    assert abs(square.top + square.longest / 2 - shape[0] / 2) <= 1
    assert abs(square.left + square.longest / 2 - shape[1] / 2) <= 1


def test_outside_the_window_everything_is_background():
    sector = np.zeros((40, 80), bool)
    sector[:, :40] = True
    pasted = Square.of_sector(sector).paste(np.full((8, 8, 4), 0.25, np.float32))
    assert (pasted[:, 50:, 0] == 1).all()


def test_square_canvas_keeps_the_shape_of_things():
    image = np.zeros((50, 100), np.uint8)
    image[20:30, 40:60] = 200
    canvas = square_canvas(image, 200)
    rows, columns = np.nonzero(canvas > 100)
    assert np.ptp(columns) + 1 == pytest.approx(2 * (np.ptp(rows) + 1), abs=1)


def test_normalising_makes_gain_irrelevant():
    rng = np.random.default_rng(0)
    image = rng.random((64, 64)).astype(np.float32) * 0.9
    np.testing.assert_allclose(normalise(image), normalise(image * 0.2), atol=1e-6)
    assert normalise(np.zeros((8, 8), np.float32)).max() == 0
