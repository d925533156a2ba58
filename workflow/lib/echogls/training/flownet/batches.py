"""Batches for the stack's networks, of every kind of data, made ahead in threads."""

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from echogls.motion.flownet2 import alike
from echogls.training.flownet import files, shapes
from echogls.training.flownet.disturb import disturbed
from echogls.training.flownet.shards import Shards
from echogls.training.flownet.ultrasound import FLOW_STEP
from echogls.training.prefetch import ahead

# The stack's window has a third more pixels each way than the refiner's, rows 384 against 288.
ENLARGED = 4 / 3
# Share of the ultrasound pairs that get more noise and clutter than they have; by judgement, so
# that it learns clean and poor ones alike.
DISTURBED = 0.5
OFF_WALL = 0.25  # weight of what lies beside the wall, which is not measured; by judgement
SIDE = 192  # pixels of a sample, from which smaller crops are cut
TOGETHER = 4  # batches made at a time, so that pieces of one sample are spread over several
ENOUGH = 0.05  # share of a crop that must count: less teaches next to nothing; by judgement
SHAPES = 2000  # pairs of each kind of shapes: making one takes longer than a step on its pieces


def sample_of(
    data: str,
    rng: np.random.Generator,
    size: tuple[int, int],
    *,
    shards: Shards | None = None,
    folders: dict[str, list] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One (first, second, truth): (H, W) float32 twice, (H, W, 3) flow in pixels and weight.

    Parameters
    ----------
    data : "ultrasound", a key of `shapes.KINDS`, or of `folders`.
    folders : name -> files of real sets as `files.list_pairs` gives them.
    """
    if data == "ultrasound":
        first, second, truth = _ultrasound(rng, shards.draw(rng), size)
    elif folders and data in folders:
        listed = folders[data]
        pair = files.read_pair(listed[int(rng.integers(len(listed)))])
        first, second, truth = _cut(rng, *pair, size)
    else:
        first, second, flow = _shapes(data, int(rng.integers(SHAPES)), size)
        truth = np.dstack([flow, np.ones(size, np.float32)])
    return (*alike(first, second), truth.astype(np.float32))


def batches(
    data: Sequence[str],
    seed: int,
    start: int,
    crop: int,
    number: int,
    *,
    sources: dict | None = None,
    threads: int = 2,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Endless batches (first, second, truth) from batch `start` on.

    Samples of SIDE pixels (or `crop`, if larger), half of them mirrored, are cut into pieces of
    `crop` pixels, and TOGETHER batches are drawn from the pieces of as many samples as it takes.
    Batch k is fixed by data, seed and k alone, however many threads make it.
    """

    side = max(SIDE, crop)

    def make(group):
        rng = np.random.default_rng([seed, 6, sum("".join(data).encode()), group])
        pieces: list[tuple] = []
        while len(pieces) < TOGETHER * number:
            kind = data[int(rng.integers(len(data)))]
            pieces += _pieces(rng, sample_of(kind, rng, (side, side), **(sources or {})), crop)
        order = rng.permutation(len(pieces))[: TOGETHER * number].reshape(TOGETHER, number)
        return [
            tuple(np.stack(part) for part in zip(*(pieces[k] for k in row), strict=True))
            for row in order
        ]

    skip = start % TOGETHER
    for batch in ahead(make, start // TOGETHER, threads):
        yield from batch[skip:]
        skip = 0


@functools.lru_cache(maxsize=2 * SHAPES)
def _shapes(kind, seed, size):
    first, second, flow = next(shapes.pairs(kind, seed, size))
    return first, second, flow.astype(np.float16)


def _pieces(rng, sample, crop):
    """Those pieces of a sample, as a grid at a random place holds, that show enough."""
    first, second, truth = sample
    planes = [first[..., None], second[..., None], truth]
    if rng.random() < 0.5:
        planes = [plane[:, ::-1] for plane in planes]
        planes[2] = planes[2] * np.array([-1, 1, 1], np.float32)
    side = len(first)
    count = side // crop
    top, left = rng.integers(0, side - count * crop + 1, 2)
    pieces = []
    for row, column in np.ndindex(count, count):
        y, x = top + row * crop, left + column * crop
        piece = tuple(plane[y : y + crop, x : x + crop] for plane in planes)
        if (piece[2][..., 2] > 0.5).mean() > ENOUGH:
            pieces.append(piece)
    return pieces


def _ultrasound(rng, pair, size):
    side = tuple(round(n / ENLARGED / FLOW_STEP) * FLOW_STEP for n in size)
    rows, columns = pair["wall"].shape
    places = np.argwhere(pair["wall"])
    middle = places[int(rng.integers(len(places)))] if len(places) else (rows // 2, columns // 2)
    top, left = (
        int(np.clip(m - rng.integers(s // FLOW_STEP), 0, n - s // FLOW_STEP))
        for m, s, n in zip(middle, side, (rows, columns), strict=True)
    )
    coarse = slice(top, top + side[0] // FLOW_STEP), slice(left, left + side[1] // FLOW_STEP)
    fine = tuple(slice(FLOW_STEP * s.start, FLOW_STEP * s.stop) for s in coarse)
    first, second = pair["first"][fine], pair["second"][fine]
    if rng.random() < DISTURBED:
        first, second = disturbed(rng, first, second)
    near = pair["near"][fine]
    if rng.random() < 0.85:
        first, second = np.where(near, first, 0), np.where(near, second, 0)
    first, second = (
        cv2.resize(x.astype(np.uint8), size[::-1], interpolation=cv2.INTER_LINEAR)
        for x in (first, second)
    )
    # Coarse place i lies on fine pixel 4 i, here pixel 4 i * ENLARGED + (ENLARGED - 1) / 2.
    step, shift = 1 / (FLOW_STEP * ENLARGED), -(ENLARGED - 1) / 2 / (FLOW_STEP * ENLARGED)
    here = np.array([[step, 0, shift], [0, step, shift]])
    weight = np.where(pair["wall"][coarse], 1.0, OFF_WALL).astype(np.float32)
    planes = np.dstack([pair["flow"][coarse].astype(np.float32) * np.float32(ENLARGED), weight])
    truth = cv2.warpAffine(
        planes,
        here,
        size[::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    seen = (first > 0) | (second > 0)
    truth[..., 2] *= np.where(cv2.dilate(seen.astype(np.uint8), np.ones((9, 9))) > 0, 1.0, 0.0)
    return first, second, truth


def _cut(rng, first, second, flow, size):
    """A random part of a real pair, mirrored at the border where the pair is smaller."""
    down, right = (max(s - n, 0) for s, n in zip(size, first.shape, strict=True))
    if down or right:
        first, second = (
            cv2.copyMakeBorder(x, 0, down, 0, right, cv2.BORDER_REFLECT_101)
            for x in (first, second)
        )
        flow = cv2.copyMakeBorder(flow, 0, down, 0, right, cv2.BORDER_CONSTANT)
    top, left = (int(rng.integers(n - s + 1)) for s, n in zip(size, first.shape, strict=True))
    part = slice(top, top + size[0]), slice(left, left + size[1])
    defined = np.isfinite(flow).all(axis=-1)
    flow, weight = np.where(defined[..., None], flow, 0), defined.astype(np.float32)
    if down:
        weight[-down:] = 0
    if right:
        weight[:, -right:] = 0
    return first[part], second[part], np.dstack([flow, weight])[part]


def folder_files(folders: dict[str, str]) -> dict[str, list]:
    """Name of the data -> its files, of the real sets that a config names."""
    return {name: files.list_pairs(Path(folder)) for name, folder in folders.items() if folder}
