"""How far the followed wall and the outlines agree: what a measurement says about itself.

Both are estimates of the same motion that err for different reasons: flow lags behind where
frames are blended or coded, outlines jump. Where they contradict each other, one of them is
wrong, whatever the truth is.

An outline of a single frame is too noisy for that. So every signal s(t) of a beat is described by
its amplitude along the beat's own course c(t), which is 0 at end-diastole and 1 where the cavity
is smallest: s(t) = a + b c(t) (+ d t, a drift, over a whole beat), fitted over all frames with
Huber's weights (Huber 1964, Annals of Mathematical Statistics 35, 73-101); b is the amplitude.
"""

from collections.abc import Sequence

import numpy as np

from echogls.fusion.fused import Fused
from echogls.segmentation.clip import Segmentation
from echogls.strain.cycle import Beat
from echogls.strain.longitudinal import arc_length
from echogls.strain.segments import apex_place
from echogls.strain.signal import smooth

# What is measured, and its unit: mean over beats. Percent are of the wall's length at ED.
CONSISTENCY = {
    "gls_by_path": "%",
    "gls_by_outline": "%",
    "gls_contradiction": "%",
    "annulus_by_path": "%",
    "annulus_by_outline": "%",
    "annulus_contradiction": "%",
    "annulus_ratio": "1",
    "hinge_contradiction_left": "%",
    "hinge_contradiction_right": "%",
    "carried_distance": "%",
    "carried_distance_mm": "mm",
    "area_change": "%",
    "volume_change": "%",
    "strain_over_volume": "1",
}
# Share of the line, from its end, that gives the wall's direction at a hinge; by judgement.
ALONG = 0.2
FEWEST_FRAMES = 5  # of a beat with an outline, for an amplitude by least squares; by judgement
# Less motion of the annulus, percent of the wall's length, has no ratio: it is all noise. By
# judgement, as is SMALLEST_VOLUME: 4 mm of a wall of 215 mm; a healthy annulus comes three times as
# far.
SMALLEST_ANNULUS = 2.0
# Nor has less change of the cavity's volume, percent: of hearts that hardly beat strain and volume
# are small by chance.
SMALLEST_VOLUME = 30.0
# Frames beside end-systole in which the carried outline is compared, too; by judgement.
AROUND_ES = 2
HUBER = 1.345  # robust standard deviations: 95 % efficient where errors are normal (Huber 1964)


def consistency(
    fused: Fused, wall: Segmentation, beats: Sequence[Beat], *, spacing_known: bool = True
) -> dict[str, float]:
    """What path, outlines and cavity say of the same beats: CONSISTENCY, NaN where unknown.

    Parameters
    ----------
    fused : the followed points (T, N, 2), on the midwall; the path below.
    wall : the outlines of the same clip; frames that are not plausible count as not known.
    beats : of `echogls.strain.cycle.find_beats`.
    spacing_known : whether lengths are mm.

    Returns
    -------
    gls_by_path, gls_by_outline : amplitude of the line's length, percent of that at ED, and
        gls_contradiction, path - outline: positive where the path shortens less.
    annulus_by_path, annulus_by_outline : how far the middle of the annulus comes towards the
        apex, percent of the wall's length at ED; annulus_contradiction, path - outline, and
        annulus_ratio, path / outline.
    hinge_contradiction_left, _right : path - outline of each end of the line, along the wall.
    carried_distance : mean distance between the outline of ED, carried to ES by the path, and
        the outline there, percent of the wall's length; and in mm.
    area_change, volume_change : by how much the cavity becomes smaller, percent; the volume is
        proportional to area squared over length (a single plane's area-length formula).
    strain_over_volume : -gls_by_path / volume_change, of SMALLEST_VOLUME at least.
    """
    beat_values = [_of_beat(fused, wall, beat) for beat in beats]
    values = {
        name: _mean([one[name] for one in beat_values if name in one])
        for name in CONSISTENCY
        if any(name in one for one in beat_values)
    }
    values = dict.fromkeys(CONSISTENCY, float("nan")) | values
    values["gls_contradiction"] = values["gls_by_path"] - values["gls_by_outline"]
    values["annulus_contradiction"] = values["annulus_by_path"] - values["annulus_by_outline"]
    if abs(values["annulus_by_outline"]) >= SMALLEST_ANNULUS:
        values["annulus_ratio"] = values["annulus_by_path"] / values["annulus_by_outline"]
    if values["volume_change"] >= SMALLEST_VOLUME:
        values["strain_over_volume"] = -values["gls_by_path"] / values["volume_change"]
    if not spacing_known:
        values["carried_distance_mm"] = float("nan")
    return values


def amplitude(signal: np.ndarray, course: np.ndarray, seconds: np.ndarray | None) -> float:
    """By how much a signal (T,) changes while its course (T,) goes from 0 to 1; NaN where fewer
    than FEWEST_FRAMES frames are known.

    seconds : (T,), a drift that grows with them is set apart; None: there is none.

    Example
    -------
    >>> course = np.array([0, 0.5, 1, 0.5, 0.2, 0.0])
    >>> round(amplitude(100 - 18 * course, course, None), 3)
    -18.0
    """
    columns = [np.ones_like(course), course, *([] if seconds is None else [seconds])]
    finite = np.isfinite(signal)
    table, values = np.stack(columns, axis=1)[finite], signal[finite]
    if len(values) < max(FEWEST_FRAMES, len(columns) + 1):
        return float("nan")
    weights = np.ones(len(values))
    for _ in range(5):
        root = np.sqrt(weights)
        fitted = np.linalg.lstsq(table * root[:, None], values * root, rcond=None)[0]
        away = np.abs(values - table @ fitted)
        limit = HUBER * 1.4826 * np.median(away) + 1e-12
        weights = np.minimum(1.0, limit / np.maximum(away, 1e-12))
    return float(fitted[1])


def _of_beat(fused, wall, beat):
    """CONSISTENCY of one beat, without what is made of the means."""
    times = fused.times_s
    usable = wall.plausible & np.isfinite(wall.area_mm2)
    last = len(times) - 1 if beat.next_ed is None else beat.next_ed
    frames = np.arange(beat.ed, last + 1)
    if usable[frames].sum() < FEWEST_FRAMES or not np.isfinite(fused.positions[frames]).all():
        return {}
    area, axis = (
        smooth(np.where(usable, signal, np.nan), times)
        for signal in (wall.area_mm2, wall.length_mm)
    )
    smallest = beat.ed + int(np.argmin(area[frames]))
    fall = area[beat.ed] - area[smallest]
    if fall <= 0:
        return {}
    course = (area[beat.ed] - area[frames]) / fall
    seconds = None if beat.next_ed is None else times[frames] - times[beat.ed]
    line = wall.usable_centreline_mm[frames]
    way = fused.positions[frames]
    length = float(arc_length(way[0]))

    def share(signal):
        return 100 * amplitude(signal, course, seconds) / length

    values = {
        "gls_by_path": share(arc_length(way)),
        "gls_by_outline": share(arc_length(line)),
        "area_change": 100 * fall / area[beat.ed],
    }
    volumes = area**2 / axis
    values["volume_change"] = 100 * (1 - volumes[smallest] / volumes[beat.ed])
    middle = (way[0, 0] + way[0, -1]) / 2
    apex = way[0, round(apex_place(way[0]))] - middle
    up = apex / np.linalg.norm(apex)
    for name, points in (("path", way), ("outline", line)):
        values[f"annulus_by_{name}"] = share((points[:, 0] + points[:, -1]) @ up / 2)
    inward = round(ALONG * way.shape[1])
    for side, end, beside in (("left", 0, inward), ("right", -1, -1 - inward)):
        along = way[0, beside] - way[0, end]
        along = along / np.linalg.norm(along)
        values[f"hinge_contradiction_{side}"] = share(way[:, end] @ along) - share(
            line[:, end] @ along
        )
    near = np.arange(max(smallest - AROUND_ES, 0), min(smallest + AROUND_ES + 1, len(times)))
    distances = [
        _distance(fused.positions[k], wall.usable_centreline_mm[k]) for k in near if usable[k]
    ]
    if distances:
        values["carried_distance_mm"] = float(np.mean(distances))
        values["carried_distance"] = 100 * values["carried_distance_mm"] / length
    return values


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean distance between two lines (N, 2), from each of them to the other's nearest point."""
    apart = np.linalg.norm(one[:, None] - other[None], axis=-1)
    return float((apart.min(axis=0).mean() + apart.min(axis=1).mean()) / 2)


def _mean(values):
    values = [value for value in values if np.isfinite(value)]
    return float(np.mean(values)) if values else float("nan")
