"""Dense inverse search (Kroeger et al. 2016), OpenCV's, both ways, made smooth.

Set for speckle: it sees local contrast instead of the masked image (whose edge does
not move), works at full resolution, and leaves out its variational refinement, which
penalises gradients and so shrinks strain; a bending penalty (_spline.py) takes its
place. Forward and backward flow are averaged: they share the images' noise, not
the search's.
"""

import cv2
import numpy as np

from echogls.motion._contrast import as_bytes
from echogls.motion._flow import Flow, check_pair
from echogls.motion._nodes import kernel_average, to_nodes, to_pixels, warp
from echogls.motion._speckle import Speckle, flow_from_nodes, information, prepare, reliability
from echogls.motion._spline import spline_solver, weigh
from echogls.options import check_at_least

AGREEMENT_PX = 1.0  # gap of a way there and back at which confidence falls to 0.6; by judgement


def estimate(
    first: np.ndarray,
    second: np.ndarray,
    *,
    patch_px: int = 8,
    patch_stride_px: int = 6,
    iterations: int = 8,
    finest_scale: int = 0,
    stiffness: float = 20.0,
) -> Flow:
    """Displacement from `first` to `second` by DIS flow.

    Parameters
    ----------
    first, second : (H, W) uint8, masked: zero means not imaged.
    patch_px, patch_stride_px : side of the patches and step between them, pixels of
        the finest scale.
    iterations : gradient descent steps a patch and scale.
    finest_scale : 0 is full resolution, 1 half.
    stiffness : cost of bending against the information of a kernel; larger is
        smoother. Uniform strain is never changed.

    Returns
    -------
    Flow : confidence is the correlation of the kernels times its sharpness (see
        _speckle.flow_from_nodes) times exp(-e^2 / 2), e being the root mean square
        over the kernel of forward(p) + backward(p + forward(p)), in pixels.

    Raises
    ------
    StudyError : the images are not two grey uint8 images of one size, or an option is too small.
    """
    check_pair(first, second)
    check_at_least(
        "motion: 'dis'",
        1,
        patch_px=patch_px,
        patch_stride_px=patch_stride_px,
        iterations=iterations,
    )
    check_at_least("motion: 'dis'", 0, finest_scale=finest_scale, stiffness=stiffness)
    speckle = prepare(first, second)
    nodes = speckle.nodes
    if not nodes.any():
        zero = np.zeros(first.shape, np.float32)
        return Flow(np.stack([zero, zero], axis=-1), zero)
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setPatchSize(patch_px)
    search.setPatchStride(patch_stride_px)
    search.setGradientDescentIterations(iterations)
    search.setFinestScale(finest_scale)
    search.setVariationalRefinementIterations(0)
    forward, gap = _both_ways(search, speckle)

    count = np.maximum(to_nodes(speckle.weight), np.float32(1e-3))[nodes]
    planes = [to_nodes(plane * speckle.weight)[nodes] / count for plane in cv2.split(forward)]
    measured = np.stack(planes, axis=1)
    displacement = np.zeros((*nodes.shape, 2), np.float32)
    displacement[nodes] = measured
    worth = reliability(speckle, to_pixels(displacement, nodes, first.shape))
    precision = information(speckle) * worth[:, None]
    displacement[nodes] = spline_solver(precision, nodes, stiffness)(weigh(precision, measured))

    square = (gap * gap).sum(axis=-1) * speckle.weight
    square = kernel_average(square) / np.maximum(kernel_average(speckle.weight), np.float32(1e-3))
    return flow_from_nodes(speckle, displacement, np.exp(-square / (2 * AGREEMENT_PX**2)))


def _both_ways(search: cv2.DISOpticalFlow, speckle: Speckle) -> tuple[np.ndarray, np.ndarray]:
    """Mean of forward and returned backward flow, and what is left of a there-and-back."""
    one, two = as_bytes(speckle.first), as_bytes(speckle.second)
    forward, backward = search.calc(one, two, None), search.calc(two, one, None)
    planes = [warp(np.ascontiguousarray(plane), forward) for plane in cv2.split(backward)]
    returned = np.stack(planes, axis=-1)
    return (forward - returned) / 2, forward + returned
