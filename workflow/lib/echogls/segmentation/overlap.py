"""How well a mask matches an expert's: Dice, mean absolute and Hausdorff distance."""

import cv2
import numpy as np


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Dice coefficient of two bool masks of one shape; NaN if both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 2.0 * int((a & b).sum()) / total if total else float("nan")


def surface_distances(a: np.ndarray, b: np.ndarray, spacing_mm: float) -> tuple[float, float]:
    """Distances between the outlines of two (H, W) bool masks.

    Returns
    -------
    (mean absolute distance, Hausdorff distance) in mm: the mean over both
    outlines of the distance to the other one, and the largest of them. NaN if
    either mask is empty.
    """
    edge_a, edge_b = _outline(a), _outline(b)
    if not edge_a.any() or not edge_b.any():
        return float("nan"), float("nan")
    from_a = _distance_to(edge_b)[edge_a]
    from_b = _distance_to(edge_a)[edge_b]
    mean = 0.5 * (from_a.mean() + from_b.mean())
    return float(mean * spacing_mm), float(max(from_a.max(), from_b.max()) * spacing_mm)


def _outline(mask):
    inside = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    return mask & (inside == 0)


def _distance_to(edge):
    return cv2.distanceTransform((~edge).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
