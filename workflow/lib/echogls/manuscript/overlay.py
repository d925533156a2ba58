"""The tracked wall drawn on the moving image."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from echogls.manuscript.palette import SEGMENT_COLOURS

HEIGHT = 480  # pixels of the drawn image: lines stay smooth, a movie stays small; by judgement
DASH = 2  # steps of the line that are drawn, and as many that are not, where it is dashed


def draw_frame(
    frame: np.ndarray,
    scale_mm: float,
    centreline_mm: np.ndarray,
    *,
    segment_bounds: Sequence[int] | None = None,
    outlines_mm: Sequence[np.ndarray] = (),
    caption: Sequence[str] = (),
    hidden: np.ndarray | None = None,
) -> np.ndarray:
    """One frame with the fused centreline, coloured by segment, and the segmented outlines.

    Parameters
    ----------
    frame : (H, W) uint8 grey.
    scale_mm : mm per pixel of the frame.
    centreline_mm : (N, 2) points (x, y); NaN where unknown, then nothing is drawn.
    segment_bounds : 7 indices of points, from the first segment's start to the last
        one's end; None draws the line in one colour.
    outlines_mm : thin curves, (M, 2) points.
    caption : lines of text, top left.
    hidden : (N,) bool, points of the centreline that lie outside the picture: dashed there.

    Returns
    -------
    (HEIGHT, width, 3) uint8 RGB.
    """
    zoom = HEIGHT / frame.shape[0]
    size = (max(round(frame.shape[1] * zoom), 1), HEIGHT)
    grey = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR)
    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)

    def line(points_mm, colour, width):
        points = (points_mm / scale_mm + 0.5) * zoom - 0.5
        if np.isfinite(points).all():
            fixed = np.round(points * 16).astype(np.int32)
            cv2.polylines(picture, [fixed], False, colour, width, cv2.LINE_AA, shift=4)

    def wall(first, last, colour):
        for start, stop in _strokes(first, last, hidden):
            line(centreline_mm[start : stop + 1], colour, 2)

    for outline in outlines_mm:
        line(outline, (235, 235, 235), 1)
    if segment_bounds is None:
        wall(0, len(centreline_mm) - 1, SEGMENT_COLOURS[0])
    else:
        for k, colour in enumerate(SEGMENT_COLOURS):
            wall(segment_bounds[k], segment_bounds[k + 1], colour)
    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    for number, text in enumerate(_wrapped(caption, size[0] - 12, _font(13))):
        pen.text((6, 4 + 15 * number), text, fill=(255, 255, 255), font=_font(13))
    return np.asarray(image)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font, which is loaded anew each time it is asked for by size."""
    return ImageFont.load_default(size)


def _wrapped(lines: Sequence[str], width: int, font: ImageFont.FreeTypeFont) -> list[str]:
    """Lines of text as lines of at most so many pixels, broken between words."""
    fitting = []
    for line in lines:
        fitting.append("")
        for word in line.split(" "):
            longer = f"{fitting[-1]} {word}" if fitting[-1] else word
            if fitting[-1] and font.getlength(longer) > width:
                fitting.append(word)
            else:
                fitting[-1] = longer
    return fitting


def _strokes(first: int, last: int, hidden: np.ndarray | None) -> list[tuple[int, int]]:
    """Stretches (start, stop) of points from `first` to `last` that are drawn: the whole, but
    dashes where points are hidden.

    Example
    -------
    >>> _strokes(0, 9, np.arange(10) >= 4)
    [(0, 3), (4, 6), (8, 9)]
    """
    if hidden is None or not hidden[first : last + 1].any():
        return [(first, last)]
    steps = np.arange(first, last)
    gone = hidden[steps] | hidden[steps + 1]
    shown = ~gone | (steps // DASH % 2 == 0)
    edges = np.flatnonzero(np.diff(np.r_[0, shown.astype(int), 0]))
    return [(int(first + a), int(first + b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def side_by_side(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures of one height next to each other."""
    return np.hstack(pictures)


def below_each_other(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures below each other, narrower ones black to their right."""
    width = max(picture.shape[1] for picture in pictures)
    return np.vstack([np.pad(p, ((0, 0), (0, width - p.shape[1]), (0, 0))) for p in pictures])


def together(
    movies: Sequence[tuple[Sequence[np.ndarray], np.ndarray]],
) -> tuple[Iterator[np.ndarray], np.ndarray]:
    """Movies of pictures and times (s) side by side: at the times of the one with the most
    frames, the others' nearest frames, and those that end earlier from their start again. One
    picture after another is made."""
    _, times = max(movies, key=lambda one: len(one[0]))

    def place(own: np.ndarray, time: float) -> int:
        lasts = own[-1] + (own[1] - own[0]) if len(own) > 1 else 1.0
        return int(np.abs(own - time % lasts).argmin())

    beside = ([pictures[place(own, time)] for pictures, own in movies] for time in times)
    return map(side_by_side, beside), times


def notice(lines: Sequence[str], width: int = 480) -> np.ndarray:
    """A dark picture that says why there is nothing to see."""
    lines = _wrapped(lines, width - 32, _font(14))
    image = Image.new("RGB", (width, max(HEIGHT // 3, 48 + 20 * len(lines))), (20, 20, 20))
    pen = ImageDraw.Draw(image)
    for number, text in enumerate(lines):
        pen.text((16, 24 + 20 * number), text, fill=(255, 255, 255), font=_font(14))
    return np.asarray(image)


def save_movie(path: Path, pictures: Iterable[np.ndarray], times_s: np.ndarray) -> None:
    """Animated WebP at the clip's own speed, in an endless loop.

    Frames last as long as their interval; the last one as long as the one before.
    """
    intervals = np.diff(times_s) if len(times_s) > 1 else np.array([0.5])
    milliseconds = [max(round(1000 * s), 10) for s in (*intervals, intervals[-1])]
    frames = [Image.fromarray(picture) for picture in pictures]
    frames[0].save(
        path,
        format="WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=milliseconds[: len(frames)],
        loop=0,
        quality=75,
        method=0,
    )
