"""The motion of one patient's segmented clips."""

from collections.abc import Mapping
from pathlib import Path

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
    """Track every clip that moves and has a plausible outline.

    Parameters
    ----------
    walls : with masks.
    motion : name of the estimator.
    settings : section `track` of the config.
    models, workers : see `track_clip`.
    """
    return {
        clip: track_clip(
            cines[clip].frames,
            wall.mask == LABELS["myocardium"],
            cines[clip].scale,
            cines[clip].times_s,
            motion,
            options=settings["options"].get(motion),
            mask_image=settings["mask_image"],
            margin_mm=settings["margin_mm"],
            smooth=settings["smooth"],
            models=models,
            workers=workers,
        )
        for clip, wall in walls.items()
        if cines[clip].kind == "sequence" and wall.plausible.any()
    }
