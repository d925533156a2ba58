"""Textured shapes that move over textured grounds, made on the fly, with exact flow.

Three kinds, after the sets that FlowNet 2 learns from in turn, and two more:
chairs  few shapes, affine motion of each and of the ground, large displacements
        (FlyingChairs, Dosovitskiy et al. 2015);
things  more shapes, nearer ones in front and faster, rotation, and smooth non-rigid motion
        (FlyingThings3D, Mayer et al. 2016);
small   few shapes, displacements below a pixel or so (ChairsSDHom, Ilg et al. 2017);
ground  the ground alone, displacements of some pixels: how far, where nothing else is in doubt;
far     few shapes, displacements of some ten pixels, as far as FlyingChairs has them: what the
        correlation of FlowNetC, whose steps are 16 pixels, is for.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from echogls.motion._grid import STRIDE, enlarged_to_pixels

# Shapes; standard deviation of the shift in pixels; of rotation in radians; of scale;
# of non-rigid motion in pixels. By judgement: of the kind of FlyingChairs, FlyingThings3D and
# ChairsSDHom (`small`), on which the paper's networks learnt, with motion as small as a wall's.
KINDS = {
    "chairs": ((2, 6), 4.0, 0.05, 0.05, 0.0),
    "things": ((4, 9), 5.0, 0.10, 0.06, 1.5),
    "small": ((2, 6), 0.6, 0.006, 0.005, 0.1),
    "ground": ((0, 1), 2.0, 0.01, 0.01, 0.1),
    "far": ((0, 3), 16.0, 0.08, 0.06, 0.0),
}


@dataclass(frozen=True)
class Motion:
    """An affine map about a centre, and a smooth wave on top."""

    centre: np.ndarray
    matrix: np.ndarray
    shift: np.ndarray
    wave: np.ndarray  # (5,) wave vector x, y; phase; amplitude x, y

    def flow(self, points: np.ndarray) -> np.ndarray:
        """(..., 2) displacement of points (..., 2)."""
        off = points - self.centre
        moved = off @ (self.matrix - np.eye(2, dtype=np.float32)).T + self.shift
        return moved + np.sin(points @ self.wave[:2] + self.wave[2])[..., None] * self.wave[3:]

    def back(self, points: np.ndarray, steps: int = 6) -> np.ndarray:
        """Where points of the second image were in the first."""
        start = points - self.shift
        for _ in range(steps):
            start = points - self.flow(start)
        return start


def pairs(
    kind: str, seed: int, size: tuple[int, int], *, start: int = 0
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Endless (first, second, flow): (H, W) uint8 twice, (H, W, 2) float32 pixels (x, y).

    Item k is fixed by kind, seed and k alone.
    """
    number = start
    while True:
        rng = np.random.default_rng([seed, 5, list(KINDS).index(kind), number])
        yield _pair(rng, kind, size)
        number += 1


def _pair(rng, kind, size):
    (fewest, most), *_ = KINDS[kind]
    rows, columns = size
    at_y, at_x = np.mgrid[:rows, :columns].astype(np.float32)
    # Maps are smooth: every STRIDE-th pixel is enough, and linear in between.
    coarse = np.mgrid[: rows + STRIDE : STRIDE, : columns + STRIDE : STRIDE].astype(np.float32)
    points = np.stack([coarse[1], coarse[0]], -1)
    everywhere = np.ones(size, bool)
    layers = [(everywhere, _texture(rng, size), _motion(rng, kind, size, 1.0))]
    count = int(rng.integers(fewest, most))
    for index in range(count):  # nearer ones last: larger and, in "things", faster
        near = 0.6 + 0.9 * index / max(count - 1, 1) if kind == "things" else 1.0
        layers.append(
            (_shape(rng, size, near), _texture(rng, size), _motion(rng, kind, size, near))
        )
    first, second = np.zeros(size, np.float32), np.zeros(size, np.float32)
    flow = np.zeros((*size, 2), np.float32)
    for mask, texture, motion in layers:
        own = enlarged_to_pixels(motion.flow(points).astype(np.float32))[:rows, :columns]
        first = np.where(mask, texture, first)
        flow = np.where(mask[..., None], own, flow)
        was = enlarged_to_pixels((motion.back(points) - points).astype(np.float32))[:rows, :columns]
        x, y = at_x + was[..., 0], at_y + was[..., 1]
        moved = cv2.remap(texture, x, y, cv2.INTER_CUBIC, None, cv2.BORDER_REFLECT_101)
        if mask is everywhere:
            second = moved
        else:
            there = cv2.remap(mask.astype(np.float32), x, y, cv2.INTER_LINEAR)
            second = moved * there + second * (1 - there)
    noise = rng.uniform(0, 4)
    images = [image + rng.normal(0, noise, size) for image in (first, second)]
    images[1] = images[1] * rng.uniform(0.9, 1.1) + rng.normal(0, 4)
    return *(np.clip(np.round(image), 0, 255).astype(np.uint8) for image in images), flow


def _motion(rng, kind, size, near):
    _, shift, turn, scale, wave = KINDS[kind]
    angle = rng.normal(0, turn * near)
    stretch = np.exp(rng.normal(0, scale, 2))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # A heavy-tailed share of small motions: as in the sets, most things move little.
    length = shift * near * np.exp(rng.normal(-0.5, 0.8))
    direction = rng.uniform(0, 2 * np.pi)
    waves = np.r_[
        rng.normal(0, 0.05, 2), rng.uniform(0, 2 * np.pi), rng.normal(0, wave * near + 1e-9, 2)
    ]
    centre = rng.uniform(0, 1, 2) * size[::-1]
    return Motion(
        centre.astype(np.float32),
        (rotation @ np.diag(stretch)).astype(np.float32),
        (length * np.array([np.cos(direction), np.sin(direction)])).astype(np.float32),
        waves.astype(np.float32),
    )


def _shape(rng, size, near):
    """(H, W) bool, a blob with some corners."""
    corners = int(rng.integers(3, 9))
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    radius = rng.uniform(0.08, 0.3) * near * min(size) * rng.uniform(0.6, 1.4, corners)
    centre = rng.uniform(0, 1, 2) * size[::-1]
    outline = centre + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 1, shift=4)
    return mask > 0


def _texture(rng, size):
    """(H, W) float32 grey: noise of several widths, sometimes stripes or speckle."""
    image = np.full(size, rng.uniform(40, 200), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        width = np.exp(rng.uniform(np.log(0.7), np.log(12)))
        step = max(int(width), 1)
        small = rng.standard_normal((size[0] // step + 3, size[1] // step + 3)).astype(np.float32)
        small = cv2.GaussianBlur(small, (0, 0), max(width / step, 0.5))
        field = cv2.resize(small, size[::-1], interpolation=cv2.INTER_CUBIC)
        image += np.float32(rng.uniform(8, 35)) * field / (field.std() + np.float32(1e-6))
    if rng.random() < 0.25:
        image = np.abs(image - image.mean()) * 2  # speckle's dark gaps
    return image
