"""A pair of images on the fixed canvas that a network's graph takes, and the way back."""

import functools
import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from echogls.places import MODELS
from echogls.runtime import load_graph, model_names, shipped_model
from echogls.study import StudyError

_ONE_LOADS = threading.Lock()


def scale_to(shape: tuple[int, int], canvas: tuple[int, int]) -> float:
    """By how much images (rows, columns) are shrunk to fit; never enlarged."""
    return min(canvas[0] / shape[0], canvas[1] / shape[1], 1.0)


def on_canvas(image: np.ndarray, scale: float, canvas: tuple[int, int]) -> np.ndarray:
    """An (H, W) or (H, W, C) image at that scale in the canvas' upper left; zero beside it."""
    placed = np.zeros((*canvas, *image.shape[2:]), image.dtype)
    if scale < 1:
        size = round(image.shape[1] * scale), round(image.shape[0] * scale)
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    rows, columns = min(image.shape[0], canvas[0]), min(image.shape[1], canvas[1])
    placed[:rows, :columns] = image[:rows, :columns]
    return placed


def from_canvas(
    values: np.ndarray, shape: tuple[int, int], scale: float, step: int = 1
) -> np.ndarray:
    """Values (h, w) or (h, w, C) of the canvas at every `step`-th pixel of the pair (H, W)."""
    shift = 0.5 * scale - 0.5  # the images share their upper left corner, not its pixel's centre
    here = np.array([[scale * step, 0, shift], [0, scale * step, shift]])
    return cv2.warpAffine(
        values,
        here,
        tuple(-(-size // step) for size in shape[::-1]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def models_of(name: str, models: Path | None = None) -> Path:
    """The folder whose models.yaml has a motion network: the study's own if it lists one of that
    name, else the shipped one."""
    if models is not None and name in model_names(models, "motion"):
        return Path(models)
    return MODELS


def graph(name: str, threads: int, models: Path | None = None) -> Callable[..., np.ndarray]:
    """A graph as a function, loaded once; `models` as `models_of` takes it.

    Raises StudyError if there is none of that name.
    """
    with _ONE_LOADS:  # of the pairs side by side, the first one; the others wait
        return _loaded(name, threads, models)


@functools.cache
def _loaded(name, threads, models):
    models = models_of(name, models)
    if name not in model_names(models, "motion"):
        raise StudyError(
            f"motion: workflow/models has no trained network '{name}'; train it by "
            "`snakemake --cores 2 train_flow` (workflow/models/README.md)"
        )
    return load_graph(shipped_model(models, name), threads)
