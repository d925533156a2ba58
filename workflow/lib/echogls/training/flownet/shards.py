"""Pairs kept on disk: made once, seen many times, each time cut and changed anew."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from echogls.files import save_arrays
from echogls.motion.refiner import first_estimate, seen
from echogls.training.flownet.ultrasound import WindowPair

IMAGES = ("first", "second", "before", "after")


def save_shard(path: Path, pairs: Iterable[WindowPair]) -> None:
    """Write pairs to one npz; flow in 16 bits (1/1000 pixel for motion below 2 pixels)."""
    pairs = list(pairs)
    save_arrays(
        path,
        {
            "first": np.stack([pair.first for pair in pairs]),
            "second": np.stack([pair.second for pair in pairs]),
            "before": np.stack([pair.before for pair in pairs]),
            "after": np.stack([pair.after for pair in pairs]),
            "spans": np.array([pair.spans for pair in pairs]),
            "enlarged": np.array([pair.enlarged for pair in pairs]),
            "flow": np.stack([pair.flow for pair in pairs]).astype(np.float16),
            "wall": np.stack([pair.wall for pair in pairs]),
            "near": np.packbits(np.stack([pair.near for pair in pairs]), axis=-1),
            "spacing": np.array([pair.spacing_mm for pair in pairs]),
        },
    )


class Shards:
    """Pairs of several files in memory, drawn at random.

    Parameters
    ----------
    groups : kind of pair -> its files; each kind is drawn alike often.
    held_out : pairs at the end of each kind's first file that are never drawn.
    estimates : whether pairs also get `start`, the first estimate that the refiner corrects.
    """

    def __init__(
        self, groups: dict[str, Sequence[Path]], *, held_out: int = 80, estimates: bool = False
    ):
        self._held_out = held_out
        self._groups = {
            kind: [_load(path, estimates) for path in paths] for kind, paths in groups.items()
        }

    def draw(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """One training pair: first, second, near (H, W), flow, wall (and start)."""
        kind = list(self._groups)[int(rng.integers(len(self._groups)))]
        number = int(rng.integers(len(self._groups[kind])))
        shard = self._groups[kind][number]
        count = len(shard["first"]) if number else self._first_kept(shard)
        return _row(shard, int(rng.integers(count)))

    def kept(self, kind: str) -> list[dict[str, np.ndarray]]:
        """The pairs of a kind that are held out."""
        shard = self._groups[kind][0]
        return [_row(shard, k) for k in range(self._first_kept(shard), len(shard["first"]))]

    def _first_kept(self, shard):
        """Where a kind's first file stops being drawn; half of a small one is."""
        count = len(shard["first"])
        return count - min(self._held_out, count // 2)


def _load(path, estimates):
    with np.load(path, allow_pickle=False) as stored:
        shard = {name: stored[name] for name in stored.files}
    shard["near"] = np.unpackbits(shard["near"], axis=-1).astype(bool)
    if estimates:
        start = np.zeros(shard["flow"].shape, np.float16)
        for k, near in enumerate(shard["near"]):
            images = (np.where(near, shard[name][k], 0) for name in IMAGES)
            start[k] = first_estimate(seen(*images, spans=tuple(shard["spans"][k])))
        shard["start"] = start
    return shard


def _row(shard, k):
    names = (*IMAGES, "spans", "enlarged", "near", "flow", "wall", "start")
    return {name: shard[name][k] for name in names if name in shard}
