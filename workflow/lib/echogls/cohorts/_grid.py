"""Square pixels, and not more of them than memory holds."""

import cv2
import numpy as np

# Spacings that differ by less are one spacing: resampling would blur more than it mends; by
# judgement.
SAME = 0.005
# Of all grey frames of a clip: every stage holds them, and two of them labels of the same size. By
# judgement: so fits the memory that the rules ask of a cluster, and few clips have more.
MOST_BYTES = 300_000_000
# Of one frame: four times a screen of 2560 x 1600, which no ultrasound machine records.
MOST_PIXELS = 16_000_000
# Frames, spread over a clip, from which the sector and colour flow are judged, and their pixels: of
# fewer a beat's parts are missed, more cost time and, in colour, memory. By judgement.
SURVEYED = 32
SURVEYED_PIXELS = 80_000_000


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


def shrinking(count: int, rows: int, columns: int) -> float:
    """By how much smaller, in either direction, `count` frames are made that would be more than
    MOST_BYTES; 1 for all others.

    Ultrasound's own resolution is some millimetre: 2,000 frames of 1024 x 768 become 447 x 335,
    and a pixel of a picture 160 mm deep 0.48 mm instead of 0.21.
    """
    return max(1.0, float(np.sqrt(count * rows * columns / MOST_BYTES)))


def shrunk(image: np.ndarray, factor: float) -> np.ndarray:
    """An image (H, W) or (H, W, 3) uint8 made smaller by a factor; each pixel the mean of those it
    covers."""
    if factor == 1:
        return image
    size = [max(1, round(length / factor)) for length in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def said_of_shrinking(factor: float, count: int, rows: int, columns: int) -> str:
    """What clips.tsv says of it, "" where nothing was made smaller."""
    if factor == 1:
        return ""
    return f"{count} frames of {columns} x {rows} are many: made {factor:.3g} times smaller"
