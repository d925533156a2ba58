"""What of the recording itself is doubtful, though it is measured: rows of quality.tsv."""

import numpy as np

from echogls.cine import Cine
from echogls.segmentation.clip import Segmentation
from echogls.segmentation.plausibility import spacing_doubt
from echogls.segmentation.quality import quality_row
from echogls.strain.frame_times import time_factor

# Percent of `wall_brighter`. By experts' outlines of 449 CAMUS patients 4 of 898 stills have less;
# of 34 clips with inverted grey levels all but one have.
BRIGHTER = 60.0


def lengths_known(cine: Cine, wall: Segmentation) -> bool:
    """Whether lengths are mm that can be believed."""
    return cine.spacing_mm is not None and not spacing_doubt(wall.length_mm, cine.spacing_mm)


def recording_rows(clip: str, cine: Cine, wall: Segmentation) -> list[dict]:
    """Rows with segmentation.quality.COLUMNS and their flags (study.DOUBTS): spacing that no
    ventricle has, frames that repeat others, a wall that is no brighter than the cavity, frame
    times that no heart has."""
    flags = dict(cine.flags)
    if doubt := spacing_doubt(wall.length_mm, cine.spacing_mm):
        flags.setdefault("implausible_spacing", doubt)
    rows = []
    for flag, note in flags.items():
        facts = {"measure": flag}
        if flag == "repeated_frames":
            facts |= {"value": len(cine.repeated), "unit": "frame"}
        rows.append(quality_row(clip, **facts, flag=flag, note=note))
    rows += _brightness(clip, wall)
    if cine.kind == "sequence":
        rows += _frame_times(clip, cine, wall)
    return rows


def _brightness(clip, wall):
    values = wall.wall_brighter[wall.plausible]
    if np.isnan(values).all():
        return []
    value, doubt = float(np.nanmedian(values)), {}
    if value < BRIGHTER:
        note = (
            f"a pixel of the wall is brighter than one of the cavity in {value:.0f} % of all pairs "
            f"(expected {BRIGHTER:g} or more): inverted grey levels, a contrast agent, or an "
            "outline that is not on the wall"
        )
        doubt = {"flag": "bright_cavity", "note": note}
    return [quality_row(clip, measure="wall_brighter", value=value, unit="%", **doubt)]


def _frame_times(clip, cine, wall):
    factor, note = time_factor(wall.area_mm2, cine.times_s, cine.heart_rate, cine.r_waves_s)
    if not note:
        return []
    facts = {"measure": "frame_times_too_long", "value": factor, "unit": "1"}
    return [quality_row(clip, **facts, flag="doubtful_frame_times", note=note)]
