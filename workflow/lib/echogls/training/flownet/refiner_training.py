"""Training of the refiner: error at several scales of averaging, and the error it expects.

A wall's strain is the sum of many small motions. Noise of single places averages out in
it, what neighbouring places and frames have in common does not. The loss therefore looks
at the error field as it is and averaged over 2 x 2, 4 x 4 and 8 x 8 places, and at how
much the motion is shrunk.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import keras
import numpy as np
from keras import ops

from echogls.motion.refiner import LOG_INFORMATION, evidence, seen
from echogls.study import StudyError
from echogls.training.flownet.disturb import disturbed
from echogls.training.flownet.losses import MOST, clipped
from echogls.training.flownet.refiner import build_refiner
from echogls.training.flownet.shards import IMAGES, Shards
from echogls.training.flownet.training import history_of, keep
from echogls.training.flownet.ultrasound import FLOW_STEP
from echogls.training.learning import losses_of
from echogls.training.prefetch import ahead

# By judgement.
CROP = 192  # pixels: most of a wall in its window of 288 x 256, at half the cost
LATER_PASS_SHARE = 0.15  # of the samples start near the truth, as another pass would
CLIPPED_PX = 2.0  # beyond, errors count a tenth: lost places must not rule
OF_EACH = 1.2  # weight of the slopes of single samples, for each recording holds back by itself


def refiner_loss(truth, heads):
    """Scalar loss.

    Parameters
    ----------
    truth : (batch, h, w, 5): wanted correction x, y in pixels; weight; true flow x, y.
    heads : (batch, h, w, 5): correction, heads of the expected covariance.
    """
    weight = truth[..., 2:3]
    error = (heads[..., :2] - truth[..., :2]) * weight
    total = 0.0
    for level in range(4):
        share = weight if level == 0 else share_up(weight, 2**level)
        field = error if level == 0 else share_up(error, 2**level)
        field = field / (share + 1e-3)
        length = ops.sqrt(ops.sum(ops.square(field), -1) + 1e-4)
        length = clipped(length, CLIPPED_PX)
        total = total + ops.sum(length * share[..., 0]) / (ops.sum(share) + 1e-3)
    off, counted = heads[..., :2] - truth[..., :2], weight[..., 0] > 0.99
    total = total + OF_EACH * shrinkage_of_each(off, truth[..., 3:5], counted)
    total = total + 0.05 * ops.sum(surprise(ops.stop_gradient(off), heads) * weight[..., 0]) / (
        ops.sum(weight) + 1e-3
    )
    return total


def shrinkage_of_each(error, flow, counted):
    """Mean over the samples of how far each slope of the error on the true motion is from zero.

    What holds motion back differs between recordings. A slope of all samples together would be
    right where clear ones give too much motion for what blurred ones lack.
    """
    share = ops.cast(counted, "float32")
    along = ops.sum(ops.sum(error * flow, -1) * share, (1, 2))
    square = ops.sum(ops.sum(ops.square(flow), -1) * share, (1, 2))
    slope = along / (square + 0.05 * ops.sum(share, (1, 2)) + 1.0)
    return ops.mean(ops.minimum(ops.abs(slope), MOST))


def surprise(error, heads):
    """(batch, h, w): minus the logarithm of the density of an error (batch, h, w, 2), pixels, by
    heads[..., 2:5] as in `echogls.motion.refiner.expected_covariance`."""
    a, c = (ops.clip(heads[..., k], *LOG_INFORMATION) for k in (2, 4))
    b = heads[..., 3] * ops.exp((a + c) / 2)
    one = ops.exp(a) * error[..., 0] + b * error[..., 1]
    two = ops.exp(c) * error[..., 1]
    return ops.sqrt(ops.square(one) + ops.square(two) + 1e-4) - (a + c)


def share_up(x, size):
    """Means over size x size places."""
    return ops.average_pool(x, size, size, "valid")


def sample(rng: np.random.Generator, pair: dict) -> tuple[np.ndarray, np.ndarray]:
    """One training sample of a pair with its `start`, the first estimate (h, w, 2).

    Returns
    -------
    (CROP / 4, CROP / 4, CHANNELS) evidence, (CROP / 4, CROP / 4, 5) truth for `refiner_loss`.
    """
    images, near = [pair[name] for name in IMAGES], pair["near"]
    flow, wall, begin = pair["flow"], pair["wall"], pair["start"]
    rows, columns = np.nonzero(wall)
    side = CROP // FLOW_STEP
    if not len(rows):
        rows, columns = np.array([wall.shape[0] // 2]), np.array([wall.shape[1] // 2])
    pick = int(rng.integers(len(rows)))
    top = int(np.clip(rows[pick] - rng.integers(side), 0, wall.shape[0] - side))
    mirror = int(rng.random() < 0.5)
    left = int(np.clip(columns[pick] - rng.integers(side), 0, wall.shape[1] - side - mirror))
    fine = _part(FLOW_STEP * top, CROP), _part(FLOW_STEP * left + mirror, CROP)
    coarse = _part(top, side), _part(left + mirror, side)
    *images, near = (image[fine] for image in (*images, near))
    flow, wall, begin = (np.array(x[coarse], np.float32) for x in (flow, wall, begin))
    if mirror:  # shifted by a pixel, so that every fourth pixel is one of the truth's again
        *images, near = (np.ascontiguousarray(x[:, ::-1]) for x in (*images, near))
        flow, wall, begin = (np.ascontiguousarray(x[:, ::-1]) for x in (flow, wall, begin))
        flow[..., 0] *= -1
        begin[..., 0] *= -1
    if rng.random() < 0.02:  # nothing moves
        images, flow, begin = images[:1] * 4, 0 * flow, 0 * begin
    images = disturbed(rng, *images)
    masked = near if rng.random() < 0.85 else np.ones_like(near)
    shown = masked & ((images[0] > 0) | (images[1] > 0))
    spans = tuple(pair["spans"])
    end = rng.random()  # of a clip, or a pair alone
    if end < 0.12:
        spans = (0.0, spans[1]) if end < 0.04 else (spans[0], 0.0) if end < 0.08 else (0.0, 0.0)
    images = [np.where(masked, image, 0) for image in images]
    sight = seen(*images, spans=spans, enlarged=float(pair["enlarged"]), valid=shown)
    if rng.random() < LATER_PASS_SHARE:
        rest = (begin - flow) * rng.uniform(0, 0.5) + wavy(rng, flow.shape) * rng.uniform(0, 0.35)
        begin = flow + rest
    elif rng.random() < 0.3:
        begin = begin + wavy(rng, flow.shape) * rng.uniform(0, 1.0)
    given, _ = evidence(sight, begin)
    visible = shown[::FLOW_STEP, ::FLOW_STEP]
    weight = np.where(wall > 0, 1.0, 0.25) * np.where(visible, 1.0, 0.2)
    weight = weight * cv2.dilate(near.astype(np.uint8), np.ones((9, 9)))[::FLOW_STEP, ::FLOW_STEP]
    truth = np.dstack([flow - begin, weight, flow]).astype(np.float32)
    return given, truth


def _part(start, count):
    return slice(start, start + count)


def wavy(rng, shape):
    """A smooth random field of unit deviation, (h, w, 2)."""
    count = int(rng.integers(2, 7))
    coarse = rng.standard_normal((count, count, 2)).astype(np.float32)
    return cv2.resize(coarse, shape[1::-1], interpolation=cv2.INTER_CUBIC)


def train_refiner(
    shards: Shards,
    folder: Path,
    *,
    steps: int,
    batch_size: int = 24,
    learning_rate: float = 2e-3,
    start: str = "",
    seed: int = 2018,
    every: int = 250,
    report: Callable[[str], None] = print,
) -> keras.Model:
    """Train the refiner and leave its weights and history in `folder`, to go on from there.

    Parameters
    ----------
    shards : with `estimates`.
    steps : optimiser steps in all; the rate rises, then falls to zero along a cosine.
    start : weights of an earlier training to begin with; empty: random ones.

    Returns
    -------
    The trained network for evidence of CROP / 4 a side.

    Raises
    ------
    StudyError : `start` is no file, or of another network.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(seed)
    model = build_refiner((CROP // FLOW_STEP, CROP // FLOW_STEP))
    history = history_of("refiner", folder)
    if history:
        model.load_weights(folder / "refiner.weights.h5")
    elif start:
        _begin_with(model, Path(start))
    done = history[-1]["step"] if history else 0
    optimizer = keras.optimizers.Adam(learning_rate, beta_2=0.99, global_clipnorm=5.0)
    model.compile(optimizer=optimizer, loss=refiner_loss, jit_compile=False)
    optimizer.build(model.trainable_variables)  # else the first step is traced twice

    def make(k):
        rng = np.random.default_rng([seed, 7, k])
        given, truth = zip(*(sample(rng, shards.draw(rng)) for _ in range(batch_size)), strict=True)
        return np.stack(given), np.stack(truth)

    feed = ahead(make, done, 2)

    def take_step(step: int) -> float:
        fall = max(0.5 * (1 + np.cos(np.pi * step / steps)), 0.01)
        optimizer.learning_rate = learning_rate * min(1.0, (step - done + 1) / 200) * fall
        return float(model.train_on_batch(*next(feed)))

    for reached, loss in losses_of(take_step, done, steps, every):
        history.append({"part": "refiner", "step": reached, "loss": loss})
        keep("refiner", model, history, folder, report)
    return model


def _begin_with(model, path):
    try:
        model.load_weights(path)
    except (OSError, ValueError) as error:
        raise StudyError(
            f"train_flow.start.refiner: '{path}' has no weights of the refiner; expected such as "
            f"workflow/models/refiner.weights.h5, or an empty text to begin anew ({error})"
        ) from error
