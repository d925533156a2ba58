"""Whether the wall is brighter than the cavity, as it is in every picture but one whose grey levels
are inverted, that shows a contrast agent, or on which the outline missed the wall."""

import cv2
import numpy as np

from echogls.study import LABELS


def wall_brighter(frame: np.ndarray, labels: np.ndarray) -> float:
    """Percent of all pairs of a pixel of the wall and one of the cavity in which the wall's is
    brighter, ties by half: 50 where they are alike, NaN where either is missing.

    Parameters
    ----------
    frame, labels : (H, W) uint8, grey levels and study.LABELS.
    """
    cavity, wall = (
        cv2.calcHist([frame], [0], np.uint8(labels == LABELS[name]), [256], [0, 256]).ravel()
        for name in ("cavity", "myocardium")
    )
    pairs = float(cavity.sum()) * float(wall.sum())
    darker = np.cumsum(cavity, dtype=np.float64) - cavity / 2
    return float(100 * (wall @ darker) / pairs) if pairs else float("nan")
