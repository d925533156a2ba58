"""EchoNet-Dynamic and EchoNet-Pediatric: one AVI a patient, frame rates and tracings in tables.

Ouyang et al., Nature 580, 252-256, 2020; Reddy et al., J Am Soc Echocardiogr 36, 482-489, 2023.
`FileList.csv` has FileName and FPS, `VolumeTracings.csv` the cavity's outline at ED and ES: as
chords across a long axis (X1, Y1, X2, Y2; the first row of a frame is the axis) in Dynamic, as a
polygon (X, Y) in Pediatric. Both are apical four-chamber; of Pediatric, name the folder A4C.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from echogls.cohorts import Clip, Excluded
from echogls.cohorts._names import patients_by_id
from echogls.study import LABELS

LIST, TRACINGS, VIDEOS = "FileList.csv", "VolumeTracings.csv", "Videos"
VIEW = "a4c"


def list_patients(data: Path) -> dict[str, Path]:
    """Each video under `Videos/`, named as its file."""
    return patients_by_id((data / VIDEOS).glob("*.avi"), suffixes=(".avi",))


def read_clips(path: Path, settings: dict) -> Iterator[Clip]:
    """The patient's one clip, with the tracings' cavity as reference where there are any."""
    from echogls.cohorts import _video

    if not path.is_file():
        return
    facts: dict = {"view": VIEW, "timing": "FileList"}
    notes: list[str] = []
    root = path.parent.parent
    try:
        movie = _video.read_video(path, settings["max_frames"])
        rate = _frame_rate(root / LIST, path.stem)
        if rate is None:
            notes.append("no frame rate in FileList.csv: the video's own is taken")
            facts["timing"] = "container"
        else:
            movie = replace(movie, times_s=np.arange(len(movie.grey)) / rate)
        reference = _reference(root / TRACINGS, path.stem, movie.grey.shape, notes)
        origin = {"format": "echonet", "view": "stated"}
        cine = _video.video_cine(
            movie, settings, facts, view=VIEW, origin=origin, reference=reference
        )
    except Excluded as excluded:
        note = "; ".join(filter(None, [excluded.note, *notes]))
        yield Clip("clip01", status="excluded", reason=excluded.reason, note=note, **facts)
    else:
        yield Clip("clip01", cine, note="; ".join(notes), **facts)


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


def _frame_rate(table: Path, stem: str) -> float | None:
    for row in _rows(table):
        if Path(row.get("FileName", "")).stem == stem:
            try:
                rate = float(row.get("FPS", ""))
            except ValueError:
                return None
            return rate if 0 < rate < 1000 else None
    return None


def _reference(table: Path, stem: str, shape: tuple, notes: list[str]) -> np.ndarray | None:
    """(T, H, W) uint8, the cavity in the traced frames; None without any tracing."""
    import cv2

    traced: dict[int, list[dict[str, str]]] = {}
    for row in _rows(table):
        if Path(row.get("FileName", "")).stem == stem and str(row.get("Frame", "")).isdigit():
            traced.setdefault(int(row["Frame"]), []).append(row)
    labels = np.zeros(shape, np.uint8)
    for frame, rows in traced.items():
        if frame >= shape[0]:
            notes.append(f"a tracing of frame {frame} is beyond the clip: left out")
            continue
        try:
            points = outline(rows)
        except (Excluded, ValueError, KeyError):
            notes.append(f"the tracing of frame {frame} cannot be read: left out")
            continue
        places = np.round(points * 16).astype(np.int32)
        cv2.fillPoly(labels[frame], [places], LABELS["cavity"], shift=4)
    return labels if labels.any() else None


def _rows(table: Path) -> Iterator[dict[str, str]]:
    if not table.is_file():
        return
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as stream:
        yield from csv.DictReader(stream)
