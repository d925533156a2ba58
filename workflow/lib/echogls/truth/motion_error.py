"""How far estimated motion errs along a simulated patient's wall, whose motion is known."""

from collections.abc import Mapping, Sequence

import numpy as np

from echogls.cine import Cine
from echogls.fusion.velocities import VelocityAt
from echogls.study import MOTION_ERRORS
from echogls.truth.budget import sector_origin_mm, true_beats

COLUMNS = (
    "cohort",
    "patient",
    "motion",
    "segmentation",
    "view",
    "clip",
    "intervals",
    *MOTION_ERRORS,
)


def motion_error(
    velocity_at: VelocityAt,
    material_mm: np.ndarray,
    times_s: np.ndarray,
    systole: tuple[int, int] | None = None,
) -> dict[str, float | None]:
    """End-point error of estimated motion at points that move with the tissue.

    With e and d the estimated and true displacement of a point from frame k to k + 1:
    epe = mean |e - d| (Baker et al. 2011, Int J Comput Vis 92:1); epe_along, epe_across = mean
    of its size along and across the true wall; true_motion = mean |d|, the error of an
    estimator that finds no motion; motion_found = 100 sum(e d) / sum(d d), the slope of e on
    d, less than 100 where motion comes out too small; known = the share of points at which
    motion is known, the others being left out; epe_systole = mean distance at ES of points
    that followed the estimated motion from ED from where the tissue went.

    Parameters
    ----------
    velocity_at : (k, points (N, 2)) -> velocity in mm/s from frame k to k + 1, and confidence.
    material_mm : (T, N, 2), the same tissue in every frame, in the cine's mm.
    times_s : (T,).
    systole : frames of ED and ES.

    Returns
    -------
    study.MOTION_ERRORS -> value; None where no motion is known.
    """
    estimated, true, along, seen = [], [], [], []
    for k, seconds in enumerate(np.diff(times_s)):
        velocity, confidence = velocity_at(k, material_mm[k])
        estimated.append(velocity * seconds)
        true.append(material_mm[k + 1] - material_mm[k])
        along.append(_tangents(material_mm[k]))
        seen.append(confidence > 0)
    chosen = np.array(seen)
    if not chosen.any():
        return dict.fromkeys(MOTION_ERRORS) | {"known": 0.0}
    e, d, t = (np.array(part)[chosen] for part in (estimated, true, along))
    error = e - d
    lengthwise = np.abs((error * t).sum(-1))
    crosswise = np.abs(error[:, 0] * t[:, 1] - error[:, 1] * t[:, 0])
    energy = (d * d).sum()
    return {
        "epe": float(np.linalg.norm(error, axis=-1).mean()),
        "epe_along": float(lengthwise.mean()),
        "epe_across": float(crosswise.mean()),
        "true_motion": float(np.linalg.norm(d, axis=-1).mean()),
        "motion_found": float(100 * (e * d).sum() / energy) if energy > 0 else None,
        "known": float(100 * chosen.mean()),
        "epe_systole": _followed(velocity_at, material_mm, times_s, systole) if systole else None,
    }


def clip_motion_error(
    cine: Cine, velocity_at: VelocityAt, truth: Mapping[str, np.ndarray]
) -> dict[str, object]:
    """`motion_error` of one simulated clip over its midwall line, and its number of intervals.

    Parameters
    ----------
    truth : arrays of truth.npz, in mm of the stored image, of which the cine is a part.
    """
    beats: Sequence = true_beats(truth, cine.times_s)
    systole = (beats[0].ed, beats[0].es) if beats else None
    material = truth["material_mm"] - sector_origin_mm(cine)
    errors = motion_error(velocity_at, material, cine.times_s, systole)
    return {"intervals": len(cine.times_s) - 1} | errors


def _followed(velocity_at, material_mm, times_s, systole):
    ed, es = systole
    points, kept = material_mm[ed].copy(), np.ones(material_mm.shape[1], bool)
    for k in range(ed, es):
        velocity, confidence = velocity_at(k, points)
        points = points + velocity * (times_s[k + 1] - times_s[k])
        kept &= confidence > 0
    away = np.linalg.norm(points - material_mm[es], axis=-1)[kept]
    return float(away.mean()) if away.size else None


def _tangents(line: np.ndarray) -> np.ndarray:
    """Unit vectors along a polyline (N, 2)."""
    steps = np.gradient(line, axis=0)
    return steps / np.linalg.norm(steps, axis=-1, keepdims=True)
