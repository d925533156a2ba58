"""A second opinion on a clip's view: does the segmentation find a left ventricle that stands
as in an apical view, with its atrium on the annulus, and does it beat?

It knows nothing of the classifier. The segmentation network always draws something; on other
views and on pictures of no heart what it draws lies on its side, has no atrium, is faint, or
does not move.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from echogls.cine import Cine
from echogls.segmentation import cavity
from echogls.segmentation.centreline import thickness
from echogls.segmentation.contour import clean_labels, find_wall, most_probable
from echogls.segmentation.plausibility import implausible_shape
from echogls.segmentation.prediction import label_scores
from echogls.segmentation.square import Square
from echogls.study import LABELS

# What each measure of a frame may be. Wider than all of the apical images that we have seen;
# lengths are shares of the long axis, areas of the cavity.
LIMITS = {
    "tilt_deg": (-45.0, 40.0),  # of the long axis against the upright, apex above
    "apex_depth": (-0.05, 0.48),  # of the cavity's highest point, share of the square
    "cavity_share": (0.02, 0.40),  # of the square
    "atrium_area": (0.07, 2.5),
    "atrium_below": (0.04, 0.8),  # of its centre from the annulus, away from the apex
    "atrium_aside": (0.0, 0.30),
    "taper": (0.35, 0.95),  # width near the apex over the largest
    "slenderness": (1.1, 3.3),  # long axis over width
    "sides_thickness": (0.45, 2.2),  # of the septal over the lateral wall
    "certainty": (0.95, 1.0),  # of the network over the ventricle
    "contrast": (1.05, 100.0),  # grey of the wall over grey of the cavity
}
# Of a ventricle as in textbooks. Real images often have it otherwise; but what the network draws
# into pictures of something else seldom has all of it.
TEXTBOOK = {
    "slenderness": (1.5, 2.8),
    "atrium_aside": (0.0, 0.15),
    "contrast": (1.4, 100.0),
}
CODES = {
    "no_ventricle": "no ventricle is found",
    "shape": "the ventricle's outline is implausible",
    "tilt_deg": "the ventricle does not stand with its apex up",
    "apex_depth": "the ventricle begins too deep in the image",
    "cavity_share": "the cavity is too small or too large for the image",
    "atrium_area": "no atrium, or too large a one",
    "atrium_below": "the atrium does not lie below the annulus",
    "atrium_aside": "the atrium does not lie below the annulus",
    "taper": "the cavity does not taper towards the apex",
    "slenderness": "the cavity is too round or too narrow",
    "sides_thickness": "the walls differ too much in thickness",
    "certainty": "the outline is uncertain",
    "contrast": "the wall is not brighter than the cavity",
    "still": "the ventricle does not beat",
}

# Faults that one in twenty true views has: a faint wall, a blunt apex.
SOFT = ("taper", "contrast")

MIN_PLAUSIBLE = 0.5  # share of the frames looked at; by judgement
MIN_AREA_CHANGE = 0.03  # of the cavity over the clip; hearts that hardly beat have some 0.1


@dataclass(frozen=True)
class Shape:
    """What the second opinion says of a clip.

    Attributes
    ----------
    shape : "plausible", or the key of CODES that is wrong most often.
    plausible_share : share of the frames looked at, 0..1.
    area_change : 90th less 10th percentile of the cavity's area, over its median.
    coverage : share of the ventricle's outer outline that lies within the sector, 0..1.
    textbook_share : share of the frames looked at that are plausible and within TEXTBOOK, 0..1.
    """

    shape: str
    plausible_share: float
    area_change: float
    coverage: float
    textbook_share: float = float("nan")


def judge(
    cine: Cine,
    network: Callable[[np.ndarray], np.ndarray],
    frames: Iterable[int],
    *,
    look_at: Callable = map,
) -> Shape:
    """Judge a clip by some of its frames; two stills (kind "ed_es") need not beat.

    `look_at` maps a function over frames, as `map` does or a pool's `map` side by side.
    """
    square = Square.of_sector(cine.sector)
    measured = list(
        look_at(lambda k: frame_measures(network, cine.frames[k], square, cine.sector), frames)
    )
    codes = [frame_codes(measures) for measures in measured]
    share = float(np.mean([not code for code in codes]))
    outlined = [measures for measures in measured if measures is not None]
    if not outlined:
        return Shape("no_ventricle", 0.0, float("nan"), float("nan"))
    areas = np.array([measures["area"] for measures in outlined])
    low, middle, high = np.percentile(areas, (10, 50, 90))
    change = float((high - low) / max(middle, 1e-9))
    coverage = float(np.mean([measures["inside"] for measures in outlined]))
    verdict = "plausible"
    if share < MIN_PLAUSIBLE:
        verdict = Counter(code[0] for code in codes if code).most_common(1)[0][0]
    elif cine.kind == "sequence" and change < MIN_AREA_CHANGE:
        verdict = "still"
    textbook = [
        measures is not None and not code and _within(measures, TEXTBOOK)
        for measures, code in zip(measured, codes, strict=True)
    ]
    return Shape(verdict, share, change, coverage, float(np.mean(textbook)))


def _within(measures, limits):
    return all(low <= measures.get(key, np.nan) <= high for key, (low, high) in limits.items())


def frame_measures(
    network: Callable[[np.ndarray], np.ndarray],
    frame: np.ndarray,
    square: Square,
    sector: np.ndarray,
) -> dict[str, float] | None:
    """What is measured of one (H, W) uint8 frame: keys of LIMITS, with `area` (share of the
    square), `inside` (share of the epicardium within the sector) and `sound` (1 where the
    outline itself is plausible); None where no wall is found."""
    scores = label_scores(network, frame, square)
    labels = clean_labels(most_probable(scores))
    wall = find_wall(scores)
    if wall is None:
        return None
    side = len(labels)
    blood, muscle = labels == LABELS["cavity"], labels == LABELS["myocardium"]
    atrium = labels == LABELS["atrium"]
    base = 0.5 * (wall.endocardium[0] + wall.endocardium[-1])
    apex = wall.endocardium[np.hypot(*(wall.endocardium - base).T).argmax()]
    length = max(cavity.long_axis(wall), 1e-6)
    up = (apex - base) / length
    across = np.array([-up[1], up[0]])
    place = wall.endocardium - base
    height, aside = place @ up / length, place @ across / length
    widths = [_width(height, aside, level) for level in (0.2, 0.35, 0.5, 0.65, 0.85)]
    widest = max(max(widths), 1e-6)
    grey = square.cut(frame, side)
    thick = thickness(wall)
    third = len(thick) // 3
    area = cavity.area(wall) / side**2
    below, beside = np.nan, np.nan
    if atrium.any():
        rows, columns = np.nonzero(atrium)
        centre = (np.array([columns.mean(), rows.mean()]) - base) / length
        below, beside = -centre @ up, abs(centre @ across)
    ventricle = blood | muscle
    imaged = square.cut(sector.astype(np.uint8), side, labels=True)
    columns, rows = np.clip(np.round(wall.epicardium), 0, side - 1).astype(int).T
    return {
        "tilt_deg": float(np.degrees(np.arctan2(up[0], -up[1]))),
        "apex_depth": float(wall.endocardium[:, 1].min() / side),
        "cavity_share": area,
        "atrium_area": atrium.sum() / max(blood.sum(), 1),
        "atrium_below": below,
        "atrium_aside": beside,
        "taper": widths[-1] / widest,
        "slenderness": 1 / widest,
        "sides_thickness": np.median(thick[:third]) / max(np.median(thick[-third:]), 1e-6),
        "certainty": float(scores.max(-1)[ventricle].mean()),
        "contrast": float((grey[muscle].mean() + 2) / (grey[blood].mean() + 2)),
        "area": area,
        "inside": float(imaged[rows, columns].mean()),
        "sound": float(not implausible_shape(wall, None)),
    }


def _width(height, aside, level):
    """Of the cavity at a height above the annulus, in long axes."""
    near = np.abs(height - level) < 0.08
    return float(np.ptp(aside[near])) if near.any() else 0.0


def frame_codes(measures: dict[str, float] | None) -> list[str]:
    """Keys of CODES for what is wrong with a frame, those of SOFT last."""
    if measures is None:
        return ["no_ventricle"]
    codes = [] if measures["sound"] else ["shape"]
    for key, (low, high) in LIMITS.items():
        if not low <= measures[key] <= high:
            codes.append(key)
    return sorted(codes, key=lambda code: code in SOFT)
