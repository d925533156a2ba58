"""What is true of a simulated clip: strain, end-diastole and -systole, outlines, motion.

Points are (x, y) in mm from the centre of the first pixel of the stored image, as a cine's
are from its own; times are seconds from the first frame.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from echogls.files import save_arrays
from echogls.polyline import resample
from echogls.simulation.clip import SimulatedClip
from echogls.simulation.mechanics import beating_wall
from echogls.simulation.scene import carried, carry
from echogls.simulation.stored_truth import FIELD_STEP
from echogls.study import CENTRELINE_POINTS, ES_TOLERANCE_S, VIEW_SEGMENTS

# Of the strain that the measures are read from, whatever the frame rate; by judgement: some 150 in
# a systole, so that its peak is not missed.
STEP_S = 0.002


def whole_systoles(clip: SimulatedClip) -> list[tuple[float, float]]:
    """(ED, ES) in seconds of every systole that lies within the clip."""
    last = clip.times_s[-1]
    pairs = zip(clip.rhythm.r_waves_s[:-1], clip.rhythm.es_s, strict=True)
    return [(float(ed), float(es)) for ed, es in pairs if ed >= 0 and es <= last]


def strain_curve(clip: SimulatedClip, times_s: np.ndarray, ed_s: float):
    """Global (T,) and segmental (T, 6) strain against the lengths at `ed_s`, signed percent."""
    wall = beating_wall(clip.heart, clip.rhythm, clip.pose, np.r_[ed_s, times_s])
    whole, parts = (1 + values / 100 for values in wall.strain_percent())
    return 100 * (whole[1:] / whole[0] - 1), 100 * (parts[1:] / parts[0] - 1)


def true_measures(clip: SimulatedClip, view: str = "a4c") -> dict[tuple[str, str], float]:
    """(segment, measure) -> value, means over the whole systoles; empty without one.

    Segments are those of the view that the clip shows (study.VIEW_SEGMENTS). Measures as in
    study.MEASURES: `gls` is the peak systolic one of the whole wall.
    """
    of_systoles: dict[tuple[str, str], list[float]] = {}
    for ed, es in whole_systoles(clip):
        times = np.append(np.arange(ed, es + ES_TOLERANCE_S, STEP_S), es)
        whole, parts = strain_curve(clip, times, ed)
        for name, curve in (("global", whole), *zip(VIEW_SEGMENTS[view], parts.T, strict=True)):
            of_systoles.setdefault((name, "peak_systolic_strain"), []).append(float(curve.min()))
            of_systoles.setdefault((name, "end_systolic_strain"), []).append(float(curve[-1]))
    values = {key: float(np.mean(numbers)) for key, numbers in of_systoles.items()}
    if values:
        values["global", "gls"] = values["global", "peak_systolic_strain"]
        ed, es = whole_systoles(clip)[0]
        values["global", "ed_time"], values["global", "es_time"] = ed, es
    return values


def true_geometry(clip: SimulatedClip) -> dict[str, np.ndarray]:
    """Outlines and motion of every frame of a clip with a wall.

    Returns
    -------
    times_s (T,), r_waves_s, es_s; centreline_mm (T, 120, 2) at equal arc lengths,
    material_mm (T, M, 2) the same tissue in every frame, endocardium_mm and
    epicardium_mm (T, M, 2), strain_global (T,) and strain_segments (T, 6) against the first
    whole beat's ED; velocity_mm_s (T - 1, h, w, 2) from frame k to k + 1 at every
    FIELD_STEP-th pixel, NaN outside the sector.
    """
    wall = clip.wall
    origin = np.array(clip.raster.origin_mm)
    systoles = whole_systoles(clip)
    whole, parts = strain_curve(clip, clip.times_s, systoles[0][0] if systoles else 0.0)
    return {
        "times_s": clip.times_s,
        "r_waves_s": clip.rhythm.r_waves_s,
        "es_s": clip.rhythm.es_s,
        "centreline_mm": np.stack([resample(line, CENTRELINE_POINTS) for line in wall.middle_mm])
        - origin,
        "material_mm": wall.middle_mm - origin,
        "endocardium_mm": wall.layer(-0.5) - origin,
        "epicardium_mm": wall.layer(0.5) - origin,
        "strain_global": whole,
        "strain_segments": parts,
        "velocity_mm_s": velocity_field(clip).astype(np.float32),
    }


def velocity_field(clip: SimulatedClip) -> np.ndarray:
    """(T - 1, h, w, 2) velocity in mm/s of the tissue at every FIELD_STEP-th pixel."""
    points = clip.raster.points(FIELD_STEP)
    inside = clip.sector[::FIELD_STEP, ::FIELD_STEP]
    flat = points[inside]
    field = np.full((len(clip.times_s) - 1, *inside.shape, 2), np.nan)
    for k, interval in enumerate(np.diff(clip.times_s)):
        field[k][inside] = displacement(clip, k, flat) / interval
    return field


def displacement(clip: SimulatedClip, k: int, points_mm: np.ndarray) -> np.ndarray:
    """(N, 2) mm by which the tissue at points (N, 2) of the image frame moves from frame k to
    k + 1: the wall's own within the wall, elsewhere as the anchors carry it."""
    scene = clip.scene
    now, then = (scene.paths_mm[index] - scene.anchors_mm for index in (k, k + 1))
    start = points_mm
    for _ in range(2):  # where the tissue at these points was at the reference time
        weights = carry(start, scene.anchors_mm)
        start = points_mm - carried(weights, now)
    moved = carried(weights, then - now).astype(float)
    if clip.wall is not None:
        at, layer, within = _wall_place(clip.wall, k, points_mm)
        moved[within] = _wall_point(clip.wall, k + 1, at, layer) - points_mm[within]
    return moved


def _wall_place(wall, k, points):
    """Of the points within the wall: fractional index along it, layer, number of the point."""
    line = wall.middle_mm[k]
    coarse = line[::4]
    square = points @ (-2 * coarse.T) + (points**2).sum(1)[:, None] + (coarse**2).sum(1)
    reach = (0.5 * wall.thickness_mm[k].max() + np.hypot(*np.diff(coarse, axis=0).T).max()) ** 2
    candidates = np.flatnonzero(square.min(1) < reach)
    points, near = points[candidates], 4 * square[candidates].argmin(1)
    best = np.full(len(points), np.inf)
    at, offset = np.zeros(len(points)), np.zeros(len(points))
    for step in range(-5, 5):
        first = np.clip(near + step, 0, len(line) - 2)
        along = line[first + 1] - line[first]
        share = ((points - line[first]) * along).sum(-1) / (along**2).sum(-1)
        share = np.clip(share, 0, 1)
        away = points - (line[first] + share[:, None] * along)
        distance = (away**2).sum(-1)
        closer = distance < best
        best = np.where(closer, distance, best)
        at = np.where(closer, first + share, at)
        sign = np.sign((away * wall.outward[k][first]).sum(-1))
        offset = np.where(closer, sign * np.sqrt(distance), offset)
    layer = offset / np.interp(at, np.arange(len(line)), wall.thickness_mm[k])
    within = (np.abs(layer) <= 0.5) & (at > 0) & (at < len(line) - 1)
    return at[within], layer[within], candidates[within]


def _wall_point(wall, k, at, layer):
    index = np.arange(wall.middle_mm.shape[1])
    columns = [wall.middle_mm[k], wall.outward[k], wall.thickness_mm[k][:, None]]
    table = np.concatenate(columns, axis=1)
    here = np.stack([np.interp(at, index, column) for column in table.T], -1)
    return here[:, :2] + (layer * here[:, 4])[:, None] * here[:, 2:4]


def save_truth(path: Path, clips: Mapping[str, SimulatedClip]) -> None:
    """Write `true_geometry` of each view's clip to one npz, the first one's arrays under their
    own names, the others' as `{view}/{name}`."""
    arrays = {}
    for number, (view, clip) in enumerate(clips.items()):
        prefix = f"{view}/" if number else ""
        arrays |= {f"{prefix}{name}": array for name, array in true_geometry(clip).items()}
    save_arrays(path, arrays)
