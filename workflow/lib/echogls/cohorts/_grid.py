"""Square pixels."""

import cv2
import numpy as np

# Spacings that differ by less are one spacing: resampling would blur more than it mends; by
# judgement.
SAME = 0.005


def square_pixels(
    image: np.ndarray, row_mm: float, column_mm: float, labels: bool = False
) -> np.ndarray:
    """Resample to the finer of the two spacings, so that no detail is lost.

    Parameters
    ----------
    image : (H, W) uint8.
    row_mm, column_mm : mm between neighbouring rows and between neighbouring columns.
    labels : True takes the nearest pixel, False interpolates linearly.

    Returns
    -------
    (H', W') uint8 with `square_spacing(row_mm, column_mm)` mm per pixel both ways.
    """
    if _same(row_mm, column_mm):
        return image
    spacing = min(row_mm, column_mm)
    rows = round(image.shape[0] * row_mm / spacing)
    columns = round(image.shape[1] * column_mm / spacing)
    method = cv2.INTER_NEAREST_EXACT if labels else cv2.INTER_LINEAR
    return cv2.resize(image, (columns, rows), interpolation=method)


def square_spacing(row_mm: float, column_mm: float) -> float:
    """mm per pixel after `square_pixels`."""
    if _same(row_mm, column_mm):
        return (row_mm + column_mm) / 2
    return min(row_mm, column_mm)


def _same(row_mm: float, column_mm: float) -> bool:
    return abs(row_mm - column_mm) <= SAME * max(row_mm, column_mm)
