"""Colour flow, told from a tinted grey scale and from coloured screen furniture."""

import cv2
import numpy as np

LEVELS = 32  # steps of brightness at which the display's tint is measured
STEP = 256 // LEVELS
DIFFERENT = 40  # summed channel differences (of 255) that compression of grey does not reach


def coloured(frames: np.ndarray) -> np.ndarray:
    """Pixels whose colour is not the display's own.

    A grey or tinted display (sepia, blue) gives each brightness one colour,
    here the median of R - G and of G - B over all pixels that bright. Flow has
    other colours at the same brightness.

    Parameters
    ----------
    frames : (S, H, W, 3) uint8 RGB, a sample of the clip.

    Returns
    -------
    (S, H, W) bool.
    """
    sample = frames[:, ::3, ::3].reshape(-1, 3)
    level, differences = _measure(sample)
    tint = np.zeros((LEVELS, 2), np.int16)
    for step in range(LEVELS):
        here = differences[level == step]
        if len(here):
            tint[step] = np.median(here, axis=0)
    return np.stack([_differs(frame, tint) for frame in frames])


def _measure(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) brightness step and (N, 2) R - G and G - B of (N, 3) colours."""
    level = cv2.cvtColor(colours.reshape(1, -1, 3), cv2.COLOR_RGB2GRAY)[0] // STEP
    return level, -np.diff(colours.astype(np.int16), axis=-1)


def _differs(frame: np.ndarray, tint: np.ndarray) -> np.ndarray:
    """(H, W) bool of a (H, W, 3) frame, plane by plane: it is done for many large frames."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    red, green, blue = (plane.astype(np.int16) for plane in cv2.split(frame))
    table = np.repeat(tint, STEP, axis=0)  # of each of the 256 grey levels
    away = np.abs(red - green - cv2.LUT(grey, np.ascontiguousarray(table[:, 0])))
    away += np.abs(green - blue - cv2.LUT(grey, np.ascontiguousarray(table[:, 1])))
    return away > DIFFERENT


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
    side = max(3, round(0.01 * min(where.shape)))
    brush = np.ones((side, side), np.uint8)
    opened = (cv2.morphologyEx(mark.astype(np.uint8), cv2.MORPH_OPEN, brush) for mark in marks)
    covered = [np.count_nonzero(mark[where]) for mark in opened]
    return float(np.mean(covered)) / max(np.count_nonzero(where), 1)
