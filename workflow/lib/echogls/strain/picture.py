"""Which part of the followed wall lies outside the picture: nothing was seen of it there."""

import cv2
import numpy as np

# A point this far beyond the picture's edge is still at it: the edge is known to a pixel or two.
TOLERANCE_PX = 2.0


def outside_picture(points_mm: np.ndarray, sector: np.ndarray, scale_mm: float) -> np.ndarray:
    """Whether points lie outside the sector: (..., 2) mm -> (...) bool; NaN is not outside.

    Parameters
    ----------
    sector : (H, W) bool, where tissue is imaged.
    scale_mm : mm per pixel.
    """
    rows, columns = sector.shape
    # How far each pixel is from the sector, with room round the picture for what leaves it.
    room = int(np.ceil(TOLERANCE_PX)) + 1
    wide = np.pad(~sector, room, constant_values=True).astype(np.uint8)
    distance = cv2.distanceTransform(wide, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    finite = np.isfinite(points_mm).all(axis=-1)
    place = np.where(finite[..., None], points_mm / scale_mm, 0.0)
    x = np.clip(np.round(place[..., 0]).astype(int), -room, columns - 1 + room) + room
    y = np.clip(np.round(place[..., 1]).astype(int), -room, rows - 1 + room) + room
    # A pixel beside the sector is at distance 1 of its middle: half a pixel from its edge.
    return finite & (distance[y, x] > TOLERANCE_PX + 0.5)


def steps_in_picture(outside: np.ndarray) -> np.ndarray:
    """Steps between neighbouring points that stay in the picture: (T, N) bool -> (N - 1,) bool,
    those neither of whose ends is outside in any of the T frames."""
    gone = outside.any(axis=0)
    return ~(gone[1:] | gone[:-1])
