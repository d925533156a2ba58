"""Colour flow, told from a tinted grey scale, dithered grey, drawings and screen furniture."""

from collections.abc import Iterator

import cv2
import numpy as np

LEVELS = 32  # steps of brightness at which the display's tint is measured
STEP = 256 // LEVELS
NEAR_STEPS = 3  # on either side, over which a tint is smooth
DIFFERENT = 40  # summed channel differences (of 255) that compression of grey does not reach
AROUND = 7  # pixels over which the colours of dithered grey are grey again
DIFFERENT_AROUND = 20  # the same of their mean; a line one pixel wide still exceeds it
LINE, STROKE = 0.01, 0.04  # width of thin marks and of a drawing's strokes, share of the image
BROAD_SHARE = 0.15  # of flow's pixels more are broader than a stroke
# A drawing has few colours, each the same over an area, also where grey shines through it.
FLAT = 14  # by which R - G and G - B may vary among neighbours, in 255ths
COLOUR_STEP = 8  # of R - G and G - B; three of them are one colour
MOST_COLOURS = 8
FLAT_SHARE, COLOURS_SHARE = 0.6, 0.8  # of a drawing's pixels
SWITCHING_SHARE = 0.2  # of flow's pixels more show several colours over time


def coloured(frames: np.ndarray) -> np.ndarray:
    """Pixels whose colour is not the display's own.

    A grey or tinted display (sepia, blue) gives each brightness one colour,
    here the median of R - G and of G - B over all pixels that bright. Flow has
    other colours at the same brightness. A palette of few colours makes grey of coloured dots
    (dithering): what counts is coloured in the mean of its neighbourhood, too.

    Parameters
    ----------
    frames : (S, H, W, 3) uint8 RGB, a sample of the clip.

    Returns
    -------
    (S, H, W) bool.
    """
    around = np.stack([cv2.blur(frame, (AROUND, AROUND)) for frame in frames])
    return _off_tint(frames, DIFFERENT) & _off_tint(around, DIFFERENT_AROUND)


def _off_tint(frames: np.ndarray, different: float) -> np.ndarray:
    """(S, H, W) bool of pixels that are so different from the median colour of their brightness."""
    sample = frames[:, ::3, ::3].reshape(-1, 3)
    level, differences = _measure(sample)
    tint = np.zeros((LEVELS, 2), np.int16)
    levels = np.flatnonzero(np.bincount(level, minlength=LEVELS))
    medians = np.array([np.median(differences[level == step], axis=0) for step in levels])
    # A tint changes evenly with brightness; one step of another colour is paint.
    for place, step in enumerate(levels):
        tint[step] = np.median(medians[max(place - NEAR_STEPS, 0) : place + NEAR_STEPS + 1], axis=0)
    return np.stack([_differs(frame, tint, different) for frame in frames])


def _measure(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) brightness step and (N, 2) R - G and G - B of (N, 3) colours."""
    level = cv2.cvtColor(colours.reshape(1, -1, 3), cv2.COLOR_RGB2GRAY)[0] // STEP
    return level, -np.diff(colours.astype(np.int16), axis=-1)


def _differs(frame: np.ndarray, tint: np.ndarray, different: float) -> np.ndarray:
    """(H, W) bool of a (H, W, 3) frame, plane by plane: it is done for many large frames."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    red, green, blue = (plane.astype(np.int16) for plane in cv2.split(frame))
    table = np.repeat(tint, STEP, axis=0)  # of each of the 256 grey levels
    away = np.abs(red - green - cv2.LUT(grey, np.ascontiguousarray(table[:, 0])))
    away += np.abs(green - blue - cv2.LUT(grey, np.ascontiguousarray(table[:, 1])))
    return away > different


def is_doppler(share: float, settings: dict) -> bool:
    """Whether a clip with that `flow_share` is colour Doppler: `doppler_share` at least."""
    return share >= settings["doppler_share"]


def flow_share(marks: np.ndarray, where: np.ndarray) -> float:
    """Share of an area that colour flow covers, 0..1, the mean over frames.

    Parameters
    ----------
    marks : (S, H, W) bool, see `coloured`.
    where : (H, W) bool, the area.

    Thin marks (an ECG trace, text, a ruler) do not count.
    """
    covered = [np.count_nonzero(mark[where]) for mark in _without_lines(marks)]
    return float(np.mean(covered)) / max(np.count_nonzero(where), 1)


def _without_lines(marks: np.ndarray, width: float = LINE) -> Iterator[np.ndarray]:
    """(H, W) uint8 each: marks without those thinner than a share of the image."""
    side = max(3, round(width * min(marks.shape[1:])))
    brush = np.ones((side, side), np.uint8)
    return (cv2.morphologyEx(mark.astype(np.uint8), cv2.MORPH_OPEN, brush) for mark in marks)


def is_drawn(frames: np.ndarray, marks: np.ndarray, where: np.ndarray) -> bool:
    """Whether what is coloured in an area is drawn (paint, a tracing, plots), and no flow.

    Paint is made of strokes, or it has few colours, each the same over an area: R - G and G - B
    stay even where grey shines through. Flow is broad, has a scale of colours, and changes its
    colour from frame to frame.

    Parameters
    ----------
    frames : (S, H, W, 3) uint8 RGB.
    marks : (S, H, W) bool, see `coloured`.
    where : (H, W) bool, the area.
    """
    broad = sum(np.count_nonzero(mark[where]) for mark in _without_lines(marks, STROKE))
    if broad < BROAD_SHARE * sum(np.count_nonzero(mark[where]) for mark in _without_lines(marks)):
        return True
    brush = np.ones((3, 3), np.uint8)
    bins = np.zeros((512 // COLOUR_STEP + 3,) * 2)
    flat = total = switched = 0
    last = np.full(where.shape, -1)
    for frame, mark in zip(frames, _without_lines(marks), strict=True):
        inner = (cv2.erode(mark, brush) > 0) & where
        if not inner.any():
            continue
        differences = -np.diff(frame.astype(np.int16), axis=-1)
        even = np.ones(where.shape, bool)
        for plane in cv2.split(differences):
            even &= cv2.dilate(plane, brush) - cv2.erode(plane, brush) <= FLAT
        flat += np.count_nonzero(even & inner)
        total += np.count_nonzero(inner)
        places = (differences[inner] + 256) // COLOUR_STEP + 1
        np.add.at(bins, tuple(places.T), 1)
        # Which way a colour lies, in sixths of the circle of hues.
        hue = cv2.cvtColor(frame, cv2.COLOR_RGB2HSV)[..., 0][inner].astype(int) // 30
        switched += np.count_nonzero((last[inner] >= 0) & (last[inner] != hue))
        last[inner] = hue
    if not total or flat < FLAT_SHARE * total or switched > SWITCHING_SHARE * total:
        return False
    covered = 0.0
    for _ in range(MOST_COLOURS):
        row, column = np.unravel_index(bins.argmax(), bins.shape)
        near = np.s_[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        covered += bins[near].sum()
        bins[near] = 0
    return covered >= COLOURS_SHARE * total
