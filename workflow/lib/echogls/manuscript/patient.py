"""One patient's pictures: the tracked wall on the moving image, stills, and the curve."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from echogls.cine import Cine
from echogls.fusion.fused import Fused
from echogls.manuscript import overlay
from echogls.manuscript.curve import Panel, save_curves, save_notice
from echogls.manuscript.flags import doubts_in_words
from echogls.segmentation.clip import Segmentation
from echogls.strain.picture import outside_picture
from echogls.strain.segments import segment_bounds
from echogls.study import REASONS, VIEW_SEGMENTS
from echogls.views.chosen import best_clips

MOVIE_FPS = 30.0  # as videos have
MOVIE_FRAMES = 240  # 8 s; of a longer clip, those of its first beats; by judgement


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

    Several views are side by side in the movie, and below each other in the others. One that
    was not measured says why, as the pictures do where there is none. Arguments are what the
    tables and files of the patient hold.
    """
    drawn = draw_views(
        title=title,
        views=views,
        measurements=measurements,
        curve=curve,
        cines=cines,
        walls=walls,
        fused=fused,
    )
    if not drawn:
        pictures = [overlay.notice(why_not(title, measurements))]
        overlay.save_movie(movie, pictures, np.zeros(1))
        Image.fromarray(pictures[0]).save(still)
        save_notice(plot, "\n".join(why_not(title, measurements)))
        return
    pictures, times = overlay.together([(one.pictures, one.times_s) for one in drawn])
    overlay.save_movie(movie, pictures, times)
    rows = [overlay.side_by_side(one.stills) for one in drawn]
    Image.fromarray(overlay.below_each_other(rows)).save(still)
    panels = [one.panel for one in drawn if one.panel is not None]
    if panels:
        save_curves(plot, panels)
    else:
        save_notice(plot, "\n".join(why_not(title, measurements)))


@dataclass(frozen=True)
class View:
    """What is drawn of one view: the movie's frames and when they were taken, the frames ED and
    ES, and the curve's panel where it was measured."""

    pictures: Sequence[np.ndarray]
    times_s: np.ndarray
    stills: list[np.ndarray]
    panel: Panel | None


def draw_views(
    *,
    title: str,
    views: list[dict],
    measurements: list[dict],
    curve: list[dict],
    cines: Mapping[str, Cine],
    walls: Mapping[str, Segmentation],
    fused: Mapping[str, Fused],
) -> list[View]:
    """What is drawn of each view that was segmented. Arguments as `draw_patient`."""
    placed = {view: clip for view, clip in best_clips(views).items() if clip in walls}
    measurements = [row for row in measurements if str(row.get("repeat", 1)) in ("", "1")]
    return [
        _draw_view(
            title,
            view,
            placed[view],
            measurements=measurements,
            curve=curve,
            cines=cines,
            walls=walls,
            fused=fused,
        )
        for view in VIEW_SEGMENTS
        if view in placed
    ]


def _draw_view(title, view, clip, *, measurements, curve, cines, walls, fused):
    cine, wall, followed = cines[clip], walls[clip], fused.get(clip)
    of_view = [row for row in measurements if row["view"] == view]
    values = _values(of_view)
    measured = any(row["status"] == "ok" for row in of_view) and followed is not None
    doubts = doubts_in_words(of_view)
    captions = [title, f"{view}: {_headline(values)}"] if measured else why_not(title, of_view)
    captions += [f"flag: {doubt}" for doubt in doubts]
    draw = _drawer(
        cine,
        wall,
        followed=followed,
        values=values,
        captions=captions,
        strains=_strain_by_frame(curve, clip),
    )
    times = cine.times_s if cine.kind == "sequence" else np.array([0.0, 0.7])
    shown = _in_the_movie(times)
    ed = int(values.get("ed_frame", max(wall.ed_candidate, 0)))
    es = int(values.get("es_frame", max(wall.es_candidate, 0)))
    rows = [row for row in curve if row["clip"] == clip]
    panel = None
    if measured and rows:
        columns = {
            name: np.array([float(row[name] or "nan") for row in rows])
            for name in rows[0]
            if name != "clip"
        }
        events = {"ED": values.get("ed_time"), "ES": values.get("es_time")}
        events = {name: time for name, time in events.items() if time is not None}
        heading = f"{title}, {view}: {_headline(values)}"
        heading += "".join(f"\nflag: {doubt}" for doubt in doubts)
        panel = Panel(columns, VIEW_SEGMENTS[view], heading, events)
    return View(_Pictures(draw, shown), times[shown], [draw(ed), draw(es)], panel)


@dataclass(frozen=True)
class _Pictures(Sequence[np.ndarray]):
    """Pictures of frames that are drawn when they are asked for."""

    draw: Callable[[int], np.ndarray]
    shown: list[int]

    def __getitem__(self, k: int) -> np.ndarray:
        return self.draw(self.shown[k])

    def __len__(self) -> int:
        return len(self.shown)


def _in_the_movie(times_s: np.ndarray) -> list[int]:
    """Frames at most MOVIE_FPS a second: more make a larger file, and no eye sees them."""
    shown = [0]
    for k, time in enumerate(times_s):
        if time - times_s[shown[-1]] > 0.99 / MOVIE_FPS:
            shown.append(k)
    return shown[:MOVIE_FRAMES]


def why_not(title: str, measurements: list[dict]) -> list[str]:
    """Lines that say why nothing was measured."""
    reasons = sorted({row["reason"] for row in measurements if row["status"] != "ok"})
    return [title, *(f"excluded, {code}: {REASONS.get(code, '')}" for code in reasons)]


def _drawer(cine, wall, *, followed, values, captions, strains):
    """Frame number -> its picture."""
    bounds = None
    if followed is not None and "ed_frame" in values:
        places = segment_bounds(followed.positions[int(values["ed_frame"])])
        bounds = np.round(places).astype(int)  # between two points: drawn to the nearer one
    lines = wall.centreline_mm if followed is None else followed.positions
    hidden = outside_picture(lines, cine.sector, cine.scale)

    def draw(k: int) -> np.ndarray:
        line_below = f"frame {k}"
        if cine.kind == "sequence":
            line_below += f", {cine.times_s[k]:.3f} s"
        if k in strains:
            line_below += f", strain {strains[k]:+.1f} %"
        if wall.codes[k]:
            line_below += f"  [{', '.join(wall.codes[k])}]"
        outlines = (wall.endocardium_mm[k], wall.epicardium_mm[k])
        return overlay.draw_frame(
            cine.frames[k],
            cine.scale,
            lines[k],
            segment_bounds=bounds,
            outlines_mm=outlines,
            caption=[*captions, line_below],
            hidden=hidden[k],
        )

    return draw


def _values(measurements):
    """Measure -> number of one view's global rows."""
    return {
        row["measure"]: float(row["value"])
        for row in measurements
        if row["segment"] == "global" and row["value"]
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
