"""A grid of places, one every fourth pixel, on which motion is found and kept."""

import cv2
import numpy as np

STRIDE = 4  # pixels between places; place (i, j) lies on the pixel in row 4 i and column 4 j


def enlarged_to_pixels(values: np.ndarray) -> np.ndarray:
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
