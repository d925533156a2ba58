"""Accuracy and speed of the motion estimators on pairs whose motion is known.

    python benchmarks/motion.py --camus /data/camus --pairs 12

Two kinds of pairs, 384 x 512 pixels at about 0.27 mm, masked as the pipeline does:

real      a CAMUS end-diastolic frame warped by a smooth motion, partly decorrelated
          by new speckle-sized noise;
speckle   fully developed speckle of moving scatterers with a narrow-band pulse,
          log-compressed, some scatterers replaced from frame to frame.

Reported over the wall's pixels that have any confidence (their part is `known`):
end-point error and its 95th percentile (pixels), the slope of estimated on true
displacement per axis (1 = no shrinkage), the same slope for the base-to-apex strain of
the two walls with the standard deviation of that strain's error (percentage points),
and the median time a pair.
"""

import argparse
import ast
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from echogls.motion import estimator, names
from echogls.motion._tracking import MARGIN_MM
from echogls.motion._window import HEIGHT, WIDTH, image_in_window, mask_in_window, window_on

MM = 0.27  # of a pixel, about as large as it is in the pipeline's window


@dataclass(frozen=True)
class Pair:
    """Masked (H, W) uint8 images, the true displacement (H, W, 2), and the wall (H, W)."""

    first: np.ndarray
    second: np.ndarray
    truth: np.ndarray
    wall: np.ndarray


def lv_motion(wall: np.ndarray, rng: np.random.Generator, largest: float) -> np.ndarray:
    """(H, W, 2) pixels: the base moves to the apex and the walls move inward, or back.

    A smooth random part is added. The motion fades to a fifth over 8 mm outside the wall;
    the largest displacement in the wall is `largest`.
    """
    rows, columns = np.nonzero(wall)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    along = (y - rows.min()) / np.ptp(rows)
    across = (x - (columns.min() + columns.max()) / 2) / np.ptp(columns)
    motion = np.stack([-1.2 * across * np.sqrt(np.clip(along, 0, 1)), -along], axis=-1)
    wobble = rng.normal(size=(HEIGHT, WIDTH, 2)).astype(np.float32)
    wobble = cv2.GaussianBlur(wobble, (0, 0), 60)
    motion += 0.15 * wobble / wobble.std() + rng.normal(scale=0.15, size=2)
    motion *= rng.choice([-1, 1])
    away = cv2.distanceTransform((~wall).astype(np.uint8), cv2.DIST_L2, 5)
    fade = 0.2 + 0.8 * np.exp(-0.5 * (away / (8 / MM)) ** 2)
    motion = cv2.GaussianBlur((motion * fade[..., None]).astype(np.float32), (0, 0), 4)
    scale = largest / np.linalg.norm(motion[wall], axis=-1).max()
    return (motion * scale).astype(np.float32)


def smooth_noise(rng: np.random.Generator, sigma: float) -> np.ndarray:
    """(H, W) float32 of unit variance, as fine as speckle."""
    noise = cv2.GaussianBlur(rng.normal(size=(HEIGHT, WIDTH)).astype(np.float32), (0, 0), sigma)
    return noise / noise.std()


def real_pair(folder: Path, rng: np.random.Generator, largest: float) -> Pair:
    """A patient's frame, moved: second(p + d(p)) = first(p), then decorrelated."""
    import nibabel

    stem = folder / f"{folder.name}_4CH_ED"
    image = np.asarray(nibabel.load(f"{stem}.nii.gz").dataobj).T.astype(np.uint8)
    mask = np.asarray(nibabel.load(f"{stem}_gt.nii.gz").dataobj).T == 2
    spacing = float(nibabel.load(f"{stem}.nii.gz").header.get_zooms()[0])
    window = window_on(mask[None], MARGIN_MM / spacing)
    first = image_in_window(np.ascontiguousarray(image), window).astype(np.float32)
    wall = mask_in_window(np.ascontiguousarray(mask), window)
    truth = lv_motion(wall, rng, largest)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    back = np.zeros_like(truth)
    for _ in range(20):  # back(q) = truth(q - back(q)): the fixed point inverts the map
        there = (x - back[..., 0], y - back[..., 1])
        back = cv2.remap(truth, *there, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    there = (x - back[..., 0], y - back[..., 1])
    second = cv2.remap(first, *there, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    deviation = np.sqrt(
        np.maximum(cv2.blur(first**2, (31, 31)) - cv2.blur(first, (31, 31)) ** 2, 0)
    )
    second = second * (1 + 0.05 * smooth_noise(rng, 40)) + 0.5 * deviation * smooth_noise(rng, 2)
    return masked_pair(first, second, truth, wall)


def horseshoe() -> np.ndarray:
    """(H, W) bool: a wall 9 mm thick, apex at the top."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]

    def inside(half_width: float, apex: float) -> np.ndarray:
        return ((x - 256) / half_width) ** 2 + ((y - 355) / (355 - apex)) ** 2 < 1

    return (inside(117, 25) & ~inside(83, 59)) & (y < 355)


def speckle_pair(rng: np.random.Generator, largest: float) -> Pair:
    """Scatterers under a 2.5 MHz sector scan, moved by the tissue's motion."""
    wall = horseshoe()
    truth = lv_motion(wall, rng, largest)
    count = (500, 700)
    x, y = rng.uniform(-30, WIDTH + 30, count), rng.uniform(-30, HEIGHT + 30, count)
    tissue = cv2.GaussianBlur(np.where(wall, 1.0, 0.25).astype(np.float32), (0, 0), 3)
    cavity = (np.abs(np.mgrid[:HEIGHT, :WIDTH][1] - 256) < 60) & ~wall
    tissue[cavity] *= 0.15
    patchy = np.exp(0.4 * smooth_noise(rng, 12))
    place = (x.astype(np.float32), y.astype(np.float32))
    strength = cv2.remap(tissue * patchy, *place, cv2.INTER_LINEAR)
    step = cv2.remap(truth, *place, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    kept = 0.96
    one, new = rng.normal(size=(2, *count))
    two = kept * one + np.sqrt(1 - kept**2) * new
    first = sector_scan(x, y, strength * one, rng)
    second = sector_scan(x + step[..., 0], y + step[..., 1], strength * two, rng)
    return masked_pair(first, second, truth, wall)


def sector_scan(
    x: np.ndarray, y: np.ndarray, strength: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(H, W) float32 grey, 55 dB, of scatterers at window pixels (x, y)."""
    source_y, beams, step_mm = -60.0, 320, 0.2
    wavelength_mm = 1.54 / 2.5
    angle = np.arctan2(x - 256, y - source_y)
    depth = np.hypot(x - 256, y - source_y) * MM
    column = (angle + 0.75) / 1.5 * (beams - 1)
    ranges = int((HEIGHT + 260) * MM / step_mm)
    row = depth / step_mm
    keep = (column >= 0) & (column < beams - 1) & (row >= 0) & (row < ranges - 1)
    wave = (strength * np.exp(4j * np.pi * depth / wavelength_mm))[keep]
    column, row = column[keep], row[keep]
    left, top = column.astype(int), row.astype(int)
    field = np.zeros(ranges * beams, complex)
    for i, row_part in ((0, 1 - row + top), (1, row - top)):
        for j, column_part in ((0, 1 - column + left), (1, column - left)):
            weighted = wave * row_part * column_part
            index = (top + i) * beams + left + j
            field += np.bincount(index, weighted.real, field.size)
            field += 1j * np.bincount(index, weighted.imag, field.size)
    field = field.reshape(ranges, beams)
    blur = [
        cv2.GaussianBlur(np.ascontiguousarray(part), (0, 0), sigmaX=3.2, sigmaY=2.2)
        for part in (field.real, field.imag)
    ]
    envelope = np.hypot(*blur)
    noise = np.hypot(*(rng.normal(scale=0.01, size=(2, *envelope.shape)) * envelope.std()))
    decibel = 20 * np.log10(envelope + noise + 1e-9)
    polar = np.clip((decibel - np.percentile(decibel, 99.7)) / 55 + 1, 0, 1) * 255
    yy, xx = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    columns = (np.arctan2(xx - 256, yy - source_y) + 0.75) / 1.5 * (beams - 1)
    rows = np.hypot(xx - 256, yy - source_y) * MM / step_mm
    return cv2.remap(
        polar.astype(np.float32),
        columns.astype(np.float32),
        rows.astype(np.float32),
        cv2.INTER_LINEAR,
    )


def masked_pair(first: np.ndarray, second: np.ndarray, truth: np.ndarray, wall: np.ndarray) -> Pair:
    """Both images as uint8, black beyond the margin around the wall."""
    away = cv2.distanceTransform((~wall).astype(np.uint8), cv2.DIST_L2, 5)
    near = away <= MARGIN_MM / MM
    images = [np.where(near, image.clip(0, 255), 0).astype(np.uint8) for image in (first, second)]
    return Pair(*images, truth.astype(np.float32), wall)


def pairs(kind: str, count: int, camus: Path | None, seed: int) -> Iterator[Pair]:
    """`count` pairs, the largest displacement running from 0.3 to 5 pixels."""
    rng = np.random.default_rng(seed)
    sizes = np.geomspace(0.3, 5.0, count)
    if kind == "speckle":
        yield from (speckle_pair(rng, size) for size in sizes)
    elif camus is not None:
        folders = sorted(folder for folder in camus.iterdir() if folder.is_dir())
        chosen = rng.choice(len(folders), count, replace=False)
        for size, index in zip(sizes, chosen, strict=True):
            yield real_pair(folders[index], rng, size)


def wall_strain(displacement: np.ndarray, wall: np.ndarray) -> list[float]:
    """d(u_y)/dy of the left and the right wall, by least squares over their pixels."""
    y, x = np.nonzero(wall)
    middle = (x.min() + x.max()) / 2
    return [
        np.polyfit(y[side], displacement[y[side], x[side], 1], 1)[0]
        for side in (x < middle, x >= middle)
    ]


def measure(estimate: Callable, kind_pairs: list[Pair], options: dict) -> dict[str, float]:
    """The quality of one estimator over pairs."""
    true, by_estimator, true_strain, strain, errors, seconds, shown = [], [], [], [], [], [], []
    for pair in kind_pairs:
        start = time.perf_counter()
        flow = estimate(pair.first, pair.second, **options)
        seconds.append(time.perf_counter() - start)
        seen = pair.wall & (flow.confidence > 0)
        true.append(pair.truth[seen])
        by_estimator.append(flow.displacement[seen])
        errors.append(np.linalg.norm(by_estimator[-1] - true[-1], axis=-1))
        true_strain += wall_strain(pair.truth, seen)
        strain += wall_strain(flow.displacement, seen)
        shown.append(np.mean(flow.confidence[pair.wall] > 0))
    moved, estimated = np.concatenate(true), np.concatenate(by_estimator)
    slopes = [np.polyfit(moved[:, i], estimated[:, i], 1)[0] for i in (0, 1)]
    error = np.concatenate(errors)
    return {
        "epe": float(error.mean()),
        "p95": float(np.percentile(error, 95)),
        "slope_x": float(slopes[0]),
        "slope_y": float(slopes[1]),
        "strain_slope": float(np.polyfit(true_strain, strain, 1)[0]),
        "strain_sd": float(np.std(np.subtract(strain, true_strain)) * 100),
        "known": float(np.mean(shown)),
        "ms": float(np.median(seconds) * 1000),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("estimators", nargs="*", default=names(), metavar="estimator")
    parser.add_argument("--camus", type=Path, help="folder of CAMUS patients (NIfTI)")
    parser.add_argument("--pairs", type=int, default=12, help="pairs of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()
    options = dict(option.split("=", 1) for option in arguments.option)
    options = {name: ast.literal_eval(value) for name, value in options.items()}
    for kind in ("real", "speckle"):
        drawn = list(pairs(kind, arguments.pairs, arguments.camus, arguments.seed))
        if not drawn:
            print(f"{kind}: left out, give --camus")
            continue
        for name in arguments.estimators:
            row = measure(estimator(name).estimate, drawn, options)
            values = "  ".join(f"{key} {value:.3f}" for key, value in row.items())
            print(f"{kind:8s} {name:16s} n {len(drawn)}  {values}")


if __name__ == "__main__":
    main()
