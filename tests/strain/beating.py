"""A made wall that beats: a half ring whose radius and place follow one course."""

import numpy as np

from echogls.cine import Cine
from echogls.fusion.fused import Fused
from echogls.segmentation.clip import Segmentation

T, N = 60, 120
TIMES = np.arange(T) / 50
# 0 at end-diastole (frames 0 and 50), 1 at end-systole (frame 20).
COURSE = np.sin(np.pi * np.clip(np.mod(TIMES, 1.0) / 0.8, 0, 1)) ** 2
CENTRE = np.array([50.0, 60.0])


def half_ring(radius, shift, count):
    """(T, count, 2) mm, from the left end over the apex, moved up by `shift`."""
    angle = np.linspace(np.pi, 2 * np.pi, count)
    ring = radius[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    return ring + CENTRE - np.stack([np.zeros_like(shift), shift], -1)[:, None]


def midwall(shortening=0.18, rise=6.0, count=N):
    """The line whose radius, 30 mm, shrinks by a share while it rises by mm."""
    return half_ring(30 * (1 - shortening * COURSE), rise * COURSE, count)


def wall_of(shortening=0.18, rise=6.0, noise=0.0, codes=()):
    """Outlines of `midwall`; noise: of each frame's size, a share."""
    rng = np.random.default_rng(7)
    factor = 1 + noise * rng.normal(size=T)
    radius, half, up = 30 * (1 - shortening * COURSE) * factor, 4 + 1.5 * COURSE, rise * COURSE
    return Segmentation(
        None, half_ring(radius - half, up, 200), half_ring(radius + half, up, 200),
        half_ring(radius, up, N), np.pi / 2 * (radius - half) ** 2, radius, 2 * half,
        np.full(T, 90.0), np.ones(T, bool), codes or ((),) * T, 0, 20, 0.5,
    )  # fmt: skip


def path_of(line):
    """A followed line without any error."""
    states = np.zeros((*line.shape[:2], 6))
    states[..., :2] = line
    return Fused(states, np.zeros((*line.shape[:2], 6, 6)), TIMES, 5.0, 0.5, 5.0)


def cine_of(sector=None, **facts):
    """A clip of 120 x 120 pixels, 1 mm each."""
    sector = np.ones((120, 120), bool) if sector is None else sector
    return Cine(np.zeros((T, *sector.shape), np.uint8), TIMES, sector, 1.0, **facts)
