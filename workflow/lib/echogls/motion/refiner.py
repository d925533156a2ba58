"""A classical first estimate, corrected by a small trained network (training/flownet/refiner.py).

All is seen in local contrast, so that gain and the mask's edge are gone. The network gets
what matching and gradients tell near the flow so far, and corrects it; further passes, if
asked for, do so about the corrected flow.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from echogls.motion._canvas import from_canvas, graph, on_canvas, scale_to
from echogls.motion._contrast import as_bytes, local_contrast, valid_pixels
from echogls.motion._flow import Flow, check_pair
from echogls.motion._nodes import warp
from echogls.options import check_at_least

SHAPE = (288, 256)  # rows, columns that the network sees: a ventricle is taller than wide
STRIDE = 4  # its output: pixels between places
FLOW_UNIT = 4.0  # pixels of its inputs' flow
REACH = 2  # pixels: displacements about the estimate whose match it sees, each way
CHANNELS = (2 * REACH + 1) ** 2 + 2 + 3 + 1 + 1 + 2  # see `evidence`
LEAST_POWER = 0.05  # of local contrast: a deviation of 0.7 grey levels, of rounding alone
LOG_ERROR = (-6.0, 3.0)  # between which the network has learnt to tell the expected error
PERFECT = 0.004  # share of the power: images that differ less are the same one, well placed
UNLIKE_PX = 0.1  # least error where they differ by as much as the power, in its square
CONTRAST_SIGMA = 6.0  # pixels, a few speckles
FIRST_SIGMA = 6.0  # pixels over which the first estimate is averaged
FIT_SIGMA = 1.5  # places over which the outcome is fitted
SURE_PX = 0.06  # expected error at which the confidence is one half


def estimate(
    first: np.ndarray,
    second: np.ndarray,
    *,
    passes: int = 1,
    threads: int = 1,
    network: Callable[..., np.ndarray] | None = None,
    models: Path | None = None,
) -> Flow:
    """Displacement from `first` to `second`.

    Parameters
    ----------
    first, second : (H, W) uint8, masked: zero means not imaged.
    passes : corrections, each on what the one before left. The network is trained for one.
    threads : of the graph; pairs are estimated side by side.
    network : another graph than the listed one, as `runtime.load_graph` gives it.
    models : the study's folder of models, before the shipped one (`_canvas.models_of`).

    Returns
    -------
    Flow : confidence is 1 / (1 + (b / SURE_PX)^2), b the error that the network expects, less
        where the images match as they are; 0 where either image is flat, and tells no motion.

    Raises
    ------
    StudyError : the images are not two grey uint8 images of one size, or an option is too small.
    """
    check_pair(first, second)
    check_at_least("motion: 'refiner'", 1, passes=passes, threads=threads)
    scale = scale_to(first.shape, SHAPE)
    one, two, valid = contrast_pair(*(on_canvas(x, scale, SHAPE) for x in (first, second)))
    speckled = _speckled(one, two, valid)
    if not speckled.any():
        zero = np.zeros(first.shape, np.float32)
        return Flow(np.stack([zero, zero], axis=-1), zero)
    network = network or graph("refiner", threads, models)
    flow = first_estimate(one, two, valid)
    for _ in range(passes):
        given, mismatch = evidence(one, two, valid, flow)
        found = network(given[None])[0]
        doubt = np.minimum(mismatch / PERFECT, 1)
        flow = flow + np.where(speckled, doubt, 0)[..., None] * found[..., :2]
    spread = np.exp(np.clip(found[..., 2], *LOG_ERROR)) * np.sqrt(doubt) + np.float32(1e-3)
    spread = np.maximum(spread, np.float32(UNLIKE_PX) * mismatch**2)
    flow = locally_linear(flow, (speckled & valid[::STRIDE, ::STRIDE]) / spread**2)
    displacement = from_canvas(enlarged(flow), first.shape, scale) / np.float32(scale)
    error = from_canvas(enlarged(spread), first.shape, scale)
    speckled = from_canvas(enlarged(speckled.astype(np.float32)), first.shape, scale) > 0.5
    seen = valid_pixels(first, second) & speckled
    confidence = np.where(seen, 1 / (1 + (error / SURE_PX) ** 2), 0).astype(np.float32)
    displacement = np.where(confidence[..., None] > 0, displacement, np.float32(0))
    return Flow(np.ascontiguousarray(displacement, np.float32), confidence)


def contrast_pair(
    first: np.ndarray, second: np.ndarray, valid: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local contrast of a masked pair (H, W), float32, and where it shows an image, bool."""
    if valid is None:
        valid = valid_pixels(first, second)
    one, two = (
        np.clip(local_contrast(image, valid, CONTRAST_SIGMA), -3, 3) for image in (first, second)
    )
    return one, two, valid


def _speckled(one: np.ndarray, two: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """(H / 4, W / 4) bool: places about which both local contrasts (H, W) are not flat."""
    power = np.minimum(_pooled(one * one), _pooled(two * two))
    return power > LEAST_POWER * _pooled(valid.astype(np.float32)) + np.float32(1e-6)


def first_estimate(one: np.ndarray, two: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """(H / 4, W / 4, 2) float32 pixels: DIS flow of local contrast, averaged where valid."""
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(1)
    search.setVariationalRefinementIterations(0)
    flow = search.calc(as_bytes(one), as_bytes(two), None)
    weight = valid.astype(np.float32)
    count = cv2.GaussianBlur(weight, (0, 0), FIRST_SIGMA) + np.float32(1e-3)
    mean = cv2.GaussianBlur(flow * weight[..., None], (0, 0), FIRST_SIGMA) / count[..., None]
    return np.ascontiguousarray(mean[::STRIDE, ::STRIDE])


def locally_linear(flow: np.ndarray, weight: np.ndarray, sigma: float = FIT_SIGMA) -> np.ndarray:
    """The flow (h, w, 2) through a linear fit around each place, weights (h, w) >= 0.

    Moving least squares (Cleveland 1979) with a Gaussian of `sigma` places: noise is averaged,
    and any uniform strain passes unchanged, up to the edge of what is seen.
    """
    weight = weight.astype(np.float64) + 1e-6
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float64)

    def mean(values):
        return cv2.GaussianBlur(weight * values, (0, 0), sigma) / total

    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    middle_x, middle_y = mean(x), mean(y)
    ridge = 0.5  # places^2: no slope where all that is seen lies on one spot
    xx = mean(x * x) - middle_x**2 + ridge
    xy = mean(x * y) - middle_x * middle_y
    yy = mean(y * y) - middle_y**2 + ridge
    determinant = xx * yy - xy * xy
    fitted = []
    for plane in np.moveaxis(flow.astype(np.float64), -1, 0):
        level = mean(plane)
        bx, by = mean(plane * x) - level * middle_x, mean(plane * y) - level * middle_y
        slope_x = (yy * bx - xy * by) / determinant
        slope_y = (xx * by - xy * bx) / determinant
        fitted.append(level + slope_x * (x - middle_x) + slope_y * (y - middle_y))
    return np.stack(fitted, axis=-1).astype(np.float32)


def enlarged(values: np.ndarray) -> np.ndarray:
    """(h, w) or (h, w, 2) at every fourth pixel -> every pixel, linear; the border goes on."""
    height, width = values.shape[:2]
    here = np.array([[1 / STRIDE, 0, 0], [0, 1 / STRIDE, 0]])
    return cv2.warpAffine(
        values,
        here,
        (width * STRIDE, height * STRIDE),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def evidence(
    one: np.ndarray, two: np.ndarray, valid: np.ndarray, flow: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What two images tell about motion near an estimate.

    Parameters
    ----------
    one, two : (H, W) float32 local contrast; valid : (H, W) bool.
    flow : (H / 4, W / 4, 2) pixels, the estimate.

    Returns
    -------
    seen : (H / 4, W / 4, CHANNELS) float32: normalised correlation at displacements of -REACH to
    REACH pixels (rows, then columns) about the estimate; the Lucas-Kanade step x, y in
    pixels; the structure tensor over the power; the correlation without any motion; the
    share of valid pixels; the estimate / FLOW_UNIT.
    mismatch : (H / 4, W / 4) power of the difference after the motion over that of the first
    image.
    """
    back = enlarged(flow)
    weight = valid.astype(np.float32)
    first = one * weight
    moved, there = warp(two * weight, back, cv2.INTER_LINEAR), warp(weight, back, cv2.INTER_LINEAR)
    rows, columns = one.shape
    wide = cv2.copyMakeBorder(moved, REACH, REACH, REACH, REACH, cv2.BORDER_CONSTANT)
    power_1 = _pooled(first * first)
    power_2 = _pooled(moved * moved)
    scale = 1 / np.sqrt(power_1 * power_2 + np.float32(1e-3))
    planes = []
    for y in range(2 * REACH + 1):
        for x in range(2 * REACH + 1):
            planes.append(_pooled(first * wide[y : y + rows, x : x + columns]) * scale)
    mean = (first + moved) / 2
    both = weight * there
    slope_x = cv2.Scharr(mean, cv2.CV_32F, 1, 0, scale=1 / 32) * both
    slope_y = cv2.Scharr(mean, cv2.CV_32F, 0, 1, scale=1 / 32) * both
    rest = (first - moved) * both
    xx, xy, yy = (_pooled(a * b) for a, b in ((slope_x,) * 2, (slope_x, slope_y), (slope_y,) * 2))
    bx, by = _pooled(slope_x * rest), _pooled(slope_y * rest)
    ridge = np.float32(0.02) * (xx + yy) + np.float32(1e-4)
    determinant = (xx + ridge) * (yy + ridge) - xy * xy
    step_x = ((yy + ridge) * bx - xy * by) / determinant
    step_y = ((xx + ridge) * by - xy * bx) / determinant
    power = power_1 + np.float32(1e-3)
    still = _pooled(first * two * weight) / np.sqrt(
        power_1 * _pooled(two * two * weight) + np.float32(1e-3)
    )
    planes += [np.clip(step_x, -REACH, REACH), np.clip(step_y, -REACH, REACH)]
    planes += [4 * xx / power, 4 * xy / power, 4 * yy / power, still, _pooled(both)]
    planes += [flow[..., 0] / FLOW_UNIT, flow[..., 1] / FLOW_UNIT]
    difference = (first - moved) * weight
    return np.stack(planes, axis=-1).astype(np.float32), _pooled(difference * difference) / power


def _pooled(image: np.ndarray) -> np.ndarray:
    """(H, W) -> (H / 4, W / 4): averages about every fourth pixel, deviation 4 pixels or so."""
    half = cv2.pyrDown(image)
    return cv2.GaussianBlur(cv2.pyrDown(half), (5, 5), 0.9)
