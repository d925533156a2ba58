"""Speckle tracking: normalised cross-correlation, refined below the pixel, made smooth.

1. Search: at each node (every 8 pixels) the correlation of a Gaussian kernel, 21 pixels
   wide at half maximum, over a window of displacements at half resolution. Its peak is
   the first guess; a guess that disagrees with the median of its surroundings is dropped.
2. Refinement: Gauss-Newton steps on the difference of the images (Lucas & Kanade 1981)
   instead of a parabola through three correlations, which pulls peaks to whole pixels.
   The gradients are the first image's alone: noise then does not shift the fixed point.
3. Regularisation: all nodes are solved together under a bending penalty (_spline.py),
   each by what its kernel knows in each direction, and by how well it matches.

Pixels outside the mask take no part in any average.
"""

import cv2
import numpy as np

from echogls.motion._flow import Flow, check_pair
from echogls.motion._nodes import to_nodes, to_pixels
from echogls.motion._speckle import (
    Speckle,
    flow_from_nodes,
    information,
    moved_back,
    prepare,
    reliability,
)
from echogls.motion._spline import spline_solver, weigh
from echogls.options import check_at_least

OUTLIER_PX = 3.0  # from the median of 5 x 5 nodes; by judgement: the search steps by 2 pixels


def estimate(
    first: np.ndarray,
    second: np.ndarray,
    *,
    search_px: int = 12,
    stiffness: float = 20.0,
    iterations: int = 3,
) -> Flow:
    """Displacement from `first` to `second` by speckle tracking.

    Parameters
    ----------
    first, second : (H, W) uint8, masked: zero means not imaged.
    search_px : largest displacement in each direction that is searched, pixels.
    stiffness : cost of bending against the information of a kernel; larger is
        smoother. Uniform strain is never changed.
    iterations : Gauss-Newton steps of the refinement.

    Returns
    -------
    Flow : confidence is the correlation at the peak times its sharpness (see
        _speckle.flow_from_nodes).

    Raises
    ------
    StudyError : the images are not two grey uint8 images of one size, or an option is too small.
    """
    check_pair(first, second)
    check_at_least("motion: 'block_matching'", 1, search_px=search_px, iterations=iterations)
    check_at_least("motion: 'block_matching'", 0, stiffness=stiffness)
    speckle = prepare(first, second)
    if not speckle.nodes.any():
        zero = np.zeros(first.shape, np.float32)
        return Flow(np.stack([zero, zero], axis=-1), zero)
    displacement = _search(speckle, search_px)
    displacement = _refine(speckle, displacement, stiffness, iterations)
    return flow_from_nodes(speckle, displacement)


def _search(speckle: Speckle, search_px: int) -> np.ndarray:
    """(h, w, 2) float32 pixels: a smooth field through the peaks of the correlation."""
    weight = cv2.pyrDown(speckle.weight)
    one = cv2.pyrDown(speckle.first * speckle.weight)
    two = cv2.pyrDown(speckle.second * speckle.weight)
    # One product gives the three sums of a normalised correlation at once, each over
    # the pixels that are valid in both images.
    still = np.dstack([one, one * one, weight])
    reach = -(-int(search_px) // 2)
    moving = cv2.copyMakeBorder(
        np.dstack([two, weight, two * two]), reach, reach, reach, reach, cv2.BORDER_CONSTANT
    )
    height, width = one.shape
    steps = [(y, x) for y in range(-reach, reach + 1) for x in range(-reach, reach + 1)]
    steps.sort(key=lambda step: step[0] ** 2 + step[1] ** 2)  # of equal peaks, the nearest
    nodes = speckle.nodes
    best = np.full(nodes.shape, -np.inf, np.float32)
    peak = np.zeros((*nodes.shape, 2), np.float32)
    for y, x in steps:
        shifted = moving[reach + y : reach + y + height, reach + x : reach + x + width]
        sums = cv2.pyrDown(cv2.pyrDown(still * shifted))
        match, power, other = cv2.split(cv2.GaussianBlur(sums, (5, 5), 1.0))
        match = match / np.sqrt(np.maximum(power * other, 0) + np.float32(1e-6))
        better = match > best
        best[better] = match[better]
        peak[better] = (2 * x, 2 * y)
    planes = [cv2.medianBlur(np.ascontiguousarray(plane), 5) for plane in np.moveaxis(peak, -1, 0)]
    agrees = np.abs(peak - np.stack(planes, axis=-1)).max(axis=-1) <= OUTLIER_PX
    trust = (np.clip(best, 0.01, 1) ** 2 * np.where(agrees, 1, 1e-3))[nodes]
    precision = np.stack([trust, np.zeros_like(trust), trust], axis=1)
    peak[nodes] = spline_solver(precision, nodes, 1.0)(weigh(precision, peak[nodes]))
    return peak


def _refine(
    speckle: Speckle, displacement: np.ndarray, stiffness: float, iterations: int
) -> np.ndarray:
    """Minimise difference and bending together, from (h, w, 2) to (h, w, 2) pixels."""
    nodes, shape = speckle.nodes, speckle.first.shape
    # Judged once, at the first guess: the matrix is then factorised once.
    worth = reliability(speckle, to_pixels(displacement, nodes, shape))[:, None]
    precision = information(speckle) * worth
    solve = spline_solver(precision, nodes, stiffness)
    displacement = displacement.copy()
    for _ in range(iterations):
        moved, both = moved_back(speckle, to_pixels(displacement, nodes, shape))
        rest = (speckle.first - moved) * both
        pull = [to_nodes(slope * rest)[nodes] for slope in (speckle.slope_x, speckle.slope_y)]
        displacement[nodes] = solve(
            weigh(precision, displacement[nodes]) + worth * np.stack(pull, axis=1)
        )
    return displacement
