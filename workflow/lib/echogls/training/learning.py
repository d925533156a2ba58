"""The training loop of segmentation and view networks: Adam, batches made ahead, resumable.

Batch k depends on the seed and k alone, so a training that was stopped and resumed sees
the same batches as one that ran through. Only training imports this (Keras, TensorFlow).
"""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np

from echogls.files import whole_file
from echogls.study import StudyError

RISE = 100  # steps over which the learning rate rises to its highest
AHEAD = 3  # batches that are made while the network learns


def earlier_weights(setting: str, path: str | Path, shipped: str) -> Path:
    """The file of weights that a training begins with.

    Raises StudyError, naming the config's `setting` and `shipped` as an example, if it is no file.
    """
    if not Path(path).is_file():
        raise StudyError(
            f"{setting}: '{path}' is no file; expected weights of an earlier training, such as "
            f"{shipped}, or an empty text to begin anew"
        )
    return Path(path)


def learning_rate(step: int, steps: int, highest: float) -> float:
    """The rate at a step: it rises to `highest` over the first ones, then falls along a cosine."""
    rise = min(1.0, (step + 1) / min(RISE, steps))
    return highest * rise * 0.5 * (1 + np.cos(np.pi * step / steps))


def fit(
    build: Callable[[], keras.Model],
    make_batch: Callable[[int], tuple[np.ndarray, np.ndarray]],
    evaluate: Callable[[keras.Model], dict[str, float]],
    folder: Path,
    *,
    loss: Callable | str,
    steps: int,
    highest_rate: float,
    seed: int = 2018,
    precision: str = "float32",
    every: int = 250,
    start_from: Path | None = None,
    report: Callable[[str], None] = print,
) -> keras.Model:
    """Train one network and leave its checkpoints and history in `folder`.

    Parameters
    ----------
    build : makes the network, untrained.
    make_batch : step -> inputs and what they should give.
    evaluate : model -> numbers for the history, by name.
    folder : receives `checkpoint.keras` (with the optimiser, to resume) and
        `history.json` (step, loss, and what `evaluate` says).
    steps : optimiser steps in all; `highest_rate` is of `learning_rate`.
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
        model, history = _resume(build, folder, start_from, loss)
        start = history[-1]["step"] if history else 0
        losses = []
        with ThreadPoolExecutor(2) as pool:
            ahead = [pool.submit(make_batch, k) for k in range(start, min(start + AHEAD, steps))]
            for step in range(start, steps):
                inputs, truth = ahead.pop(0).result()
                if step + AHEAD < steps:
                    ahead.append(pool.submit(make_batch, step + AHEAD))
                model.optimizer.learning_rate = learning_rate(step, steps, highest_rate)
                losses.append(float(model.train_on_batch(inputs, truth)))
                if (step + 1) % every == 0 or step + 1 == steps:
                    row = {"step": step + 1, "loss": float(np.mean(losses))} | evaluate(model)
                    history.append(row)
                    losses = []
                    _checkpoint(model, history, folder)
                    report(" ".join(f"{key} {value:.4g}" for key, value in row.items()))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    plain = build()
    plain.set_weights(model.get_weights())
    return plain


def _resume(build, folder, start_from, loss):
    """The last checkpoint with its history, or a new model with an empty one."""
    saved, written = folder / "checkpoint.keras", folder / "history.json"
    if saved.exists() and written.exists():
        known = {} if isinstance(loss, str) else {loss.__name__: loss}
        model = keras.saving.load_model(saved, custom_objects=known)
        return model, json.loads(written.read_text())
    model = build()
    if start_from is not None:
        model.load_weights(start_from)
    # On processors XLA's convolutions are slower than oneDNN's: three times for `views`.
    model.compile(optimizer=keras.optimizers.Adam(), loss=loss, jit_compile=False)
    return model, []


def _checkpoint(model, history, folder):
    model.save(folder / "new.keras")
    os.replace(folder / "new.keras", folder / "checkpoint.keras")
    with whole_file(folder / "history.json", "w", encoding="utf-8") as stream:
        json.dump(history, stream, indent=1)
