"""Positions and velocities become one path a point: one method a file, named as in the config.

A method has one function, `fuse(centreline_mm, velocity_at, times_s, *, pixel_mm,
**options) -> Fused`. To add one, add a file, here or in the folder `fusion` of a
plugin (`plugins`); files here without `fuse` are shared.
"""

import importlib
from collections.abc import Mapping

import numpy as np

from echogls.fusion.fused import Fused, load_fused, save_fused
from echogls.fusion.velocities import VelocityAt
from echogls.options import check_options, option_names
from echogls.plugins import paths, plugin_names
from echogls.study import StudyError, nearest

__all__ = ["METHODS", "Fused", "fuse_clip", "known_options", "load_fused", "methods", "save_fused"]

METHODS = plugin_names("fusion", "fuse")
__path__.extend(paths("fusion"))
RESERVED = ("pixel_mm",)  # keyword parameters of a fusion that are no options


def methods() -> list[str]:
    """The names of all fusions, those of plugins too."""
    return list(plugin_names("fusion", "fuse"))


def known_options(method: str) -> list[str]:
    """Names of a method's options."""
    return option_names(_function(method), RESERVED)


def _function(method):
    if method not in methods():
        raise StudyError(f"fusion: no method '{method}'{nearest(method, methods())}")
    return importlib.import_module(f"echogls.fusion.{method}").fuse


def fuse_clip(
    centreline_mm: np.ndarray,
    velocity_at: VelocityAt | None,
    times_s: np.ndarray,
    *,
    method: str = "kalman",
    pixel_mm: float | None,
    options: Mapping[str, object] | None = None,
) -> Fused:
    """Fuse one clip's centrelines with its motion.

    Parameters
    ----------
    centreline_mm : (T, N, 2), (x, y); NaN rows where a frame has no contour.
    velocity_at : (k, points (N, 2)) -> velocity (N, 2) in mm/s over the interval from
        frame k to k + 1, at points of frame k, and confidence (N,) in 0..1 (0: unknown).
        None where there is no motion, as in a recording of two stills.
    times_s : (T,), seconds, increasing.
    method : one of `methods()`.
    pixel_mm : mm per pixel of the coarsest grid that the contour was found on, or None
        where the spacing is unknown; all lengths are pixels then.
    options : keyword options of that method.

    Raises
    ------
    StudyError : an unknown method or option, arrays that do not fit, times that do
        not increase, or a method that needs motion and got none, or one frame.
    """
    fuse = _function(method)
    centreline_mm = np.asarray(centreline_mm, np.float64)
    times_s = np.asarray(times_s, np.float64)
    if centreline_mm.ndim != 3 or centreline_mm.shape[2] != 2:
        raise StudyError(f"fusion: centreline {centreline_mm.shape}, expected (T, N, 2)")
    if times_s.shape != centreline_mm.shape[:1] or not (np.diff(times_s) > 0).all():
        raise StudyError(
            f"fusion: times {times_s.shape} for {len(centreline_mm)} frames; expected one "
            "a frame, increasing; mend them at ingest"
        )
    if len(times_s) < 2 and method != "none":
        raise StudyError(f"fusion: '{method}' needs two frames or more, got {len(times_s)}")
    options = check_options(fuse, options, f"fusion: '{method}'", RESERVED)
    return fuse(centreline_mm, velocity_at, times_s, pixel_mm=pixel_mm, **options)
