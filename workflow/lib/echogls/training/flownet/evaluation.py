"""End-point error of flow by kind of data and range of displacement."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import cv2
import numpy as np

from echogls.motion._window import HEIGHT, WIDTH
from echogls.training.flownet.shards import IMAGES

COLUMNS = ("network", "data", "displacement_px", "endpoint_error_px", "slope", "places", "pairs")
RANGES_PX = (0.0, 0.5, 1.0, 2.0, 4.0, np.inf)  # bounds of the rows, by true motion; by judgement


def endpoint_rows(
    network: str,
    data: str,
    pairs: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]],
) -> list[dict[str, object]]:
    """Rows with COLUMNS, one a range of true displacement and one of all.

    Parameters
    ----------
    pairs : (estimated, true, counted): (..., 2) pixels twice, (...,) bool.

    Returns
    -------
    rows : endpoint_error_px is the mean length of estimated - true; slope the regression
        through zero of estimated on true displacement, below 1 where motion is shrunk.
    """
    estimates = list(pairs)
    estimated = np.concatenate([one[counted] for one, _, counted in estimates])
    true = np.concatenate([one[counted] for _, one, counted in estimates])
    length = np.linalg.norm(true, axis=-1)
    error = np.linalg.norm(estimated - true, axis=-1)
    rows = []
    bounds = [(0.0, np.inf), *pairwise(RANGES_PX)]
    for number, (low, high) in enumerate(bounds):
        part = (length >= low) & (length < high)
        power = float((true[part] ** 2).sum())
        name = (
            "all" if number == 0 else f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} up"
        )
        rows.append(
            {
                "network": network,
                "data": data,
                "displacement_px": name,
                "endpoint_error_px": float(error[part].mean()) if part.any() else None,
                "slope": float((estimated[part] * true[part]).sum() / power) if power else None,
                "places": int(part.sum()),
                "pairs": len(estimates),
            }
        )
    return rows


def estimated_pairs(
    estimate: Callable,
    pairs: Iterable[dict[str, np.ndarray]],
    step: int,
    *,
    around: bool = False,
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(estimated, true, on the wall) of masked window pairs, at every `step`-th pixel.

    The estimator sees what it sees in a study: the mask's bounding box, enlarged to the window
    there. Displacements are in pixels of the pair all the same.

    estimate : (first, second) -> `motion.Flow`.
    around : it also takes before, after, spans and enlarged, as `motion.refiner.estimate` does.
    """
    estimates = []
    for pair in pairs:
        box = tuple(_span(pair["near"].any(axis=other), step) for other in (1, 0))
        flow = _in_a_study_s_window(estimate, pair, box, around)[::step, ::step]
        coarse = tuple(slice(s.start // step, s.stop // step) for s in box)
        estimates.append((flow, pair["flow"][coarse].astype(np.float64), pair["wall"][coarse]))
    return estimates


def _in_a_study_s_window(estimate, pair, box, around):
    """Displacement (H, W, 2) in a box of a pair, which is enlarged, then masked, for it."""
    rows, columns = (part.stop - part.start for part in box)
    scale = min(HEIGHT / rows, WIDTH / columns)
    size = round(scale * columns), round(scale * rows)
    matrix = np.float64([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2]])
    there = matrix - scale * np.float64([[0, 0, box[1].start], [0, 0, box[0].start]])
    near = cv2.warpAffine(255 * pair["near"].astype(np.uint8), there, size) > 127
    images = {
        name: np.where(near, cv2.warpAffine(pair[name], there, size, flags=cv2.INTER_CUBIC), 0)
        for name in (IMAGES if around else IMAGES[:2])
    }
    more = {}
    if around:
        spans = [float(span) for span in pair["spans"]]
        more = {"spans": tuple(spans), "enlarged": float(pair["enlarged"]) * scale}
        more |= {name: images[name] for name, span in zip(IMAGES[2:], spans, strict=True) if span}
    flow = estimate(images["first"], images["second"], **more).displacement
    back = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    border = cv2.BORDER_REPLICATE
    return cv2.warpAffine(flow, matrix, (columns, rows), flags=back, borderMode=border) / scale


def _span(used, step):
    """The part of an axis (N,) bool that is used, to whole steps; N is a multiple of `step`."""
    places = np.flatnonzero(used) if used.any() else np.array([0, len(used) - 1])
    return slice(int(places[0]) // step * step, -(-(int(places[-1]) + 1) // step) * step)
