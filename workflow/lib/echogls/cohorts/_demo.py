"""What source formats write as a demo: one simulated patient."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from echogls.study import LABELS


@dataclass(frozen=True)
class DemoClip:
    """A simulated recording that a format writes as a demo.

    Attributes
    ----------
    frames : (T, H, W) uint8; labels : (T, H, W) uint8 of study.LABELS.
    times_s : (T,) seconds; spacing_mm : mm per pixel.
    endocardium_mm : (T, N, 2) points (x, y), from the annulus on the left over the apex.
    systole_s : ED and ES of a whole systole, seconds.
    write_dicom : writes the clip as a DICOM file of a patient: (path, patient's name).
    """

    frames: np.ndarray
    labels: np.ndarray
    times_s: np.ndarray
    spacing_mm: float
    endocardium_mm: np.ndarray
    systole_s: tuple[float, float]
    write_dicom: Callable[[Path, str], None]

    @property
    def fps(self) -> float:
        """Frames per second, the mean."""
        return 1 / float(np.diff(self.times_s).mean())

    @property
    def cavity(self) -> np.ndarray:
        """(T,) pixels of the cavity."""
        return (self.labels == LABELS["cavity"]).sum(axis=(1, 2))


@dataclass(frozen=True)
class Demo:
    """One simulated patient: a four-chamber clip, and ED and ES of the two-chamber view."""

    a4c: DemoClip
    a2c: DemoClip
