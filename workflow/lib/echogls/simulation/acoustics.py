"""Scatterers -> echo images, in beam space.

Each scatterer adds a complex echo exp(-4 pi i r / wavelength) at its depth and angle;
the sum, blurred by the pulse along depth and by the beam across it, is the coherent
signal whose magnitude has fully developed speckle. That is the convolution model of
Bamber and Dickinson 1980 (Phys. Med. Biol. 25, 463-479) in polar coordinates, where the
phased array's point-spread function varies with depth alone.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.sparse import csc_array

SPEED_MM_US = 1.54  # of sound in soft tissue, as machines assume it
# Axial samples and beams per standard deviation of the blur; by judgement: of fewer the blur, a
# Gaussian, would be aliased, and more cost time.
SAMPLES_PER_SIGMA = 1.6
# A beam widens with depth and holds more scatterers; the machine evens that out, so that amplitudes
# are as given at this depth, about the middle of a heart, and look alike at all.
NORMAL_DEPTH_MM = 50.0


@dataclass(frozen=True)
class Probe:
    """A phased array and its settings.

    Attributes
    ----------
    frequency_mhz : centre frequency of what is received, 1.5-3.5.
    pulse_cycles : length of the pulse in periods, full width at half maximum.
    aperture_mm : width of the array.
    focus_mm : depth where the beam is narrowest.
    depth_mm : of the image.
    half_angle_deg : half of the sector's opening.
    near_mm : depth at which the image starts.
    """

    frequency_mhz: float
    pulse_cycles: float
    aperture_mm: float
    focus_mm: float
    depth_mm: float
    half_angle_deg: float
    near_mm: float = 2.0

    @property
    def wavelength_mm(self) -> float:
        """Wavelength in tissue, mm."""
        return SPEED_MM_US / self.frequency_mhz

    @property
    def axial_sd_mm(self) -> float:
        """Standard deviation of the pulse along depth; its two-way travel halves its length."""
        return self.pulse_cycles * self.wavelength_mm / 2 / 2.355

    @property
    def lateral_sd_rad(self) -> float:
        """Standard deviation of the two-way beam at the focus: 0.9 wavelength / aperture wide
        at half maximum, of pressure."""
        return 0.9 * self.wavelength_mm / self.aperture_mm / 2.355

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Depths (R,) in mm and angles (A,) in rad of the beam-space image."""
        half = np.deg2rad(self.half_angle_deg)
        depths = np.arange(self.near_mm, self.depth_mm, self.axial_sd_mm / SAMPLES_PER_SIGMA)
        count = int(np.ceil(2 * half / (self.lateral_sd_rad / SAMPLES_PER_SIGMA)))
        return depths, np.linspace(-half, half, count)


def beam_coordinates(points_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(..., 2) image points (x, y) in mm, the probe at (0, 0) -> depth in mm, angle in rad."""
    x, y = points_mm[..., 0], points_mm[..., 1]
    return np.hypot(x, y), np.arctan2(x, y)


def receive(probe: Probe, points_mm: np.ndarray, amplitudes: np.ndarray) -> np.ndarray:
    """The beam-space signal of one frame.

    Parameters
    ----------
    points_mm : (N, 2) scatterers (x, y), the probe's face at (0, 0).
    amplitudes : (N,) real; their sign is part of the random speckle.

    Returns
    -------
    (R, A, 2) float32: real and imaginary part on `probe.grid()`.
    """
    depths, angles = probe.grid()
    shape = len(depths), len(angles)
    r, angle = beam_coordinates(np.asarray(points_mm, np.float32))
    row = (r - np.float32(depths[0])) * np.float32(1 / (depths[1] - depths[0]))
    column = (angle - np.float32(angles[0])) * np.float32(1 / (angles[1] - angles[0]))
    seen = (row >= 0) & (row < shape[0] - 1) & (column >= 0) & (column < shape[1] - 1)
    seen = np.flatnonzero(seen)
    row, column, r = row[seen], column[seen], r[seen]
    a = amplitudes[seen].astype(np.float32) * np.sqrt(np.float32(NORMAL_DEPTH_MM) / (r + 5))
    phase = np.float32(4 * np.pi / probe.wavelength_mm) * r
    echo = np.stack([a * np.cos(phase), -a * np.sin(phase)], -1)
    signal = _spread(row, column, shape) @ echo
    return _blur(probe, signal.reshape(*shape, 2), depths)


def _spread(row: np.ndarray, column: np.ndarray, shape: tuple[int, int]) -> csc_array:
    """(R * A, N) shares of N places between samples that the four samples around each get."""
    top, left = row.astype(np.int32), column.astype(np.int32)
    down, right = row - top, column - left
    up = 1 - down
    shares = np.empty((len(row), 4), np.float32)
    shares[:, 1], shares[:, 3] = up * right, down * right
    shares[:, 0], shares[:, 2] = up - shares[:, 1], down - shares[:, 3]
    cells = np.empty((len(row), 4), np.int32)
    cells[:, 0] = top * shape[1] + left
    for corner, step in ((1, 1), (2, shape[1]), (3, shape[1] + 1)):
        np.add(cells[:, 0], step, out=cells[:, corner])
    ends = np.arange(0, 4 * len(row) + 1, 4, dtype=np.int32)
    size = shape[0] * shape[1], len(row)
    return csc_array((shares.ravel(), cells.ravel(), ends), shape=size)


def _blur(probe: Probe, signal: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """Pulse and beam: the beam is narrowest at the focus and wider before and behind it."""
    axial = cv2.GaussianBlur(signal, (1, 0), sigmaX=1e-6, sigmaY=SAMPLES_PER_SIGMA)
    widths = (1.0, 1.7, 3.0)  # times the width at the focus
    defocus = np.abs(probe.focus_mm / depths - 1) * probe.aperture_mm
    wide = np.sqrt(1 + (0.25 * defocus / (probe.lateral_sd_rad * 2.355 * probe.focus_mm)) ** 2)
    place = np.interp(wide, widths, np.arange(len(widths)))
    blended = np.zeros_like(signal)
    for index, width in enumerate(widths):
        share = np.clip(1 - np.abs(place - index), 0, 1).astype(np.float32) * np.sqrt(width)
        (rows,) = np.nonzero(share)
        if len(rows):
            sigma = SAMPLES_PER_SIGMA * width
            level = cv2.GaussianBlur(axial[rows], (0, 1), sigmaX=sigma, sigmaY=1e-6)
            blended[rows] += share[rows, None, None].astype(np.float32) * level
    return blended


@dataclass(frozen=True)
class Raster:
    """Where each pixel of the stored image lies.

    Attributes
    ----------
    spacing_mm : mm per pixel, square.
    origin_mm : (x, y) of the centre of the first pixel; the probe's face is (0, 0).
    shape : (rows, columns).
    """

    spacing_mm: float
    origin_mm: tuple[float, float]
    shape: tuple[int, int]

    def points(self, step: int = 1) -> np.ndarray:
        """(rows / step, columns / step, 2) (x, y) in mm of every `step`-th pixel."""
        rows, columns = np.mgrid[: self.shape[0] : step, : self.shape[1] : step]
        return np.stack([columns, rows], -1) * self.spacing_mm + np.array(self.origin_mm)


def sector(probe: Probe, raster: Raster) -> np.ndarray:
    """(rows, columns) bool, the pixels that the probe images."""
    r, angle = beam_coordinates(raster.points())
    inside = np.abs(angle) <= np.deg2rad(probe.half_angle_deg)
    return inside & (r >= probe.near_mm) & (r <= probe.depth_mm)


class ScanConverter:
    """Beam-space images -> the raster, by a table made once a clip."""

    def __init__(self, probe: Probe, raster: Raster):
        depths, angles = probe.grid()
        r, angle = beam_coordinates(raster.points())
        self._columns = ((angle - angles[0]) / (angles[1] - angles[0])).astype(np.float32)
        self._rows = ((r - depths[0]) / (depths[1] - depths[0])).astype(np.float32)
        self.sector = sector(probe, raster)

    def __call__(self, beams: np.ndarray) -> np.ndarray:
        """(R, A) float32 -> (rows, columns) float32, 0 outside the sector."""
        near = cv2.BORDER_REPLICATE
        image = cv2.remap(beams, self._columns, self._rows, cv2.INTER_LINEAR, None, near)
        return np.where(self.sector, image, np.float32(0))
