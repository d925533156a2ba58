"""No fusion: the contour as it was segmented, for stills and to compare the filter with."""

import numpy as np

from echogls.fusion import noise
from echogls.fusion.fused import Fused

# Noise of a contour point in a still, whose jitter cannot be seen: an assumption. Give
# `position_sd_mm` where the network's own, against experts, is known.
STILL_POSITION_SD_MM = 1.0


def fuse(
    centreline_mm: np.ndarray,
    velocity_at: object,
    times_s: np.ndarray,
    *,
    pixel_mm: float | None,
    position_sd_mm: float | None = None,
) -> Fused:
    """Give positions as segmented; velocities and accelerations are NaN, unknown.

    See `echogls.fusion.fuse_clip` for the arrays; `velocity_at` is not used. The noise
    comes from the clip's jitter where it has four frames or more, and the correlation
    along the wall from its residuals; a recording of stills takes STILL_POSITION_SD_MM
    and noise.CORRELATED_SHARE of the wall.
    """
    t, n = centreline_mm.shape[:2]
    wall = noise.mean_arc_length(centreline_mm)
    if position_sd_mm is None:
        unit = 1.0 if pixel_mm else wall / noise.WALL_MM
        position_sd_mm = noise.position_sd(centreline_mm, times_s, pixel_mm or 1.0)
        if np.isnan(noise.white_noise_sd(centreline_mm, times_s)):
            position_sd_mm = STILL_POSITION_SD_MM * unit
    states = np.full((t, n, 6), np.nan)
    states[..., :2] = centreline_mm
    covariances = np.full((t, n, 6, 6), np.nan)
    covariances[..., :2, :2] = position_sd_mm**2 * np.eye(2)
    jitter = np.diff(centreline_mm, n=3, axis=0) if t > 3 else np.empty((0, n, 2))
    return Fused(
        states=states,
        covariances=covariances,
        times_s=times_s,
        correlation_length_mm=noise.correlation_length(jitter, wall / (n - 1)),
        position_sd_mm=float(position_sd_mm),
        velocity_sd_mm_s=float("nan"),
    )
