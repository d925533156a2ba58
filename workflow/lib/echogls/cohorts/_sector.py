"""The ultrasound sector: the part of the screen where an image is made."""

import cv2
import numpy as np

from echogls.cohorts import Excluded
from echogls.cohorts._box import Box

# By judgement.
ACTIVE = 0.9  # squared grey levels of variance over time; compression stays below
LIT = 8  # grey levels above the background
WIDE_GAP = 0.28  # of the width; within the uppermost fifth of one sector none is wider
LEAST_HALF = 0.3  # of what is lit, on either side of the gap between two images
LEAST_AREA = 0.03  # of the image; less is no sector


def find_sector(frames: np.ndarray, furniture: np.ndarray | None = None) -> np.ndarray | None:
    """The convex part of the image that holds the moving ultrasound image.

    Ultrasound flickers in every pixel that it lights; text, rulers, banners and
    logos stand still, and an ECG trace is thin. What flickers is cleaned of thin
    marks, and the hull of its large parts is the sector, dark cavities and shadows
    inside it included. What stands still never widens it, even where it touches the
    fan; only of a picture that stands still as a whole what is lit is taken.

    Parameters
    ----------
    frames : (S, H, W) uint8 grey, a sample of the clip, spread over time.
    furniture : (H, W) bool, pixels known not to be ultrasound, or None.

    Returns
    -------
    (H, W) bool, or None if there is no such part.

    Raises `Excluded` where two images stand side by side.
    """
    active, lit = _statistics(frames)
    if furniture is not None:
        active, lit = active & ~furniture, lit & ~furniture
    side = _brush_side(active.shape)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    moving, bright = (_without_thin_marks(mask, brush) for mask in (active, active | lit))
    if np.count_nonzero(moving) < 0.1 * np.count_nonzero(bright):  # a picture that stands still
        moving = bright
    count, parts = cv2.connectedComponents(moving)
    if count < 2:
        return None
    weight = np.bincount(parts.ravel(), minlength=count).astype(float)
    weight[0] = 0
    kept = np.isin(parts, np.flatnonzero(weight > 0.05 * weight.max()))
    if side_by_side(kept):
        raise Excluded("several_images")
    sector = hull(kept)
    return sector if sector.mean() >= LEAST_AREA else None


def _without_thin_marks(mask: np.ndarray, brush: np.ndarray) -> np.ndarray:
    """(H, W) uint8; a trace that is removed does not cut the image in two."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, brush)
    return cv2.morphologyEx(opened, cv2.MORPH_CLOSE, brush)


def side_by_side(lit: np.ndarray) -> bool:
    """Whether a (H, W) bool mask that is not empty is of two images next to each other.

    One image begins with one apex, or one arc. Two have a wide gap in their uppermost part,
    and much of what is lit on either side of it.
    """
    top, bottom, left, right = bounding_box(lit)
    upper = lit[top : top + max(1, (bottom - top) // 5), left:right].any(axis=0)
    places = np.flatnonzero(upper)
    gaps = np.diff(places)
    if not len(gaps) or gaps.max() < WIDE_GAP * (right - left):
        return False
    middle = left + places[gaps.argmax()] + gaps.max() // 2
    share = np.count_nonzero(lit[:, :middle]) / np.count_nonzero(lit)
    return LEAST_HALF <= share <= 1 - LEAST_HALF


def _statistics(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) bool twice: pixels that change over time, and pixels above the background."""
    total = np.zeros(frames.shape[1:], np.float32)
    squares = np.zeros_like(total)
    for frame in frames:
        values = frame.astype(np.float32)
        total += values
        squares += values**2
    mean = total / len(frames)
    # Faint tissue flickers in scattered pixels, so neighbours vote; capped, a bright
    # edge does not spread beyond itself.
    side = _brush_side(total.shape)
    variance = np.clip(squares / len(frames) - mean**2, 0, 2 * ACTIVE)
    active = cv2.blur(variance, (side, side)) > ACTIVE
    peak = frames.max(axis=0)
    still = peak[~active]
    background = int(np.bincount(still).argmax()) if len(still) else 0
    return active, peak > background + LIT


def _brush_side(shape: tuple[int, int]) -> int:
    """Pixels, odd: wider than the strokes of screen text and an ECG trace."""
    return max(3, round(0.012 * min(shape)) | 1)


def hull(mask: np.ndarray) -> np.ndarray:
    """(H, W) bool, the filled convex hull of a mask that is not empty."""
    points = np.argwhere(mask)[:, ::-1].astype(np.int32)
    filled = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(filled, cv2.convexHull(points), 1)
    return filled > 0


def bounding_box(mask: np.ndarray) -> Box:
    """The smallest box that holds a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)
