"""A classical first estimate, corrected by a small trained network (training/flownet/refiner.py).

All is seen in local contrast, so that gain and the mask's edge are gone. The network gets
what matching and gradients tell near the flow so far, and corrects it. It sees two spans:
the pair itself, and the pair around it (one frame earlier, one later), along the same
motion. What lags or stands still (persistence, coding, clutter) holds the motion of the
pair back; over the wide span it is a third of that. Frames farther apart it sees from a
guess, and corrects that more than once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from echogls.motion._canvas import from_canvas, graph, on_canvas, scale_to
from echogls.motion._contrast import as_bytes, local_contrasts, valid_pixels
from echogls.motion._flow import Flow, check_guess, check_pair
from echogls.motion._grid import STRIDE, enlarged_to_pixels
from echogls.motion._nodes import warp
from echogls.options import check_at_least

# By judgement where nothing else is said; those that shape its input the network was trained with.
SHAPE = (288, 256)  # rows, columns that the network sees: a ventricle is taller than wide
FLOW_UNIT = 4.0  # pixels of its inputs' flow
REACH = 2  # pixels: displacements about the estimate whose match it sees, each way
MATCHES = (2 * REACH + 1) ** 2
CHANNELS = (
    (MATCHES + 9) + (MATCHES + 4) + 3
)  # see `evidence`: the pair, the pair around it, scalars
PASSES_OF_A_GUESS = (
    3  # chosen on 8 + 8 clips of `benchmarks/carried.py --half 0`: 112 pixels, H.264
)
WIDEST_STEP = 0.75  # pixels an interval by which the wide pair may correct the first estimate
LEAST_POWER = 0.05  # of local contrast: a deviation of 0.7 grey levels, of rounding alone
LOG_INFORMATION = (-3.0, 6.0)  # between which the network has learnt to tell what it knows
AROUND = True  # wants the frames around a pair, see `estimate`
PERFECT = 0.004  # share of the power: images that differ less are the same one, well placed
UNLIKE_PX = 0.1  # least error where they differ by as much as the power, in its square
CONTRAST_SIGMA = 6.0  # pixels, a few speckles
FIRST_SIGMA = 6.0  # pixels over which the first estimate is averaged
FIT_SIGMA = 1.5  # places over which the outcome is fitted
SURE_PX = 0.06  # expected error at which the confidence is one half


@dataclass(frozen=True)
class Sight:
    """What is seen of one interval, as local contrast.

    Attributes
    ----------
    first, second : (H, W) float32, the pair.
    before, after : (H, W) float32, the frames around it; the pair's own where there are none.
    spans : intervals, in those of the pair, from `before` to `first` and `second` to `after`.
    valid : (H, W) bool, where an image is shown.
    enlarged : pixels of these images per pixel of the recording.
    """

    first: np.ndarray
    second: np.ndarray
    before: np.ndarray
    after: np.ndarray
    spans: tuple[float, float]
    valid: np.ndarray
    enlarged: float = 1.0


def estimate(
    first: np.ndarray,
    second: np.ndarray,
    *,
    before: np.ndarray | None = None,
    after: np.ndarray | None = None,
    spans: tuple[float, float] = (1.0, 1.0),
    enlarged: float = 1.0,
    guess: np.ndarray | None = None,
    step: int = 1,
    threads: int = 1,
    network: Callable[..., np.ndarray] | None = None,
    models: Path | None = None,
) -> Flow:
    """Displacement from `first` to `second`.

    Parameters
    ----------
    first, second : (H, W) uint8, masked: zero means not imaged.
    before, after : the frames around them, masked alike; None where there is none.
    spans : how far those are away, in intervals of the pair.
    enlarged : pixels of these images per pixel of the recording.
    guess : (H, W, 2) float32 pixels, near which the displacement is; else it is searched for.
    step : pixels between the places at which the flow is given, each way, from the first pixel.
    threads : of the graph; pairs are estimated side by side.
    network : another graph than the listed one, as `runtime.load_graph` gives it.
    models : the study's folder of models, before the shipped one (`_canvas.models_of`).

    Returns
    -------
    Flow : with the covariance of its error as the network expects it. Confidence is
        1 / (1 + (b / SURE_PX)^2), b the root of the covariance's mean variance, less
        where the images match as they are; 0 where either image is flat, and tells no motion.

    Raises
    ------
    StudyError : the images are not two grey uint8 images of one size, or an option is too small.
    """
    check_pair(first, second)
    check_at_least("motion: 'refiner'", 1, threads=threads)
    scale = scale_to(first.shape, SHAPE)
    shown = [
        None if x is None else on_canvas(x, scale, SHAPE) for x in (first, second, before, after)
    ]
    sight = seen(*shown, spans=spans, enlarged=enlarged * scale)
    speckled = _speckled(sight.first, sight.second, sight.valid)
    if not speckled.any():
        zero = np.zeros(first.shape, np.float32)[::step, ::step]
        return Flow(np.stack([zero, zero], axis=-1), zero)
    network = network or graph("refiner", threads, models)
    if guess is None:
        flow, covariance = corrected(sight, first_estimate(sight), speckled, network)
    else:
        check_guess(first, guess)
        flow = on_canvas(np.float32(scale) * guess, scale, SHAPE)[::STRIDE, ::STRIDE]
        for _ in range(PASSES_OF_A_GUESS):
            flow, covariance = corrected(sight, np.ascontiguousarray(flow), speckled, network)
    spread = np.sqrt((covariance[..., 0] + covariance[..., 2]) / 2)

    def back(values):
        return from_canvas(enlarged_to_pixels(values), first.shape, scale, step)

    displacement = back(flow) / np.float32(scale)
    error, seen_there = back(spread), back(speckled.astype(np.float32)) > 0.5
    shape_of = back(covariance / spread[..., None] ** 2)
    shows = valid_pixels(first, second)[::step, ::step] & seen_there
    confidence = np.where(shows, 1 / (1 + (error / SURE_PX) ** 2), 0).astype(np.float32)
    confident = confidence[..., None] > 0
    displacement = np.where(confident, displacement, np.float32(0))
    error2 = (error / np.float32(scale))[..., None] ** 2
    return Flow(
        np.ascontiguousarray(displacement, np.float32),
        confidence,
        np.where(confident, shape_of * error2, np.float32(0)).astype(np.float32),
    )


def corrected(
    sight: Sight, flow: np.ndarray, speckled: np.ndarray, network: Callable[..., np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """A flow (H / 4, W / 4, 2), pixels, corrected once by the network, and the covariance
    (H / 4, W / 4, 3) of the error that it expects to be left.

    speckled : (H / 4, W / 4) bool, where the images tell any motion.
    """
    given, mismatch = evidence(sight, flow)
    heads = network(given[None])[0]
    doubt = np.minimum(mismatch / PERFECT, 1)
    flow = flow + np.where(speckled, doubt, 0)[..., None] * heads[..., :2]
    covariance = expected_covariance(heads[..., 2:]) * doubt[..., None]
    floor = np.maximum(np.float32(1e-3), np.float32(UNLIKE_PX) * mismatch**2) ** 2
    covariance[..., [0, 2]] += floor[..., None]
    weight = speckled & sight.valid[::STRIDE, ::STRIDE]
    weight = weight / ((covariance[..., 0] + covariance[..., 2]) / 2)
    return locally_linear(flow, weight), covariance


def seen(
    first: np.ndarray,
    second: np.ndarray,
    before: np.ndarray | None = None,
    after: np.ndarray | None = None,
    *,
    spans: tuple[float, float] = (1.0, 1.0),
    enlarged: float = 1.0,
    valid: np.ndarray | None = None,
) -> Sight:
    """The sight of masked images (H, W) uint8; see `estimate`."""
    if valid is None:
        valid = valid_pixels(first, second)
    spans = 0.0 if before is None else spans[0], 0.0 if after is None else spans[1]
    around = [image for image, span in zip((before, after), spans, strict=True) if span]
    contrasts = local_contrasts([first, second, *around], valid, CONTRAST_SIGMA)
    one, two, *rest = (np.clip(contrast, -3, 3) for contrast in contrasts)
    return Sight(
        one,
        two,
        rest.pop(0) if spans[0] else one,
        rest.pop() if spans[1] else two,
        spans,
        valid,
        enlarged,
    )


def expected_covariance(heads: np.ndarray) -> np.ndarray:
    """(..., 3) of the network -> (..., 3) the entries xx, xy, yy of the error's covariance, px2.

    The heads (a, b, c) are a Cholesky factor L = [[exp a, 0], [b, exp c]] of the error's
    information: L' e has a density that goes as exp(-|L' e|), whose covariance is 3 in each
    coordinate.
    """
    a, c = (np.exp(np.clip(heads[..., k], *LOG_INFORMATION)) for k in (0, 2))
    b = heads[..., 1] * np.sqrt(a * c)
    # W = L L' = [[a^2, a b], [a b, b^2 + c^2]], of determinant (a c)^2
    scale = 3 / (a * c) ** 2
    return np.stack([(b * b + c * c) * scale, -a * b * scale, a * a * scale], axis=-1)


def _speckled(one: np.ndarray, two: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """(H / 4, W / 4) bool: places about which both local contrasts (H, W) are not flat."""
    power = np.minimum(_pooled(one * one), _pooled(two * two))
    return power > LEAST_POWER * _pooled(valid.astype(np.float32)) + np.float32(1e-6)


def first_estimate(sight: Sight) -> np.ndarray:
    """(H / 4, W / 4, 2) float32 pixels: DIS flow of the pair, then of what the wide pair has left
    when it is moved by that, both averaged where valid."""
    averaged = _averaging(sight.valid)
    near = averaged(_searched(sight.first, sight.second))
    span = 1 + sum(sight.spans)
    if span == 1:
        return near
    moved = enlarged_to_pixels(near)
    before, after = _moved_to_first(sight, moved)
    rest = averaged(_searched(before, after)) / np.float32(span)
    return near + np.clip(rest, -WIDEST_STEP, WIDEST_STEP)


def _searched(one, two):
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(1)
    search.setVariationalRefinementIterations(0)
    return search.calc(as_bytes(one), as_bytes(two), None)


def _averaging(valid):
    """A function from flow (H, W, 2) to its averages (H / 4, W / 4, 2) over what is valid."""
    weight = valid.astype(np.float32)[..., None]
    count = cv2.GaussianBlur(weight, (0, 0), FIRST_SIGMA)[::STRIDE, ::STRIDE, None]
    count = count + np.float32(1e-3)

    def averaged(flow):
        mean = cv2.GaussianBlur(flow * weight, (0, 0), FIRST_SIGMA)
        return np.ascontiguousarray(mean[::STRIDE, ::STRIDE] / count)

    return averaged


def _moved_to_first(sight, flow):
    """The frames around the pair at the places of the first, by a flow (H, W, 2) of the pair."""
    back, on = sight.spans
    weight = sight.valid.astype(np.float32)
    before, after = sight.before * weight, sight.after * weight
    if back:
        before = warp(before, -np.float32(back) * flow, cv2.INTER_LINEAR)
    return before, warp(after, np.float32(1 + on) * flow, cv2.INTER_LINEAR)


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


def evidence(sight: Sight, flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the images tell about motion near an estimate.

    Parameters
    ----------
    flow : (H / 4, W / 4, 2) pixels, the estimate.

    Returns
    -------
    seen : (H / 4, W / 4, CHANNELS) float32. Of the pair: normalised correlation at displacements
        of -REACH to REACH pixels (rows, then columns) about the estimate; the Lucas-Kanade
        step x, y in pixels; the structure tensor over the power; the correlation without any
        motion; the share of valid pixels; the estimate / FLOW_UNIT. Of the frames around it,
        each moved to the first by the estimate: the same correlations; the step; the correlation
        without any motion; the power of what differs. Then that power of the pair, the
        intervals of the wide span / 3, and the binary logarithm of `enlarged` / 2.
    mismatch : (H / 4, W / 4) power of the difference after the motion over that of the first
        image.
    """
    back = enlarged_to_pixels(flow)
    weight = sight.valid.astype(np.float32)
    first = sight.first * weight
    moved = warp(sight.second * weight, back, cv2.INTER_LINEAR)
    there = warp(weight, back, cv2.INTER_LINEAR)
    both = weight * there
    near, tensor, mismatch = _matches(first, moved, both, weight)
    still = _likeness(first, sight.second * weight)
    planes = [*near, *tensor, still, _pooled(both), *np.moveaxis(flow / FLOW_UNIT, -1, 0)]
    if any(sight.spans):
        before, after = _moved_to_first(sight, back)
        wide, _, apart = _matches(before, after, both, weight)
        wide_still = _likeness(sight.before * weight, sight.after * weight)
    else:  # no frames around: the pair itself stands for them
        wide, apart, wide_still = near, mismatch, still
    scalars = sum(sight.spans) / 3 + 1 / 3, np.log2(max(sight.enlarged, 0.25)) / 2
    planes += [*wide, wide_still, np.minimum(apart, 2)]
    planes += [np.minimum(mismatch, 2), *(np.full_like(mismatch, value) for value in scalars)]
    return np.stack(planes, axis=-1).astype(np.float32), mismatch


def _likeness(one, two):
    power = _pooled(one * one) * _pooled(two * two)
    return _pooled(one * two) / np.sqrt(power + np.float32(1e-3))


def _matches(first, moved, both, weight):
    """Correlations and Lucas-Kanade step about no motion, structure tensor, power of what differs
    over that of the first: of two images (H, W)."""
    rows, columns = first.shape
    wide = cv2.copyMakeBorder(moved, REACH, REACH, REACH, REACH, cv2.BORDER_CONSTANT)
    power_1 = _pooled(first * first)
    power_2 = _pooled(moved * moved)
    scale = 1 / np.sqrt(power_1 * power_2 + np.float32(1e-3))
    planes = []
    for y in range(2 * REACH + 1):
        for x in range(2 * REACH + 1):
            planes.append(_pooled(first * wide[y : y + rows, x : x + columns]) * scale)
    mean = (first + moved) / 2
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
    planes += [np.clip(step_x, -REACH, REACH), np.clip(step_y, -REACH, REACH)]
    difference = (first - moved) * weight
    tensor = [4 * xx / power, 4 * xy / power, 4 * yy / power]
    return planes, tensor, _pooled(difference * difference) / power


def _pooled(image: np.ndarray) -> np.ndarray:
    """(H, W) -> (H / 4, W / 4): averages about every fourth pixel, deviation 4 pixels or so."""
    half = cv2.pyrDown(image)
    return cv2.GaussianBlur(cv2.pyrDown(half), (5, 5), 0.9)
