"""What the classifier learns from: simulated views, real images, the same ones re-arranged,
and drawn pictures. Example k is fixed by the seed and k.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from echogls.segmentation.square import Square, normalise
from echogls.study import VIEWS
from echogls.training.segmentation.augmentation import random_affine, restyled
from echogls.training.views import drawn, rearranged
from echogls.training.views.rearranged import SIDE, Heart
from echogls.views import SIZE

CLASSES = list(VIEWS)
TEXTURE_SHARE = 0.25  # of the training images that get another one's texture; by judgement


@dataclass(frozen=True)
class Examples:
    """Pictures with what they show and where they come from.

    Attributes
    ----------
    images : (N, SIDE, SIDE) uint8.
    classes : (N,) index of CLASSES.
    sources : (N,) text: simulated, real, or a key of REARRANGED or drawn.KINDS.
    """

    images: np.ndarray
    classes: np.ndarray
    sources: np.ndarray

    def __add__(self, other: "Examples") -> "Examples":
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Examples(*(np.concatenate(pair) for pair in pairs))


def gathered(items: Sequence[tuple[np.ndarray, str, str]]) -> Examples:
    """Examples of (image, view, source); an image of any size is cut to its lit part."""
    images = np.stack([as_square(image) for image, _, _ in items])
    classes = np.array([CLASSES.index(view) for _, view, _ in items], np.int64)
    return Examples(images, classes, np.array([source for _, _, source in items]))


def as_square(image: np.ndarray, side: int = SIDE) -> np.ndarray:
    """(H, W) uint8 -> (side, side): the square around what is lit, as the pipeline cuts it
    around the sector."""
    lit = image > 8
    if lit.mean() < 0.02:
        lit = np.ones_like(lit)
    return Square.of_sector(lit).cut(image, side)


def _turned(low: float, high: float, *, mirrored: bool, share=0.5, depth=2.5):
    def make(rng, one, other, third):
        return rearranged.scanned(
            rng, rearranged.picture_of(one), turn_deg=rng.uniform(low, high), mirrored=mirrored,
            share=share + rng.uniform(-0.06, 0.08), depth=depth * rng.uniform(0.85, 1.15),
            backdrop=_backdrop(rng, third),
        )  # fmt: skip

    return make


def _upright(picture: Callable, mirrored: bool = False):
    def make(rng, one, other, third):
        return rearranged.scanned(
            rng, picture(rng, one, other), turn_deg=rng.normal(0, 7), mirrored=mirrored,
            middle=(rng.uniform(-0.25, 0.1), -0.2), share=rng.uniform(0.4, 0.48),
            depth=rng.uniform(1.9, 2.5), backdrop=_backdrop(rng, third),
        )  # fmt: skip

    return make


def _ring(rng, one, other, third):
    return rearranged.scanned(
        rng, rearranged.ring(rng, one), turn_deg=rng.uniform(-25, 25),
        middle=(0.0, -0.35), depth=rng.uniform(1.3, 2.0), backdrop=_backdrop(rng, third),
    )  # fmt: skip


def _elsewhere(rng, one, other, third):
    """A close view of the right heart, the atria or the tissue beside: no whole ventricle."""
    place = [(-0.75, -0.2), (-0.1, 0.7), (-0.9, 0.5), (0.7, 0.3)][int(rng.integers(4))]
    middle = tuple(np.array(place) + rng.uniform(-0.15, 0.15, 2))
    return rearranged.scanned(
        rng, rearranged.picture_of(one), turn_deg=rng.uniform(-40, 40), middle=middle,
        mirrored=rng.random() < 0.3, depth=rng.uniform(0.7, 1.15),
        backdrop=_backdrop(rng, third),
    )  # fmt: skip


def _shuffled(rng, one, other, third):
    return rearranged.shuffled(rng, _upright(rearranged.four_chamber)(rng, one, other, third))


def _backdrop(rng, heart):
    if rng.random() < 0.7:
        return None
    picture = heart.image[:: int(rng.choice([-1, 1])), :: int(rng.choice([-1, 1]))]
    return picture * np.float32(rng.uniform(0.4, 0.9))


def _plain_heart(rng, one, other):
    return rearranged.picture_of(one)


# What is made of real hearts: its view, how often, and how. How often is by judgement: apical views
# most, of what is none those that are hardest to tell from them.
REARRANGED = {
    "joined_a4c": ("a4c", 3.0, _upright(rearranged.four_chamber)),
    "rescanned_a4c": ("a4c", 2.0, _upright(_plain_heart)),
    "joined_a2c": ("a2c", 3.0, _upright(rearranged.two_chamber)),
    "joined_alax": ("alax", 3.0, _upright(rearranged.long_axis)),
    "turned_plax": ("plax", 1.5, _turned(-110, -55, mirrored=True)),
    "bent_psax": ("psax", 1.5, _ring),
    "turned_sc4c": ("sc4c", 1.5, _turned(45, 90, mirrored=False)),
    "turned": ("unknown", 1.0, _turned(-125, -55, mirrored=False)),
    "turned_mirrored": ("unknown", 0.7, _turned(50, 125, mirrored=True)),
    "upside_down": ("unknown", 1.0, _turned(130, 230, mirrored=False)),
    "mirrored": ("unknown", 2.0, _upright(rearranged.four_chamber, mirrored=True)),
    "mirrored_plain": ("unknown", 1.0, _upright(_plain_heart, mirrored=True)),
    "two_right_hearts": ("unknown", 0.7, _upright(rearranged.two_right_hearts)),
    "without_ventricle": ("unknown", 1.0, _upright(rearranged.without_ventricle)),
    "elsewhere": ("unknown", 1.0, _elsewhere),
    "shuffled": ("unknown", 0.5, _shuffled),
}


def rearranged_examples(hearts: Sequence[Heart], count: int, seed: int) -> Examples:
    """`count` pictures made of real hearts, in the proportions of REARRANGED."""
    names = list(REARRANGED)
    odds = np.array([REARRANGED[name][1] for name in names])
    items = []
    for k in range(count):
        rng = np.random.default_rng([seed, 3, k])
        name = names[int(rng.choice(len(names), p=odds / odds.sum()))]
        view, _, make = REARRANGED[name]
        three = [hearts[int(index)] for index in rng.integers(len(hearts), size=3)]
        items.append((make(rng, *three), view, name))
    return gathered(items)


def drawn_examples(images: np.ndarray, count: int, seed: int) -> Examples:
    """`count` drawn pictures of no view, some with one of the (N, S, S) uint8 images in them."""
    names = list(drawn.KINDS)
    items = []
    for k in range(count):
        rng = np.random.default_rng([seed, 4, k])
        name = names[int(rng.integers(len(names)))]
        source = images[int(rng.integers(len(images)))]
        items.append((drawn.KINDS[name](rng, source), "unknown", name))
    return gathered(items)


def batch(
    examples: Examples, odds: np.ndarray, seed: int, step: int, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Training batch number `step`: (count, 128, 128, 1) images, (count, classes) one-hot.

    odds : (N,) how likely each example is drawn; they sum to one.
    """
    rng = np.random.default_rng([seed, step])
    chosen = rng.choice(len(odds), size=count, p=odds)
    pictures = np.stack([_changed(rng, examples, int(k)) for k in chosen])
    return pictures[..., None], np.eye(len(CLASSES), dtype=np.float32)[examples.classes[chosen]]


def _changed(rng, examples, k):
    image = examples.images[k]
    if rng.random() < TEXTURE_SHARE:
        other = examples.images[int(rng.integers(len(examples.images)))]
        image = rearranged.with_texture_of(rng, image, other)
    image, _ = random_affine(rng, image, image, SIZE, mild=rng.random() < 0.6)
    return restyled(rng, image.astype(np.float32) / 255.0)


def network_input(images: np.ndarray) -> np.ndarray:
    """(N, S, S) uint8 squares -> (N, 128, 128, 1) float32, normalised as in use."""
    small = [cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA) for image in images]
    return np.stack([normalise(image.astype(np.float32) / 255) for image in small])[..., None]
