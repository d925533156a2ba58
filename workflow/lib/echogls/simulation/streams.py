"""Endless training examples with dense truth: image pairs with flow, images with labels,
images of views. Item k of a stream is fixed by the seed and k alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from echogls.simulation.acoustics import Raster
from echogls.simulation.anatomy import draw_heart
from echogls.simulation.clip import (
    SimulatedClip,
    draw_difficulty,
    draw_pose,
    draw_probe,
    simulate_clip,
)
from echogls.simulation.looks import draw_look
from echogls.simulation.scene import carry
from echogls.simulation.truth import displacement
from echogls.study import LABELS, VIEWS

SIZE = (192, 256)  # rows, columns; half the paper's window each way
DENSITY = 2.0  # scatterers a mm2: enough for speckle at this pixel size
PAIRS_A_SCENE = 8  # a scene costs more than a frame; of more, pairs would be too much alike
FLOW_STEP = 4  # pixels between the places where flow is computed; linear in between


@dataclass(frozen=True)
class FlowPair:
    """Two frames and where the first one's tissue goes.

    Attributes
    ----------
    first, second : (H, W) uint8.
    flow : (H, W, 2) float32 (x, y) displacement in pixels.
    wall : (H, W) bool, the ventricle's wall in the first frame.
    sector : (H, W) bool, where `flow` means something.
    interval_s : between the frames.
    """

    first: np.ndarray
    second: np.ndarray
    flow: np.ndarray
    wall: np.ndarray
    sector: np.ndarray
    interval_s: float


def flow_pairs(seed: int, *, start: int = 0, size: tuple[int, int] = SIZE) -> Iterator[FlowPair]:
    """Pairs number `start`, `start` + 1, ... of the stream; PAIRS_A_SCENE share a scene."""
    scene = start // PAIRS_A_SCENE
    skip = start % PAIRS_A_SCENE
    while True:
        rng = np.random.default_rng([seed, 0, scene])
        interval = 1 / rng.uniform(30, 80)
        times = np.sort(rng.uniform(0.05, 1.2, PAIRS_A_SCENE))
        clip = _clip(rng, "a4c", (times[:, None] + [0, interval]).ravel(), size)
        for pair in range(skip, PAIRS_A_SCENE):
            yield _flow_pair(clip, 2 * pair, interval)
        scene, skip = scene + 1, 0


def labelled_images(
    seed: int, *, start: int = 0, size: tuple[int, int] = SIZE
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(H, W) uint8 four-chamber images with (H, W) uint8 labels (study.LABELS)."""
    number = start
    while True:
        rng = np.random.default_rng([seed, 1, number])
        clip = _clip(rng, "a4c", np.array([rng.uniform(0, 1)]), size, difficult=True)
        yield clip.frames[0], wall_labels(clip, 0)
        number += 1


def view_images(
    seed: int, *, start: int = 0, size: tuple[int, int] = SIZE
) -> Iterator[tuple[np.ndarray, str]]:
    """(H, W) uint8 images with the key of their view (study.VIEWS), all alike often."""
    number, names = start, list(VIEWS)
    while True:
        rng = np.random.default_rng([seed, 2, number])
        view = names[int(rng.integers(len(names)))]
        yield _clip(rng, view, np.array([rng.uniform(0, 1)]), size).frames[0], view
        number += 1


def wall_labels(clip: SimulatedClip, k: int) -> np.ndarray:
    """(H, W) uint8 labels of cavity, myocardium and left atrium in frame k.

    The wall ends at the annulus, where it is cut from endocardium to epicardium.
    """
    labels = np.zeros(clip.raster.shape, np.uint8)
    origin, spacing = np.array(clip.raster.origin_mm), clip.raster.spacing_mm
    scene = clip.scene
    outer, inner = clip.wall.layer(0.5)[k], clip.wall.layer(-0.5)[k]
    outlines = []
    if scene.atrium is not None:
        moved = scene.paths_mm[k] - scene.anchors_mm
        below = scene.atrium + carry(scene.atrium, scene.anchors_mm) @ moved
        gap = (below.mean(0) - inner[[0, -1]].mean(0)) / 4  # blood between annulus and atrium
        funnel = np.array([inner[0], inner[-1], inner[-1] + gap, inner[0] + gap])
        outlines += [("atrium", below), ("atrium", funnel)]
    outlines += [("myocardium", np.concatenate([outer, inner[::-1]])), ("cavity", inner)]
    for name, outline in outlines:
        places = np.round((outline - origin) / spacing * 16).astype(np.int32)
        cv2.fillPoly(labels, [places], LABELS[name], shift=4)
    return labels


def _clip(rng, view, times_s, size, *, difficult=False) -> SimulatedClip:
    heart = draw_heart(rng, gls_mean=-18, gls_sd=4)
    probe = draw_probe(rng, heart)
    look = replace(draw_look(rng), persistence=0.0)  # the frames are not neighbours
    if difficult:
        probe, look = draw_difficulty(rng, probe, look)
    rows, columns = size
    spacing = probe.depth_mm * rng.uniform(0.75, 1.04) / rows
    top = rng.uniform(-0.02, 0.0) * probe.depth_mm
    raster = Raster(spacing, (-spacing * (columns - 1) / 2 + rng.normal(0, 4), top), size)
    return simulate_clip(
        rng, heart, view=view, times_s=times_s, probe=probe, look=look,
        pose=draw_pose(rng, heart), raster=raster, density=DENSITY,
    )  # fmt: skip


def _flow_pair(clip, k, interval):
    points = clip.raster.points(FLOW_STEP)
    seen = cv2.dilate(clip.sector.astype(np.uint8), np.ones((9, 9)))[::FLOW_STEP, ::FLOW_STEP] > 0
    coarse = np.zeros(points.shape, np.float32)
    coarse[seen] = displacement(clip, k, points[seen]) / clip.raster.spacing_mm
    rows, columns = clip.raster.shape
    at_y, at_x = np.mgrid[:rows, :columns].astype(np.float32) / FLOW_STEP
    near = cv2.BORDER_REPLICATE
    flow = cv2.remap(coarse, at_x, at_y, cv2.INTER_LINEAR, None, near)
    wall = wall_labels(clip, k) == LABELS["myocardium"]
    return FlowPair(clip.frames[k], clip.frames[k + 1], flow, wall, clip.sector, interval)
