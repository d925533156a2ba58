"""What real clips do to an image, done to a training image.

Geometry (depth, position, rotation, sector angle), the machine's settings (gain,
dynamic range, time-gain compensation, post-processing), the chest (rib shadow,
haze, dropout) and the file (low resolution, JPEG, noise, leftover furniture).
Every function takes the random generator first, so a seed fixes the outcome.
"""

import cv2
import numpy as np

from echogls.segmentation.square import normalise


def augment(
    rng: np.random.Generator, image: np.ndarray, label: np.ndarray, size: int, mild: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """One random training pair from a square source image and its labels.

    Parameters
    ----------
    image : (S, S) uint8 grey, black outside the sector.
    label : (S, S) uint8 labels on the same grid.
    size : side of the result in pixels.
    mild : a third of the geometry and a quarter of the chance for everything else.

    Returns
    -------
    (size, size) float32 grey in 0..1, and (size, size) uint8 labels. Labels are
    moved with the image and kept where the image is cut off or shadowed, so that
    the network learns to continue a wall that it cannot see.
    """
    image, label = random_affine(rng, image, label, size, mild)
    return restyled(rng, image.astype(np.float32) / 255.0, 0.25 if mild else 1.0), label


def restyled(rng: np.random.Generator, x: np.ndarray, likely: float = 1.0) -> np.ndarray:
    """A (H, W) grey image in 0..1 as another machine, chest and file would show it, normalised.

    likely : what the chance of every change is multiplied by.
    """
    if rng.random() < 0.25 * likely:
        x = narrow_sector(rng, x)
    for chance, change in _CHANGES:
        if rng.random() < chance * likely:
            x = change(rng, x)
    return normalise(x)


def random_affine(rng, image, label, size, mild=False):
    """Rotate, scale (depth), stretch and shift; a third of the pairs only slightly."""
    strength = 0.3 if rng.random() < 0.33 or mild else 1.0
    angle = np.deg2rad(rng.normal(0, 9) * strength)
    scale = np.exp(rng.uniform(-0.22, 0.38) * strength) * size / image.shape[0]
    stretch = np.exp(rng.normal(0, 0.10) * strength)
    shift = rng.uniform(-0.10, 0.10, 2) * size * strength
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = rotation @ np.diag([scale * stretch, scale / stretch])
    centre = np.array([(image.shape[1] - 1) / 2, (image.shape[0] - 1) / 2])
    offset = (size - 1) / 2 + shift - matrix @ centre
    affine = np.hstack([matrix, offset[:, None]])
    image = cv2.warpAffine(image, affine, (size, size), flags=cv2.INTER_LINEAR)
    label = cv2.warpAffine(label, affine, (size, size), flags=cv2.INTER_NEAREST)
    return image, label


def narrow_sector(rng, x):
    """Black out what a narrower, shallower or differently placed sector would not show."""
    size = x.shape[0]
    lit_rows = np.flatnonzero((x > 0.02).any(1))
    lit_columns = np.flatnonzero((x > 0.02).any(0))
    if lit_rows.size < 10:
        return x
    depth = lit_rows[-1] - lit_rows[0]
    apex_row = lit_rows[0] + rng.uniform(-0.25, 0.05) * depth
    apex_column = (lit_columns[0] + lit_columns[-1]) / 2 + rng.normal(0, 0.04) * size
    rows, columns = np.mgrid[:size, :size]
    radius = np.hypot(rows - apex_row, columns - apex_column)
    angle = np.arctan2(columns - apex_column, rows - apex_row)
    half = np.deg2rad(rng.uniform(26, 45))
    far = depth * rng.uniform(0.85, 1.35)
    near = depth * rng.choice([0.0, rng.uniform(0.0, 0.3)])
    return x * ((np.abs(angle) < half) & (radius < far) & (radius > near))


def gain(rng, x):
    """Overall gain and offset; low gain leaves dark myocardium as in old portable machines."""
    return np.clip(x * np.exp(rng.uniform(-1.0, 0.5)), 0, 1)


def dynamic_range(rng, x):
    """Another log-compression range: raise or sink the dark end, then another gamma."""
    floor = rng.uniform(-0.08, 0.18)
    y = np.clip((x - floor) / (1 - floor), 0, 1)
    return np.where(x > 0, y, 0) ** np.exp(rng.uniform(-0.55, 0.65))


def time_gain(rng, x):
    """A gain curve over depth, smooth, up to a factor 1.7 either way."""
    knots = np.exp(rng.normal(0, 0.28, 5))
    curve = np.interp(np.linspace(0, 4, x.shape[0]), np.arange(5), knots)
    return np.clip(x * curve[:, None], 0, 1)


def lateral_gain(rng, x):
    """Dropout or brightness towards one side, as the walls along the beam suffer."""
    knots = np.exp(rng.normal(-0.08, 0.35, 5))
    curve = np.interp(np.linspace(0, 4, x.shape[1]), np.arange(5), knots)
    return np.clip(x * curve[None, :], 0, 1)


def shadow(rng, x):
    """One to three dark wedges from the transducer, soft-edged, as ribs and lung cast."""
    size = x.shape[0]
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    angle = np.arctan2(columns - size / 2, rows + 0.1 * size)
    for _ in range(rng.integers(1, 4)):
        centre = rng.uniform(-0.6, 0.6)
        width = rng.uniform(0.02, 0.13)
        depth = rng.uniform(0.3, 0.95)
        start = rng.uniform(-0.2, 0.5) * size
        wedge = np.exp(-(((angle - centre) / width) ** 4)) * (rows > start)
        x = x * (1 - depth * wedge)
    return x


def haze(rng, x):
    """Bright near-field or cavity clutter: a smooth additive cloud inside the sector."""
    coarse = rng.random((5, 5)).astype(np.float32) ** 2
    coarse[0] += rng.uniform(0, 1)
    cloud = cv2.resize(coarse, x.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.where(x > 0, np.clip(x + rng.uniform(0.05, 0.3) * np.clip(cloud, 0, 1), 0, 1), 0)


def speckle(rng, x):
    """Multiplicative noise with a grain of one to four pixels."""
    grain = rng.integers(1, 5)
    noise = rng.normal(0, 1, (x.shape[0] // grain + 1,) * 2).astype(np.float32)
    noise = cv2.resize(noise, x.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip(x * (1 + rng.uniform(0.05, 0.4) * noise), 0, 1)


def electronic_noise(rng, x):
    """Additive noise over the lit sector."""
    noise = rng.normal(0, rng.uniform(0.01, 0.06), x.shape).astype(np.float32)
    return np.where(x > 0, np.clip(x + noise, 0, 1), 0)


def smoothing(rng, x):
    """The smooth looks of other vendors: Gaussian, median or edge-preserving."""
    kind = rng.integers(3)
    if kind == 0:
        return cv2.GaussianBlur(x, (0, 0), rng.uniform(0.6, 2.2))
    grey = (x * 255).astype(np.uint8)
    if kind == 1:
        grey = cv2.medianBlur(grey, int(rng.choice([3, 5])))
    else:
        grey = cv2.bilateralFilter(grey, 7, rng.uniform(20, 60), 4)
    return grey.astype(np.float32) / 255


def sharpening(rng, x):
    """Unsharp mask, as speckle-reducing post-processing leaves behind."""
    blurred = cv2.GaussianBlur(x, (0, 0), rng.uniform(1, 3))
    return np.clip(x + rng.uniform(0.3, 1.2) * (x - blurred), 0, 1)


def low_resolution(rng, x):
    """Shrink to 96..200 pixels and back: a small stored clip, such as 112 x 112."""
    side = int(rng.uniform(96, 200) * x.shape[0] / 256)
    small = cv2.resize(x, (side, side), interpolation=cv2.INTER_AREA)
    way = cv2.INTER_LINEAR if rng.random() < 0.7 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(small, x.shape[::-1], interpolation=way), 0, 1)


def jpeg(rng, x):
    """JPEG artefacts at quality 25 to 80."""
    quality = int(rng.uniform(25, 80))
    _, code = cv2.imencode(".jpg", (x * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(code, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def furniture(rng, x):
    """Text and ticks that masking left behind, and a sector outline."""
    drawing = np.zeros(x.shape, np.uint8)
    size = x.shape[0]
    for _ in range(rng.integers(1, 4)):
        start = tuple(int(v) for v in rng.uniform(0, size, 2))
        if rng.random() < 0.5:
            word = "".join(rng.choice(list("ABHR0123456789.:"), 4))
            cv2.putText(drawing, word, start, cv2.FONT_HERSHEY_PLAIN, rng.uniform(0.5, 1.1), 200)
        else:
            stop = tuple(int(v + d) for v, d in zip(start, rng.normal(0, 12, 2), strict=True))
            cv2.line(drawing, start, stop, 200, 1)
    return np.maximum(x, drawing / 255.0)


# How often each change is made, in this order; by judgement.
_CHANGES = (
    (0.25, time_gain),
    (0.25, lateral_gain),
    (0.5, dynamic_range),
    (0.4, gain),
    (0.25, shadow),
    (0.2, haze),
    (0.2, speckle),
    (0.2, electronic_noise),
    (0.25, smoothing),
    (0.1, sharpening),
    (0.2, low_resolution),
    (0.15, jpeg),
    (0.1, furniture),
)
