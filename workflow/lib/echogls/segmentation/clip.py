"""Segment every frame of a clip: masks, curves, centrelines and what is wrong with them."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from echogls.cine import Cine
from echogls.files import Clips, StoredClips, save_clips
from echogls.segmentation import cavity, plausibility, sides
from echogls.segmentation.brightness import wall_brighter
from echogls.segmentation.by_hand import drawn_scores
from echogls.segmentation.centreline import centreline, thickness
from echogls.segmentation.contour import POINTS, Wall, find_wall
from echogls.segmentation.prediction import label_scores, labels_on_image
from echogls.segmentation.square import Square
from echogls.study import CENTRELINE_POINTS, LABELS

# A side that is wrong in more than this share of the frames is wrong throughout; by judgement.
LASTING = 0.5


@dataclass(frozen=True)
class Segmentation:
    """The ventricle in each frame of one clip; NaN where a frame has no outline.

    Attributes
    ----------
    mask : (T, H, W) uint8 labels (study.LABELS) on the cine's own grid; None if left on disk.
    endocardium_mm, epicardium_mm : (T, 200, 2) points (x, y) in mm, septal to lateral.
    centreline_mm : (T, 120, 2) points (x, y) in mm, equally spaced, septal to lateral.
    area_mm2, length_mm, thickness_mm : (T,) cavity area, long axis, median wall thickness.
    wall_brighter : (T,) percent, how often the wall is brighter than the cavity (`brightness`).
    plausible : (T,) bool, False where `codes` says what is wrong. A side that was mended, or
        that is wrong in most frames, does not make a frame implausible (`_judge_sides`).
    codes : T lists of keys of plausibility.CODES.
    ed_candidate, es_candidate : frames of the largest and smallest cavity, -1 if none.
    pixel_mm : side of the pixels that the outlines were found on, the network's own.
    by_hand : frames whose outline was drawn by hand, and stands in place of the network's.

    Where the cine's spacing is unknown, mm are pixels of its grid.
    """

    mask: np.ndarray | None
    endocardium_mm: np.ndarray
    epicardium_mm: np.ndarray
    centreline_mm: np.ndarray
    area_mm2: np.ndarray
    length_mm: np.ndarray
    thickness_mm: np.ndarray
    wall_brighter: np.ndarray
    plausible: np.ndarray
    codes: tuple[tuple[str, ...], ...]
    ed_candidate: int
    es_candidate: int
    pixel_mm: float
    by_hand: tuple[int, ...] = ()

    @property
    def usable_centreline_mm(self) -> np.ndarray:
        """(T, 120, 2) centreline with NaN in the frames that are not plausible."""
        return np.where(self.plausible[:, None, None], self.centreline_mm, np.nan)

    def failure(self, min_plausible: float) -> str:
        """Why the clip cannot be measured (study.REASONS), or "".

        min_plausible : percent of frames that must have a plausible outline.
        """
        if not np.isfinite(self.area_mm2).any():
            return "no_contour"
        share = 100 * self.plausible.mean()
        return "implausible_contour" if share < min_plausible or not self.plausible.any() else ""


def segment_clip(
    cine: Cine,
    network: Callable[[np.ndarray], np.ndarray],
    *,
    workers: int = 1,
    drawn: Mapping[int, np.ndarray] | None = None,
) -> Segmentation:
    """Run the network on every frame and measure what it found.

    Parameters
    ----------
    network : a function with `input_shape` (1, side, side, 1), from a grey image
        in 0..1 to label probabilities (1, side, side, 4), as `runtime.load_graph` gives.
    workers : frames at a time; the result does not depend on it.
    drawn : frame -> (H, W) labels that stand in place of the network's (`by_hand`); such an
        outline counts as plausible whatever its shape.
    """
    side = network.input_shape[1]
    square = Square.of_sector(cine.sector)

    drawn = drawn or {}

    def look(k: int) -> tuple[np.ndarray, Wall | None]:
        if k in drawn:
            return drawn[k], find_wall(drawn_scores(drawn[k], square, side))
        scores = label_scores(network, cine.frames[k], square)
        return labels_on_image(scores, square), find_wall(scores)

    masks, walls = np.empty(cine.frames.shape, np.uint8), []
    with ThreadPoolExecutor(workers) as pool:
        for mask, (labels, wall) in zip(masks, pool.map(look, range(len(masks))), strict=True):
            mask[:] = labels
            walls.append(wall)
    to_grid = partial(square.to_grid, side=side)
    return _measure(cine, masks, walls, to_grid, by_hand=sorted(drawn))


def reference_segmentation(cine: Cine, side: int = 512) -> Segmentation:
    """The same measures from the expert's labels that came with the cine."""
    square = Square.of_sector(np.ones(cine.frames.shape[1:], bool))
    walls = []
    for labels in cine.reference:
        scores = np.eye(len(LABELS), dtype=np.float32)[square.cut(labels, side, labels=True)]
        walls.append(find_wall(scores))
    to_grid = partial(square.to_grid, side=side)
    return _measure(cine, cine.reference, walls, to_grid, mend=False)  # an expert's stays


def drawn_part(cine: Cine) -> tuple[Cine, int]:
    """The frames from the first to the last that the expert drew, and the first one's number.

    Their times still count from the clip's first frame. The cine must have a reference.
    """
    drawn = np.flatnonzero(cine.reference.any(axis=(1, 2)))
    first, last = (drawn[0], drawn[-1]) if len(drawn) else (0, len(cine.frames) - 1)
    part = slice(int(first), int(last) + 1)
    cut = {name: getattr(cine, name)[part] for name in ("frames", "times_s", "reference")}
    return replace(cine, **cut), int(first)


def _measure(cine, masks, walls, to_grid, *, mend=True, by_hand=()):
    scale, count = cine.scale, len(walls)
    endo = np.full((count, POINTS, 2), np.nan)
    epi = np.full((count, POINTS, 2), np.nan)
    lines = np.full((count, CENTRELINE_POINTS, 2), np.nan)
    area, length, thick = np.full((3, count), np.nan)
    codes: list[list[str]] = [[] for _ in walls]
    unit = float(np.diff(to_grid(np.array([[0.0, 0.0], [1.0, 0.0]]))[:, 0])[0]) * scale
    for k, wall in enumerate(walls):
        if wall is None:
            codes[k].append("no_contour")
            continue
        endo[k] = to_grid(wall.endocardium) * scale
        epi[k] = to_grid(wall.epicardium) * scale
        lines[k] = to_grid(centreline(wall)) * scale
        length[k] = cavity.long_axis(wall) * unit
        codes[k] += plausibility.implausible_shape(wall, unit if cine.spacing_mm else None)
    if plausibility.spacing_doubt(length, cine.spacing_mm):  # said of the clip, not of its frames
        codes = [[code for code in of_frame if code != "length"] for of_frame in codes]
    kept = {k: [part[k].copy() for part in (endo, epi, lines, length)] for k in by_hand}
    ignored = (
        _judge_sides(cine, codes, endo=endo, epi=epi, lines=lines, length=length) if mend else set()
    )
    for k, parts in kept.items():  # what was drawn by hand is not mended
        endo[k], epi[k], lines[k], length[k] = parts
    for k in np.flatnonzero(np.isfinite(length)):
        wall = Wall(endo[k], epi[k], walls[k].apex_direction)
        area[k] = cavity.area(wall)
        length[k] = cavity.long_axis(wall)
        thick[k] = np.median(thickness(wall))
    if cine.kind == "sequence":
        for k in np.flatnonzero(plausibility.temporal_outliers(area)):
            codes[k].append("outlier")
        for k in np.flatnonzero(plausibility.centreline_jumps(lines)):
            codes[k].append("jump")
    for k in by_hand:
        codes[k] = [code for code in codes[k] if code == "no_contour"]
    brighter = np.array([wall_brighter(*pair) for pair in zip(cine.frames, masks, strict=True)])
    plausible = np.array([set(c) <= ignored for c in codes])
    candidates = (0, 1) if cine.kind == "ed_es" else cavity.ed_es_candidates(area)
    return Segmentation(
        masks, endo, epi, lines, area, length, thick, brighter, plausible,
        tuple(tuple(c) for c in codes), *candidates, unit, tuple(by_hand),
    )  # fmt: skip


def _judge_sides(cine, codes, *, endo, epi, lines, length):
    """Mend in place the sides that are wrong in a few frames, and say so in `codes`.

    Returns
    -------
    The codes that do not make a frame implausible: of sides that were mended, and of one that is
    wrong in most frames. There the frames' other side is all that can be used, and what is
    measured on this one is left out (strain/doubts.py).
    """
    wrong = sides.wrong_sides(endo, epi, length, in_time=cine.kind == "sequence")
    for k, of_frame in enumerate(codes):
        if "sides" in of_frame:  # said by the side that is the longer one
            of_frame.remove("sides")
            longer = int(np.argmax(sides.side_lengths(endo[k])))
            wrong[k, longer] = True
    taken = np.zeros_like(wrong)
    if cine.kind == "sequence":
        usable = np.array([not of_frame for of_frame in codes])
        for curves in (endo, epi, lines):
            curves[:], taken = sides.mended(curves, wrong, usable, cine.times_s)
    for k, side in np.argwhere(wrong):
        word = f"{sides.SIDES[side]}_side"
        codes[k].append(f"{word}_mended" if taken[k, side] else word)
    finite = np.isfinite(length)
    lasting = (wrong & ~taken)[finite].mean(axis=0) > LASTING if finite.any() else (False, False)
    lost = {f"{name}_side" for name, most in zip(sides.SIDES, lasting, strict=True) if most}
    return lost | set(plausibility.MENDED)


_ARRAYS = (
    "mask",
    "endocardium_mm",
    "epicardium_mm",
    "centreline_mm",
    "area_mm2",
    "length_mm",
    "thickness_mm",
    "wall_brighter",
    "plausible",
)


def save_segmentations(path: Path, clips: Clips[Segmentation]) -> None:
    """Write clips to one npz without pickle: `{clip}/mask`, `{clip}/centreline_mm` ..."""
    save_clips(path, clips, _fields)


def _fields(wall: Segmentation) -> dict[str, ArrayLike]:
    return {
        **{name: getattr(wall, name) for name in _ARRAYS},
        "codes": json.dumps(wall.codes),
        "ed_es_candidates": [wall.ed_candidate, wall.es_candidate],
        "pixel_mm": np.float64(wall.pixel_mm),
        "by_hand": np.array(wall.by_hand, int),
    }


def load_segmentations(path: Path, *, masks: bool = True) -> Mapping[str, Segmentation]:
    """Read what `save_segmentations` wrote; `masks` False leaves those on disk. With them, each
    clip is read when it is asked for, and one at a time is in memory."""
    if masks:
        return StoredClips(path, lambda stored: _segmentation(stored, stored["mask"]))
    return dict(StoredClips(path, lambda stored: _segmentation(stored, None)))


def load_outlines(
    networks: Sequence[str], paths: Sequence[Path]
) -> dict[str, Mapping[str, Segmentation]]:
    """Network -> clip -> its outlines without masks, of each network's file."""
    walls = (load_segmentations(path, masks=False) for path in paths)
    return dict(zip(networks, walls, strict=True))


def _segmentation(stored: Mapping[str, np.ndarray], mask: np.ndarray | None) -> Segmentation:
    ed, es = (int(k) for k in stored["ed_es_candidates"])
    return Segmentation(
        mask=mask,
        **{name: stored[name] for name in _ARRAYS if name != "mask"},
        codes=tuple(tuple(c) for c in json.loads(str(stored["codes"]))),
        ed_candidate=ed,
        es_candidate=es,
        pixel_mm=float(stored["pixel_mm"]),
        by_hand=tuple(map(int, stored["by_hand"])),
    )
