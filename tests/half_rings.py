"""A made wall, half a ring that shortens and thickens: its outline and its fused path."""

import numpy as np

from echogls.fusion.fused import Fused
from echogls.segmentation.clip import Segmentation

T, N = 50, 120
TIMES = np.arange(T) / 50
SYSTOLE = np.sin(np.pi * np.clip(TIMES / 0.8, 0, 1)) ** 2
RADIUS = 30 * (1 - 0.15 * SYSTOLE)  # mm, of the midwall
HALF = 4 + 1.5 * SYSTOLE  # mm, half the thickness
SETTINGS = {"gls": "peak_systolic", "ed_rule": ["r_wave", "area"]}
SETTINGS |= {"es_rule": "area", "drift": "none"}


def half_ring(radius, count, turn=1):
    angle = np.linspace(np.pi, (1 + turn) * np.pi, count)
    return radius[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], -1) + [50, 50]


def wall_of(times=TIMES, radius=RADIUS, half=HALF):
    count = len(times)
    area = np.pi * (radius - half) ** 2
    return Segmentation(
        np.zeros((count, 4, 4), np.uint8), half_ring(radius - half, 200),
        half_ring(radius + half, 200), half_ring(radius, N), area, radius, 2 * half,
        np.full(count, 90.0), np.ones(count, bool), ((),) * count, 0, 20, 0.5,
    )  # fmt: skip


def path_of(line, times=TIMES):
    states = np.zeros((*line.shape[:2], 6))
    states[..., :2] = line
    return Fused(states, np.zeros((*line.shape[:2], 6, 6)), times, 5.0, 0.5, 5.0)
