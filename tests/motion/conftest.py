"""Speckle-like images whose sub-pixel motion is exact."""

import numpy as np
import pytest


def _speckle(shape=(192, 256), shift=(0.0, 0.0), seed=0, width=2.0):
    """(H, W) uint8, band-limited noise; `shift` (x, y) pixels moves it by a phase ramp."""
    noise = np.fft.fft2(np.random.default_rng(seed).normal(size=shape))
    fy, fx = np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])
    noise *= np.exp(-2 * (np.pi * width) ** 2 * (fx**2 + fy**2))
    scale = np.fft.ifft2(noise).real.std()
    moved = np.fft.ifft2(noise * np.exp(-2j * np.pi * (fx * shift[0] + fy * shift[1]))).real
    return np.clip(np.round(128 + 40 * moved / scale), 1, 255).astype(np.uint8)


def _ring(shape=(192, 256), inner=40, outer=85):
    """(H, W) bool, a wall around the middle of the image."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    away = np.hypot(x - (shape[1] - 1) / 2, y - (shape[0] - 1) / 2)
    return (away > inner) & (away < outer)


@pytest.fixture
def speckle():
    return _speckle


@pytest.fixture
def ring():
    return _ring
