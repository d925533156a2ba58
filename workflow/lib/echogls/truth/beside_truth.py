"""One simulated patient beside its truth: how far each motion errs, and each method's GLS with
parts of it made true."""

from collections.abc import Mapping, Sequence

import numpy as np

from echogls.cine import Cine
from echogls.fusion import Fused
from echogls.motion import Sampler, Track
from echogls.segmentation.clip import Segmentation
from echogls.simulation.stored_truth import FIELD_STEP, truth_of_view
from echogls.truth import budget
from echogls.truth.motion_error import clip_motion_error

BUDGET_COLUMNS = ("method", *budget.COLUMNS)


def motion_errors(
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
    for (motion, segmentation), of_clips in tracks.items():
        for clip, true in _true_clips(chosen, truth).items():
            if clip in of_clips:
                head = {"motion": motion, "segmentation": segmentation}
                head |= {"view": chosen[clip], "clip": clip}
                errors = clip_motion_error(cines[clip], Sampler(of_clips[clip]), true)
                rows.append(head | errors)
    return rows


def method_budgets(
    *,
    methods: Mapping[str, Mapping[str, object]],
    chosen: Mapping[str, str],
    cines: Mapping[str, Cine],
    walls: Mapping[str, Mapping[str, Segmentation]],
    tracks: Mapping[tuple[str, str], Mapping[str, Track]],
    fused: Mapping[str, Mapping[str, Fused]],
    truth: Mapping[str, np.ndarray],
    settings: Mapping[str, object],
    wanted: Sequence[str],
) -> list[dict]:
    """Rows with BUDGET_COLUMNS: of each method all clips, then the average over views.

    Parameters
    ----------
    methods : name -> its segmentation, motion and fusion, and the options of its fusion.
    chosen, tracks, truth : as `motion_errors` takes them; no track where a method uses no motion.
    walls : segmentation -> clip -> its outlines.
    fused : method -> clip -> its path.
    settings : config section `strain`.
    wanted : the cohort's views.
    """
    rows = []
    for method, parts in methods.items():
        moved = tracks.get((parts["motion"], parts["segmentation"]), {})
        variants: list[dict] = []
        for clip, true in _true_clips(chosen, truth).items():
            if clip in fused[method]:
                variants += budget.budget_rows(
                    view=chosen[clip],
                    cine=cines[clip],
                    wall=walls[parts["segmentation"]][clip],
                    velocity_at=Sampler(moved[clip]) if clip in moved else None,
                    fused=fused[method][clip],
                    truth=true,
                    field_step=FIELD_STEP,
                    fusion=parts["fusion"],
                    options=parts["options"],
                    settings=settings,
                )
        rows += [
            {"method": method} | row for row in variants + budget.averaged_budget(variants, wanted)
        ]
    return rows


def _true_clips(chosen, truth):
    """Clip -> the truth of its view, of clips whose view has one."""
    truths = {clip: truth_of_view(truth, view) for clip, view in chosen.items()}
    return {clip: true for clip, true in truths.items() if true}
