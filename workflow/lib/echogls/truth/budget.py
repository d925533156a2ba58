"""Where a simulated patient's error comes from: GLS with one part after another made true.

The truth of a simulated clip replaces the outline, the motion, the timing, or all of them;
what is left of the error then is the others' share.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from echogls.cine import Cine
from echogls.fusion import Fused, fuse_clip
from echogls.fusion.velocities import VelocityAt
from echogls.segmentation.clip import Segmentation
from echogls.strain.cycle import Beat, clip_beats
from echogls.strain.measure import measure_clip
from echogls.study import AVERAGE_VIEW

COLUMNS = ("definition", "view", "value", "flagged", "reason")
MEASURED = "as measured"
OUTLINE, MOTION, TIMING, ALL = "true outline", "true motion", "true timing", "all of them true"


def sector_origin_mm(cine: Cine) -> np.ndarray:
    """Where the cine begins in the stored image, (x, y) in mm."""
    top, _, left, _ = map(int, cine.provenance["sector_box"].split())
    return np.array([left, top]) * cine.scale


def true_geometry_in(cine: Cine, truth: Mapping[str, np.ndarray], field_step: int):
    """The true centreline (T, 120, 2) in the cine's mm, and the true motion as `fuse_clip`
    asks for it.

    Parameters
    ----------
    truth : arrays of truth.npz, in mm from the centre of the stored image's first pixel; the
        cine is the part of that image that `provenance["sector_box"]` names.
    field_step : stored pixels between the points of `velocity_mm_s`.
    """
    origin = sector_origin_mm(cine)
    field = truth["velocity_mm_s"]

    def velocity_at(k: int, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        velocity = _bilinear(field[k], (points + origin) / (cine.scale * field_step))
        finite = np.isfinite(velocity).all(axis=-1)
        return np.where(finite[:, None], velocity, 0.0), finite.astype(float)

    return truth["centreline_mm"] - origin, velocity_at


def _bilinear(field: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A field (h, w, 2) at places (N, 2), (x, y) in its points; NaN outside."""
    last = np.array(field.shape[1::-1]) - 1
    inside = ((places >= 0) & (places <= last)).all(axis=-1)
    kept = np.where(inside[:, None], places, 0.0)
    x, y = np.minimum(kept.astype(int), last - 1).T
    right, low = (kept - np.stack([x, y], axis=-1)).T[..., None]
    upper = field[y, x] * (1 - right) + field[y, x + 1] * right
    lower = field[y + 1, x] * (1 - right) + field[y + 1, x + 1] * right
    return np.where(inside[:, None], upper * (1 - low) + lower * low, np.nan)


def true_beats(truth: Mapping[str, np.ndarray], times_s: np.ndarray) -> tuple[Beat, ...]:
    """The true whole systoles, at the nearest frames."""

    def frame(time: float) -> int:
        return int(np.abs(times_s - time).argmin())

    waves = truth["r_waves_s"]
    beats = []
    for k, es in enumerate(truth["es_s"]):
        if waves[k] >= 0 and es <= times_s[-1]:
            whole = k + 1 < len(waves) and waves[k + 1] <= times_s[-1]
            beats.append(Beat(frame(waves[k]), frame(es), frame(waves[k + 1]) if whole else None))
    return tuple(beats)


def true_curve(truth: Mapping[str, np.ndarray]) -> list[dict]:
    """The true strain of the first whole beat, as rows time_from_ed_s (s) and strain_global
    (signed percent of the length at ED)."""
    times = truth["times_s"]
    beats = true_beats(truth, times)
    if not beats:
        return []
    last = len(times) - 1 if beats[0].next_ed is None else beats[0].next_ed
    return [
        {"time_from_ed_s": float(time - times[beats[0].ed]), "strain_global": float(strain)}
        for time, strain in zip(times, truth["strain_global"], strict=True)
        if times[beats[0].ed] <= time <= times[last]
    ]


def averaged_budget(rows: Sequence[Mapping], wanted: Sequence[str]) -> list[dict]:
    """Of several views the mean of each definition's GLS, where all views have one: rows with
    COLUMNS, view `apical`.

    Example
    -------
    >>> rows = [dict(zip(COLUMNS, (ALL, view, gls, "no", ""))) for view, gls in
    ...         (("a4c", -18.0), ("a2c", -20.0))]
    >>> averaged_budget(rows, ["a4c", "a2c"])[0]["value"]
    -19.0
    """
    if len(wanted) < 2:
        return []
    values: dict[str, list[float]] = {}
    for row in rows:
        if row["value"] is not None and row["view"] in wanted:
            values.setdefault(row["definition"], []).append(row["value"])
    return [
        dict(zip(COLUMNS, (name, AVERAGE_VIEW, float(np.mean(of_views)), "no", ""), strict=True))
        for name, of_views in values.items()
        if len(of_views) == len(wanted)
    ]


def budget_rows(
    *,
    view: str,
    cine: Cine,
    wall: Segmentation,
    velocity_at: VelocityAt | None,
    fused: Fused,
    truth: Mapping[str, np.ndarray],
    field_step: int,
    fusion: str,
    options: Mapping[str, object] | None,
    settings: Mapping[str, object],
) -> list[dict]:
    """GLS of one clip as measured and with parts replaced: rows with COLUMNS.

    Parameters
    ----------
    wall, velocity_at, fused : the estimated outline, motion (None: the method uses none) and
        fused path.
    truth, field_step : see `true_geometry_in`.
    fusion, options : the method's fusion; it fuses the true parts, too.
    settings : config section `strain`.
    """
    line, true_velocity = true_geometry_in(cine, truth, field_step)
    measured_line = wall.usable_centreline_mm

    def fuse(centreline: np.ndarray, motion: VelocityAt | None) -> Fused:
        pixel = wall.pixel_mm if cine.spacing_mm else None
        return fuse_clip(
            centreline, motion, cine.times_s, method=fusion, pixel_mm=pixel, options=options
        )

    def estimated_beats(one: Fused) -> Sequence[Beat]:
        rules = {key: settings[key] for key in ("ed_rule", "es_rule")}
        return clip_beats(cine, wall, one, **rules).beats

    beats = true_beats(truth, cine.times_s)
    variants: dict[str, Callable[[], tuple[Fused, Sequence[Beat]]]] = {
        MEASURED: lambda: (fused, estimated_beats(fused)),
        OUTLINE: lambda: (one := fuse(line, velocity_at), estimated_beats(one)),
        TIMING: lambda: (fused, beats),
        ALL: lambda: (fuse(line, true_velocity if velocity_at else None), beats),
    }
    if velocity_at:
        variants[MOTION] = lambda: (
            one := fuse(measured_line, true_velocity),
            estimated_beats(one),
        )
    rows = []
    for name in (MEASURED, OUTLINE, MOTION, TIMING, ALL):
        if name not in variants:
            continue
        one, seen = variants[name]()
        _, measured = measure_clip(
            one, seen, clip="", view=view, gls=settings["gls"], drift=settings["drift"]
        )
        gls = next(row for row in measured if (row["segment"], row["measure"]) == ("global", "gls"))
        values = (name, view, gls["value"], "no", gls["reason"])
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows
