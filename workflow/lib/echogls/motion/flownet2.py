"""FlowNet 2 (Ilg et al. 2017; Ostvik et al. 2018, section 2.3), at a quarter of its width.

The graph holds all five networks (training/flownet/stack.py), 384 x 512 in and out. It is run
both ways: what it says of the way there and, reversed, of the way back are two opinions of one
motion, whose mean has no part that does not depend on the order of the frames. Where nothing
moves it is next to none.
"""

from collections.abc import Callable

import cv2
import numpy as np

from echogls.motion._canvas import from_canvas, graph, on_canvas, scale_to
from echogls.motion._contrast import valid_pixels
from echogls.motion._flow import Flow, check_pair
from echogls.motion._nodes import to_nodes, warp
from echogls.motion._speckle import flow_from_nodes, prepare
from echogls.options import check_at_least

THREADS = 1  # the graph runs on the threads that it is given
SHAPE = (384, 512)  # rows, columns
CLOSED_PX = 1.0  # a way there and back that ends so far from its start is half trusted


def estimate(
    first: np.ndarray,
    second: np.ndarray,
    *,
    threads: int = 2,
    network: Callable[..., np.ndarray] | None = None,
) -> Flow:
    """Displacement from `first` to `second`.

    Parameters
    ----------
    first, second : (H, W) uint8, masked: zero means not imaged.
    threads : of the graph.
    network : another graph than the shipped one, as `runtime.load_graph` gives it.

    Returns
    -------
    Flow : averaged over the nodes that all estimators share; confidence as there
        (_speckle.flow_from_nodes): the correlation after the motion times its sharpness, times
        1 / (1 + (e / CLOSED_PX)^2), e the length of the way there and back again.

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
    network = network or graph("flownet2", threads)
    one, two = (x[None, ..., None] for x in alike(*pair))
    there, back = (np.ascontiguousarray(network(*way)[0]) for way in ((one, two), (two, one)))
    returned = np.stack([warp(back[..., k], there, cv2.INTER_LINEAR) for k in (0, 1)], axis=-1)
    flow = from_canvas((there - returned) / 2, first.shape, scale) / np.float32(scale)
    gap = from_canvas(there + returned, first.shape, scale) / np.float32(scale)
    speckle = prepare(first, second)
    count = np.maximum(to_nodes(speckle.weight), np.float32(1e-3))
    planes = [
        to_nodes(np.ascontiguousarray(plane) * speckle.weight) / count
        for plane in (flow[..., 0], flow[..., 1], np.linalg.norm(gap, axis=-1))
    ]
    trust = 1 / (1 + (planes[2] / np.float32(CLOSED_PX)) ** 2)
    return flow_from_nodes(speckle, np.stack(planes[:2], axis=-1), trust)


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
