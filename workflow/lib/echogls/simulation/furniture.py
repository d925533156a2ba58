"""What a scanner draws around the sector: text, an ECG that runs, depth ticks, a grey bar."""

import cv2
import numpy as np

from echogls.simulation.clip import SimulatedClip

GREEN, WHITE, GREY = (40, 220, 60), (225, 225, 225), (140, 140, 140)


def with_furniture(rng: np.random.Generator, clip: SimulatedClip) -> np.ndarray:
    """(T, H, W, 3) uint8 RGB frames of a clip with screen furniture outside its sector.

    The ECG's R waves are those of the rhythm. No word is a person's.
    """
    count, rows, columns = clip.frames.shape
    still = np.zeros((rows, columns, 3), np.uint8)
    _text(rng, still, clip)
    _ticks(still, clip)
    if rng.random() < 0.7:
        bar = np.linspace(255, 0, rows // 4).astype(np.uint8)
        still[rows // 6 : rows // 6 + rows // 4, columns - 14 : columns - 6] = bar[:, None, None]
    free = ~clip.sector[..., None]
    still = np.where(free, still, 0).astype(np.uint8)
    trace = _ecg(clip, rows, columns)
    frames = np.empty((count, rows, columns, 3), np.uint8)
    for k, frame in enumerate(clip.frames):
        picture = np.maximum(frame[..., None], still)
        shown = trace[: max(int((k + 1) / count * len(trace)), 2)]
        cv2.polylines(picture, [shown], False, GREEN, 1, cv2.LINE_AA)
        frames[k] = picture
    return frames


def _text(rng, still, clip):
    size = still.shape[0] / 1300
    lines = [f"{clip.probe.frequency_mhz:.1f} MHz", f"{clip.probe.depth_mm / 10:.1f} cm"]
    lines += [f"FR {1 / np.diff(clip.times_s).mean():.0f} Hz", "TIS 0.8  MI 1.1", "Adult Echo"]
    for index, line in enumerate(lines[: int(rng.integers(2, 6))]):
        place = (6, int((index + 1.5) * 40 * size))
        cv2.putText(still, line, place, cv2.FONT_HERSHEY_SIMPLEX, size, WHITE, 1, cv2.LINE_AA)


def _ticks(still, clip):
    raster = clip.raster
    x = still.shape[1] - 24
    for cm in range(int(clip.probe.depth_mm // 10) + 1):
        row = int((10 * cm - raster.origin_mm[1]) / raster.spacing_mm)
        cv2.line(still, (x, row), (x + (8 if cm % 5 == 0 else 4), row), GREY, 1)


def _ecg(clip, rows, columns):
    """(P, 2) int32 points of the whole trace, left to right, below the sector's centre."""
    times = np.linspace(clip.times_s[0], clip.times_s[-1], 600)
    value = np.zeros_like(times)
    for wave in clip.rhythm.r_waves_s:
        value += np.exp(-(((times - wave) / 0.008) ** 2))
        value -= 0.15 * np.exp(-(((times - wave - 0.03) / 0.012) ** 2))
        value += 0.12 * np.exp(-(((times - wave + 0.16) / 0.025) ** 2))
        value += 0.22 * np.exp(-(((times - wave - 0.27) / 0.045) ** 2))
    x = np.linspace(10, columns - 10, len(times))
    y = rows - 6 - value * rows / 18
    return np.stack([x, y], -1).astype(np.int32)
