"""Training of the segmentation networks: Adam and Dice loss, resumable.

Images are changed strongly at first, to hold on other machines' clips, and more and more
of them only mildly towards the end, to be exact on plain ones. A network may start from
the weights of one with the same layers on fewer pixels, whose steps cost a quarter.
"""

from pathlib import Path

import keras
import numpy as np
from keras import ops

from echogls.segmentation.square import normalise, square_canvas
from echogls.study import LABELS
from echogls.training import learning
from echogls.training.segmentation.augmentation import augment
from echogls.training.segmentation.unet import BUILDERS

# Side in pixels of the square copies that training images are cut from: finer than the network's.
CANVAS = 400
MILD_SHARE = 0.8  # share of mildly changed images at the last step, none at the first; by judgement


def dice_loss(truth, probabilities):
    """One minus the mean soft Dice over classes (Milletari et al. 2016), sums over the batch.

    Parameters
    ----------
    truth : (batch, H, W, classes) one-hot.
    probabilities : the same shape, summing to one over classes.

    Returns
    -------
    Scalar in 0..1; 0 where both agree.
    """
    axes = (0, 1, 2)
    overlap = ops.sum(truth * probabilities, axis=axes)
    total = ops.sum(truth, axis=axes) + ops.sum(probabilities, axis=axes)
    return 1.0 - ops.mean((2.0 * overlap + 1.0) / (total + 1.0))


def prepare(pairs: list[tuple[np.ndarray, np.ndarray]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Square copies of (image, labels) pairs, CANVAS pixels a side, for `train`."""
    return [
        (square_canvas(image, CANVAS), square_canvas(label, CANVAS, True)) for image, label in pairs
    ]


def batch(
    pairs: list, seed: int, step: int, *, size: int, count: int, mild_share: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Training batch number `step`: (count, size, size, 1) images, (count, size, size) labels."""
    rng = np.random.default_rng([seed, step])
    chosen = rng.integers(len(pairs), size=count)
    mild = rng.random(count) < mild_share
    changed = [augment(rng, *pairs[k], size, m) for k, m in zip(chosen, mild, strict=True)]
    return np.stack([x for x, _ in changed])[..., None], np.stack([y for _, y in changed])


def mild_share(step: int, steps: int) -> float:
    """Share of mildly changed images at a step of `steps`; it rises evenly."""
    return MILD_SHARE * step / steps


def train(
    network: str,
    training: list,
    validation: list,
    folder: Path,
    *,
    steps: int,
    batch_size: int = 8,
    learning_rate: float = 1e-3,
    seed: int = 2018,
    **how,
) -> keras.Model:
    """Train one network; `learning.fit` says what `folder` receives.

    Parameters
    ----------
    network : a key of `unet.BUILDERS`.
    training, validation : (image, labels) pairs as `prepare` returns them.
    steps : optimiser steps in all; `learning_rate` is the highest (see `learning.learning_rate`).
    how : other options of `learning.fit`. The history has the validation Dice per label.

    Returns
    -------
    The trained model, float32.
    """

    def make(step):
        images, labels = batch(
            training, seed, step, size=size, count=batch_size, mild_share=mild_share(step, steps)
        )
        return images, np.eye(len(LABELS), dtype=np.float32)[labels]

    size = BUILDERS[network]().input_shape[1]
    return learning.fit(
        BUILDERS[network],
        make,
        lambda model: mean_dice(model, validation),
        folder,
        loss=dice_loss,
        steps=steps,
        highest_rate=learning_rate,
        seed=seed,
        **how,
    )


def mean_dice(model: keras.Model, pairs: list) -> dict[str, float]:
    """Mean Dice of each label over square validation pairs, at the network's own resolution."""
    if not pairs:
        return {}
    size = model.input_shape[1]
    overlaps = {name: [] for name, label in LABELS.items() if label}
    for start in range(0, len(pairs), 8):
        part = pairs[start : start + 8]
        images = np.stack([normalise(square_canvas(x, size) / np.float32(255)) for x, _ in part])
        guess = np.asarray(model.predict_on_batch(images[..., None])).argmax(-1)
        for mask, (_, label) in zip(guess, part, strict=True):
            truth = square_canvas(label, size, True)
            for name, values in overlaps.items():
                a, b = mask == LABELS[name], truth == LABELS[name]
                if b.any():
                    values.append(2 * (a & b).sum() / (a.sum() + b.sum()))
    return {f"dice_{name}": float(np.mean(values)) for name, values in overlaps.items() if values}
