"""What a page needs to play one patient: small images, the tracked wall in pixels, the curve."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from echogls.cine import Cine, spread
from echogls.fusion.fused import Fused
from echogls.manuscript.page import STEPS
from echogls.segmentation.clip import Segmentation
from echogls.strain.segments import segment_bounds
from echogls.study import VIEW_SEGMENTS, VIEWS
from echogls.truth.budget import sector_origin_mm
from echogls.views.chosen import chosen_clips

# By judgement: a moving heart that can be judged, at a size of which a page holds page.people's
# MOST_INSIDE.
WIDTH = 360  # pixels of one view's image; less where views are side by side
FRAMES = 48  # of a clip, at most: a beat is still smooth
FRAMES_BESIDE = 24  # of a clip beside others
COLUMNS = 8  # images beside each other in the sheet
SHEET_BYTES = 120_000  # of a patient's images; quality and then size give way
SHEET_BYTES_BESIDE = 80_000  # where several views, and with them a bull's-eye, are shown
QUALITIES = (20, 30, 40, 50)  # of WebP, of 100, the best that keeps within the bytes
OUTLINE = 24  # points of a drawn outline


def viewer_data(
    *,
    views: Sequence[dict],
    measurements: Sequence[dict],
    curve: Sequence[dict],
    cines: Mapping[str, Cine],
    walls: Mapping[str, Segmentation],
    fused: Mapping[str, Fused],
    truth: Mapping[str, Mapping[str, np.ndarray]] | None = None,
) -> list[dict]:
    """One dict a view that was chosen, ready for JSON; what `view_data` gives.

    Parameters
    ----------
    truth : view -> arrays of truth.npz of it, where patients are simulated.
    The others are what the patient's tables and files hold.
    """
    placed = {view: clip for clip, view in chosen_clips(list(views)).items() if clip in walls}
    shown = [view for view in VIEW_SEGMENTS if view in placed]
    return [
        view_data(
            view,
            measurements=[row for row in measurements if row["view"] == view],
            curve=[row for row in curve if row["clip"] == placed[view]],
            cine=cines[placed[view]],
            wall=walls[placed[view]],
            fused=fused.get(placed[view]),
            truth=(truth or {}).get(view),
            beside=len(shown),
        )
        for view in shown
    ]


def save_viewer(path: Path, data: list[dict]) -> None:
    """Write what `viewer_data` gives as JSON, without blanks."""
    Path(path).write_text(json.dumps(data, separators=(",", ":")), encoding="utf-8")


def view_data(
    view: str,
    *,
    measurements: Sequence[dict],
    curve: Sequence[dict],
    cine: Cine,
    wall: Segmentation,
    fused: Fused | None,
    truth: Mapping[str, np.ndarray] | None = None,
    beside: int = 1,
) -> dict:
    """One view's images and lines.

    Returns
    -------
    `sheet` a WebP as base64, `columns` images a row, each `width` x `height` pixels; `times`
    (s) and `frames` (of the clip) of each image. Lines, a list of x, y, x, y ... in tenths of a
    pixel for each image, None where unknown: `line` (the wall, STEPS points a segment and one,
    None where it was not followed), `inner`, `outer`, `true_line`. `outside` says of each point
    of `line`, image by image, whether it lies outside the sector ("1"). `segments`, `ed`, `es`,
    `r_waves` (s), `kind`; `curve`: time, global, sd, segments and beat as columns; `true_curve`:
    pairs of time and strain. Strain is signed percent, shortening negative.
    """
    values = {
        row["measure"]: float(row["value"])
        for row in measurements
        if row["segment"] == "global" and row["value"]
    }
    kept = _kept(len(cine.frames), values, FRAMES if beside == 1 else FRAMES_BESIDE)
    height, width = cine.frames.shape[1:]
    wide = WIDTH if beside == 1 else round(0.72 * WIDTH)
    zoom = wide / width
    size = (wide, max(round(height * zoom), 1))
    room = SHEET_BYTES if beside == 1 else SHEET_BYTES_BESIDE
    sheet, columns = _sheet(cine.frames[kept], size, room // beside)
    still = cine.kind != "sequence"
    times = np.array([0.0, 0.7]) if still else cine.times_s

    def pixels(points: np.ndarray) -> list:
        drawn = np.round((points / cine.scale + 0.5) * zoom * 10)
        return [[int(x) for x in one.ravel()] if np.isfinite(one).all() else None for one in drawn]

    line, outside = None, None
    if fused is not None and "ed_frame" in values:
        points = _segmented(fused.positions, int(values["ed_frame"]))[kept]
        line, outside = pixels(points), _outside(points / cine.scale, cine.sector)
    true_line, true_curve = None, []
    if truth and len(truth["centreline_mm"]) == len(cine.frames):
        there = truth["centreline_mm"] - sector_origin_mm(cine)
        true_line = pixels(there[kept][:, spread(there.shape[1], 2 * OUTLINE)])
        true_curve = _true_curve(curve, truth)
    return {
        "view": view,
        "name": VIEWS[view],
        "kind": cine.kind,
        "sheet": sheet,
        "columns": columns,
        "width": size[0],
        "height": size[1],
        "frames": [int(k) for k in kept],
        "times": [round(float(times[k]), 4) for k in kept],
        "line": line,
        "outside": outside,
        "inner": pixels(wall.endocardium_mm[kept][:, spread(200, OUTLINE)]),
        "outer": pixels(wall.epicardium_mm[kept][:, spread(200, OUTLINE)]),
        "true_line": true_line,
        "segments": list(VIEW_SEGMENTS[view]),
        "ed": None if still else values.get("ed_time"),
        "es": None if still else values.get("es_time"),
        "r_waves": [round(float(t), 4) for t in cine.r_waves_s if 0 <= t <= times[-1]],
        "curve": _curve(curve, VIEW_SEGMENTS[view], still),
        "true_curve": true_curve,
    }


def _kept(count: int, values: Mapping[str, float], most: int) -> np.ndarray:
    """Frames that are shown: evenly spread ones, and ED and ES."""
    own = {int(values[name]) for name in ("ed_frame", "es_frame") if name in values}
    even = spread(count, most - len(own))
    return np.array(sorted({*even.tolist(), *(k for k in own if k < count)}))


def _sheet(frames: np.ndarray, size: tuple[int, int], most: int) -> tuple[str, int]:
    """The frames beside and below each other as a WebP in base64, and how many a row."""
    columns = min(COLUMNS, len(frames))
    wide, high = size
    sheet = np.zeros((-(-len(frames) // columns) * high, columns * wide), np.uint8)
    for k, frame in enumerate(frames):
        row, column = divmod(k, columns)
        small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        sheet[row * high : (row + 1) * high, column * wide : (column + 1) * wide] = small
    picture = Image.fromarray(sheet)
    for shrink in (1, 2, 3, 4, 6):  # the page draws it in the size of `size`
        if shrink > 1:
            picture = Image.fromarray(sheet).resize(
                (sheet.shape[1] // shrink, sheet.shape[0] // shrink)
            )
        # From the lowest quality up: it is the one that fits, as a rule.
        coded = _as_webp(picture, QUALITIES[0])
        if len(coded) <= most:
            for quality in QUALITIES[1:]:
                better = _as_webp(picture, quality)
                if len(better) > most:
                    break
                coded = better
            break
    return base64.b64encode(coded).decode("ascii"), columns


def _as_webp(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "WEBP", quality=quality, method=2)
    return buffer.getvalue()


def _segmented(positions: np.ndarray, ed: int) -> np.ndarray:
    """(T, N, 2) points -> (T, 6 STEPS + 1, 2): bounds of segments at ED, and points between."""
    bounds = segment_bounds(positions[ed])
    parts = [np.linspace(low, high, STEPS, endpoint=False) for low, high in pairwise(bounds)]
    places = np.concatenate([*parts, bounds[-1:]])
    low = np.minimum(places.astype(int), positions.shape[1] - 2)
    share = (places - low)[:, None]
    return (1 - share) * positions[:, low] + share * positions[:, low + 1]


def _outside(points: np.ndarray, sector: np.ndarray) -> list[str]:
    """Of points (T, N, 2) in pixels, image by image: "1" where one lies outside the sector."""
    place = np.round(np.nan_to_num(points, nan=-1)).astype(int)
    x, y = place[..., 0], place[..., 1]
    inside = (x >= 0) & (y >= 0) & (x < sector.shape[1]) & (y < sector.shape[0])
    inside &= sector[np.clip(y, 0, sector.shape[0] - 1), np.clip(x, 0, sector.shape[1] - 1)]
    return ["".join("0" if good else "1" for good in one) for one in inside]


def _curve(rows, segments, still):
    def column(name, decimals=2):
        return [round(float(row[name]), decimals) if row[name] else None for row in rows]

    times = column("time_s", 4)
    return {
        "beat": [int(row["beat"]) for row in rows],
        "time": [0.7 * (time or 0) for time in times] if still else times,
        "global": column("strain_global"),
        "sd": column("strain_global_sd"),
        "segments": [column(f"strain_{name}") for name in segments],
    }


def _true_curve(rows, truth):
    """The true strain over the measured beats, of the length at the measured end-diastole."""
    if not rows:
        return []
    times, strain = truth["times_s"], truth["strain_global"] / 100
    first, last = (float(rows[k]["time_s"]) for k in (0, -1))
    start = strain[np.abs(times - first).argmin()]
    value = 100 * ((1 + strain) / (1 + start) - 1)
    return [
        [round(float(t), 4), round(float(v), 2)]
        for t, v in zip(times, value, strict=True)
        if first - 1e-6 <= t <= last + 1e-6
    ]
