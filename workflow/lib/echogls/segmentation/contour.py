"""Label scores of one frame -> endocardium and epicardium as sub-pixel curves.

The wall of an apical view is a horseshoe round the cavity, open at the mitral
annulus. Its inner curve is the part of the cavity's outline that touches muscle,
its outer curve the rest of the outline of cavity and muscle together, without
the two short cuts at the base. Both run from the septal to the lateral annulus.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from skimage.measure import find_contours

from echogls.polyline import resample
from echogls.study import LABELS

POINTS = 200  # of each curve before it is resampled for use: some 1 mm apart; by judgement
SMOOTHING = 0.012  # width of the curve smoothing, share of the curve's length; by judgement


@dataclass(frozen=True)
class Wall:
    """Inner and outer curve of the left-ventricular wall in one frame.

    Attributes
    ----------
    endocardium, epicardium : (200, 2) points (x, y), equally spaced along the arc,
        from the septal to the lateral annulus.
    apex_direction : (2,) unit vector from the annulus to the apex.
    """

    endocardium: np.ndarray
    epicardium: np.ndarray
    apex_direction: np.ndarray


def find_wall(scores: np.ndarray) -> Wall | None:
    """Find both curves in the label scores of one frame.

    Parameters
    ----------
    scores : (H, W, 4) float, a probability a label (study.LABELS).

    Returns
    -------
    Wall in pixels of the given grid, or None where there is no cavity with
    muscle round it.
    """
    scores = np.pad(scores, ((2, 2), (2, 2), (0, 0)))
    scores[..., 0] = 1 - scores[..., 1:].sum(-1)
    labels = clean_labels(most_probable(scores))
    cavity_mask = labels == LABELS["cavity"]
    muscle_mask = labels == LABELS["myocardium"]
    side = max(labels.shape)
    if cavity_mask.sum() < (side / 40) ** 2 or muscle_mask.sum() < (side / 40) ** 2:
        return None
    towards_apex = _apex_direction(labels)
    ventricle = _outline(_only(scores[..., 1] + scores[..., 2], cavity_mask | muscle_mask))
    cavity = _outline(_only(scores[..., 1], cavity_mask))
    if ventricle is None or cavity is None:
        return None
    muscle_score = cv2.GaussianBlur(scores[..., LABELS["myocardium"]], (0, 0), 1.0)
    endocardium = _along_muscle(cavity, muscle_score, towards_apex)
    if endocardium is None:
        return None
    endocardium = _septal_first(endocardium, towards_apex)
    epicardium = _outer_curve(ventricle, endocardium)
    if epicardium is None:
        return None
    return Wall(
        smooth(resample(endocardium, POINTS)) - 2,
        smooth(resample(epicardium, POINTS)) - 2,
        towards_apex,
    )


def clean_labels(labels: np.ndarray) -> np.ndarray:
    """Keep the largest ventricle and the atrium that touches it; fill holes in the cavity.

    labels : (H, W) uint8; the result is a copy.
    """
    whole = labels.copy()
    left, top, width, height = cv2.boundingRect(whole)
    labels = whole[top : top + height, left : left + width]  # there is nothing elsewhere
    if not labels.size:
        return whole
    ventricle = (labels == LABELS["cavity"]) | (labels == LABELS["myocardium"])
    kept = largest_component(ventricle)
    labels[ventricle & ~kept] = LABELS["background"]
    cavity = labels == LABELS["cavity"]
    filled = largest_component(cavity)
    hole = kept & (labels == LABELS["background"])
    labels[cavity & ~filled] = LABELS["myocardium"]
    labels[hole] = np.where(filled[hole], LABELS["cavity"], LABELS["myocardium"])
    atrium = labels == LABELS["atrium"]
    labels[atrium & ~largest_component(atrium)] = LABELS["background"]
    return whole


def most_probable(scores: np.ndarray) -> np.ndarray:
    """(H, W) uint8 labels of (H, W, C) scores; faster than argmax over so short an axis."""
    highest = scores[..., 0].copy()
    labels = np.zeros(highest.shape, np.uint8)
    for label in range(1, scores.shape[-1]):
        labels[scores[..., label] > highest] = label
        np.maximum(highest, scores[..., label], out=highest)
    return labels


def largest_component(mask: np.ndarray) -> np.ndarray:
    """The largest connected part of a (H, W) bool mask, its holes filled."""
    part = mask.astype(np.uint8)
    outlines, levels = cv2.findContours(part, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return mask
    outer = np.flatnonzero(levels[0, :, 3] < 0)  # the others are holes
    if len(outer) == 1:  # as a rule, and in a fifth of the time
        return cv2.drawContours(part, outlines, int(outer[0]), 1, cv2.FILLED).astype(bool)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(part)
    part = (parts == 1 + stats[1:, cv2.CC_STAT_AREA].argmax()).astype(np.uint8)
    outlines, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(part, outlines, -1, 1, cv2.FILLED)
    return part.astype(bool)


def smooth(curve: np.ndarray, width: float = SMOOTHING) -> np.ndarray:
    """Gaussian smoothing along an open curve of equally spaced points.

    The curve is continued by point reflection at its ends, so the ends stay
    where they are and the curve does not shrink towards its middle there.
    """
    sigma = width * len(curve)
    reach = int(np.ceil(3 * sigma))
    start = 2 * curve[0] - curve[reach:0:-1]
    stop = 2 * curve[-1] - curve[-2 : -reach - 2 : -1]
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    long = np.vstack([start, curve, stop])
    return np.stack([np.convolve(long[:, k], kernel, "valid") for k in (0, 1)], -1)


def _apex_direction(labels):
    """Unit vector from base to apex: away from the atrium if seen, else from the opening."""
    centre = _centroid(labels == LABELS["cavity"])
    atrium = labels == LABELS["atrium"]
    if atrium.sum() > 0.02 * (labels == LABELS["cavity"]).sum():
        axis = centre - _centroid(atrium)
    else:  # muscle lies round the apex and not at the annulus
        axis = _centroid(labels == LABELS["myocardium"]) - centre
    return axis / max(np.hypot(*axis), 1e-9)


def _centroid(mask):
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean(), rows.mean()])


def _only(score, mask):
    """Score within one pixel of its cleaned mask; elsewhere nothing crosses one half."""
    near = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(mask, np.maximum(score, 0.5001), np.where(near, np.minimum(score, 0.4999), 0))


def _outline(score):
    """The longest closed 0.5-level curve as (N, 2) points (x, y), half a pixel apart at most."""
    rows, columns = np.flatnonzero(score.any(1)), np.flatnonzero(score.any(0))
    if rows.size == 0:
        return None
    top, left = rows[0] - 1, columns[0] - 1  # two black pixels lie round the scores
    curves = find_contours(score[top : rows[-1] + 2, left : columns[-1] + 2], 0.5)
    curve = max(curves, key=len)[:, ::-1] + [left, top]
    length = np.hypot(*np.diff(curve, axis=0).T).sum()
    return resample(curve, max(int(2 * length), 50))[:-1]


def _along_muscle(cavity, muscle, towards_apex):
    """The stretch of the closed cavity outline that lies along muscle.

    Muscle is looked for a little outside the outline. The opening is the stretch
    without it that reaches furthest to the base; small gaps elsewhere (a wall that
    fades out) are bridged. The ends are where the muscle score crosses one half,
    between two points of the outline, so that they do not jump by whole points.
    """
    score = _beside(cavity, muscle, reach=max(2.0, 0.01 * max(muscle.shape)))
    free = score < 0.5
    if not free.any() or free.all():
        return None
    count = len(cavity)
    order = (int(np.flatnonzero(~free)[0]) + np.arange(count)) % count
    edges = np.flatnonzero(np.diff(np.r_[0, free[order].astype(int), 0]))
    runs = list(zip(edges[::2], edges[1::2], strict=True))
    # basal weight: length of the run that lies on the basal side of the centre
    depth = -(cavity - cavity.mean(0)) @ towards_apex
    weight = [np.clip(depth[order[a:b]], 0, None).sum() for a, b in runs]
    first, last = runs[int(np.argmax(weight))]
    if max(weight) <= 0 or count - (last - first) < 20:
        return None
    keep = order[np.arange(last, first + count) % count]
    ends = [_crossing(cavity, score, keep[0], -1), _crossing(cavity, score, keep[-1], 1)]
    return np.vstack([ends[0], cavity[keep], ends[1]])


def _beside(closed, field, reach):
    """Value of a field `reach` pixels outside each point of a closed curve."""
    along = np.roll(closed, -2, axis=0) - np.roll(closed, 2, axis=0)
    normal = np.stack([along[:, 1], -along[:, 0]], -1)
    normal /= np.maximum(np.hypot(*normal.T), 1e-9)[:, None]
    x, y = closed.T
    turn = np.sign(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    places = (closed + turn * reach * normal).astype(np.float32)
    near = cv2.BORDER_REPLICATE
    return cv2.remap(field.astype(np.float32), places[:, None], None, cv2.INTER_LINEAR, None, near)[
        :, 0
    ]


def _crossing(closed, score, index, step):
    """Where the score falls to one half between a point and the next one that way."""
    following = (index + step) % len(closed)
    inside, outside = float(score[index]), float(score[following])
    share = np.clip((inside - 0.5) / max(inside - outside, 1e-9), 0, 1)
    return closed[index] + share * (closed[following] - closed[index])


def _spacing(closed):
    return float(np.median(np.hypot(*np.diff(closed, axis=0).T)))


def _septal_first(curve, towards_apex):
    """Turn the curve so that it starts at the septum: left, when the apex is up."""
    left = np.array([towards_apex[1], -towards_apex[0]])
    return curve if (curve[0] - curve[-1]) @ left > 0 else curve[::-1]


def _outer_curve(ventricle, endocardium):
    """The ventricle's outline on the apical side of the annulus, without the basal cuts."""
    starts = [
        int(np.hypot(*(ventricle - end).T).argmin()) for end in (endocardium[0], endocardium[-1])
    ]
    count = len(ventricle)
    one = ventricle[(starts[0] + np.arange((starts[1] - starts[0]) % count + 1)) % count]
    other = ventricle[(starts[0] - np.arange((starts[0] - starts[1]) % count + 1)) % count]
    apex = endocardium[len(endocardium) // 2]
    outer = max(one, other, key=lambda part: _reach(part, endocardium, apex))
    if len(outer) < 20:
        return None
    step = _spacing(outer)
    septal, lateral = _corner(outer, step), len(outer) - 1 - _corner(outer[::-1], step)
    if lateral - septal < 20:
        return None
    inner = np.arange(int(septal) + 1, int(np.ceil(lateral)))
    return _at(outer, np.r_[septal, inner, lateral])


def _at(curve, places):
    """Points of a polyline at fractional indices."""
    index = np.arange(len(curve))
    return np.stack([np.interp(places, index, curve[:, k]) for k in (0, 1)], -1)


def _reach(part, endocardium, apex):
    """How near a part of the outline passes by the apex, larger is nearer."""
    return -np.hypot(*(part - apex).T).min() / max(len(endocardium), 1)


def _corner(curve, step):
    """Fractional index of the corner where the basal cut turns into the wall's outer side.

    Among the first sixth of the curve, the place farthest from the chord over that
    stretch, as the centre of those nearly as far, so that it moves smoothly with the
    heart; 0 if the stretch is nearly straight, that is without a cut.
    """
    stretch = curve[: max(len(curve) // 6, 5)]
    chord = stretch[-1] - stretch[0]
    length = np.hypot(*chord)
    if length < 1e-9:
        return 0
    offset = stretch - stretch[0]
    distance = np.abs(chord[0] * offset[:, 1] - chord[1] * offset[:, 0]) / length
    if distance.max() <= 0.04 * len(stretch) * step:
        return 0.0
    weight = np.clip(distance - 0.8 * distance.max(), 0, None)
    return float(np.average(np.arange(len(stretch)), weights=weight))
