import numpy as np
import pytest
from hearts import made_heart

pytest.importorskip("keras")

from echogls.training.views import drawn, examples, training
from echogls.training.views.rearranged import SIDE, to_common_frame


@pytest.fixture(scope="module")
def made():
    hearts = [to_common_frame(*made_heart(seed)) for seed in range(3)]
    pictures = examples.rearranged_examples(hearts, 120, seed=1)
    return pictures + examples.drawn_examples(pictures.images, 30, seed=1)


def test_every_view_and_every_kind_is_made(made):
    assert {"a4c", "a2c", "alax", "plax", "psax", "sc4c", "unknown"} == {
        examples.CLASSES[k] for k in np.unique(made.classes)
    }
    assert set(made.sources) <= set(examples.REARRANGED) | set(drawn.KINDS)
    assert made.images.shape == (150, SIDE, SIDE) and made.images.dtype == np.uint8


def test_real_texture_is_mostly_not_four_chamber():
    """What breaks the shortcut: of what is made of real images, most is another view."""
    odds = {name: weight for name, (_, weight, _) in examples.REARRANGED.items()}
    views = {name: view for name, (view, _, _) in examples.REARRANGED.items()}
    four = sum(weight for name, weight in odds.items() if views[name] == "a4c")
    assert four < 0.3 * sum(odds.values())


def test_example_k_is_fixed_by_the_seed_and_k():
    hearts = [to_common_frame(*made_heart(seed)) for seed in range(2)]
    few, more = (examples.rearranged_examples(hearts, n, seed=5) for n in (4, 9))
    np.testing.assert_array_equal(few.images, more.images[:4])
    assert (few.sources == more.sources[:4]).all()


@pytest.mark.parametrize("kind", drawn.KINDS)
def test_drawn_pictures_have_one_size_and_differ(kind):
    source = made_heart()[0]
    pictures = [drawn.KINDS[kind](np.random.default_rng(seed), source) for seed in range(4)]
    assert {(p.shape, p.dtype) for p in pictures} == {((SIDE, SIDE), np.dtype(np.uint8))}
    assert any((pictures[0] != other).any() for other in pictures[1:])


def test_lit_part_fills_the_square_as_in_use():
    image = np.zeros((300, 500), np.uint8)
    image[100:200, 50:150] = 90
    square = examples.as_square(image)
    assert (square > 60).mean() > 0.97


def test_batch_is_seeded_normalised_and_one_hot(made):
    odds = training.odds_of(made)
    images, truth = examples.batch(made, odds, 7, 3, 6)
    again, _ = examples.batch(made, odds, 7, 3, 6)
    assert images.shape == (6, 128, 128, 1) and truth.shape == (6, 8)
    assert images.min() >= 0 and images.max() <= 1
    np.testing.assert_array_equal(truth.sum(1), 1)
    np.testing.assert_array_equal(images, again)


def test_sources_are_drawn_in_their_shares(made):
    odds = training.odds_of(made)
    kinds = training.kinds_of(made)
    assert odds.sum() == pytest.approx(1)
    share = odds[kinds == "drawn"].sum() / odds[kinds == "rearranged"].sum()
    assert share == pytest.approx(training.SHARES["drawn"] / training.SHARES["rearranged"])
