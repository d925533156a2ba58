"""A report page of a made-up cohort, with images that a beating line is drawn on."""

import functools
import json
from pathlib import Path

import numpy as np

from echogls.cine import Cine
from echogls.fusion.fused import Fused
from echogls.manuscript import draft, viewer, web_page
from echogls.manuscript.figures import FIGURES
from echogls.manuscript.page.block import cohort_block
from echogls.segmentation.clip import Segmentation
from echogls.study import VIEW_SEGMENTS

FRAMES, SIDE = 24, 96
TIMES = np.arange(FRAMES) / 25.0
ED, ES = 2, 12


def line(shorter: float = 0.0, points: int = 120, wider: float = 1.0) -> np.ndarray:
    """(points, 2) of a wall from annulus to annulus, in pixels; the last part leaves the sector."""
    angle = np.linspace(np.pi, 2 * np.pi, points)
    x = SIDE / 2 + 26 * wider * np.cos(angle)
    y = 70 + (50 - 10 * shorter) * wider * np.sin(angle)
    return np.stack([x, y], axis=1)


@functools.cache
def made_views(seed: int = 1, count: int = 1, views: tuple[str, ...] = ("a4c",)) -> list[dict]:
    """What the page plays, of each view a clip of `count` times FRAMES frames."""
    rng = np.random.default_rng(seed)
    length = count * FRAMES
    times = np.arange(length) / 25.0
    beat = np.sin(np.pi * np.clip((np.arange(length) - ED) / (2 * (ES - ED)), 0, 1))
    frames = rng.integers(0, 255, (length, SIDE, SIDE), dtype=np.uint8)
    sector = np.ones((SIDE, SIDE), bool)
    sector[:, 70:] = False
    cine = Cine(frames, times, sector, 1.0, r_waves_s=np.array([TIMES[ED]]))
    walls = np.stack([line(b) for b in beat])
    empty = np.zeros(length)
    wall = Segmentation(
        mask=None,
        endocardium_mm=np.stack([line(b, 200, 0.85) for b in beat]),
        epicardium_mm=np.stack([line(b, 200, 1.15) for b in beat]),
        centreline_mm=walls,
        area_mm2=empty,
        length_mm=empty,
        thickness_mm=empty,
        wall_brighter=empty + 90,
        plausible=np.ones(length, bool),
        codes=tuple(() for _ in range(length)),
        ed_candidate=ED,
        es_candidate=ES,
        pixel_mm=1.0,
    )
    states = np.zeros((length, 120, 6))
    states[..., :2] = walls
    fused = Fused(states, np.zeros((length, 120, 6, 6)), times, 1.0, 1.0, 1.0)
    told = {"ed_frame": ED, "es_frame": ES, "ed_time": TIMES[ED], "es_time": TIMES[ES]}
    measurements = [
        {"view": view, "segment": "global", "measure": name, "value": str(value)}
        for view in views
        for name, value in told.items()
    ]
    curve = [
        {"clip": view, "beat": "1", "time_s": str(times[k]), "strain_global": str(-18 * beat[k])}
        | {"strain_global_sd": "1"}
        | {f"strain_{name}": str(-(15 + n) * beat[k]) for n, name in enumerate(VIEW_SEGMENTS[view])}
        for view in views
        for k in range(ED, length)
    ]
    return viewer.viewer_data(
        views=[{"clip": view, "view": view, "chosen": "yes"} for view in views],
        measurements=measurements,
        curve=curve,
        cines=dict.fromkeys(views, cine),
        walls=dict.fromkeys(views, wall),
        fused=dict.fromkeys(views, fused),
    )


def made_page(folder: Path, cohort, config, models, drawn=("agreement", "comparisons")) -> dict:
    """Write folder/report.html of a cohort with some of its figures; the parts it is made of."""
    parts = draft.parts_of([cohort], config, models, folder)
    figures = {figure.name: figure for figure in FIGURES}
    shown = []
    for one in parts["figures"]:
        if one["name"] in drawn:
            stem = folder / one["name"]
            figures[one["name"]].draw(cohort, {}, stem)
            shown.append(web_page.shown_figure(f"{stem}.svg", one["caption"], one["spoken"]))
    names = sorted({row["patient"] for row in cohort.tables["measurements"]})
    viewer_file = folder / "viewer.json"
    viewer_file.write_text(json.dumps(made_views()), encoding="utf-8")
    files = {
        name: {"viewer": viewer_file, "movie": folder / cohort.name / f"{name}.webp"}
        for name in names
    }
    block = cohort_block(
        cohort, parts["numbers"], names=names, files=files, results=folder, allowed=2.0
    )
    told = parts | {"figures": shown, "cohorts": [block], "files": web_page.files_of([cohort])}
    page = web_page.report_page(**told)
    (folder / "report.html").write_text(page, encoding="utf-8")
    return parts
