"""The motion of one patient's segmented clips."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from echogls.cine import Cine
from echogls.motion._tracking import Track, track_clip
from echogls.segmentation.clip import Segmentation
from echogls.study import LABELS


def track_patient(
    cines: Mapping[str, Cine],
    walls: Mapping[str, Segmentation],
    motion: str,
    settings: Mapping[str, object],
    *,
    models: Path | None = None,
    workers: int = 2,
) -> dict[str, Track]:
    """Track every clip that moves and has a plausible outline, by name. See `tracked_clips`."""
    return dict(tracked_clips(cines, walls, motion, settings, models=models, workers=workers))


def tracked_clips(
    cines: Mapping[str, Cine],
    walls: Mapping[str, Segmentation],
    motion: str,
    settings: Mapping[str, object],
    *,
    models: Path | None = None,
    workers: int = 2,
) -> Iterator[tuple[str, Track]]:
    """Those clips one after another, each with its name.

    Parameters
    ----------
    walls : with masks.
    motion : name of the estimator.
    settings : section `track` of the config.
    models, workers : see `track_clip`.
    """
    for clip in walls:
        cine, wall = cines[clip], walls[clip]
        if cine.kind == "sequence" and wall.plausible.any():
            yield (
                clip,
                track_clip(
                    cine.frames,
                    _Myocardium(wall.mask),
                    cine.scale,
                    cine.times_s,
                    motion,
                    options=settings["options"].get(motion),
                    mask_image=settings["mask_image"],
                    margin_mm=settings["margin_mm"],
                    smooth=settings["smooth"],
                    models=models,
                    workers=workers,
                ),
            )
        del cine, wall  # before the next ones are read


@dataclass(frozen=True)
class _Myocardium(Sequence[np.ndarray]):
    """Of (T, H, W) labels, the wall of each frame as (H, W) bool, when it is asked for."""

    labels: np.ndarray

    def __getitem__(self, k: int) -> np.ndarray:
        return self.labels[k] == LABELS["myocardium"]

    def __len__(self) -> int:
        return len(self.labels)
