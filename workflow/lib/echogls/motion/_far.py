"""Motion over several frames, found from what the motion between neighbours adds up to.

What holds the motion of two neighbours back (persistence, coding, clutter) and what each pair
errs by stays when displacements are added up. Frames some way apart see the motion between
them at once: it is larger, and the same errors are a smaller share of it.
"""

import cv2
import numpy as np

SPAN_S = 0.075  # of a stretch; by judgement: simulated clips of the training reach 0.1 s
FEWEST, MOST = 2, 12  # intervals of a stretch: fewer are neighbours, more only cost; by judgement


def stretches(times_s: np.ndarray) -> np.ndarray:
    """The frames (L + 1,) at which a clip of T times is cut into stretches of about SPAN_S, the
    first and the last among them; empty for clips of fewer than FEWEST intervals."""
    intervals = len(times_s) - 1
    if intervals < FEWEST:
        return np.empty(0, int)
    count = round((times_s[-1] - times_s[0]) / SPAN_S)
    count = int(np.clip(count, -(-intervals // MOST), intervals // FEWEST))
    return np.round(np.linspace(0, intervals, count + 1)).astype(int)


def added_up(displacement: np.ndarray, confidence: np.ndarray, stride: int) -> np.ndarray:
    """What successive displacements add up to, (h, w, 2) pixels, of what is at the nodes first.

    Parameters
    ----------
    displacement : (F, h, w, 2) pixels, over each interval, at nodes `stride` pixels apart.
    confidence : (F, h, w) 0..1, by which the nodes around a place count.
    """
    rows, columns = np.float32(np.mgrid[: displacement.shape[1], : displacement.shape[2]])
    total = np.zeros(displacement.shape[1:], np.float32)
    for moves, sure in zip(displacement, confidence, strict=True):
        places = columns + total[..., 0] / stride, rows + total[..., 1] / stride
        sure = np.float32(sure) + np.float32(1e-6)
        planes = np.dstack([np.float32(moves) * sure[..., None], sure])
        there = cv2.remap(planes, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        total = total + there[..., :2] / there[..., 2:]
    return total
