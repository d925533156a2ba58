"""Training of the stack's networks: Adam and end-point error at several scales, resumable."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import ops

from echogls.files import whole_file
from echogls.training.flownet.layers import SCALE
from echogls.training.flownet.losses import clipped, shrinkage_loss
from echogls.training.flownet.stack import COMPACT, build_network, inputs_of
from echogls.training.learning import RISE, losses_of

# Of levels 6 to 2. The finest counts most: motion of a pixel or so is nothing to the coarse
# ones, which rule in the published weights (Dosovitskiy et al. 2015), made for 10 pixels and more.
WEIGHTS = (0.02, 0.04, 0.1, 0.3, 1.0)
FUSION_WEIGHTS = (0.05, 0.1, 1.0)  # of its three levels; as WEIGHTS, by judgement
CLIPPED_PX = {"ultrasound": 2.0}  # beyond, errors count a tenth; by judgement, as are those below
CLIPPED_ELSE_PX = 6.0  # where motion is larger
# Of the shrinkage, little: held harder (0.7) to a slope of 1 on pairs that are disturbed, an
# estimate overshoots on clean ones, by 3 to 8 %.
SHRINKAGE, FUSION_SHRINKAGE = 0.15, 0.1
WHOLLY = 0.9  # weight of a place whose motion may not be shrunk


@dataclass(frozen=True)
class Stage:
    """One part of a network's curriculum.

    Attributes
    ----------
    data : kinds of data (`batches.sample_of`), drawn alike often; one that is named twice, twice
        as often.
    crop : side of the training images, pixels, a multiple of 64. Small ones first: a step on many
        small images teaches more than one on few large ones that took as long. Large ones last,
        for large motion: the coarse levels, which see it, learn the border of small images;
        trained on 128 pixels, they found up to 1.2 times such motion on 384 x 512.
    learning_rate : at the first and the last step; along a cosine in between.
    clip_px : error beyond which only a tenth counts, pixels; None: what suits the data.
    """

    data: Sequence[str]
    crop: int
    batch_size: int
    steps: int
    learning_rate: tuple[float, float]
    clip_px: float | None = None

    @property
    def name(self) -> str:
        counts = Counter(self.data)
        kinds = (kind if n == 1 else f"{n} x {kind}" for kind, n in counts.items())
        return f"{' + '.join(kinds)}, {self.crop} px"

    @property
    def clipped_px(self) -> float:
        fitting = min(CLIPPED_PX.get(data, CLIPPED_ELSE_PX) for data in self.data)
        return self.clip_px or fitting


def endpoint_loss(truth, flows: list, weights, clip_px: float | None, shrinkage: float = SHRINKAGE):
    """Sum over levels of weight * mean end-point error, pixels, and the finest one's shrinkage.

    Parameters
    ----------
    truth : (batch, H, W, 3) flow in pixels (x, y), and the weight of each pixel.
    flows : predictions / SCALE, coarsest first, each side a divisor of H.
    clip_px : error beyond which only a tenth counts, or None.
    shrinkage : weight of `shrinkage_loss`.
    """
    total = 0.0
    for flow, weight in zip(flows, weights, strict=True):
        factor = truth.shape[1] // flow.shape[1]
        share = truth[..., 2:3]
        wanted = truth[..., :2] * share
        if factor > 1:
            wanted = ops.average_pool(wanted, factor, factor, "valid")
            share = ops.average_pool(share, factor, factor, "valid")
        error = ops.cast(flow, "float32") * SCALE * share - wanted
        length = ops.sqrt(ops.sum(ops.square(error), axis=-1) + 1e-8)
        if clip_px:
            length = clipped(length, clip_px)
        total = total + weight * ops.sum(length) / (ops.sum(share) + 1e-3)
    return total + shrinkage_loss(error, wanted, share[..., 0] > WHOLLY, shrinkage)


def training_model(
    part: str,
    size: tuple[int, int],
    widths: Mapping[str, float],
    before: Mapping[str, keras.Model],
) -> tuple[keras.Model, keras.Model]:
    """The network, and a model from both images to its flows with all before it frozen.

    before : trained networks of any size.
    """
    network = build_network(part, size, widths)
    frozen = {name: at_size(name, other, size, widths) for name, other in before.items()}
    for other in frozen.values():
        other.trainable = False
    images = [keras.Input((*size, 1), name=name) for name in ("first", "second")]
    seen = inputs_of(part, images, frozen)
    return network, keras.Model(images, network(seen))


def at_size(
    part: str, network: keras.Model, size: tuple[int, int], widths: Mapping[str, float] = COMPACT
) -> keras.Model:
    """The same network for images of another size."""
    built = build_network(part, size, widths)
    built.set_weights(network.get_weights())
    return built


def train_network(
    part: str,
    stages: Sequence[Stage],
    batches: Callable[[Stage, int], Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]],
    folder: Path,
    *,
    before: Mapping[str, keras.Model],
    start: keras.Model | None = None,
    widths: Mapping[str, float] = COMPACT,
    every: int = 250,
    report: Callable[[str], None] = print,
    after_stage: Callable[[int, Stage, keras.Model], None] = lambda number, stage, network: None,
) -> keras.Model:
    """Train one network through its stages and leave weights and history in `folder`.

    Parameters
    ----------
    part : "c", "s1", "s2", "sd" or "fusion".
    batches : (stage, first step) -> endless (first, second, truth): images (batch, H, W, 1),
        truth as `endpoint_loss` takes it.
    folder : receives `{part}.weights.h5` and `{part}.history.json`; a training that was stopped
        goes on from there, with a new optimiser.
    before : trained networks that `part` builds on.
    start : a network of the same layers whose weights it begins with.
    after_stage : called with the number (from 0) of a stage that has ended, the stage and the
        network; once more if a training goes on from there.

    Returns
    -------
    The trained network, of the last stage's crop.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    of_levels = FUSION_WEIGHTS if part == "fusion" else WEIGHTS
    shrinkage = FUSION_SHRINKAGE if part == "fusion" else SHRINKAGE
    history = history_of(part, folder)
    values = start.get_weights() if start is not None else None
    begun = 0
    for number, stage in enumerate(stages):
        done = max(history[-1]["step"] - begun if history else 0, 0)
        network, model = training_model(part, (stage.crop, stage.crop), widths, before)
        if history:
            network.load_weights(folder / f"{part}.weights.h5")
        elif values is not None:
            network.set_weights(values)
        if done < stage.steps:
            step_once = _stepper(model, of_levels, stage.clipped_px, shrinkage)
            for step, loss in _losses(stage, done, step_once, batches(stage, done), every):
                row = {"part": part, "data": stage.name, "step": begun + step, "loss": loss}
                history.append(row)
                keep(part, network, history, folder, report)
        begun += stage.steps
        if history and history[-1]["step"] == begun:
            after_stage(number, stage, network)
    return network


def history_of(part: str, folder: Path) -> list[dict]:
    """What `keep` has left of a training; nothing if it has no weights either."""
    written = folder / f"{part}.history.json"
    kept = (folder / f"{part}.weights.h5").exists() and written.exists()
    return json.loads(written.read_text()) if kept else []


def keep(
    part: str, network: keras.Model, history: list[dict], folder: Path, report: Callable
) -> None:
    """Leave `{part}.weights.h5` and `{part}.history.json`, and report the last row."""
    new = folder / f"{part}.new.weights.h5"
    network.save_weights(new)
    os.replace(new, folder / f"{part}.weights.h5")
    with whole_file(folder / f"{part}.history.json", "w", encoding="utf-8") as stream:
        json.dump(history, stream, indent=1)
    report(" ".join(f"{key} {value}" for key, value in history[-1].items()))


def _losses(stage, done, step_once, feed, every):
    """Train from step `done` of a stage to its end; see `learning.losses_of`."""

    def take_step(step: int) -> float:
        # Each stage begins with an optimiser that knows nothing: the rate rises anew.
        rate = _rate(stage, step) * min(1.0, (step - done + 1) / RISE)
        return step_once(*next(feed), rate)

    return losses_of(take_step, done, stage.steps, every)


def _rate(stage, step):
    high, low = stage.learning_rate
    return low + (high - low) * 0.5 * (1 + np.cos(np.pi * step / stage.steps))


def _stepper(model, weights, clip_px, shrinkage):
    """One optimiser step as a function, on whichever backend Keras runs."""

    class Trainer(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = model

        def call(self, images):
            return self.inner(images)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return endpoint_loss(y, y_pred, weights, clip_px, shrinkage)

    trainer = Trainer()
    optimizer = keras.optimizers.Adam(1e-4, global_clipnorm=1.0)
    trainer.compile(optimizer=optimizer, jit_compile=False)
    # If the first step made the optimiser's variables, TensorFlow would trace it twice.
    optimizer.build(trainer.trainable_variables)

    def step(first, second, truth, rate):
        optimizer.learning_rate = rate
        return float(trainer.train_on_batch([first, second], truth))

    return step
