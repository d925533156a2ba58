"""Scores of a made left ventricle with its atrium, as a segmentation network gives them."""

import cv2
import numpy as np

from echogls.study import LABELS

SIDE = 128


def scores_of(width=18.0, turn_deg=0.0, atrium=True, sure=0.97) -> np.ndarray:
    """(128, 128, 4) scores; `width` is half the cavity's, in pixels."""
    labels = np.zeros((SIDE, SIDE), np.uint8)
    centre, length = (64, 62), 34
    if atrium:
        cv2.ellipse(labels, (64, 92), (15, 16), 0, 0, 360, LABELS["atrium"], cv2.FILLED)
    wall = np.zeros_like(labels)
    size = int(width) + 8, length + 8
    cv2.ellipse(wall, centre, size, 0, 0, 360, LABELS["myocardium"], cv2.FILLED)
    inner = np.zeros_like(labels)
    cv2.ellipse(inner, (64 * 16, 62 * 16), (int(width * 16), length * 16), 0, 0, 360, 1, -1, 8, 4)
    wall[inner > 0] = LABELS["cavity"]
    wall[82:] = 0
    labels = np.where(wall > 0, wall, labels)
    turn = cv2.getRotationMatrix2D((63.5, 63.5), -turn_deg, 1)
    labels = cv2.warpAffine(labels, turn, (SIDE, SIDE), flags=cv2.INTER_NEAREST)
    rest = (1 - sure) / (len(LABELS) - 1)
    return np.where(np.eye(len(LABELS))[labels] > 0, sure, rest).astype(np.float32)
