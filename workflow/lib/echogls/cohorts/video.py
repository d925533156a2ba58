"""Videos: AVI, MP4, GIF or WebP; a patient is a file, or a folder with clips at any depth.

A video knows no spacing: strain is a ratio and comes out, lengths stay empty unless the
sheet gives `spacing_mm`. Its frame rate is what the container says, which may be that of a
replay: give `fps` in the sheet where the recording's is known.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from echogls.cine import Cine
from echogls.cohorts import Clip, Demo, clip_of
from echogls.cohorts._names import first_files, patients_by_id

SUFFIXES = (".avi", ".mp4", ".m4v", ".mov", ".mkv", ".wmv", ".gif", ".webp")


def list_patients(data: Path) -> dict[str, Path]:
    """Each folder of `data`, and each video beside them, is a patient."""
    if data.is_file():
        return patients_by_id([data], suffixes=SUFFIXES)
    entries = [entry for entry in data.iterdir() if not entry.name.startswith(".")]
    return patients_by_id(
        (entry for entry in entries if entry.is_dir() or is_video(entry)), suffixes=SUFFIXES
    )


def read_clips(path: Path, settings: dict) -> Iterator[Clip]:
    """Every video of a patient as clip01, clip02 ... in the order of the file names."""
    candidates = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    files = [file for file in candidates if is_video(file)] or ([path] if path.is_file() else [])
    others = len([file for file in candidates if not file.name.startswith(".")]) - len(files)
    remark = f"ignored files that are no video: {others}" if others else ""
    if not files:
        yield Clip("", status="excluded", reason="no_clips", note=remark)
    digits = max(2, len(str(len(files))))
    for number, file in enumerate(files, start=1):
        note = remark if number == 1 else ""
        yield clip_of(f"clip{number:0{digits}}", partial(_read_video, file, settings), note)


def recognises(data: Path) -> bool:
    """Whether a video is among the first files of a folder, or is the file."""
    return any(is_video(file) for file in first_files(data))


def write_demo(folder: Path, demo: Demo) -> None:
    """One AVI."""
    from echogls.cohorts import _video

    folder.mkdir(parents=True)
    _video.write_avi(folder / "demo01.avi", demo.a4c.frames, demo.a4c.fps)


def _read_video(file: Path, settings: dict, facts: dict, _notes: list[str]) -> Cine:
    from echogls.cohorts import _video

    movie = _video.read_video(file, settings["max_frames"])
    view = settings.get("view", "")
    origin = {"format": "video", "container": file.suffix.lower().lstrip(".")}
    return _video.video_cine(movie, settings, facts, view=view, origin=origin)


def is_video(file: Path) -> bool:
    """Whether a file's name says that it is a video."""
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
