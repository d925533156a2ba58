"""Videos: frames and frame rate of a file, and a cine of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from echogls.cine import Cine
from echogls.cohorts import Excluded, check_length, check_rate, foreign_code
from echogls.cohorts._colour import coloured, flow_share, is_doppler, is_drawn
from echogls.cohorts._overrides import chosen_spacing
from echogls.cohorts._sector import bounding_box, find_sector

CONTAINERS = (".avi", ".mp4", ".m4v", ".mov", ".mkv", ".wmv")
PICTURES = (".gif", ".webp")
SUFFIXES = CONTAINERS + PICTURES
SURVEYED = 32  # frames from which the sector and colour flow are judged
MOST_PIXELS = 16_000_000  # of a frame; more is no ultrasound clip
MOST_BYTES = 800_000_000  # of all grey frames of a clip


@dataclass(frozen=True)
class Video:
    """A decoded video.

    Attributes
    ----------
    grey : (T, H, W) uint8.
    survey : (S, H, W, 3) uint8 RGB, some of the frames, spread over the video.
    times_s : (T,) seconds, or None where the file states no rate.
    """

    grey: np.ndarray
    survey: np.ndarray
    times_s: np.ndarray | None


def read_video(file: Path, most: int) -> Video:
    """Decode a video frame by frame; only the survey is kept in colour.

    Parameters
    ----------
    most : frames to read at most; one more is read, so that a longer clip is seen to be longer.

    Raises `Excluded` ("unreadable", "undecodable", "too_many_frames") for what is no clip.
    """
    grey, survey, every = [], [], 1
    stills = file.suffix.lower() in PICTURES
    with foreign_code("unreadable"):
        source = _pictures(file) if stills else _container(file)
        times: list[float | None] = []
        for place, (frame, time) in enumerate(source):
            if place > most:
                break
            if frame.size > 3 * MOST_PIXELS:
                raise Excluded("undecodable", f"frames of {frame.shape[1]} x {frame.shape[0]}")
            if grey and grey[0].shape != frame.shape[:2]:
                raise Excluded("undecodable", "frames of several sizes")
            if frame.shape[0] * frame.shape[1] * (place + 1) > MOST_BYTES:
                raise Excluded("too_many_frames", f"more than {MOST_BYTES // 10**6} megapixels")
            grey.append(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY))
            times.append(time)
            if place % every == 0:
                survey.append(frame)
            if len(survey) > 2 * SURVEYED:
                survey, every = survey[::2], 2 * every
    if not grey:
        raise Excluded("undecodable", "no frame could be decoded")
    timed = all(time is not None for time in times)
    return Video(np.stack(grey), np.stack(survey), np.array(times, float) if timed else None)


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
    traced : (T, N, 2) points (x, y) in pixels of the endocardium that an expert traced, or None.

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
    facts.update(spacing_mm=spacing, rows=sector.shape[0], columns=sector.shape[1])
    return Cine(
        frames=np.where(sector, grey[:, *part], np.uint8(0)),
        times_s=times_s,
        sector=sector,
        spacing_mm=spacing,
        view=view,
        reference=None if reference is None else reference[:, *part],
        traced=None if traced is None else traced - [left, top],
        provenance=origin
        | {
            "timing": timing,
            "sector_box": f"{top} {bottom} {left} {right}",
            "spacing": source if spacing else "unknown",
        },
    )


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
