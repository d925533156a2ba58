"""Training of the stack's networks: Adam and end-point error at several scales, resumable."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import keras
import numpy as np
from keras import ops

from echogls.flownet.layers import COMPACT, SCALE
from echogls.flownet.stack import build_network, inputs_of

WEIGHTS = (0.32, 0.08, 0.02, 0.01, 0.005)  # of levels 6 to 2 (Dosovitskiy et al. 2015)
FUSION_WEIGHTS = (0.05, 0.1, 1.0)
CLIPPED = 2.0 / SCALE  # larger errors count by a tenth: outliers must not rule (late stages)
RISE = 50  # steps over which the learning rate rises


def endpoint_loss(truth, flows: list, weights, clip: float | None):
    """Sum over levels of weight * mean end-point error, in flow / SCALE.

    Parameters
    ----------
    truth : (batch, H, W, 3) flow in pixels (x, y), and the weight of each pixel.
    flows : predictions / SCALE, coarsest first, each side a divisor of H.
    clip : error beyond which only a tenth counts, or None.
    """
    total = 0.0
    for flow, weight in zip(flows, weights, strict=True):
        factor = truth.shape[1] // flow.shape[1]
        share = truth[..., 2:3]
        wanted = truth[..., :2] * share / SCALE
        if factor > 1:
            wanted = ops.average_pool(wanted, factor, factor, "valid")
            share = ops.average_pool(share, factor, factor, "valid")
        error = ops.cast(flow, "float32") * share - wanted
        length = ops.sqrt(ops.sum(ops.square(error), axis=-1) + 1e-10)
        if clip:
            length = ops.where(length < clip, length, clip + 0.1 * (length - clip))
        total = total + weight * ops.sum(length) / (ops.sum(share) + 1e-3)
    return total


def training_model(
    part: str, size: tuple[int, int], width: float, before: Mapping[str, keras.Model]
) -> tuple[keras.Model, keras.Model]:
    """The network, and a model from both images to its flows with all before it frozen."""
    network = build_network(part, size, width)
    for other in before.values():
        other.trainable = False
    images = [keras.Input((*size, 1), name=name) for name in ("first", "second")]
    seen = inputs_of(part, images, before)
    return network, keras.Model(images, network(seen))


def train_network(
    part: str,
    stages: list[tuple[str, int]],
    batches: Callable[[str, int], Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]],
    folder: Path,
    *,
    before: Mapping[str, keras.Model],
    size: tuple[int, int],
    width: float = COMPACT,
    learning_rate: float = 1e-3,
    every: int = 250,
    report: Callable[[str], None] = print,
) -> keras.Model:
    """Train one network through its stages and leave weights and history in `folder`.

    Parameters
    ----------
    part : "c", "s1", "s2", "sd" or "fusion".
    stages : (name of the data, steps) in order.
    batches : (name of the data, first step) -> endless (first, second, truth): images
        (batch, H, W, 1), truth as `endpoint_loss` takes it.
    folder : receives `{part}.weights.h5` and `{part}.history.json`; a training that was stopped
        goes on from there, with a new optimiser.
    before : trained networks that `part` builds on.
    learning_rate : the highest; over all stages it rises and falls to zero along a cosine.

    Returns
    -------
    The trained network.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    network, model = training_model(part, size, width, before)
    weights = FUSION_WEIGHTS if part == "fusion" else WEIGHTS
    history, done = [], 0
    saved, written = folder / f"{part}.weights.h5", folder / f"{part}.history.json"
    if saved.exists() and written.exists():
        network.load_weights(saved)
        history = json.loads(written.read_text())
        done = history[-1]["step"]
    total = sum(steps for _, steps in stages)
    begun = 0
    for number, (data, steps) in enumerate(stages):
        if done >= begun + steps:
            begun += steps
            continue
        # Only what has learnt before may take large errors for outliers.
        clip = CLIPPED if number == len(stages) - 1 and begun else None

        def loss(truth, flows, clip=clip):
            return endpoint_loss(truth, flows, weights, clip)

        step_once = _stepper(model, loss)
        losses = []
        feed = batches(data, done)
        first_step = max(done, begun)
        for step in range(first_step, begun + steps):
            first, second, truth = next(feed)
            # Each stage begins with an optimiser that knows nothing: the rate rises anew.
            rise = min(1.0, (step - first_step + 1) / RISE)
            rate = learning_rate * rise * max(0.5 * (1 + np.cos(np.pi * step / total)), 0.01)
            losses.append(step_once(first, second, truth, rate))
            if (step + 1) % every == 0 or step + 1 == begun + steps:
                loss_now = float(np.mean(losses))
                row = {"part": part, "data": data, "step": step + 1, "loss": loss_now}
                history.append(row)
                losses = []
                new = folder / f"{part}.new.weights.h5"
                network.save_weights(new)
                os.replace(new, saved)
                written.write_text(json.dumps(history, indent=1))
                report(" ".join(f"{k} {v}" for k, v in row.items()))
        begun += steps
        done = begun
    return network


def _stepper(model, loss):
    """One optimiser step as a function, on whichever backend Keras runs."""

    class Trainer(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = model

        def call(self, images):
            return self.inner(images)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return loss(y, y_pred)

    trainer = Trainer()
    optimizer = keras.optimizers.Adam(1e-4, global_clipnorm=1.0)
    trainer.compile(optimizer=optimizer, jit_compile=False)

    def step(first, second, truth, rate):
        optimizer.learning_rate = rate
        return float(trainer.train_on_batch([first, second], truth))

    return step
