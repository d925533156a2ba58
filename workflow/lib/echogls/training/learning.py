"""The training loop of segmentation and view networks: Adam, batches made ahead, resumable.

Batch k depends on the seed and k alone, so a training that was stopped and resumed sees
the same batches as one that ran through. Only training imports this (Keras, TensorFlow).
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import keras
import numpy as np

from echogls.files import whole_file
from echogls.study import StudyError
from echogls.training.prefetch import ahead

# Steps over which the learning rate rises to its highest: Adam's means settle; by judgement.
RISE = 100
THREADS = 2  # that make batches while the network learns; by judgement: more take its cores


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


def losses_of(
    take_step: Callable[[int], float], start: int, stop: int, every: int
) -> Iterator[tuple[int, float]]:
    """The loop of every training: optimiser steps `start` to `stop`, and how they went.

    Parameters
    ----------
    take_step : takes the step of that number, and returns its loss.
    every : steps between two reports.

    Yields
    ------
    How many steps are done, and the mean loss since the report before: every so many steps, and
    at the end.
    """
    losses = []
    for step in range(start, stop):
        losses.append(take_step(step))
        if (step + 1) % every == 0 or step + 1 == stop:
            yield step + 1, float(np.mean(losses))
            losses = []


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
        with closing(ahead(make_batch, start, THREADS, steps)) as feed:

            def take_step(step: int) -> float:
                model.optimizer.learning_rate = learning_rate(step, steps, highest_rate)
                return float(model.train_on_batch(*next(feed)))

            for done, loss in losses_of(take_step, start, steps, every):
                row = {"step": done, "loss": loss} | evaluate(model)
                history.append(row)
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
        custom = {} if isinstance(loss, str) else {loss.__name__: loss}
        model = keras.saving.load_model(saved, custom_objects=custom, safe_mode=True)
        return model, json.loads(written.read_text())
    model = build()
    if start_from is not None:
        model.load_weights(start_from)
    # On processors XLA's convolutions are slower than oneDNN's: three times for `views`.
    model.compile(optimizer=keras.optimizers.Adam(), loss=loss, jit_compile=False)
    model.optimizer.build(model.trainable_variables)  # else the first step is traced twice
    return model, []


def _checkpoint(model, history, folder):
    model.save(folder / "new.keras")
    os.replace(folder / "new.keras", folder / "checkpoint.keras")
    with whole_file(folder / "history.json", "w", encoding="utf-8") as stream:
        json.dump(history, stream, indent=1)
