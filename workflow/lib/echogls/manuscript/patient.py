"""One patient's pictures: the tracked wall on the moving image, stills, and the curve."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from echogls.cine import Cine
from echogls.fusion.fused import Fused
from echogls.manuscript import overlay
from echogls.manuscript.curve import save_curve, save_notice
from echogls.segmentation.clip import Segmentation
from echogls.strain.segments import segment_bounds
from echogls.study import REASONS
from echogls.views.selection import chosen_clips


def draw_patient(
    *,
    title: str,
    views: list[dict],
    measurements: list[dict],
    curve: list[dict],
    cines: Mapping[str, Cine],
    walls: Mapping[str, Segmentation],
    fused: Mapping[str, Fused],
    movie: Path,
    still: Path,
    plot: Path,
) -> None:
    """Write the movie (WebP), the still at ED and ES (PNG) and the strain curve (SVG).

    With several views the first measured one is drawn; without any, the pictures say
    why not. Arguments are what the tables and files of the patient hold.
    """
    placed = chosen_clips(views)
    seen = {row["view"] for row in measurements if row["status"] == "ok"}
    clip = next((name for name, view in placed.items() if view in seen and name in fused), None)
    drawn = next((name for name in placed if name in walls), None) if clip is None else clip
    reasons = sorted({row["reason"] for row in measurements if row["status"] != "ok"})
    why = [title, *(f"excluded, {code}: {REASONS.get(code, '')}" for code in reasons)]
    if drawn is None:
        pictures, times = [overlay.notice(why)], np.zeros(1)
        stills = pictures
    else:
        cine, wall, path = cines[drawn], walls[drawn], fused.get(drawn)
        values = _values(measurements, placed[drawn])
        captions = [title, _headline(values)] if clip else why
        pictures = _frames(cine, wall, path, values, captions, _strain_by_frame(curve, drawn))
        times = cine.times_s if cine.kind == "sequence" else np.array([0.0, 0.7])
        ed = int(values.get("ed_frame", max(wall.ed_candidate, 0)))
        es = int(values.get("es_frame", max(wall.es_candidate, 0)))
        stills = [pictures[ed], pictures[es]]
    overlay.save_movie(movie, pictures, times)
    Image.fromarray(overlay.side_by_side(stills)).save(still)
    if clip is None or not curve:
        save_notice(plot, "\n".join(why))
        return
    mine = [row for row in curve if row["clip"] == clip]
    columns = {
        name: np.array([float(row[name] or "nan") for row in mine])
        for name in mine[0]
        if name != "clip"
    }
    times = {"ED": values.get("ed_time"), "ES": values.get("es_time")}
    events = {name: time for name, time in times.items() if time is not None}
    save_curve(plot, columns, f"{title}: {_headline(values)}", events)


def _frames(cine, wall, path, values, captions, strains):
    bounds = None
    if path is not None and "ed_frame" in values:
        places = segment_bounds(path.positions[int(values["ed_frame"])])
        bounds = np.round(places).astype(int)  # between two points: drawn to the nearer one
    pictures = []
    for k, frame in enumerate(cine.frames):
        line = wall.centreline_mm[k] if path is None else path.positions[k]
        told = f"frame {k}"
        if cine.kind == "sequence":
            told += f", {cine.times_s[k]:.3f} s"
        if k in strains:
            told += f", strain {strains[k]:+.1f} %"
        if wall.codes[k]:
            told += f"  [{', '.join(wall.codes[k])}]"
        outlines = (wall.endocardium_mm[k], wall.epicardium_mm[k])
        pictures.append(
            overlay.draw_frame(frame, cine.scale, line, bounds, outlines, [*captions, told])
        )
    return pictures


def _values(measurements, view):
    """Measure -> number of one view's global rows."""
    return {
        row["measure"]: float(row["value"])
        for row in measurements
        if row["view"] == view and row["segment"] == "global" and row["value"]
    }


def _strain_by_frame(curve, clip):
    """Frame -> global strain; of a frame that two beats share, the later beat's."""
    return {
        int(row["frame"]): float(row["strain_global"])
        for row in curve
        if row["clip"] == clip and row["strain_global"]
    }


def _headline(values):
    if "gls" not in values:
        return ""
    text = f"GLS {values['gls']:.1f} %"
    if "gls_sd" in values:
        text += f" (SD {values['gls_sd']:.1f})"
    beats = int(values.get("beats", 1))
    return f"{text}, {beats} beat{'s' if beats != 1 else ''}"
