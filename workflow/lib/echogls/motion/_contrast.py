"""Masked images made comparable: only speckle is left, and the mask's edge is gone.

A masked image has one strong structure that never moves, the edge of its mask, and
gain and shadow that belong to the probe and not to the tissue. Both pull an estimate
towards zero. Subtracting the local mean of the valid pixels and dividing by their
local deviation removes both.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

# By judgement.
FLOOR = 3.0  # grey levels: a flatter surrounding holds no speckle, only quantisation
GREY = 40.0  # grey levels that one local deviation becomes in 8-bit images
CLOSING = np.ones((9, 9), np.uint8)  # pixels: dark dots between speckles are narrower, holes wider


def valid_pixels(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(H, W) bool, where a pair shows an image.

    Masked-out pixels are zero in both images; so are dark dots between speckles,
    which count as image: zeros narrower than 9 pixels are closed.
    """
    seen = ((first > 0) | (second > 0)).astype(np.uint8)
    return cv2.morphologyEx(seen, cv2.MORPH_CLOSE, CLOSING).astype(bool)


def local_contrasts(
    images: Sequence[np.ndarray], valid: np.ndarray, sigma: float
) -> list[np.ndarray]:
    """Of each (H, W) image, (image - local mean) / local deviation, float32; 0 where not valid.

    Mean and deviation are Gaussian averages (`sigma` pixels) over the valid pixels
    alone (normalised convolution, Knutsson & Westin 1993).
    """
    weight = valid.astype(np.float32)
    count = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), np.float32(1e-3))
    return [_contrast(image * weight, weight, count, sigma) for image in images]


def _contrast(grey, weight, count, sigma):
    mean = cv2.GaussianBlur(grey, (0, 0), sigma) / count
    variance = cv2.GaussianBlur(grey * grey, (0, 0), sigma) / count - mean * mean
    return weight * (grey - mean) / np.sqrt(np.maximum(variance, 0) + np.float32(FLOOR**2))


def as_bytes(contrast: np.ndarray) -> np.ndarray:
    """Local contrast as the 8-bit image that OpenCV's DIS takes, 128 where it is zero."""
    return np.clip(128 + GREY * contrast, 0, 255).astype(np.uint8)


def correlation(
    first: np.ndarray,
    second: np.ndarray,
    weight: np.ndarray,
    average: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Normalised cross-correlation of two zero-mean images, `average` being the kernel."""
    product = average(weight * first * second)
    power = average(weight * first * first) * average(weight * second * second)
    return product / np.sqrt(np.maximum(power, 0) + np.float32(1e-8))
