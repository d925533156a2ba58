"""Ultrasound pairs with dense truth: simulated hearts, and real texture carried by motion.

Both show what an estimator is shown in the study: the window round the ventricle, after the
recording that people have (size, persistence, coding; echogls/simulation/recording.py). Item
k of a stream is fixed by the seed and k alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from echogls.simulation.acoustics import Raster
from echogls.simulation.anatomy import draw_heart
from echogls.simulation.carried import CarriedImage, contraction, draw_beating
from echogls.simulation.clip import draw_difficulty, draw_pose, draw_probe, simulate_clip
from echogls.simulation.looks import draw_look
from echogls.simulation.recording import draw_recording, record
from echogls.simulation.truth import displacement
from echogls.study import LABELS, StudyError
from echogls.training.cases import SPACING_MM

WINDOW = (288, 384)  # rows, columns: rows as of the refiner's SHAPE, and room beside it
FLOW_STEP = 4  # window pixels between the places where the truth is kept: motion._grid.STRIDE
TRIES = 1000  # images drawn for one pair; those without a heart are passed by
RUN = 8  # pairs of neighbouring frames that share a scene, which costs more than they do
MARGIN = (4, 28)  # window pixels between the wall and the window's edge; by judgement
FRAMES_PER_S = (28.0, 90.0)  # by judgement, as recordings have
CARRIED_RUN = 4  # pairs of one carried clip, two of them of neighbouring frames
WARM_UP = 6  # frames before the first that is used: persistence and codecs need a past


@dataclass(frozen=True)
class WindowPair:
    """Two frames in the window, those around them, and the truth on every FLOW_STEP-th pixel.

    Attributes
    ----------
    first, second : (H, W) uint8.
    before, after : (H, W) uint8, the frame before the first and the one after the second, as far
        away in time as these two are; at a clip's ends the first and the second again.
    spans : intervals from `before` to `first` and from `second` to `after`, 1 or 0 each.
    enlarged : window pixels per pixel of the recording.
    flow : (H / 4, W / 4, 2) float32, pixels (x, y), at pixels 0, 4, 8 ...
    wall : (H / 4, W / 4) bool, the ventricle's wall in the first frame, there.
    near : (H, W) bool, within the wall's surroundings, as images are masked.
    spacing_mm : mm per window pixel.
    """

    first: np.ndarray
    second: np.ndarray
    flow: np.ndarray
    wall: np.ndarray
    near: np.ndarray
    spacing_mm: float
    before: np.ndarray
    after: np.ndarray
    spans: tuple[float, float]
    enlarged: float


def simulated_pairs(
    seed: int, *, start: int = 0, frames_per_s: tuple[float, float] = FRAMES_PER_S
) -> Iterator[WindowPair]:
    """Pairs of simulated hearts, RUN of each scene; its frame rate lies in `frames_per_s`."""
    scene, skip = start // RUN, start % RUN
    while True:
        rng = np.random.default_rng([seed, 3, scene])
        for number, pair in enumerate(_simulated_run(rng, frames_per_s)):
            if number >= skip:
                yield pair
        scene, skip = scene + 1, 0


def _simulated_run(rng, frames_per_s):
    heart = draw_heart(rng, gls_mean=-17, gls_sd=4.5)
    probe, look = draw_difficulty(rng, draw_probe(rng, heart), draw_look(rng))
    fps = np.exp(rng.uniform(*np.log(frames_per_s)))
    times = rng.uniform(0.0, 1.1) + np.arange(RUN + 1) / fps
    pose = draw_pose(rng, heart)
    # The window is known only once the wall is: look at it on a coarse raster first.
    raster = _window_raster(rng, heart, pose)
    clip = simulate_clip(
        rng, heart, times_s=times, probe=probe, look=look, pose=pose, raster=raster,
        density=rng.uniform(1.5, 3.0),
    )  # fmt: skip
    frames, enlarged, lag = _recorded(rng, clip.frames)
    points = raster.points(FLOW_STEP)
    margin = rng.uniform(3, 8) / raster.spacing_mm
    for k in range(RUN):
        late = max(k - round(lag), 0)
        flow = displacement(clip, late, points.reshape(-1, 2)).reshape(points.shape)
        walls = [_wall_mask(clip.wall, j, raster) for j in (late, late + 1)]
        near = _grown(walls[0] | walls[1], margin) & clip.sector
        yield WindowPair(
            frames[k],
            frames[k + 1],
            (flow / raster.spacing_mm).astype(np.float32),
            walls[0][::FLOW_STEP, ::FLOW_STEP],
            near,
            raster.spacing_mm,
            **_around(frames, k, 1),
            enlarged=enlarged,
        )


def _recorded(rng, frames, share=(0.25, 1.0)):
    """Frames (T, H, W) of the window as some file has them, enlarged again, and by how much; and by
    how many frames what they show is late."""
    recording = draw_recording(rng, share)
    stored = record(frames, recording)
    enlarged = frames.shape[1] / stored.shape[1]
    if enlarged > 1:
        back = cv2.INTER_CUBIC  # as the study's window does
        size = frames.shape[2], frames.shape[1]
        stored = np.stack([cv2.resize(x, size, interpolation=back) for x in stored])
    return stored, float(enlarged), recording.lag


def _around(frames, k, stride):
    """The frames before and after a pair (k, k + stride), and whether there are any."""
    first, last = max(k - stride, 0), min(k + 2 * stride, len(frames) - 1)
    first = first if first == k - stride else k
    last = last if last == k + 2 * stride else k + stride
    spans = (k - first) / stride, (last - k - stride) / stride
    return {"before": frames[first], "after": frames[last], "spans": spans}


def _window_raster(rng, heart, pose):
    """A window that holds the ventricle at rest, by its drawn size and place."""
    margin = rng.uniform(*MARGIN)
    tall = heart.length_mm * 1.12 + 6
    wide = heart.septal_mm + heart.lateral_mm + 2 * float(np.max(heart.thickness_mm)) + 10
    tilt = abs(np.sin(np.deg2rad(pose.tilt_deg)))
    wide = wide + tilt * tall * 0.8
    rows, columns = WINDOW
    spacing = max(tall / (rows - 2 * margin), wide / (columns - 2 * margin))
    spacing *= rng.uniform(0.9, 1.15)
    angle = np.deg2rad(pose.tilt_deg)
    middle = pose.apex_mm + 0.5 * heart.length_mm * np.array([np.sin(angle), np.cos(angle)])
    origin = middle - spacing * np.array([columns, rows]) / 2 + rng.normal(0, 4, 2)
    return Raster(float(spacing), (float(origin[0]), float(origin[1])), WINDOW)


def _wall_mask(wall, k, raster):
    outline = np.concatenate([wall.layer(0.5)[k], wall.layer(-0.5)[k][::-1]])
    places = np.round((outline - np.array(raster.origin_mm)) / raster.spacing_mm * 16)
    mask = np.zeros(raster.shape, np.uint8)
    cv2.fillPoly(mask, [places.astype(np.int32)], 1, shift=4)
    return mask.astype(bool)


def _grown(mask, pixels):
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return away <= pixels


def carried_pairs(
    seed: int,
    images: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    start: int = 0,
    frames_per_s: tuple[float, float] = FRAMES_PER_S,
) -> Iterator[WindowPair]:
    """Pairs of real stills (image, labels) that beat, CARRIED_RUN of each: cavity and wall by
    study.LABELS."""
    scene, skip = start // CARRIED_RUN, start % CARRIED_RUN
    while True:
        pairs = _carried_of(np.random.default_rng([seed, 4, scene]), images, frames_per_s)
        yield from pairs[skip:]
        scene, skip = scene + 1, 0


def _carried_of(rng, images, frames_per_s):
    """The pairs of the first image drawn that shows enough of a heart."""
    for _ in range(TRIES):
        image, labels = images[int(rng.integers(len(images)))]
        if rng.random() < 0.5:
            image, labels = image[:, ::-1], labels[:, ::-1]
        still = np.ascontiguousarray(image), np.ascontiguousarray(labels)
        pairs = _carried_run(rng, *still, frames_per_s)
        if pairs:
            return pairs
    raise StudyError(
        f"train.camus: none of {TRIES} images that were drawn shows a ventricle's wall and cavity; "
        "expected images with an expert's labels (workflow/models/README.md)"
    )


def _carried_run(rng, image, labels, frames_per_s):
    """Pairs of one still that beats; none if it shows too little of a heart."""
    wall = labels == LABELS["myocardium"]
    rows, columns = np.nonzero(wall)
    if len(rows) < 100:
        return []
    margin = rng.uniform(*MARGIN)
    tall, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
    scale = min((WINDOW[0] - 2 * margin) / tall, (WINDOW[1] - 2 * margin) / wide)
    centre = np.array([columns.min() + columns.max(), rows.min() + rows.max()]) / 2
    shift = (np.array(WINDOW[::-1]) - 1) / 2 - scale * centre + rng.normal(0, 4, 2)
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    if scale < 1:
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
    size = WINDOW[::-1]
    image = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_CUBIC)
    labels = cv2.warpAffine(labels, matrix, size, flags=cv2.INTER_NEAREST)
    heart = (labels == LABELS["myocardium"]) | (labels == LABELS["cavity"])
    if heart.sum() < 2000:
        return []
    beating = _unsteady(rng, draw_beating(rng, heart))
    # A still at end-systole beats as well: from a contraction below zero to one above.
    fps, rate = np.exp(rng.uniform(*np.log(frames_per_s))), rng.uniform(50, 100)
    systole, level = rng.uniform(0.3, 0.42), rng.choice([0.0, 0.5])
    stride = int(rng.choice([2, 3]))
    count = WARM_UP + 3 * stride + 1
    phases = rng.random() + np.arange(count) * rate / 60 / fps
    states = contraction(phases, systole) - level
    carried = CarriedImage(
        rng,
        faded(rng, image),
        beating,
        likeness=1 - np.exp(rng.uniform(np.log(0.003), np.log(0.12))),
        clutter=rng.uniform(0, 8) if rng.random() < 0.7 else rng.uniform(8, 25),
        noise=rng.uniform(0, 6),
        gain=rng.normal(0, 0.1),
    )
    frames = [carried.frame(state) for state in states]
    imaged = np.any(frames, axis=0)
    frames, enlarged, lag = _recorded(rng, np.stack(frames))
    grid = np.mgrid[0 : WINDOW[0] : FLOW_STEP, 0 : WINDOW[1] : FLOW_STEP]
    points = np.stack([grid[1], grid[0]], -1).astype(np.float64)
    # Two pairs of neighbours, two farther apart, one of each at the end of the clip.
    last = count - 1
    firsts = [(int(rng.integers(WARM_UP - 1, last - 2)), 1), (last - 1, 1)]
    firsts += [(WARM_UP, stride), (last - stride, stride)]
    pairs = []
    for k, step in firsts:
        shown = np.interp([k - lag, k + step - lag], np.arange(count), states)
        still = beating.origin(points, shown[0])
        flow = beating.place(still, shown[1]) - points
        walls = []
        for state in shown:
            coarse = np.round(beating.origin(points, state)).astype(int)
            x = coarse[..., 0].clip(0, WINDOW[1] - 1)
            y = coarse[..., 1].clip(0, WINDOW[0] - 1)
            walls.append(labels[y, x] == LABELS["myocardium"])
        near = (walls[0] | walls[1]).astype(np.uint8)
        near = cv2.resize(near, size, interpolation=cv2.INTER_LINEAR) > 0
        near = _grown(near, rng.uniform(8, 22)) & imaged
        pairs.append(
            WindowPair(
                frames[k],
                frames[k + step],
                flow.astype(np.float32),
                walls[0],
                near,
                SPACING_MM / scale,
                **_around(frames, k, step),
                enlarged=enlarged,
            )
        )
    return pairs


def _unsteady(rng, beating):
    """The same heartbeat with the whole heart moving more, as chests and hands make it."""
    shift = beating.shift + rng.normal(0, 0.02, 2) * beating.length
    return replace(beating, shift=shift, rock=beating.rock + rng.normal(0, 0.03))


def faded(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """An image (H, W) uint8 parts of whose wall are hardly seen, or blurred; half of them as is."""
    kind = rng.random()
    if kind < 0.5:
        return image
    coarse = rng.standard_normal((int(rng.integers(2, 6)),) * 2).astype(np.float32)
    where = cv2.resize(coarse, image.shape[::-1], interpolation=cv2.INTER_CUBIC)
    share = 1 / (1 + np.exp(4 * (where - np.float32(rng.uniform(-0.2, 1)))))
    if kind < 0.75:
        floor = np.float32(rng.uniform(0.05, 0.6))
        changed = image * (floor + (1 - floor) * share)
    else:
        soft = cv2.GaussianBlur(image.astype(np.float32), (0, 0), rng.uniform(2, 6))
        changed = share * image + (1 - share) * soft
    return np.where(image > 0, np.clip(changed, 1, 255), 0).round().astype(np.uint8)
