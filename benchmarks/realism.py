"""How near simulated four-chamber images are to real ones: by number, and side by side.

    python benchmarks/realism.py path/to/camus [--images 40] [--figure out.png]
        [--clips another.dcm ...]

Prints percentiles over images of real (CAMUS, with the expert's labels) and simulated ones
(with the true ones): grey levels of myocardium, cavity and the rest of the sector, and how
far apart, in mm, the speckle of the myocardium stays half correlated with itself. Then, of
the clip inside pydicom (and others), segmented by `fast`, and of simulated clips at 30 frames
a second: how alike a patch of wall or blood is in the next frame, where it fits best.
"""

import argparse
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from pydicom.data import get_testdata_file

from echogls import cohorts, runtime
from echogls.cohorts._dicom_clip import read_clip
from echogls.places import MODELS
from echogls.segmentation.clip import segment_clip
from echogls.simulation.anatomy import draw_heart
from echogls.simulation.clip import simulate_clip
from echogls.simulation.streams import wall_labels
from echogls.training import cases

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

GRID_MM = 0.4  # on which patches of all clips are compared: about a pixel of either; by judgement
PATCH_MM, SEARCH_MM = 6.0, 2.0  # sides, and how far it is looked for; by judgement
PAIRS = 12  # of frames a clip, spread over it; by judgement
FPS = 30  # of simulated clips, as the real ones


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
    names, _ = cases.split(folder)
    for *_, image, labels in islice(cases.read_cases(folder, names[: count // 2 + 1]), count):
        closed = cv2.morphologyEx((image > 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((15, 15)))
        yield image, labels, closed > 0, cases.SPACING_MM


def simulated_images(count):
    for seed in range(count):
        rng = np.random.default_rng([2018, seed])
        time = np.array([rng.uniform(0, 1)])
        clip = simulate_clip(rng, draw_heart(rng), times_s=time)
        yield clip.frames[0], wall_labels(clip, 0), clip.sector, clip.raster.spacing_mm


def next_frame_likeness(frames, labels, spacing_mm):
    """Mean correlation of patches with the next frame at their best place: wall, blood.

    frames, labels : (T, H, W) uint8. A patch belongs to the label that fills most of it.
    """
    size = (
        round(frames.shape[2] * spacing_mm / GRID_MM),
        round(frames.shape[1] * spacing_mm / GRID_MM),
    )
    side, reach = round(PATCH_MM / GRID_MM), round(SEARCH_MM / GRID_MM)
    likeness = {2: [], 1: []}
    for k in np.unique(np.linspace(0, len(frames) - 2, PAIRS).astype(int)):
        one, two = (cv2.resize(f, size, interpolation=cv2.INTER_AREA) for f in frames[k : k + 2])
        at = cv2.resize(labels[k], size, interpolation=cv2.INTER_NEAREST_EXACT)
        for y in range(reach, size[1] - side - reach, side):
            for x in range(reach, size[0] - side - reach, side):
                part = np.s_[y : y + side, x : x + side]
                near = two[y - reach : y + side + reach, x - reach : x + side + reach]
                for label, values in likeness.items():
                    if (at[part] == label).mean() > 0.6 and one[part].std() > 2:
                        match = cv2.matchTemplate(near, one[part], cv2.TM_CCOEFF_NORMED)
                        values.append(match.max())
    return [float(np.mean(values)) if values else np.nan for values in likeness.values()]


def real_clips(files):
    network = runtime.load_graph(runtime.shipped_model(MODELS, "fast"))
    for file in files:
        clip = read_clip(Path(file), "clip", dict(cohorts.SETTINGS))
        if clip.cine is None:
            print(f"{Path(file).name}: {clip.reason} {clip.note}")
            continue
        wall = segment_clip(clip.cine, network)
        yield Path(file).name, clip.cine.frames, wall.mask, clip.cine.spacing_mm


def simulated_clips(count):
    for seed in range(count):
        rng = np.random.default_rng([2018, seed])
        clip = simulate_clip(rng, draw_heart(rng), times_s=np.arange(FPS) / FPS)
        labels = np.stack([wall_labels(clip, k) for k in range(len(clip.frames))])
        yield f"simulated {seed}", clip.frames, labels, clip.raster.spacing_mm


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("camus", type=Path)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--clips", nargs="*", default=[], help="more DICOM clips")
    parser.add_argument("--figure", type=Path)
    options = parser.parse_args()
    real = list(real_images(options.camus, options.images))
    simulated = list(simulated_images(options.images))
    tables = [np.array([measures(*case) for case in cases]) for cases in (real, simulated)]
    print(f"percentiles {PERCENTILES} of {len(real)} real | {len(simulated)} simulated images")
    for index, name in enumerate(NAMES):
        one, other = (np.nanpercentile(t[:, index], PERCENTILES).round(1) for t in tables)
        print(f"{name:26} {one} | {other}")
    print("likeness of the next frame: wall, blood")
    for name, *clip in real_clips([get_testdata_file("examples_ybr_color.dcm"), *options.clips]):
        print(f"{name:26}", *(f"{value:.2f}" for value in next_frame_likeness(*clip)))
    likeness = [next_frame_likeness(*clip) for _, *clip in simulated_clips(options.images // 2)]
    for name, values in zip(("wall", "blood"), np.transpose(likeness), strict=True):
        print(f"simulated {name:16}", np.nanpercentile(values, PERCENTILES).round(2))
    if options.figure:
        rows = [
            np.hstack([cv2.resize(image, (360, 280)) for image, *_ in cases[:5]])
            for cases in (real, simulated)
        ]
        cv2.imwrite(str(options.figure), np.vstack(rows))


if __name__ == "__main__":
    main()
