"""Real texture on other anatomy: apical four-chamber images with expert labels, re-arranged
into what the other views show, and into what no view shows.

Where every real image that a network sees is apical four-chamber, it learns "real means
four-chamber". Here the same patients' pixels make all classes: halves of two hearts joined
along the long axis, with or without a right heart; the heart turned on its side as
parasternal and subcostal windows see it; the wall bent into the ring of the short axis; and
hearts upside down, mirrored, cut out, shuffled, or wiped out of the picture.

A heart is first brought to a common frame: the annulus' middle at (0, 0), the apex at
(0, -1), the septum to the left.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from echogls.segmentation.contour import find_wall
from echogls.study import LABELS

SIDE = 160  # pixels of the images that are made, somewhat more than the network sees
UNIT = 110  # pixels from apex to annulus in the common frame
REACH = (1.7, 1.45, 1.35)  # units to either side, above and below the annulus: the whole sector
SEAM = 0.03  # width of the join between two halves, units; by judgement, some pixels


@dataclass(frozen=True)
class Heart:
    """One image in the common frame.

    Attributes
    ----------
    image : (H, W) uint8 grey, 0 where nothing was imaged.
    lit : (H, W) uint8, 1 where the recording's sector is.
    ventricle : (H, W) uint8, 1 in the ventricle's cavity and wall.
    endocardium, epicardium : (200, 2) points (x, y) in pixels of `image`, septal first.
    """

    image: np.ndarray
    lit: np.ndarray
    ventricle: np.ndarray
    endocardium: np.ndarray
    epicardium: np.ndarray


def to_common_frame(image: np.ndarray, labels: np.ndarray) -> Heart | None:
    """A (H, W) uint8 image with (H, W) uint8 labels (study.LABELS), or None without a wall."""
    wall = find_wall(np.eye(len(LABELS), dtype=np.float32)[labels])
    if wall is None:
        return None
    inner = wall.endocardium
    base = 0.5 * (inner[0] + inner[-1])
    apex = inner[np.hypot(*(inner - base).T).argmax()]
    down = (base - apex) / max(np.hypot(*(base - apex)), 1)
    right = np.array([down[1], -down[0]])
    if (inner[-1] - base) @ right < 0:
        right = -right
    length = np.hypot(*(base - apex))
    turn = np.stack([right, down]) * (UNIT / length)
    offset = np.array([REACH[0], REACH[1]]) * UNIT - turn @ base
    matrix = np.hstack([turn, offset[:, None]])
    size = int(2 * REACH[0] * UNIT), int((REACH[1] + REACH[2]) * UNIT)

    def warp(x, way=cv2.INTER_NEAREST):
        return cv2.warpAffine(x.astype(np.uint8), matrix, size, flags=way)

    hull = cv2.morphologyEx(
        (image > 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8)
    )
    muscle = np.isin(labels, (LABELS["cavity"], LABELS["myocardium"]))
    lines = [line @ turn.T + offset for line in (inner, wall.epicardium)]
    return Heart(warp(image, cv2.INTER_LINEAR), warp(hull), warp(muscle), *lines)


def picture_of(heart: Heart) -> np.ndarray:
    """(2, H, W) float32: the image and its sector, as the functions below take and give them."""
    return np.stack([heart.image, heart.lit]).astype(np.float32)


def joined(rng: np.random.Generator, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The left half of one picture beside the right half of another, (..., H, W) each,
    equally bright along the join."""
    columns = np.arange(left.shape[-1]) / UNIT - REACH[0] + rng.normal(0, 0.03)
    share = 1 / (1 + np.exp(np.clip(-columns / SEAM, -50, 50)))
    return left * (1 - share) + right * share


def four_chamber(rng: np.random.Generator, first: Heart, second: Heart) -> np.ndarray:
    """(2, H, W) image and sector of the right heart of one and the lateral side of another."""
    return joined(rng, picture_of(first), _matched(second, first))


def two_chamber(rng: np.random.Generator, first: Heart, second: Heart) -> np.ndarray:
    """(2, H, W): two lateral sides, so that there is no right heart."""
    return joined(rng, _matched(first, second)[..., ::-1], picture_of(second))


def long_axis(rng: np.random.Generator, first: Heart, second: Heart) -> np.ndarray:
    """(2, H, W): no right heart, and an outflow tract with an aortic root beside the atrium."""
    picture = two_chamber(rng, first, second)
    blood, wall = _levels(second)
    start = np.array([rng.uniform(0.05, 0.2), rng.uniform(-0.3, -0.1)])
    stop = np.array([rng.uniform(0.35, 0.6), rng.uniform(0.5, 0.9)])
    half = rng.uniform(0.11, 0.17)
    rows, columns = np.mgrid[: picture.shape[1], : picture.shape[2]].astype(np.float32)
    x, y = columns / UNIT - REACH[0] - start[0], rows / UNIT - REACH[1] - start[1]
    along = (stop - start) / np.hypot(*(stop - start))
    t, d = x * along[0] + y * along[1], x * along[1] - y * along[0]
    length = np.hypot(*(stop - start))
    inside = (t > 0) & (t < length)
    sinus = half * (1 + 0.25 * np.exp(-(((t - 0.35) / 0.12) ** 2)))
    grain = picture[0] / np.maximum(cv2.GaussianBlur(picture[0], (0, 0), 4), 8)
    tube = inside & (np.abs(d) < sinus)
    lines = (t > 0.2) & (t < length) & (np.abs(np.abs(d) - sinus) < rng.uniform(0.015, 0.03))
    picture[0] = np.where(tube, blood * grain, picture[0])
    picture[0] = np.where(lines, np.clip(wall * 1.2 * grain, 0, 255), picture[0])
    return picture


def two_right_hearts(rng: np.random.Generator, first: Heart, second: Heart) -> np.ndarray:
    """(2, H, W): a right heart on both sides, which no view shows."""
    return joined(rng, picture_of(first), _matched(second, first)[..., ::-1])


def without_ventricle(rng: np.random.Generator, heart: Heart, other: Heart) -> np.ndarray:
    """(2, H, W): the left ventricle covered by other tissue."""
    cover = _matched(other, heart)[:, ::-1]  # the deep tissue comes where the ventricle was
    wiped = cv2.dilate(heart.ventricle, np.ones((15, 15), np.uint8)).astype(np.float32)
    share = cv2.GaussianBlur(wiped, (0, 0), 6)
    return picture_of(heart) * (1 - share) + cover * share


def ring(rng: np.random.Generator, heart: Heart) -> np.ndarray:
    """(2, H, W): the wall bent round into the short axis; what lies beyond it goes with it."""
    centre = heart.endocardium.mean(0)
    shape = heart.image.shape
    middle = np.array([REACH[0], REACH[1] - 0.35]) * UNIT + rng.normal(0, 4, 2)
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    x, y = columns - middle[0], (rows - middle[1]) * rng.uniform(0.9, 1.1)
    angle = np.arctan2(x, y) + rng.uniform(-0.6, 0.6)  # from straight down, where it closes
    s = (-angle / (2 * np.pi) % 1.0) * (len(heart.endocardium) - 1)
    inner = rng.uniform(0.22, 0.36) * UNIT
    thick = rng.uniform(0.10, 0.18) * UNIT
    r = np.hypot(x, y)
    places = s.astype(np.float32), np.zeros_like(s, np.float32)
    endo = _along(heart.endocardium, places)
    epi = _along(heart.epicardium, places)
    cavity = centre + (endo - centre) * (r / inner)[..., None]
    muscle = endo + (epi - endo) * ((r - inner) / thick)[..., None]
    outward = (epi - centre) / np.maximum(np.linalg.norm(epi - centre, axis=-1, keepdims=True), 1)
    beyond = epi + outward * (r - inner - thick)[..., None]
    source = np.where((r < inner)[..., None], cavity, muscle)
    source = np.where((r > inner + thick)[..., None], beyond, source).astype(np.float32)
    return np.stack(
        [cv2.remap(x, source[..., 0], source[..., 1], cv2.INTER_LINEAR) for x in picture_of(heart)]
    )


def scanned(
    rng: np.random.Generator,
    picture: np.ndarray,
    *,
    turn_deg: float = 0.0,
    mirrored: bool = False,
    middle: tuple[float, float] = (0.0, -0.2),
    depth: float = 2.2,
    share: float = 0.45,
    backdrop: np.ndarray | None = None,
) -> np.ndarray:
    """What a probe would image of a picture in the common frame.

    Parameters
    ----------
    picture : (2, H, W) image and sector of the recording.
    turn_deg : by which the heart is turned clockwise.
    middle : place of the heart, in units, that lies `share` of `depth` below the probe.
    depth : of the image, in units.
    backdrop : (H, W) picture that fills what the recordings did not image; None continues
        what lies beside it.

    Returns
    -------
    (SIDE, SIDE) uint8, the sector filling the square one way.
    """
    half = np.deg2rad(rng.uniform(32, 45))
    near = rng.choice([0.02, rng.uniform(0.02, 0.15)])
    pixel = depth / SIDE * max(1.0, 2 * np.sin(half))
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    x, y = (columns - (SIDE - 1) / 2) * pixel, rows * pixel
    r, angle = np.hypot(x, y), np.arctan2(x, y)
    inside = (np.abs(angle) < half) & (r < depth) & (r > near * depth)
    turn = np.deg2rad(turn_deg)
    y = y - share * depth
    u = np.cos(turn) * x + np.sin(turn) * y
    v = -np.sin(turn) * x + np.cos(turn) * y
    u = -u if mirrored else u
    at = [(u + middle[0] + REACH[0]) * UNIT, (v + middle[1] + REACH[1]) * UNIT]
    at = [part.astype(np.float32) for part in at]
    image, lit = (cv2.remap(np.ascontiguousarray(x, np.float32), *at, cv2.INTER_LINEAR)
                  for x in picture)  # fmt: skip
    if backdrop is None:
        fill = _continued(rng, image, lit > 0.5)
    else:
        fill = cv2.resize(backdrop, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(cv2.erode(np.clip(lit, 0, 1), np.ones((5, 5))), (0, 0), 2)
    image = image * soft + fill * (1 - soft)
    return np.clip(np.where(inside, image, 0), 0, 255).astype(np.uint8)


def shuffled(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """A (S, S) image with its halves, quarters or ninths in another order."""
    rows, columns = np.nonzero(image)
    if not rows.size:
        return image
    image = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    image = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    parts = int(rng.integers(2, 4))
    side = image.shape[0] // parts
    tiles = [image[r * side : (r + 1) * side, c * side : (c + 1) * side]
             for r in range(parts) for c in range(parts)]  # fmt: skip
    order = rng.permutation(len(tiles))
    while (order == np.arange(len(tiles))).mean() > 0.5:
        order = rng.permutation(len(tiles))
    tiles = [tiles[k] for k in order]
    rows = [np.hstack(tiles[r * parts : (r + 1) * parts]) for r in range(parts)]
    return cv2.resize(np.vstack(rows), image.shape[::-1])


def with_texture_of(rng: np.random.Generator, image: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The large shapes of one (S, S) image with the fine structure and the grey levels of
    another."""
    width = rng.uniform(1.5, 3.5)
    other = other[:, ::-1] if rng.random() < 0.5 else other
    grey, fine = image.astype(np.float32), other.astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), width)
    grain = (fine + 4) / (cv2.GaussianBlur(fine, (0, 0), width) + 4)
    picture = smooth * np.clip(grain, 0.3, 3)
    lit = image > 0
    if rng.random() < 0.7 and lit.any() and (other > 0).any():
        levels = np.linspace(0, 100, 33)
        own_levels, other_levels = (
            np.percentile(picture[lit], levels),
            np.percentile(fine[other > 0], levels),
        )
        picture = np.interp(picture, own_levels + np.arange(33) * 1e-3, other_levels)
    return np.where(lit, np.clip(picture, 1, 255), 0).astype(np.uint8)


def _continued(rng, image, lit):
    """A picture that goes on beyond what is lit: the mean of what is near, with its grain."""
    if not lit.any():
        return np.zeros_like(image)
    share, grey = lit.astype(np.float32), np.where(lit, image, 0).astype(np.float32)
    smooth, seen = np.full_like(grey, image[lit].mean()), np.zeros_like(grey)
    for width in (3, 8, 20, 50):
        near = cv2.GaussianBlur(share, (0, 0), width)
        value = cv2.GaussianBlur(grey, (0, 0), width) / np.maximum(near, 1e-3)
        trust = np.clip(near / 0.2, 0, 1) * (1 - seen)
        smooth, seen = smooth * (1 - trust) + value * trust, seen + trust
    # the spectrum of the picture's own fine structure, with phases at random
    fine = np.where(lit, image / np.maximum(smooth, 4) - 1, 0)
    fine = fine - cv2.GaussianBlur(fine, (0, 0), 3)
    phases = np.angle(np.fft.rfft2(rng.standard_normal(image.shape)))
    grain = np.fft.irfft2(np.abs(np.fft.rfft2(fine)) * np.exp(1j * phases), image.shape)
    grain = grain.astype(np.float32) * float(fine[lit].std() / max(grain.std(), 1e-6))
    return smooth * np.clip(1 + grain, 0.2, 3)


def _levels(heart):
    """Median grey of blood and of wall."""
    inner = np.round(heart.endocardium).astype(np.int32)
    cavity = np.zeros(heart.image.shape, np.uint8)
    cv2.fillPoly(cavity, [inner], 1)
    wall = (heart.ventricle > 0) & (cavity == 0)
    blood = heart.image[cavity > 0]
    return (float(np.median(blood)) if blood.size else 20.0,
            float(np.median(heart.image[wall])) if wall.any() else 90.0)  # fmt: skip


def _matched(heart, to):
    """A heart's picture as bright as another one's in blood and wall."""
    blood, wall = _levels(heart)
    other_blood, other_wall = _levels(to)
    slope = np.clip((other_wall - other_blood) / max(wall - blood, 5), 0.4, 2.5)
    image, lit = picture_of(heart)
    return np.stack([np.clip((image - blood) * slope + other_blood, 0, 255) * lit, lit])


def _along(line, places):
    """(H, W, 2) points of a (N, 2) line at fractional indices."""
    line = line.astype(np.float32)[None]
    return np.stack(
        [cv2.remap(np.ascontiguousarray(line[..., k]), *places, cv2.INTER_LINEAR,
                   None, cv2.BORDER_REPLICATE) for k in (0, 1)], -1
    )  # fmt: skip
