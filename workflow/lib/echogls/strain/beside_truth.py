"""One simulated patient beside its truth: how far each motion errs, and each method's GLS with
parts of it made true."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from echogls.cine import Cine
from echogls.fusion import Fused
from echogls.motion import Track, sample
from echogls.segmentation.clip import Segmentation
from echogls.simulation.stored_truth import FIELD_STEP, truth_of_view
from echogls.strain.budget import averaged_budget, budget_rows
from echogls.strain.motion_error import clip_motion_error


def motion_error_rows(
    *,
    chosen: Mapping[str, str],
    cines: Mapping[str, Cine],
    tracks: Mapping[tuple[str, str], Mapping[str, Track]],
    truth: Mapping[str, np.ndarray],
) -> list[dict]:
    """Rows motion, segmentation, view, clip and those of `clip_motion_error`.

    Parameters
    ----------
    chosen : clip -> view.
    tracks : (motion, segmentation) -> clip -> what was estimated.
    truth : arrays of truth.npz.
    """
    rows = []
    for (motion, segmentation), found in tracks.items():
        for clip, view in chosen.items():
            true = truth_of_view(truth, view)
            if clip in found and true:
                head = {"motion": motion, "segmentation": segmentation, "view": view, "clip": clip}
                errors = clip_motion_error(cines[clip], partial(sample, found[clip]), true)
                rows.append(head | errors)
    return rows


def method_budget(
    *,
    chosen: Mapping[str, str],
    cines: Mapping[str, Cine],
    walls: Mapping[str, Segmentation],
    tracks: Mapping[str, Track],
    fused: Mapping[str, Fused],
    truth: Mapping[str, np.ndarray],
    fusion: str,
    options: Mapping[str, object] | None,
    settings: Mapping[str, object],
    wanted: Sequence[str],
) -> list[dict]:
    """Rows with `budget.COLUMNS` of all clips of one method, and of the average over views.

    Parameters
    ----------
    chosen, truth : as above.
    walls, tracks, fused : the method's, by clip; no tracks where it uses no motion.
    fusion, options, settings : as `budget_rows` takes them.
    wanted : the cohort's views.
    """
    rows = []
    for clip, view in chosen.items():
        true = truth_of_view(truth, view)
        if clip in fused and true:
            rows += budget_rows(
                view=view,
                cine=cines[clip],
                wall=walls[clip],
                velocity_at=partial(sample, tracks[clip]) if clip in tracks else None,
                path=fused[clip],
                truth=true,
                field_step=FIELD_STEP,
                fusion=fusion,
                options=options,
                settings=settings,
            )
    return rows + averaged_budget(rows, wanted)
