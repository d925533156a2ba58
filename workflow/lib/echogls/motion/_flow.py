"""What a motion estimator takes and gives."""

from dataclasses import dataclass

import numpy as np

from echogls.study import StudyError

SMALLEST = 16  # pixels; less shows no speckle pattern; by judgement, two nodes


@dataclass(frozen=True)
class Flow:
    """Motion from one image to the next.

    Attributes
    ----------
    displacement : (H, W, 2) float32, pixels (x, y), at the pixels of the first
        image: second(p + displacement(p)) ~ first(p). Zero where unknown.
    confidence : (H, W) float32 in 0..1; 0 where the motion is unknown.
    covariance : (H, W, 3) float32, pixels^2, the entries xx, xy, yy of the covariance of the
        displacement's error, of estimators that tell it; else None.
    """

    displacement: np.ndarray
    confidence: np.ndarray
    covariance: np.ndarray | None = None


def check_pair(first: np.ndarray, second: np.ndarray) -> None:
    """Refuse what an estimator cannot take: two grey (H, W) uint8 images of one size."""
    for name, image in (("first", first), ("second", second)):
        if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 2:
            came = getattr(image, "dtype", type(image).__name__), getattr(image, "shape", "")
            raise StudyError(
                f"motion: the {name} image is {came[0]} {came[1]}, expected grey (H, W) uint8; "
                "convert it before the call"
            )
    if min(first.shape) < SMALLEST:
        raise StudyError(
            f"motion: the images are {first.shape}, expected {SMALLEST} pixels or more each way"
        )
    if first.shape != second.shape:
        raise StudyError(
            f"motion: the images differ in size, {first.shape} and {second.shape}; "
            "bring both to one window"
        )


def check_guess(first: np.ndarray, guess: np.ndarray) -> None:
    """Refuse a guess that is no displacement (H, W, 2) at the pixels of `first`."""
    if np.shape(guess) != (*first.shape, 2):
        raise StudyError(
            f"motion: the guess is {np.shape(guess)}, expected {(*first.shape, 2)}: pixels (x, y) "
            "at each pixel of the first image"
        )
