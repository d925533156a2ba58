"""FlowNet 2 (Ilg et al. 2017; Ostvik et al. 2018, section 2.3), at a quarter of its width.

The graph holds all five networks (training/flownet/stack.py), 384 x 320 in and out: a ventricle
is taller than wide, and one that is wider is shrunk to fit. As in the paper it is run from the
first image to the second. Run both ways, it tells two opinions of one motion, whose mean has no
part that does not depend on the order of the frames: a little nearer to the truth, in twice the
time. Frames that a recording holds twice do not move either way.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from echogls.motion._canvas import from_canvas, graph, on_canvas, scale_to
from echogls.motion._contrast import valid_pixels
from echogls.motion._flow import Flow, check_pair
from echogls.motion._nodes import kernel_average, to_nodes, warp
from echogls.motion._speckle import Speckle, flow_from_nodes, prepare
from echogls.options import check_at_least

# By judgement.
SHAPE = (384, 320)  # rows, columns: multiples of 64, and a ventricle is taller than wide
SAME = 1e-4  # share of the power: what differs by less is one image twice, and has not moved
CLOSED_PX = 1.0  # a way there and back that ends so far from its start is half trusted


def estimate(
    first: np.ndarray,
    second: np.ndarray,
    *,
    both_ways: bool = False,
    threads: int = 1,
    network: Callable[..., np.ndarray] | None = None,
    models: Path | None = None,
) -> Flow:
    """Displacement from `first` to `second`.

    Parameters
    ----------
    first, second : (H, W) uint8, masked: zero means not imaged.
    both_ways : the mean of the way there and, reversed, the way back.
    threads : of the graph; pairs are estimated side by side.
    network : another graph than the listed one, as `runtime.load_graph` gives it.
    models : the study's folder of models, before the shipped one (`_canvas.models_of`).

    Returns
    -------
    Flow : averaged over the nodes that all estimators share; confidence as there
        (_speckle.flow_from_nodes): the correlation after the motion times its sharpness; run both
        ways, times 1 / (1 + (e / CLOSED_PX)^2), e the length of the way there and back again.

    Raises
    ------
    StudyError : the images are not two grey uint8 images of one size, or an option is too small.
    """
    check_pair(first, second)
    check_at_least("motion: 'flownet2'", 1, threads=threads)
    scale = scale_to(first.shape, SHAPE)
    pair = [on_canvas(image, scale, SHAPE) for image in (first, second)]
    if not valid_pixels(*pair).any():
        zero = np.zeros(first.shape, np.float32)
        return Flow(np.stack([zero, zero], axis=-1), zero)
    network = network or graph("flownet2", threads, models)
    one, two = (x[None, ..., None] for x in alike(*pair))
    flow = np.ascontiguousarray(network(one, two)[0])
    speckle = prepare(first, second)
    trust = None
    if both_ways:
        flow, gap = _closed(flow, np.ascontiguousarray(network(two, one)[0]))
        trust = 1 / (1 + (_at_nodes(gap, speckle.weight, scale) / np.float32(CLOSED_PX)) ** 2)
    planes = [_at_nodes(flow[..., k], speckle.weight, scale) for k in (0, 1)]
    return flow_from_nodes(speckle, np.stack(planes, axis=-1) * _changed(speckle), trust)


def _changed(speckle: Speckle) -> np.ndarray:
    """(h, w, 1) 1 at the nodes where the images differ as they are, 0 where they are the same."""
    difference = (speckle.first - speckle.second) * speckle.weight
    power = kernel_average(speckle.first**2 * speckle.weight) + np.float32(1e-6)
    differs = kernel_average(difference * difference) / power
    return np.minimum(differs / np.float32(SAME), 1)[..., None]


def _closed(there: np.ndarray, back: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean (h, w, 2) of both ways, and how far from its start (h, w) the way back ends."""
    returned = np.stack([warp(back[..., k], there, cv2.INTER_LINEAR) for k in (0, 1)], axis=-1)
    return (there - returned) / 2, np.linalg.norm(there + returned, axis=-1)


def _at_nodes(values: np.ndarray, weight: np.ndarray, scale: float) -> np.ndarray:
    """Lengths (h, w) on the canvas, in its pixels -> averages at the pair's nodes, in the pair's.

    weight : (H, W), what counts of the pair.
    """
    here = from_canvas(np.ascontiguousarray(values), weight.shape, scale) / np.float32(scale)
    return to_nodes(here * weight) / np.maximum(to_nodes(weight), np.float32(1e-3))


def alike(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A masked pair (H, W) in units of its own mean and deviation, zero where not imaged."""
    valid = valid_pixels(first, second)
    values = np.concatenate([first[valid], second[valid]]).astype(np.float32)
    if not values.size:
        return np.zeros(first.shape, np.float32), np.zeros(first.shape, np.float32)
    mean, deviation = values.mean(), values.std() + np.float32(1.0)
    return tuple(
        np.where(valid, (image - mean) / deviation, np.float32(0)) for image in (first, second)
    )
