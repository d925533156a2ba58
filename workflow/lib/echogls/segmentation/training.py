"""Training of the segmentation networks: Adam and Dice loss, resumable.

Images are changed strongly at first, to hold on other machines' clips, and more and more
of them only mildly towards the end, to be exact on plain ones. A network may start from
the weights of one with the same layers on fewer pixels, whose steps cost a quarter.
Batch k is drawn from the seed and k alone, so a training that was stopped and resumed
sees the same images as one that ran through.
"""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
from keras import ops

from echogls.segmentation.augmentation import augment
from echogls.segmentation.unet import BUILDERS
from echogls.segmentation.window import normalise, square_canvas
from echogls.study import LABELS

CANVAS = 400  # side in pixels of the square copies that training images are cut from
MILD_SHARE = 0.8  # share of mildly changed images at the last step; none at the first
RISE = 100  # steps over which the learning rate rises to its highest


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
    pairs: list, seed: int, step: int, size: int, count: int, mild_share: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Training batch number `step`: (count, size, size, 1) images, (count, size, size) labels."""
    rng = np.random.default_rng([seed, step])
    chosen = rng.integers(len(pairs), size=count)
    mild = rng.random(count) < mild_share
    made = [augment(rng, *pairs[k], size, m) for k, m in zip(chosen, mild, strict=True)]
    return np.stack([x for x, _ in made])[..., None], np.stack([y for _, y in made])


def schedule(step: int, steps: int, highest: float) -> tuple[float, float]:
    """Learning rate and share of mildly changed images at a step of `steps`.

    The rate rises to `highest` over the first steps and falls to zero along a cosine; the
    share rises evenly.
    """
    done = step / steps
    rise = min(1.0, (step + 1) / min(RISE, steps))
    return highest * rise * 0.5 * (1 + np.cos(np.pi * done)), MILD_SHARE * done


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
    precision: str = "float32",
    every: int = 250,
    start_from: Path | None = None,
    report: Callable[[str], None] = print,
) -> keras.Model:
    """Train one network and leave its checkpoints and history in `folder`.

    Parameters
    ----------
    network : a key of `unet.BUILDERS`.
    training, validation : (image, labels) pairs as `prepare` returns them.
    folder : receives `checkpoint.keras` (with the optimiser, to resume) and
        `history.json` (step, loss, validation Dice per label).
    steps : optimiser steps in all; `learning_rate` is the highest (see `schedule`).
    precision : a Keras dtype policy; "mixed_bfloat16" trains half as fast again
        on processors that have it.
    every : steps between checkpoints.
    start_from : weights of a network with the same layers; otherwise they are random.

    Returns
    -------
    The trained model, float32.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(seed)
    keras.mixed_precision.set_global_policy(precision)
    try:
        model, history = _resume(network, folder, start_from)
        size = model.input_shape[1]
        start = history[-1]["step"] if history else 0
        losses = []
        with ThreadPoolExecutor(2) as pool:

            def make(step):
                mild_share = schedule(step, steps, learning_rate)[1]
                return pool.submit(batch, training, seed, step, size, batch_size, mild_share)

            ahead = [make(step) for step in range(start, min(start + 3, steps))]
            for step in range(start, steps):
                images, labels = ahead.pop(0).result()
                if step + 3 < steps:
                    ahead.append(make(step + 3))
                truth = np.eye(len(LABELS), dtype=np.float32)[labels]
                model.optimizer.learning_rate = schedule(step, steps, learning_rate)[0]
                losses.append(float(model.train_on_batch(images, truth)))
                if (step + 1) % every == 0 or step + 1 == steps:
                    row = {"step": step + 1, "loss": float(np.mean(losses))}
                    row |= mean_dice(model, validation)
                    history.append(row)
                    losses = []
                    _checkpoint(model, history, folder)
                    report(" ".join(f"{key} {value:.4g}" for key, value in row.items()))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    plain = BUILDERS[network]()
    plain.set_weights(model.get_weights())
    return plain


def mean_dice(model: keras.Model, pairs: list) -> dict[str, float]:
    """Mean Dice of each label over square validation pairs, at the network's own resolution."""
    if not pairs:
        return {}
    size = model.input_shape[1]
    found = {name: [] for name, label in LABELS.items() if label}
    for start in range(0, len(pairs), 8):
        part = pairs[start : start + 8]
        images = np.stack([normalise(square_canvas(x, size) / np.float32(255)) for x, _ in part])
        guess = np.asarray(model.predict_on_batch(images[..., None])).argmax(-1)
        for mask, (_, label) in zip(guess, part, strict=True):
            truth = square_canvas(label, size, True)
            for name, values in found.items():
                a, b = mask == LABELS[name], truth == LABELS[name]
                if b.any():
                    values.append(2 * (a & b).sum() / (a.sum() + b.sum()))
    return {f"dice_{name}": float(np.mean(values)) for name, values in found.items() if values}


def _resume(network, folder, start_from):
    """The last checkpoint with its history, or a new model with an empty one."""
    saved, written = folder / "checkpoint.keras", folder / "history.json"
    if saved.exists() and written.exists():
        model = keras.saving.load_model(saved, custom_objects={"dice_loss": dice_loss})
        return model, json.loads(written.read_text())
    model = BUILDERS[network]()
    if start_from is not None:
        model.load_weights(start_from)
    # XLA's convolutions are slower than oneDNN's wherever bfloat16 is worth using.
    jit = False if keras.mixed_precision.dtype_policy().name == "mixed_bfloat16" else "auto"
    model.compile(optimizer=keras.optimizers.Adam(), loss=dice_loss, jit_compile=jit)
    return model, []


def _checkpoint(model, history, folder):
    model.save(folder / "new.keras")
    os.replace(folder / "new.keras", folder / "checkpoint.keras")
    (folder / "history.json").write_text(json.dumps(history, indent=1))
