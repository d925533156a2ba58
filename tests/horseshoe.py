"""A made ventricle: half an ellipse of wall, open at the base, with known geometry."""

import numpy as np

from echogls.study import LABELS


def horseshoe(
    size: int = 256,
    centre: tuple[float, float] = (128.0, 170.0),
    half_width: float = 40.0,
    length: float = 110.0,
    wall: float = 14.0,
    softness: float = 1.0,
    tilt: float = 0.0,
) -> np.ndarray:
    """Label scores (size, size, 4) of a ventricle with its apex up.

    centre : (x, y) of the middle of the annulus; half_width, length, wall in pixels;
    softness : width of the edges in pixels; tilt : clockwise rotation in radians.
    """
    y, x = np.mgrid[:size, :size].astype(float)
    dx, dy = x - centre[0], y - centre[1]
    across = np.cos(tilt) * dx + np.sin(tilt) * dy
    along = -(np.cos(tilt) * dy - np.sin(tilt) * dx)  # towards the apex
    inner = _ellipse(across, along, half_width, length)
    outer = _ellipse(across, along, half_width + wall, length + wall)
    atrium = _ellipse(across, along + 45, half_width * 0.8, 45)
    above = _step(along, softness)
    cavity = _step(inner, softness) * above
    muscle = _step(outer, softness) * above - cavity
    scores = np.zeros((size, size, 4), np.float32)
    scores[..., LABELS["cavity"]] = cavity
    scores[..., LABELS["myocardium"]] = np.clip(muscle, 0, 1)
    scores[..., LABELS["atrium"]] = _step(atrium, softness) * (1 - above)
    scores[..., 0] = np.clip(1 - scores[..., 1:].sum(-1), 0, 1)
    return scores


def middle_line(
    centre=(128.0, 170.0), half_width=40.0, length=110.0, wall=14.0, count=2000
) -> np.ndarray:
    """The ellipse midway between both borders, septal (left) to lateral: (count, 2)."""
    angle = np.linspace(np.pi, 0, count)
    return np.stack(
        [
            centre[0] + (half_width + wall / 2) * np.cos(angle),
            centre[1] - (length + wall / 2) * np.sin(angle),
        ],
        -1,
    )


def _ellipse(across, along, a, b):
    """Roughly the distance in pixels inside an ellipse, negative outside."""
    radius = np.hypot(across / a, along / b)
    slope = np.hypot(across / a**2, along / b**2) / np.maximum(radius, 1e-6)
    return (1 - radius) / np.maximum(slope, 1e-6)


def _step(distance, softness):
    return 1 / (1 + np.exp(-np.clip(distance * 4 / softness, -50, 50)))
