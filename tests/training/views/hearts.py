"""A made heart in an apical four-chamber image: dark right heart to the left of the ventricle."""

import cv2
import numpy as np

from echogls.study import LABELS

SIZE = 320
GREY = {"background": 90, "cavity": 25, "myocardium": 170, "atrium": 30}


def made_heart(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) uint8 image and (H, W) uint8 labels."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((SIZE, SIZE), np.uint8)
    centre = (175, 130)
    cv2.ellipse(labels, centre, (52, 92), 0, 0, 360, LABELS["myocardium"], cv2.FILLED)
    cv2.ellipse(labels, centre, (38, 78), 0, 0, 360, LABELS["cavity"], cv2.FILLED)
    labels[185:] = 0
    cv2.ellipse(labels, (175, 225), (36, 40), 0, 0, 360, LABELS["atrium"], cv2.FILLED)
    grey = np.array([GREY[name] for name in LABELS], float)[labels]
    right = np.zeros_like(labels)
    cv2.ellipse(right, (85, 130), (34, 60), 0, 0, 360, 1, cv2.FILLED)
    grey[(right > 0) & (labels == 0)] = GREY["cavity"]
    grey *= rng.uniform(0.8, 1.2, grey.shape)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    sector = np.abs(np.arctan2(columns - SIZE / 2, rows + 8)) < np.deg2rad(42)
    image = np.where(sector & (np.hypot(columns - SIZE / 2, rows) < SIZE), grey, 0)
    return np.clip(image, 0, 255).astype(np.uint8), labels
