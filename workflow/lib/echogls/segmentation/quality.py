"""Rows of quality.tsv: what is known about how well a clip was segmented."""

import numpy as np

from echogls.cine import Cine
from echogls.segmentation.clip import Segmentation
from echogls.segmentation.overlap import dice, surface_distances
from echogls.segmentation.plausibility import CODES
from echogls.study import LABELS, VIEWS

COLUMNS = ("clip", "frame", "phase", "label", "measure", "value", "unit", "flag", "note")
# Of quality.tsv: `method` is empty where a row is of the outlines, that all its methods share.
TABLE_COLUMNS = ("cohort", "patient", "segmentation", "method", "view", *COLUMNS)


def quality_rows(clip: str, cine: Cine, wall: Segmentation) -> list[dict]:
    """One row a fact, with COLUMNS: shares of frames, each flagged frame, and agreement
    with the expert's labels where the source brings them (Dice; mean absolute and
    Hausdorff distance in mm, empty where the spacing is unknown)."""
    frames = len(wall.plausible)
    contours = np.isfinite(wall.area_mm2).mean()
    rows = [
        quality_row(clip, measure="frames", value=frames, unit="frame"),
        quality_row(clip, measure="frames_with_contour", value=100 * contours, unit="%"),
        quality_row(clip, measure="plausible_frames", value=100 * wall.plausible.mean(), unit="%"),
    ]
    if wall.by_hand:
        note = "outlines drawn by hand in place of the network's"
        count = len(wall.by_hand)
        rows.append(
            quality_row(clip, measure="frames_by_hand", value=count, unit="frame", note=note)
        )
    for frame, codes in enumerate(wall.codes):
        for code in codes:
            rows.append(
                quality_row(clip, frame, measure="implausible", flag=code, note=CODES[code])
            )
    if cine.reference is not None:
        rows += _against_expert(clip, cine, wall)
    return rows


def training_row(clip: str, view: str, trained_on: str) -> dict:
    """Whether the network was trained on the clip's view: a row with COLUMNS, 1 or 0.

    trained_on : what models.yaml says, with the views as study.VIEWS names them.
    """
    trained = VIEWS[view] in trained_on
    note = "" if trained else f"the network was trained on {trained_on}; look at the outlines"
    return quality_row(clip, measure="trained_on_view", value=int(trained), unit="1", note=note)


def _against_expert(clip, cine, wall):
    rows = []
    for frame, truth in enumerate(cine.reference):
        phase = ("ED", "ES")[frame] if cine.kind == "ed_es" else ""
        for name, label in LABELS.items():
            ours, theirs = wall.mask[frame] == label, truth == label
            if label == 0 or not theirs.any():
                continue
            where = {"frame": frame, "phase": phase, "label": name}
            rows.append(
                quality_row(clip, **where, measure="dice", value=dice(ours, theirs), unit="1")
            )
            if cine.spacing_mm:
                mean, largest = surface_distances(ours, theirs, cine.spacing_mm)
                rows += [
                    quality_row(
                        clip, **where, measure="mean_absolute_distance", value=mean, unit="mm"
                    ),
                    quality_row(
                        clip, **where, measure="hausdorff_distance", value=largest, unit="mm"
                    ),
                ]
    return rows


def quality_row(clip: str, frame: int | str = "", **facts: object) -> dict:
    """A row with COLUMNS; what is not given is empty."""
    return dict.fromkeys(COLUMNS, "") | {"clip": clip, "frame": frame} | facts
