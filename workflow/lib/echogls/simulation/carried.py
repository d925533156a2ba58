"""A real image carried by a known deformation: real texture whose motion is known.

The image is a still with the ventricle's outline; it beats by an analytic map. Its
speckle loses its likeness little by little, as tissue does that turns out of the plane,
and what does not move with the tissue (clutter, noise, gain) lies on top. Such images
are simulated, whatever their texture: for training and for tests, never for results.
"""

from dataclasses import dataclass

import cv2
import numpy as np

MAP_STEP = 4  # pixels between the places where the map, which is smooth, is inverted
INVERSIONS = 7  # fixed-point steps; displacement gradients stay well below 1


@dataclass(frozen=True)
class Beating:
    """A smooth map from the still image to any state of contraction.

    Attributes
    ----------
    apex, axis, length : (2,) pixels, unit (2,) from apex to base, and pixels between.
    radius : half-width of the ventricle, pixels.
    shortening : longitudinal strain at full contraction as a share, positive.
    slope, side : how much more of it is at the apex than at the base, and left than right.
    narrowing : relative inward motion of the cavity at full contraction.
    rock : radians about the apex; shift : (2,) pixels, both at full contraction.
    waves : (K, 5) smooth extra motion: wave vector x, y (1/pixel), phase, amplitude x, y.
    """

    apex: np.ndarray
    axis: np.ndarray
    length: float
    radius: float
    shortening: float
    slope: float
    side: float
    narrowing: float
    rock: float
    shift: np.ndarray
    waves: np.ndarray

    def displacement(self, points: np.ndarray, contraction: float) -> np.ndarray:
        """(..., 2) pixels by which (..., 2) points of the still (x, y) have moved."""
        across = np.array([-self.axis[1], self.axis[0]])
        offset = points - self.apex
        along, aside = offset @ self.axis, offset @ across
        a = along / self.length
        # The longitudinal strain integrates from the apex; beyond the base all moves along,
        # and less and less with distance, as atria and chest do.
        inside = np.clip(a, 0, 1)
        local = self.shortening * (1 + self.side * np.tanh(aside / self.radius))
        pull = -local * self.length * (inside + self.slope * (inside - inside**2))
        pull = pull * np.exp(-(np.clip(a - 1, 0, None) ** 2) * 2.5)
        near = np.exp(-((aside / (2.2 * self.radius)) ** 2))
        pull = pull * near
        reach = np.exp(-(np.clip(a - 1, 0, None) ** 2) * 4 - np.clip(-a, 0, None) ** 2 * 40)
        squeeze = -self.narrowing * aside * np.exp(-((aside / (1.5 * self.radius)) ** 2)) * reach
        moved = pull[..., None] * self.axis + squeeze[..., None] * across
        turned = self.rock * np.stack([-offset[..., 1], offset[..., 0]], -1)
        moved = moved + turned * near[..., None] + self.shift
        for wave in self.waves:
            moved = moved + np.sin(points @ wave[:2] + wave[2])[..., None] * wave[3:]
        return contraction * moved

    def place(self, points: np.ndarray, contraction: float) -> np.ndarray:
        """Where (..., 2) points of the still are at this contraction (0 end-diastole)."""
        return points + self.displacement(points, contraction)

    def origin(self, points: np.ndarray, contraction: float) -> np.ndarray:
        """Where in the still the tissue at (..., 2) points was: the inverse of `place`."""
        still = points
        for _ in range(INVERSIONS):
            still = points - self.displacement(still, contraction)
        return still


def draw_beating(
    rng: np.random.Generator, ventricle: np.ndarray, *, shortening: float | None = None
) -> Beating:
    """A heartbeat for the ventricle (H, W) bool, cavity and wall, of a still image."""
    rows, columns = np.nonzero(ventricle)
    points = np.stack([columns, rows], -1).astype(np.float64)
    middle = points.mean(0)
    _, vectors = np.linalg.eigh(np.cov((points - middle).T))
    axis = vectors[:, 1] * np.sign(vectors[1, 1] or 1)  # downwards: the apex is up
    along = (points - middle) @ axis
    low, high = np.percentile(along, [0.5, 99.5])
    length = float(high - low)
    radius = float(np.percentile(np.abs((points - middle) @ [-axis[1], axis[0]]), 92))
    count = int(rng.integers(1, 4))
    waves = np.zeros((count, 5))
    waves[:, :2] = rng.normal(0, 1, (count, 2)) / (0.35 * length)
    waves[:, 2] = rng.uniform(0, 2 * np.pi, count)
    waves[:, 3:] = rng.normal(0, 0.012, (count, 2)) * length
    return Beating(
        apex=middle + low * axis,
        axis=axis,
        length=length,
        radius=radius,
        shortening=rng.uniform(0.06, 0.26) if shortening is None else shortening,
        slope=rng.uniform(-0.25, 0.35),
        side=rng.normal(0, 0.12),
        narrowing=rng.uniform(0.1, 0.32),
        rock=rng.normal(0, 0.03),
        shift=rng.normal(0, 0.012, 2) * length,
        waves=waves,
    )


def contraction(phase: np.ndarray, systole: float = 0.37) -> np.ndarray:
    """0..1 by phase of the beat (0 and 1 end-diastole): systole, early filling, rest, kick."""
    phase = np.asarray(phase, np.float64) % 1.0
    rise = np.clip(phase / systole, 0, 1)
    fall = np.clip((phase - systole - 0.05) / 0.22, 0, 1)
    kick = np.clip((phase - 0.85) / 0.15, 0, 1)
    up = 0.5 - 0.5 * np.cos(np.pi * rise)
    early = 0.72 * (0.5 - 0.5 * np.cos(np.pi * fall))
    late = 0.28 * (0.5 - 0.5 * np.cos(np.pi * kick))
    return up - early - late


@dataclass(frozen=True)
class Texture:
    """A still image taken apart: slow grey level, speckle, and the speckle's deviation."""

    level: np.ndarray
    speckle: np.ndarray
    deviation: np.ndarray


def take_apart(image: np.ndarray, sigma: float = 6.0) -> Texture:
    """Of an (H, W) grey image: image = level + speckle * deviation, float32 each."""
    image = image.astype(np.float32)
    level = cv2.GaussianBlur(image, (0, 0), sigma)
    rest = image - level
    deviation = np.sqrt(cv2.GaussianBlur(rest * rest, (0, 0), sigma)) + np.float32(0.5)
    return Texture(level, rest / deviation, deviation)


def other_speckle(rng: np.random.Generator, texture: Texture) -> np.ndarray:
    """Speckle of the same image from elsewhere: alike in kind, unlike in pattern."""
    rows, columns = texture.speckle.shape
    shift = rng.integers(rows // 6, rows // 2), rng.integers(columns // 6, columns // 2)
    moved = np.roll(texture.speckle, shift * rng.choice([-1, 1], 2), axis=(0, 1))
    return np.ascontiguousarray(moved[:, ::-1] if rng.random() < 0.5 else moved)


class CarriedImage:
    """Frames of a still that beats; `frame` is called in the order of time.

    Parameters
    ----------
    image : (H, W) uint8.
    beating : the map.
    likeness : correlation of the speckle with that of the frame before, 0..1.
    clutter : grey levels of what stands still; noise : of what is new in every frame.
    gain : relative change of brightness through the beat.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        image: np.ndarray,
        beating: Beating,
        *,
        likeness: float = 0.98,
        clutter: float = 3.0,
        noise: float = 3.0,
        gain: float = 0.05,
    ):
        self._rng, self._beating = rng, beating
        self._texture, self._seen = take_apart(image), image > 0
        self._speckle = self._texture.speckle
        self._likeness, self._noise, self._gain = likeness, noise, gain
        rows, columns = image.shape
        shape = rows // 2, columns // 2
        blob = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), 1.6)
        blob = cv2.resize(blob / blob.std(), (columns, rows))
        depth = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
        self._clutter = np.abs(blob) * np.float32(clutter) * np.exp(-3 * depth)
        self._first = True

    def frame(self, contraction: float) -> np.ndarray:
        """(H, W) uint8 at a state of contraction."""
        rng, texture = self._rng, self._texture
        if not self._first:
            fresh = np.float32(np.sqrt(1 - self._likeness**2)) * other_speckle(rng, texture)
            self._speckle = np.float32(self._likeness) * self._speckle + fresh
        self._first = False
        still = texture.level + self._speckle * texture.deviation
        rows, columns = still.shape
        grid = np.mgrid[0 : rows + MAP_STEP : MAP_STEP, 0 : columns + MAP_STEP : MAP_STEP]
        points = np.stack([grid[1], grid[0]], -1).astype(np.float64)
        back = (self._beating.origin(points, contraction) - points).astype(np.float32)
        at_y, at_x = np.mgrid[:rows, :columns].astype(np.float32)
        fine = cv2.remap(back, at_x / MAP_STEP, at_y / MAP_STEP, cv2.INTER_LINEAR)
        x, y = at_x + fine[..., 0], at_y + fine[..., 1]
        moved = cv2.remap(still, x, y, cv2.INTER_CUBIC)
        seen = cv2.remap(self._seen.astype(np.float32), x, y, cv2.INTER_LINEAR) > 0.5
        grain = cv2.GaussianBlur(rng.standard_normal(still.shape).astype(np.float32), (0, 0), 0.7)
        moved = moved * np.float32(1 + self._gain * contraction) + self._clutter
        moved = moved + grain * np.float32(self._noise * 2.4)
        seen &= self._seen  # the sector stands still
        return np.where(seen, np.clip(moved, 1, 255), 0).round().astype(np.uint8)
