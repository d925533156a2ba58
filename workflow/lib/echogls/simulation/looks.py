"""What a machine makes of the signal: gain, attenuation, clutter, noise, compression, filters.

No vendor's processing is public; these are ranges wide enough to hold several.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from echogls.simulation.acoustics import Probe

DB_OF_LOG = float(10 / np.log(10))  # the natural logarithm is several times faster than log10


@dataclass(frozen=True)
class Look:
    """Settings of a machine and the chest that it looks through.

    Attributes
    ----------
    dynamic_range_db : from black to white.
    white_db : level that becomes white, over that of mean myocardium.
    gamma : of the grey scale; above 1 darkens the middle.
    noise_db : electronic noise at mid-depth, against mean myocardium.
    haze_db : stationary near-field clutter at the probe's face; haze_mm : its reach.
    reverberation_db : stationary clutter throughout.
    smoothing : 0 none, 1 Gaussian, 2 edge-preserving (speckle reduction).
    strength : of the smoothing.
    sharpening : share of an unsharp mask.
    persistence : share of the last frame that stays.
    gain_knots_db : (6,) gain over depth that the operator's sliders leave wrong.
    beam_knots_db : (9,) loss over angle: ribs, lung, poor contact.
    """

    dynamic_range_db: float
    white_db: float
    gamma: float
    noise_db: float
    haze_db: float
    haze_mm: float
    reverberation_db: float
    smoothing: int
    strength: float
    sharpening: float
    persistence: float
    gain_knots_db: np.ndarray
    beam_knots_db: np.ndarray


def draw_look(rng: np.random.Generator) -> Look:
    """Draw how a machine, at its settings, shows a patient's chest."""
    beams = rng.normal(0, 1.0, 9)
    beams[[0, -1]] -= rng.uniform(0, 10, 2)
    if rng.random() < 0.4:  # a rib or lung over one side
        beams[: rng.integers(1, 4)] -= rng.uniform(3, 14)
    if rng.random() < 0.4:
        beams[-rng.integers(1, 4) :] -= rng.uniform(3, 14)
    return Look(
        dynamic_range_db=rng.uniform(52, 74),
        white_db=rng.uniform(16, 27),
        gamma=float(np.exp(rng.normal(0.1, 0.2))),
        noise_db=rng.uniform(-48, -26),
        haze_db=rng.uniform(-14, 4),
        haze_mm=rng.uniform(8, 22),
        reverberation_db=rng.uniform(-36, -18),
        smoothing=int(rng.choice(3, p=[0.25, 0.45, 0.3])),
        strength=rng.uniform(0.8, 1.8),
        sharpening=rng.uniform(0, 0.6) if rng.random() < 0.4 else 0.0,
        persistence=rng.uniform(0.1, 0.35) if rng.random() < 0.35 else 0.0,
        gain_knots_db=rng.normal(0, 2.0, 6),
        beam_knots_db=beams,
    )


class Machine:
    """Beam-space signals -> grey beam-space images in 0..255, frame by frame.

    The stationary clutter and the persistence live between frames. `level` is the root
    mean square of the signal of mean myocardium, to which all levels refer.
    """

    def __init__(self, rng: np.random.Generator, probe: Probe, look: Look, level: float):
        self.look, self.level, self._rng = look, level, rng
        depths, angles = probe.grid()
        shape = len(depths), len(angles)
        knots = np.linspace(0, 1, 6)
        gain = np.interp(np.linspace(0, 1, shape[0]), knots, look.gain_knots_db)
        beams = np.interp(np.linspace(0, 1, shape[1]), np.linspace(0, 1, 9), look.beam_knots_db)
        self._gain = _amplitude(gain[:, None] + beams[None]).astype(np.float32)[..., None]
        haze = _amplitude(look.haze_db) * np.exp(-depths / look.haze_mm)
        haze = np.hypot(haze[:, None], _amplitude(look.reverberation_db) * _blobs(rng, shape))
        self._clutter = _speckle(rng, shape) * (level * haze).astype(np.float32)[..., None]
        self._noise = (level * _amplitude(look.noise_db + 12 * (depths / depths[-1] - 0.5))).astype(
            np.float32
        )[:, None, None]
        self._last: np.ndarray | None = None

    def develop(self, signal: np.ndarray) -> np.ndarray:
        """(R, A, 2) signal -> (R, A) float32 grey."""
        look = self.look
        noise = self._rng.standard_normal(signal.shape, dtype=np.float32)
        noise *= self._noise
        signal = signal + self._clutter
        signal *= self._gain
        signal += noise
        power = signal[..., 0] ** 2 + signal[..., 1] ** 2
        db = DB_OF_LOG * np.log(np.maximum(power, 1e-30) / self.level**2)
        grey = np.clip(1 + (db - look.white_db) / look.dynamic_range_db, 0, 1)
        grey = grey.astype(np.float32)
        if look.smoothing == 1:
            grey = cv2.GaussianBlur(grey, (0, 0), look.strength)
        elif look.smoothing == 2:
            grey = cv2.bilateralFilter(grey, 5, 0.12 * look.strength, 2.0 * look.strength)
        if look.sharpening:
            soft = cv2.GaussianBlur(grey, (0, 0), 2.0)
            grey = np.clip(grey + look.sharpening * (grey - soft), 0, 1)
        if look.persistence and self._last is not None:
            grey = (1 - look.persistence) * grey + look.persistence * self._last
        self._last = grey
        return 255 * grey**look.gamma


def _amplitude(db):
    return 10 ** (np.asarray(db) / 20)


def _speckle(rng, shape):
    noise = rng.standard_normal((*shape, 2)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 1.6)
    return noise / noise.std()


def _blobs(rng, shape):
    coarse = np.exp(rng.normal(0, 0.8, (7, 5))).astype(np.float32)
    return cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 4)
