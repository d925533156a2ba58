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
MARK = 0.06  # of the image's shorter side: what is narrower, and sticks out, is text or a ruler
STILL_LIT, STILL = 40, 0.06  # of text: grey levels above the background, SD over time over mean
CODED = 17  # pixels round it, both ways, that blocks of 8 and the smoothing below make flicker
ROUNDED = 1.25  # radii of that brush: more than it takes from the tip of a fan of 60 degrees


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
    active, lit, still = _statistics(frames)
    if furniture is not None:
        active, lit = active & ~furniture, lit & ~furniture
    side = _brush_side(active.shape)
    brush = _round(side)
    moving, bright = (_without_thin_marks(mask, brush) for mask in (active, active | lit))
    if np.count_nonzero(moving) < 0.1 * np.count_nonzero(bright):  # a picture that stands still
        moving = bright
    count, parts = cv2.connectedComponents(moving)
    if count < 2:
        return None
    weight = np.bincount(parts.ravel(), minlength=count).astype(float)
    weight[0] = 0
    large = np.isin(parts, np.flatnonzero(weight > 0.05 * weight.max()))
    kept = _without_what_sticks_out(large, still)
    if side_by_side(kept):
        raise Excluded("several_images")
    sector = hull(kept)
    return sector if sector.mean() >= LEAST_AREA else None


def _without_thin_marks(mask: np.ndarray, brush: np.ndarray) -> np.ndarray:
    """(H, W) uint8; a trace that is removed does not cut the image in two."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, brush)
    return cv2.morphologyEx(opened, cv2.MORPH_CLOSE, brush)


def _without_what_sticks_out(mask: np.ndarray, still: np.ndarray) -> np.ndarray:
    """(H, W) bool without the marks beside the fan that flicker where a video codec shares out
    blocks: what lies apart from the hull of the mask's broad parts, and what beside that hull is
    bright and hardly changes (`still`)."""
    side = round(MARK * min(mask.shape)) | 1
    broad = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, _round(side))
    if not broad.any():
        return mask
    inner = hull(broad > 0)
    near = cv2.dilate(inner.astype(np.uint8), _round(round(ROUNDED * side) | 1)) > 0
    marks = cv2.dilate((still & ~inner).astype(np.uint8), _round(CODED)) > 0
    return mask & near & (inner | ~marks)


def _round(side: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


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
    """(H, W) bool thrice: pixels that change over time, pixels above the background, and bright
    ones that hardly change."""
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
    variance = squares / len(frames) - mean**2
    active = cv2.blur(np.clip(variance, 0, 2 * ACTIVE), (side, side)) > ACTIVE
    peak = frames.max(axis=0)
    still = peak[~active]
    background = int(np.bincount(still).argmax()) if len(still) else 0
    unchanged = (mean > background + STILL_LIT) & (variance < (STILL * mean) ** 2)
    return active, peak > background + LIT, unchanged


def _brush_side(shape: tuple[int, int]) -> int:
    """Pixels, odd: wider than the strokes of screen text and an ECG trace."""
    return max(3, round(0.012 * min(shape)) | 1)


def hull(mask: np.ndarray) -> np.ndarray:
    """(H, W) bool, the filled convex hull of a mask that is not empty."""
    (rows,) = np.nonzero(mask.any(axis=1))
    first = mask[rows].argmax(axis=1)  # no point between a row's ends is a corner
    last = mask.shape[1] - 1 - mask[rows, ::-1].argmax(axis=1)
    points = np.concatenate([np.stack([ends, rows], axis=1) for ends in (first, last)])
    filled = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(filled, cv2.convexHull(points.astype(np.int32)), 1)
    return filled > 0


def bounding_box(mask: np.ndarray) -> Box:
    """The smallest box that holds a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)
