"""A grid of nodes, one every eight pixels: averages of the pixels, and the way back.

Node (i, j) lies on the pixel in row 8 i and column 8 j.
"""

import cv2
import numpy as np

# Halvings of the image: a node every 8 pixels, some speckles, over which motion is smooth; by
# judgement.
LEVELS = 3
STRIDE = 2**LEVELS


def to_nodes(image: np.ndarray) -> np.ndarray:
    """(H, W) -> (h, w): Gaussian averages at the nodes, standard deviation 4.6 pixels."""
    for _ in range(LEVELS):
        image = cv2.pyrDown(image)
    return image


def kernel_average(image: np.ndarray) -> np.ndarray:
    """(H, W) -> (h, w): the average over a tracking kernel, standard deviation 9 pixels."""
    return cv2.GaussianBlur(to_nodes(image), (5, 5), 1.0)


def to_pixels(values: np.ndarray, nodes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Interpolate (h, w) or (h, w, 2) to the pixels, float32.

    A node not in use takes the mean of its neighbours in use, or zero.
    """
    planes = values.reshape(*nodes.shape, -1).astype(np.float32)
    weight = nodes.astype(np.float32)
    count = np.maximum(cv2.blur(weight, (3, 3)), np.float32(1e-6))
    here = np.array([[1 / STRIDE, 0, 0], [0, 1 / STRIDE, 0]])
    pixels = []
    for plane in np.moveaxis(planes, -1, 0):
        filled = np.where(nodes, plane, cv2.blur(plane * weight, (3, 3)) / count)
        pixels.append(
            cv2.warpAffine(
                filled,
                here,
                (shape[1], shape[0]),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
        )
    return pixels[0] if values.ndim == 2 else np.stack(pixels, axis=-1)


def warp(image: np.ndarray, displacement: np.ndarray, way: int = cv2.INTER_CUBIC) -> np.ndarray:
    """image(p + displacement(p)) for every pixel p of an (H, W) image; zero outside."""
    height, width = displacement.shape[:2]
    x = np.arange(width, dtype=np.float32) + displacement[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + displacement[..., 1]
    return cv2.remap(image, x, y, way)
