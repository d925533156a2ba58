"""Flow alone: the contour of one frame, carried to the others. To compare fusions with."""

from dataclasses import replace

import numpy as np

from echogls.fusion.fused import Fused
from echogls.fusion.material import fuse as fuse_material
from echogls.fusion.velocities import VelocityAt


def fuse(
    centreline_mm: np.ndarray,
    velocity_at: VelocityAt | None,
    times_s: np.ndarray,
    *,
    pixel_mm: float | None,
) -> Fused:
    """Fuse one clip as `echogls.fusion.material` does, with no contour but end-diastole's."""
    fused = fuse_material(
        centreline_mm,
        velocity_at,
        times_s,
        pixel_mm=pixel_mm,
        contour_sd_mm=np.inf,
        annulus_sd_mm=np.inf,
    )
    return replace(fused, calibrated=False)
