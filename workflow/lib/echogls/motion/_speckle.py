"""What two images tell about motion at each node: how much, how well, in which direction."""

from dataclasses import dataclass

import cv2
import numpy as np

from echogls.motion._contrast import correlation, local_contrasts, valid_pixels
from echogls.motion._flow import Flow
from echogls.motion._nodes import kernel_average, to_nodes, to_pixels, warp

# By judgement.
CONTRAST_SIGMA = 8.0  # pixels, a few speckles
SPECKLE_SIGMA = 0.65  # pixels: takes the noise of single pixels, leaves speckle
RIM = np.ones((5, 5), np.uint8)  # where a gradient would see the edge of the mask
FLAT = 0.005  # 1 / pixel^2: a peak that falls off over 14 pixels is half trusted


@dataclass(frozen=True)
class Speckle:
    """A pair of images ready for tracking.

    Attributes
    ----------
    first, second : (H, W) float32, local contrast.
    valid : (H, W) bool, where the pair shows an image.
    weight : (H, W) float32, 1 where gradients can be trusted, else 0.
    nodes : (h, w) bool, the nodes that see something.
    slope_x, slope_y : (H, W) float32, gradient of `first` times `weight`, per pixel.
    """

    first: np.ndarray
    second: np.ndarray
    valid: np.ndarray
    weight: np.ndarray
    nodes: np.ndarray
    slope_x: np.ndarray
    slope_y: np.ndarray

    @property
    def tensor(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The structure tensor's entries xx, xy, yy, (H, W) each."""
        x, y = self.slope_x, self.slope_y
        return x * x, x * y, y * y


def prepare(first: np.ndarray, second: np.ndarray) -> Speckle:
    """From two masked (H, W) uint8 images."""
    valid = valid_pixels(first, second)
    weight = cv2.erode(valid.astype(np.uint8), RIM).astype(np.float32)
    one, two = (
        cv2.GaussianBlur(contrast, (0, 0), SPECKLE_SIGMA)
        for contrast in local_contrasts((first, second), valid, CONTRAST_SIGMA)
    )
    return Speckle(
        first=one,
        second=two,
        valid=valid,
        weight=weight,
        nodes=to_nodes(weight) > 0.1,
        slope_x=cv2.Scharr(one, cv2.CV_32F, 1, 0, scale=1 / 32) * weight,
        slope_y=cv2.Scharr(one, cv2.CV_32F, 0, 1, scale=1 / 32) * weight,
    )


def moved_back(speckle: Speckle, displacement: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The second image under a (H, W, 2) displacement, and the weight valid in both."""
    weight = warp(speckle.weight, displacement, cv2.INTER_LINEAR)
    return warp(speckle.second, displacement), speckle.weight * weight


def reliability(speckle: Speckle, displacement: np.ndarray) -> np.ndarray:
    """(N,) what a match at this displacement is worth: r^2 / (1 - r^2), r the correlation.

    The Cramer-Rao bound of a delay's variance is in proportion to its inverse (Walker &
    Trahey 1995); bounded to 20, for no match of ultrasound is free of error.
    """
    moved, both = moved_back(speckle, displacement)
    match = correlation(speckle.first, moved, both, kernel_average)[speckle.nodes]
    squared = np.clip(match, 0.1, 1) ** 2
    return squared / (1.05 - squared)


def information(speckle: Speckle) -> np.ndarray:
    """(N, 3) structure tensor xx, xy, yy at the nodes: lateral motion is known less well."""
    return np.stack([to_nodes(entry)[speckle.nodes] for entry in speckle.tensor], axis=1)


def flow_from_nodes(
    speckle: Speckle, node_displacement: np.ndarray, trust: np.ndarray | None = None
) -> Flow:
    """The dense flow of node displacements (h, w, 2), with its confidence.

    confidence = r * s / (s + FLAT) * trust, where r is the normalised cross-correlation
    of the kernels at the displacement, and s the curvature of their correlation peak
    in its flattest direction: the smaller eigenvalue of the structure tensor over the
    kernel's power, in 1 / pixel^2. `trust` (h, w) is 1 unless the estimator knows more.
    """
    shape, nodes = speckle.first.shape, speckle.nodes
    displacement = to_pixels(node_displacement, nodes, shape)
    moved, both = moved_back(speckle, displacement)
    match = correlation(speckle.first, moved, both, kernel_average)
    power = np.maximum(kernel_average(speckle.first**2 * speckle.weight), np.float32(1e-6))
    xx, xy, yy = (kernel_average(entry) / power for entry in speckle.tensor)
    sharpness = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    sharpness = np.maximum(sharpness, 0)
    confidence = np.clip(match, 0, 1) * sharpness / (sharpness + np.float32(FLAT))
    if trust is not None:
        confidence = confidence * trust
    confidence = to_pixels(np.where(nodes, confidence, 0), nodes, shape)
    confidence = np.where(speckle.valid, np.clip(confidence, 0, 1), np.float32(0))
    displacement = np.where(confidence[..., None] > 0, displacement, np.float32(0))
    return Flow(displacement, confidence)
