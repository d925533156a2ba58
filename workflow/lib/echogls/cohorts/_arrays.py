"""A clip that is in memory: frames as an array become what a file of them would."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np

from echogls.cine import Cine
from echogls.cohorts import SETTINGS, Clip, Excluded
from echogls.cohorts._grid import square_pixels, square_spacing
from echogls.cohorts._video import SURVEYED, Video, video_cine
from echogls.study import StudyError


def array_clip(
    frames: np.ndarray,
    *,
    fps: float | None,
    times_s: Sequence[float] | None,
    spacing_mm: float | Sequence[float] | None,
    view: str,
    r_waves_s: Sequence[float] = (),
    settings: Mapping[str, object] | None = None,
    name: str = "clip",
) -> Clip:
    """Frames as a clip, or why it cannot be used: the sector is found and the rest blanked.

    Parameters
    ----------
    frames : (T, H, W) grey or (T, H, W, 3) RGB; 0..255, or 0..1 where no value is larger and
        they are no whole numbers.
    fps, times_s : frames a second, or when each frame was taken (T,), in seconds; one of them.
    spacing_mm : mm between pixels, or between rows and between columns; None: unknown.
    view : the view that is stated, or "".
    r_waves_s : seconds from the first frame.
    settings : section `ingest` of the config.

    Raises
    ------
    StudyError : arrays or numbers that are none of these.
    """
    colour = _grey_levels(frames)
    if (fps is None) == (times_s is None):
        raise StudyError("measure: give fps (frames a second), or times_s (seconds), one of them")
    times = np.asarray(times_s, np.float64) if fps is None else np.arange(len(colour)) / _fps(fps)
    if times.shape != (len(colour),):
        raise StudyError(f"measure: times_s {times.shape} for {len(colour)} frames")
    row_mm, column_mm = _spacing(spacing_mm)
    if row_mm is not None and row_mm != column_mm:
        colour = np.stack([square_pixels(frame, row_mm, column_mm) for frame in colour])
        row_mm = square_spacing(row_mm, column_mm)
    if colour.ndim == 3:
        grey, survey = colour, _some(colour)[..., None].repeat(3, -1)
    else:
        grey = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in colour])
        survey = _some(colour)
    facts: dict = {"timing": "given"}
    options = {**SETTINGS, **(settings or {}), "spacing_mm": row_mm}
    try:
        video = Video(grey, survey, times)
        cine = video_cine(video, options, facts, view=view, origin={"format": "array"})
    except Excluded as excluded:
        facts = {"view": view, **facts}
        return Clip(name, status="excluded", reason=excluded.reason, note=excluded.note, **facts)
    facts["r_waves"] = len(r_waves_s)
    return Clip(name, replace(cine, r_waves_s=np.asarray(r_waves_s, np.float64)), **facts)


def cine_clip(cine: Cine, view: str, name: str = "clip") -> Clip:
    """A cine that is one already, as a clip; `view` is what is stated of it, "" what it says."""
    rows, columns = cine.sector.shape
    fps = None if np.isnan(cine.fps) else cine.fps
    return Clip(
        name, replace(cine, view=view or cine.view), view=view or cine.view, kind=cine.kind,
        frames=len(cine.frames), fps=fps, timing=cine.provenance.get("timing", ""),
        spacing_mm=cine.spacing_mm, rows=rows, columns=columns, r_waves=len(cine.r_waves_s),
    )  # fmt: skip


def _grey_levels(frames) -> np.ndarray:
    frames = np.asarray(frames)
    grey = frames.ndim == 3 or (frames.ndim == 4 and frames.shape[-1] == 3)
    if not grey or frames.size == 0:
        raise StudyError(
            f"measure: frames {frames.shape}; expected (T, H, W) grey, or (T, H, W, 3) RGB"
        )
    if frames.dtype == np.uint8:
        return frames
    if not np.issubdtype(frames.dtype, np.number) or np.iscomplexobj(frames):
        raise StudyError(f"measure: frames of {frames.dtype}; expected numbers from 0 to 255")
    low, high = float(frames.min()), float(frames.max())
    if not (low >= 0 and high <= 255):  # NaN too
        raise StudyError(f"measure: grey levels {low:g} to {high:g}; expected 0 to 255, or 0 to 1")
    if high <= 1 and not np.issubdtype(frames.dtype, np.integer):
        frames = frames * 255
    return np.round(frames).astype(np.uint8)


def _fps(fps) -> float:
    return _positive("fps", fps)


def _spacing(spacing_mm) -> tuple[float | None, float | None]:
    if spacing_mm is None:
        return None, None
    both = np.broadcast_to(np.asarray(spacing_mm, dtype=object), (2,)) if (
        np.ndim(spacing_mm) == 0 or np.shape(spacing_mm) == (2,)
    ) else ("", "")  # fmt: skip
    row, column = (_positive("spacing_mm", value) for value in both)
    return row, column


def _positive(name, value) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not (np.isfinite(number) and number > 0):
        raise StudyError(f"measure: {name} {value!r}; expected a positive number")
    return number


def _some(frames):
    return frames[:: max(len(frames) // SURVEYED, 1)]
