"""How near simulated four-chamber images are to real ones: by number, and side by side.

    python workflow/lib/benchmarks/realism.py path/to/camus [--images 40] [--figure out.png]

Prints percentiles over images of real (CAMUS, with the expert's labels) and simulated ones
(with the true ones): grey levels of myocardium, cavity and the rest of the sector, and how
far apart, in mm, the speckle of the myocardium stays half correlated with itself.
"""

import argparse
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from echogls.segmentation import release
from echogls.simulation.anatomy import draw_heart
from echogls.simulation.clip import simulate_clip
from echogls.simulation.streams import wall_labels

PERCENTILES = (5, 25, 50, 75, 95)
NAMES = (
    "myocardium mean, grey",
    "myocardium sd, grey",
    "cavity mean, grey",
    "cavity sd, grey",
    "elsewhere mean, grey",
    "elsewhere sd, grey",
    "myocardium - cavity, grey",
    "speckle along depth, mm",
    "speckle across, mm",
)


def measures(image, labels, sector, spacing_mm):
    """The numbers of NAMES for one image (H, W) uint8."""
    muscle, cavity = image[labels == 2], image[labels == 1]
    rest = image[(labels == 0) & sector]
    pairs = [f(part) for part in (muscle, cavity, rest) for f in (np.mean, np.std)]
    return [*pairs, muscle.mean() - cavity.mean(), *speckle_size(image, labels == 2, spacing_mm)]


def speckle_size(image, mask, spacing_mm):
    """Lag in mm at which the local texture's autocorrelation falls to one half, down and across."""
    grey, inside = image.astype(float), mask.astype(float)
    sigma = 3 / spacing_mm  # slower variation than 3 mm is not speckle
    weight = np.maximum(cv2.GaussianBlur(inside, (0, 0), sigma), 1e-3)
    texture = (grey - cv2.GaussianBlur(grey * inside, (0, 0), sigma) / weight) * inside
    power = (texture**2).sum() / inside.sum()
    sizes = []
    for axis in (0, 1):
        before = 1.0
        for lag in range(1, 60):
            shifted, shared = np.roll(texture, lag, axis), np.roll(inside, lag, axis) * inside
            now = (shifted * texture).sum() / max(shared.sum(), 1) / power
            if now < 0.5:
                sizes.append((lag - 1 + (before - 0.5) / (before - now)) * spacing_mm)
                break
            before = now
        else:
            sizes.append(np.nan)
    return sizes


def real_images(folder, count):
    names, _ = release.split(folder)
    for *_, image, labels in islice(release.read_cases(folder, names[: count // 2 + 1]), count):
        closed = cv2.morphologyEx((image > 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15)))
        yield image, labels, closed > 0, release.SPACING_MM


def simulated_images(count):
    for seed in range(count):
        rng = np.random.default_rng([2018, seed])
        time = np.array([rng.uniform(0, 1)])
        clip = simulate_clip(rng, draw_heart(rng), times_s=time)
        yield clip.frames[0], wall_labels(clip, 0), clip.sector, clip.raster.spacing_mm


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("camus", type=Path)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--figure", type=Path)
    options = parser.parse_args()
    real = list(real_images(options.camus, options.images))
    made = list(simulated_images(options.images))
    tables = [np.array([measures(*case) for case in cases]) for cases in (real, made)]
    print(f"percentiles {PERCENTILES} of {len(real)} real | {len(made)} simulated images")
    for index, name in enumerate(NAMES):
        one, other = (np.nanpercentile(t[:, index], PERCENTILES).round(1) for t in tables)
        print(f"{name:26} {one} | {other}")
    if options.figure:
        rows = [
            np.hstack([cv2.resize(image, (360, 280)) for image, *_ in cases[:5]])
            for cases in (real, made)
        ]
        cv2.imwrite(str(options.figure), np.vstack(rows))


if __name__ == "__main__":
    main()
