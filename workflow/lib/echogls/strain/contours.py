"""Strain on the outlines that an expert drew, where a source brings them: rater `contours`."""

from collections.abc import Mapping, Sequence

from echogls.cine import Cine
from echogls.fusion import fuse_clip
from echogls.segmentation.clip import drawn_part, reference_segmentation
from echogls.segmentation.traced import traced_pair
from echogls.strain.patient import measure_patient
from echogls.views.chosen import best_clips, chosen_clips


def measure_contours(
    *,
    wanted: Sequence[str],
    clips: list[dict],
    views: list[dict],
    cines: Mapping[str, Cine],
    min_plausible: float,
    settings: Mapping[str, object],
) -> list[dict]:
    """Measure a patient on the expert's labels or traced lines, without motion.

    Parameters
    ----------
    wanted, clips, views, min_plausible : see `measure_patient`.
    cines : every clip that views.tsv names.
    settings : config section `strain`.

    Returns
    -------
    Rows of measurements.tsv without cohort, patient and rater; frames count from the clip's
    first. A chosen clip without an outline has no reading, and so no row. Of a traced
    endocardium the rows have the reason `endocardium_only`.
    """
    chosen = chosen_clips(views)
    parts, walls, frames, traced = {}, {}, {}, set()
    for name, whole in cines.items():
        pair = None if whole.traced is None else traced_pair(whole)
        if pair:
            parts[name], walls[name], frames[name] = pair
            traced.add(name)
        elif whole.reference is not None and whole.traced is None:
            parts[name], first = drawn_part(whole)
            walls[name] = reference_segmentation(parts[name])
            frames[name] = range(first, first + len(parts[name].frames))
    fused = {
        name: fuse_clip(
            wall.usable_centreline_mm,
            None,
            parts[name].times_s,
            method="none",
            pixel_mm=wall.pixel_mm if parts[name].spacing_mm else None,
        )
        for name, wall in walls.items()
        if wall.plausible.any()
    }
    # One clip a view: what an expert drew of another one is no repeat of a measurement.
    best = best_clips([row for row in views if row["clip"] in walls])
    drawn = [
        row
        for row in views
        if (row["clip"] in walls and row["chosen"] != "yes") or row["clip"] in best.values()
    ]
    _, rows = measure_patient(
        wanted=wanted,
        left_out=set(chosen.values()) - set(best),
        clips=clips,
        views=drawn,
        cines=parts,
        walls=walls,
        fused=fused,
        min_plausible=min_plausible,
        **settings,
    )
    for row in rows:
        clip = best.get(row["view"])
        if row["unit"] == "frame" and row["value"] is not None:
            row["value"] = frames[clip][row["value"]]
        if clip in traced and row["status"] == "ok":
            row["reason"] = "endocardium_only"
    return rows
