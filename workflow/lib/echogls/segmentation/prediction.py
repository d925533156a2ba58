"""A frame through a segmentation network: scores on the network's grid, labels on the image's."""

from collections.abc import Callable

import numpy as np

from echogls.segmentation.contour import clean_labels, most_probable
from echogls.segmentation.square import Square, normalise


def predict_labels(network: Callable, image: np.ndarray, square: Square) -> np.ndarray:
    """(H, W) uint8 grey image -> (H, W) uint8 labels on the same grid, and nothing smoothed."""
    return labels_on_image(label_scores(network, image, square), square)


def label_scores(network: Callable, image: np.ndarray, square: Square) -> np.ndarray:
    """Probabilities (side, side, 4) of one (H, W) uint8 frame, on the network's grid."""
    side = network.input_shape[1]
    grey = normalise(square.cut(image, side).astype(np.float32) / 255)
    return network(grey[None, ..., None])[0]


def labels_on_image(scores: np.ndarray, square: Square) -> np.ndarray:
    """(H, W) uint8 cleaned labels on the image's grid, from scores on the network's."""
    return clean_labels(most_probable(square.paste(scores)))
