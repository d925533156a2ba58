"""Videos: frames and frame rate of a file, and a cine of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from echogls.cine import Cine
from echogls.cohorts import Excluded, check_length, check_rate, foreign_code
from echogls.cohorts._colour import coloured, flow_share, is_doppler, is_drawn
from echogls.cohorts._grid import (
    MOST_PIXELS,
    SURVEYED,
    SURVEYED_PIXELS,
    said_of_shrinking,
    shrinking,
    shrunk,
)
from echogls.cohorts._overrides import chosen_spacing
from echogls.cohorts._sector import bounding_box, find_sector

CONTAINERS = (".avi", ".mp4", ".m4v", ".mov", ".mkv", ".wmv")
PICTURES = (".gif", ".webp")
SUFFIXES = CONTAINERS + PICTURES
# Sides of frames that are made smaller are whole pixels: by so much they may be longer than asked.
ROUNDED = 1.001


@dataclass(frozen=True)
class Video:
    """A decoded video.

    Attributes
    ----------
    grey : (T, H, W) uint8.
    survey : (S, H, W, 3) uint8 RGB, some of the frames, spread over the video.
    times_s : (T,) seconds, or None where the file states no rate.
    factor : by how much smaller both were made than the file's frames.
    note : what is said of that.
    """

    grey: np.ndarray
    survey: np.ndarray
    times_s: np.ndarray | None
    factor: float = 1.0
    note: str = ""


def read_video(file: Path, most: int) -> Video:
    """Decode a video frame by frame; only the survey is kept in colour. One of more than
    MOST_BYTES is decoded twice: then smaller.

    Parameters
    ----------
    most : frames to read at most; one more is read, so that a longer clip is seen to be longer.

    Raises `Excluded` ("unreadable", "undecodable") for what is no clip.
    """
    video, size = _decoded(file, most, 1.0)
    factor = shrinking(*size)
    if factor == 1:
        return video
    smaller, again = _decoded(file, most, factor)
    if smaller is None or again != size:
        raise Excluded("undecodable", "the file changes while it is read")
    return replace(smaller, factor=factor, note=said_of_shrinking(factor, *size))


def _decoded(file: Path, most: int, factor: float) -> tuple[Video | None, tuple[int, int, int]]:
    """The video with frames made smaller by a factor, None where they are too many for that; and
    frames, rows and columns of the file."""
    grey, survey, every, shape = [], [], 1, (0, 0)
    stills = file.suffix.lower() in PICTURES
    with foreign_code("unreadable"):
        source = _pictures(file) if stills else _container(file)
        times: list[float | None] = []
        for place, (frame, time) in enumerate(source):
            if place > most:
                break
            if frame.size > 3 * MOST_PIXELS:
                raise Excluded("undecodable", f"frames of {frame.shape[1]} x {frame.shape[0]}")
            if times and shape != frame.shape[:2]:
                raise Excluded("undecodable", "frames of several sizes")
            shape = frame.shape[:2]
            times.append(time)
            if shrinking(place + 1, *(length / factor for length in shape)) > ROUNDED:
                grey.clear()  # too many: the rest is only counted
                survey.clear()
            elif len(grey) == place:
                small = shrunk(frame, factor)
                grey.append(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
                if place % every == 0:
                    survey.append(small)
                if len(survey) > max(8, min(2 * SURVEYED, SURVEYED_PIXELS // grey[0].size)):
                    survey, every = survey[::2], 2 * every
    if not times:
        raise Excluded("undecodable", "no frame could be decoded")
    size = len(times), *shape
    if not grey:
        return None, size
    timed = all(time is not None for time in times)
    times_s = np.array(times, float) if timed else None
    return Video(np.stack(grey), np.stack(survey), times_s), size


def video_cine(
    video: Video,
    settings: dict,
    facts: dict,
    *,
    view: str,
    origin: dict[str, str],
    reference: np.ndarray | None = None,
    traced: np.ndarray | None = None,
) -> Cine:
    """A cine of decoded frames; fills `facts` (of `cohorts.Clip`) as far as it comes.

    Parameters
    ----------
    settings : `fps` of the sheet is used instead of the video's own times.
    view : key of study.VIEWS, or "".
    origin : provenance.
    reference : (T, H, W) uint8 labels by an expert, or None.
    traced : (T, N, 2) points (x, y) in the file's pixels of the endocardium that an expert traced,
        or None.

    Raises `Excluded`.
    """
    grey, times_s = video.grey, video.times_s
    count = len(grey)
    facts.update(frames=count, rows=grey.shape[1], columns=grey.shape[2], view=view)
    check_length(count, settings)
    facts.update(kind="sequence")
    timing = "sheet" if settings.get("fps") else facts.get("timing") or "container"
    if settings.get("fps"):
        times_s = np.arange(count) / settings["fps"]
    if times_s is None:
        raise Excluded("no_frame_times")
    times_s = np.asarray(times_s, np.float64) - times_s[0]
    if not (np.diff(times_s) > 0).all():
        raise Excluded("bad_frame_times")
    fps = float((count - 1) / times_s[-1])
    facts.update(fps=fps, timing=timing, r_waves=0)
    check_rate(fps, settings)
    marks = coloured(video.survey)
    shown = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in video.survey])
    with_colour = find_sector(shown)
    if with_colour is None:
        raise Excluded("no_tissue_image", "no moving sector in the pixels")
    share = flow_share(marks, with_colour)
    if is_doppler(share, settings):
        if is_drawn(video.survey, marks, with_colour):
            raise Excluded("drawing", f"{100 * share:.2g} % of the sector is painted")
        raise Excluded("colour_doppler", f"{100 * share:.2g} % of the sector is coloured")
    inside = find_sector(shown, marks.mean(axis=0) > 0)
    sector = with_colour if inside is None else inside
    top, bottom, left, right = bounding_box(sector)
    part = np.s_[top:bottom, left:right]
    sector = sector[part]
    spacing, source = chosen_spacing(settings, None)
    spacing = video.factor * spacing if spacing else None
    facts.update(spacing_mm=spacing, rows=sector.shape[0], columns=sector.shape[1])
    return Cine(
        frames=np.where(sector, grey[:, *part], np.uint8(0)),
        times_s=times_s,
        sector=sector,
        spacing_mm=spacing,
        view=view,
        reference=None if reference is None else reference[:, *part],
        traced=None if traced is None else on_smaller(traced, video.factor) - [left, top],
        provenance=origin
        | {
            "timing": timing,
            "sector_box": f"{top} {bottom} {left} {right}",
            "spacing": source if spacing else "unknown",
        },
    )


def on_smaller(points: np.ndarray, factor: float) -> np.ndarray:
    """Points (..., 2) in a file's pixels, on frames that were made smaller by a factor."""
    return points if factor == 1 else (points + 0.5) / factor - 0.5


def write_avi(path: Path, frames: np.ndarray, fps: float) -> None:
    """Grey frames (T, H, W) uint8 as Motion JPEG."""
    rows, columns = frames.shape[1:]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, (columns, rows))
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()


def _container(file: Path) -> Iterator[tuple[np.ndarray, float | None]]:
    stream = cv2.VideoCapture(str(file))
    try:
        rate = stream.get(cv2.CAP_PROP_FPS)
        timed = np.isfinite(rate) and 0 < rate <= 1000
        place = 0
        while True:
            good, frame = stream.read()
            if not good:
                return
            yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), place / rate if timed else None
            place += 1
    finally:
        stream.release()


def _pictures(file: Path) -> Iterator[tuple[np.ndarray, float | None]]:
    with Image.open(file) as movie:
        time: float | None = 0.0
        for place in range(getattr(movie, "n_frames", 1)):
            movie.seek(place)
            yield np.asarray(movie.convert("RGB")), time
            lasts = movie.info.get("duration", 0) / 1000
            time = time + lasts if lasts and time is not None else None
