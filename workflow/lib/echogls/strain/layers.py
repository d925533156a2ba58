"""The endocardial and epicardial line beside the midwall one that is followed.

Voigt 2015 asks which layer strain belongs to: the endocardium shortens more than the
midwall, the epicardium less.
"""

from dataclasses import replace

import numpy as np

from echogls.fusion.fused import Fused
from echogls.polyline import nearest_place
from echogls.segmentation.clip import Segmentation
from echogls.strain.longitudinal import cumulative_arc_length
from echogls.study import StudyError

# Half thicknesses from the midwall, towards the outside.
LAYERS = {"midwall": 0.0, "endocardium": -1.0, "epicardium": 1.0}
# Thickness changes slowly: smoothing over time, s, and along the wall, share of its length; by
# judgement.
TIME_S = 0.03
ALONG = 0.04


def layer_line(fused: Fused, wall: Segmentation, layer: str) -> Fused:
    """The followed wall moved to another layer.

    Each point goes along the line's normal by half the thickness that the outlines have
    there, smoothed over TIME_S and ALONG; frames without a plausible outline take that of
    their neighbours. Covariances stay those of the midwall.

    Parameters
    ----------
    fused : midwall points, septal to lateral annulus.
    wall : outlines of the same clip.
    layer : key of LAYERS.

    Raises
    ------
    StudyError : an unknown layer.
    """
    if layer not in LAYERS:
        raise StudyError(f"strain: layer '{layer}'; expected {', '.join(LAYERS)}")
    side = LAYERS[layer]
    if not side or not wall.plausible.any():
        return fused
    line = fused.positions
    shift = _at(line, half_thickness(wall, fused.times_s))
    states = fused.states.copy()
    states[..., :2] += side * shift[..., None] * _outward(line)
    return replace(fused, states=states)


def half_thickness(wall: Segmentation, times_s: np.ndarray) -> np.ndarray:
    """Half the wall's thickness in each frame at equal shares of the centreline, (T, N) mm."""
    usable = np.flatnonzero(wall.plausible)
    rows = []
    for k in usable:
        middle = wall.centreline_mm[k]
        sides = (wall.endocardium_mm[k], wall.epicardium_mm[k])
        rows.append(np.mean([_distance(middle, side) for side in sides], axis=0))
    table = np.array(rows)
    filled = np.stack([np.interp(times_s, times_s[usable], column) for column in table.T], axis=1)
    if len(times_s) > 2:  # two stills have nothing to smooth
        interval = np.median(np.diff(times_s))
        filled = _smoothed(filled.T, TIME_S / interval).T
    return _smoothed(filled, ALONG * filled.shape[1])


def _distance(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """From each point (N, 2) to a polyline (M, 2)."""
    return np.hypot(*(nearest_place(points, line) - points).T)


def _smoothed(rows: np.ndarray, sigma: float) -> np.ndarray:
    """Rows (R, N) averaged by a Gaussian along each; beyond the ends their last values go on.

    As scipy.ndimage.gaussian_filter1d, which takes longer to import than this job to run.
    """
    reach = int(4 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    wide = np.pad(rows, ((0, 0), (reach, reach)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(wide, 2 * reach + 1, axis=1)
    return windows @ (weights / weights.sum())


def _at(line: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values at equal shares of a line's arc, (T, M), at its own points, (T, N)."""
    arc = cumulative_arc_length(line)
    share = arc / np.maximum(arc[:, -1:], 1e-12)
    even = np.linspace(0, 1, values.shape[1])
    return np.stack([np.interp(s, even, v) for s, v in zip(share, values, strict=True)])


def _outward(line: np.ndarray) -> np.ndarray:
    """Unit normals away from the cavity, (T, N, 2)."""
    along = np.gradient(line, axis=1)
    normal = np.stack([along[..., 1], -along[..., 0]], -1)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
    x, y = line[..., 0], line[..., 1]
    # Twice the signed area that line and annulus enclose.
    area = (x * np.roll(y, -1, axis=1) - np.roll(x, -1, axis=1) * y).sum(axis=1)
    return normal * np.where(area < 0, -1.0, 1.0)[:, None, None]
