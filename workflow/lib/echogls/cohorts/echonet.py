"""EchoNet-Dynamic and EchoNet-Pediatric: one AVI a patient, frame rates and tracings in tables.

Ouyang et al., Nature 580, 252-256, 2020; Reddy et al., J Am Soc Echocardiogr 36, 482-489, 2023.
`FileList.csv` has FileName and FPS, `VolumeTracings.csv` the cavity's outline at ED and ES: as
chords across a long axis (X1, Y1, X2, Y2; the first row of a frame is the axis) in Dynamic, as a
polygon (X, Y) in Pediatric. Both are apical four-chamber; of Pediatric that is the folder A4C/,
which is looked for where `data` has no videos itself.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from echogls.cine import Cine
from echogls.cohorts import Clip, Demo, Excluded, clip_of
from echogls.cohorts._patient_ids import patients_by_id
from echogls.polyline import resample
from echogls.study import LABELS
from echogls.written import count

if TYPE_CHECKING:  # cv2 takes a while
    from echogls.cohorts._video import Video

OWN_LAYOUT = CONTOURS = True
LIST, TRACINGS, VIDEOS = "FileList.csv", "VolumeTracings.csv", "Videos"
VIEW, PEDIATRIC = "a4c", "A4C"
# Of the open line that is made of a tracing; by judgement, more than a tracing's own.
TRACE_POINTS = 120
# An edge of a traced polygon that is so many times as long as its median one is the annulus;
# by judgement.
LONG_EDGE = 2.5


def list_patients(data: Path) -> dict[str, Path]:
    """Each video under `Videos/`, named as its file."""
    root = data if (data / VIDEOS).is_dir() else data / PEDIATRIC
    return patients_by_id((root / VIDEOS).glob("*.avi"), suffixes=(".avi",))


def notes(data: Path) -> list[str]:
    """Videos that FileList.csv lists and the folder lacks."""
    root = data if (data / VIDEOS).is_dir() else data / PEDIATRIC
    listed = [Path(row.get("FileName") or "").stem for row in _rows(root / LIST)]
    there = {path.stem for path in (root / VIDEOS).glob("*.avi")}
    lost = [name for name in dict.fromkeys(listed) if name and name not in there]
    if not lost:
        return []
    shown = ", ".join(f"'{name}'" for name in lost[:5])
    more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
    return [f"{LIST} lists {len(lost)} videos that {VIDEOS}/ lacks: {shown}{more}"]


def read_clips(path: Path, settings: dict) -> Iterator[Clip]:
    """The patient's one clip, with the tracings' cavity as reference where there are any."""
    if path.is_file():
        read = partial(_read_video, path, settings)
        yield clip_of("clip01", read, view=VIEW, timing="FileList")


def recognises(data: Path) -> bool:
    """Whether a folder, or its A4C/, has the videos and their list."""
    return any(
        (root / VIDEOS).is_dir() and (root / LIST).is_file() for root in (data, data / PEDIATRIC)
    )


def write_demo(folder: Path, demo: Demo) -> None:
    """A video of 112 x 112 pixels with its tables, ED and ES traced by chords."""
    import cv2

    from echogls.cohorts import _video

    clip = demo.a4c
    (folder / VIDEOS).mkdir(parents=True)
    small = np.stack([cv2.resize(f, (112, 112), interpolation=cv2.INTER_AREA) for f in clip.frames])
    _video.write_avi(folder / VIDEOS / "demo01.avi", small, clip.fps)
    with (folder / LIST).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("FileName", "FPS", "NumberOfFrames", "Split"))
        writer.writerow(("demo01", f"{clip.fps:.2f}", len(small), "TEST"))
    with (folder / TRACINGS).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("FileName", "X1", "Y1", "X2", "Y2", "Frame"))
        for frame in (int(np.abs(clip.times_s - time).argmin()) for time in clip.systole_s):
            line = clip.endocardium_mm[frame] * (
                np.array(small.shape[:0:-1]) / clip.frames.shape[:0:-1] / clip.spacing_mm
            )
            base, apex = line[[0, -1]].mean(axis=0), line[len(line) // 2]
            sides = np.concatenate([line, line[::-1]], axis=1)[: len(line) // 2 : 6]
            for chord in ([*base, *apex], *sides):
                writer.writerow(("demo01.avi", *(f"{place:.3f}" for place in chord), frame))


def _read_video(path: Path, settings: dict, facts: dict, notes: list[str]) -> Cine:
    from echogls.cohorts import _video

    root = path.parent.parent
    movie = _video.read_video(path, settings["max_frames"])
    rate = _frame_rate(root / LIST, path.stem)
    if rate is None:
        notes.append("no frame rate in FileList.csv: the video's own is taken")
        facts["timing"] = "container"
    else:
        movie = replace(movie, times_s=np.arange(len(movie.grey)) / rate)
    notes += filter(None, [movie.note])
    reference, traced = _tracings(root / TRACINGS, path.stem, movie, notes)
    origin = {"format": "echonet", "view": "stated"}
    return _video.video_cine(
        movie, settings, facts, view=VIEW, origin=origin, reference=reference, traced=traced
    )


def source_files(path: Path) -> list[Path]:
    """The video and the tables beside it."""
    beside = [path, *(path.parent.parent / name for name in (LIST, TRACINGS))]
    return [file for file in beside if file.is_file()]


def outline(rows: list[dict[str, str]]) -> np.ndarray:
    """(N, 2) points (x, y) of the cavity, in pixels, from a frame's rows of VolumeTracings.csv.

    Chords give one side from base or apex onward and the other side back; the first row, the
    long axis, is left out.
    """
    if "X1" in rows[0]:
        chords = np.array([[float(row[k]) for k in ("X1", "Y1", "X2", "Y2")] for row in rows[1:]])
        if len(chords) < 3:
            raise Excluded("bad_image", "a tracing of fewer than 3 chords")
        return np.concatenate([chords[:, :2], chords[::-1, 2:]])
    return np.array([[float(row["X"]), float(row["Y"])] for row in rows])


def endocardium(points: np.ndarray, axis: np.ndarray | None = None) -> np.ndarray | None:
    """The cavity's outline, opened at the annulus: (TRACE_POINTS, 2) points from the annulus on
    the left of the image over the apex to that on the right; None where it does not show where
    the annulus is.

    Parameters
    ----------
    points : (N, 2) of `outline`.
    axis : (2, 2) ends of the long axis, of a tracing by chords: the annulus is at the end with
        the wider chord, and the other end is the apex. Without it the annulus is the polygon's
        one long edge.
    """
    if axis is not None:
        half = len(points) // 2
        widths = [np.hypot(*(points[k] - points[-1 - k])) for k in (0, half - 1)]
        if widths[0] < widths[1]:  # apex first: begin in the middle, at the base
            points = np.roll(points, -half, axis=0)
        far = np.hypot(*(axis - 0.5 * (points[0] + points[-1])).T)
        line = np.insert(points, half, axis[int(far.argmax())], axis=0)
    else:
        edges = np.hypot(*(np.roll(points, -1, axis=0) - points).T)
        longest = int(edges.argmax())
        if len(points) < 6 or edges[longest] < LONG_EDGE * np.median(edges):
            return None
        line = np.roll(points, -longest - 1, axis=0)
    line = line if line[0, 0] < line[-1, 0] else line[::-1]
    return resample(line, TRACE_POINTS)


def _frame_rate(table: Path, stem: str) -> float | None:
    for row in _rows(table, stem):
        if Path(row.get("FileName") or "").stem == stem:
            try:
                rate = float(row.get("FPS") or "")
            except ValueError:
                return None
            return rate if 0 < rate < 1000 else None
    return None


def _tracings(table: Path, stem: str, movie: "Video", notes: list[str]) -> tuple:
    """(T, H, W) uint8, the cavity in the traced frames, and (T, TRACE_POINTS, 2) the endocardium
    in them; None and None without any tracing."""
    import cv2

    from echogls.cohorts._video import on_smaller

    shape = movie.grey.shape
    traced: dict[int, list[dict[str, str]]] = {}
    for row in _rows(table, stem):
        frame = count(row.get("Frame") or "")
        if Path(row.get("FileName") or "").stem == stem and frame is not None:
            traced.setdefault(frame, []).append(row)
    labels = np.zeros(shape, np.uint8)
    lines = np.full((shape[0], TRACE_POINTS, 2), np.nan)
    for frame, rows in traced.items():
        if frame >= shape[0]:
            notes.append(f"a tracing of frame {frame} is beyond the clip: left out")
            continue
        try:
            points = outline(rows)
            axis = None
            if "X1" in rows[0]:
                axis = np.array([[float(rows[0][f"{k}{end}"]) for k in "XY"] for end in "12"])
        except (Excluded, ValueError, KeyError):
            notes.append(f"the tracing of frame {frame} cannot be read: left out")
            continue
        places = np.round(on_smaller(points, movie.factor) * 16).astype(np.int32)
        cv2.fillPoly(labels[frame], [places], LABELS["cavity"], shift=4)
        line = endocardium(points, axis)
        if line is None:
            notes.append(f"the tracing of frame {frame} does not show the annulus: no strain on it")
        else:
            lines[frame] = line
    if not labels.any():
        return None, None
    return labels, lines if np.isfinite(lines).any() else None


def _rows(table: Path, stem: str = "") -> Iterator[dict[str, str]]:
    """A table's rows; only the lines that hold `stem` are taken apart: of 10,000 videos the
    others take a second."""
    if not table.is_file():
        return
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as stream:
        header = next(stream, "")
        lines = (line for line in stream if stem in line)
        try:
            yield from csv.DictReader(chain([header], lines))
        except csv.Error:  # a cell without end: the rows before it count
            return
