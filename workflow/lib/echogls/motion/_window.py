"""The window on the left ventricle that motion estimators see, and the way back.

Points are (x, y) in pixels, integers in the centres of pixels, in both frames.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from echogls.motion._nodes import STRIDE
from echogls.study import StudyError

HEIGHT, WIDTH = 384, 512  # at most, as in the paper (section 2.3); multiples of the nodes' STRIDE


@dataclass(frozen=True)
class Window:
    """One affine map for a whole clip: window point = scale * cine point + (x, y).

    Attributes
    ----------
    scale : window pixels per cine pixel, the same in both directions.
    x, y : window pixels, where the cine's first pixel lies.
    shape : (rows, columns) of the window.
    """

    scale: float
    x: float
    y: float
    shape: tuple[int, int] = (HEIGHT, WIDTH)

    @property
    def matrix(self) -> np.ndarray:
        """(2, 3) float64, from cine to window pixels."""
        return np.array([[self.scale, 0.0, self.x], [0.0, self.scale, self.y]])


def window_on(
    masks: Iterable[np.ndarray], margin_px: float, shape: tuple[int, int] = (HEIGHT, WIDTH)
) -> Window:
    """The window that just holds the wall of every frame with a margin around it.

    The wall is taller than wide, as a rule: what the window would show beside it is left out,
    which spares the estimators almost half of their work.

    Parameters
    ----------
    masks : T of (H, W) bool, the wall on the cine's grid.
    margin_px : cine pixels kept free on each side of the wall's bounding box.
    shape : (rows, columns) of the window at most; the box is centred in it.

    Raises
    ------
    StudyError : no frame has a wall.
    """
    wall = functools.reduce(np.logical_or, masks)
    if not wall.any():
        raise StudyError("motion: the masks are empty in every frame; segment the clip first")
    rows, columns = np.flatnonzero(wall.any(axis=1)), np.flatnonzero(wall.any(axis=0))
    height = rows[-1] - rows[0] + 1 + 2 * margin_px
    width = columns[-1] - columns[0] + 1 + 2 * margin_px
    scale = float(min(shape[0] / height, shape[1] / width))
    needed = (STRIDE * int(np.ceil(scale * size / STRIDE - 1e-9)) for size in (height, width))
    tall, wide = (min(pair) for pair in zip(shape, needed, strict=True))
    return Window(
        scale=scale,
        x=(wide - 1) / 2 - scale * float(columns[0] + columns[-1]) / 2,
        y=(tall - 1) / 2 - scale * float(rows[0] + rows[-1]) / 2,
        shape=(tall, wide),
    )


def image_in_window(image: np.ndarray, window: Window) -> np.ndarray:
    """Resample an (H, W) uint8 image into the window; black outside the image.

    Cubic, because linear interpolation blurs by how far a window pixel lies from
    the cine's, a pattern that stands still while the tissue moves.
    """
    if window.scale < 1:
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / window.scale)
    size = (window.shape[1], window.shape[0])
    return cv2.warpAffine(image, window.matrix, size, flags=cv2.INTER_CUBIC)


def mask_in_window(mask: np.ndarray, window: Window, margin_px: float = 0.0) -> np.ndarray:
    """Resample an (H, W) bool mask into the window and grow it by `margin_px` window pixels."""
    size = (window.shape[1], window.shape[0])
    grey = cv2.warpAffine(mask.astype(np.uint8) * 255, window.matrix, size, flags=cv2.INTER_LINEAR)
    inside = grey > 127
    if not inside.any() or margin_px <= 0:
        return inside
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return away <= margin_px
