"""Motion from frame to frame: one estimator a file, the module's name is its config name.

An estimator has one function, `estimate(first, second, **options) -> Flow`: two
masked grey images (H, W) uint8, 384 x 512 at most, and the displacement between
them with a confidence. To add one, add a file here, or in the folder `motion` of a
plugin (`echogls.plugins`); the contract test finds those that are here. It is called
from two threads at once unless its module sets THREADS = 1.
"""

from echogls.motion._canvas import models_of
from echogls.motion._flow import Flow, check_pair
from echogls.motion._patient import track_patient, tracked_clips
from echogls.motion._registry import estimator, known_options, names
from echogls.motion._tracking import Sampler, Track, load_tracks, sample, save_tracks, track_clip
from echogls.plugins import paths

__path__.extend(paths("motion"))

__all__ = [
    "Flow",
    "Sampler",
    "Track",
    "check_pair",
    "estimator",
    "known_options",
    "load_tracks",
    "models_of",
    "names",
    "sample",
    "save_tracks",
    "track_clip",
    "track_patient",
    "tracked_clips",
]
