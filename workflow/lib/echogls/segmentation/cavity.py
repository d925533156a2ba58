"""Size of the cavity over time, and the frames that look like ED and ES."""

import numpy as np

from echogls.segmentation.contour import Wall


def area(wall: Wall) -> float:
    """Area inside the endocardium, closed straight across the annulus, in its unit squared."""
    x, y = wall.endocardium.T
    return float(0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))


def long_axis(wall: Wall) -> float:
    """Distance from the middle of the annulus to the farthest endocardial point."""
    middle = 0.5 * (wall.endocardium[0] + wall.endocardium[-1])
    return float(np.hypot(*(wall.endocardium - middle).T).max())


def ed_es_candidates(areas: np.ndarray) -> tuple[int, int]:
    """Frames of the largest and the smallest cavity, (T,) areas with NaN where unknown.

    A first guess for overlays; the cycle of the strain stage decides.
    (-1, -1) if no frame has an area.
    """
    if not np.isfinite(areas).any():
        return -1, -1
    return int(np.nanargmax(areas)), int(np.nanargmin(areas))
