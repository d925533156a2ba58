"""A clip's motion: every pair of frames through one estimator, kept near the wall in mm."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np

from echogls.files import Clips, StoredClips, save_clips
from echogls.motion._far import added_up, stretches
from echogls.motion._flow import Flow
from echogls.motion._grid import STRIDE, enlarged_to_pixels
from echogls.motion._registry import RESERVED, estimator
from echogls.motion._smooth import carried_on, smooth_over_time
from echogls.motion._window import Window, image_in_window, mask_in_window, window_on
from echogls.options import check_options, option_names
from echogls.study import StudyError

MARGIN_MM = 4.0  # of image kept round the wall; by judgement: as `track.margin_mm` of the config
KEPT_IMAGES = 16  # images in the window that are in memory at once: pairs at work see a few


@dataclass(frozen=True)
class Track:
    """Motion on a grid of nodes around the wall, one field an interval between frames.

    Node (i, j) lies at x = x0 + j * s, y = y0 + i * s in the cine's mm, with
    (x0, y0) = grid_origin_mm and s = grid_spacing_mm. T frames have T - 1 intervals.

    Attributes
    ----------
    displacement_mm : (T - 1, h, w, 2) float32, (x, y), from frame k to frame k + 1
        of what is at the node in frame k. Where the confidence is 0, it means nothing.
    confidence : (T - 1, h, w) float32 in 0..1; 0 where unknown. Without smoothing, that is
        all that is away from the wall; with it, small there and smaller with the distance.
    grid_origin_mm : (2,) float64.
    grid_spacing_mm : the distance between neighbouring nodes.
    times_s : (T,) float64.
    covariance_mm2 : (T - 1, h, w, 3) float32, the entries xx, xy, yy of the covariance of the error
        of one interval's displacement, by estimators that tell it; None by others.
    far_frames : (L + 1,) frames at which the clip is cut into stretches of some frames, by
        estimators that take a guess (`_far`); None by others, as the two that follow.
    far_displacement_mm : (L, h, w, 2) float32, from the first frame of a stretch to its last,
        of what is at the node in the first.
    far_covariance_mm2 : (L, h, w, 3) float32, of its error, as `covariance_mm2`; 0 where unknown.
    """

    displacement_mm: np.ndarray
    confidence: np.ndarray
    grid_origin_mm: np.ndarray
    grid_spacing_mm: float
    times_s: np.ndarray
    covariance_mm2: np.ndarray | None = None
    far_frames: np.ndarray | None = None
    far_displacement_mm: np.ndarray | None = None
    far_covariance_mm2: np.ndarray | None = None

    @property
    def velocity_mm_s(self) -> np.ndarray:
        """(T - 1, h, w, 2) float32, mm/s (x, y), the mean over each interval."""
        seconds = np.diff(self.times_s).astype(np.float32)
        return self.displacement_mm / seconds[:, None, None, None]


def track_clip(
    frames: np.ndarray,
    masks: Sequence[np.ndarray],
    spacing: float,
    times_s: np.ndarray,
    estimator_name: str,
    options: Mapping[str, object] | None = None,
    *,
    mask_image: bool = True,
    margin_mm: float = MARGIN_MM,
    smooth: bool = True,
    models: Path | None = None,
    workers: int = 2,
) -> Track:
    """Estimate the motion of the wall through a clip.

    Both images of a pair are masked by the union of their two walls, grown by
    `margin_mm`: one mask for both, so that its edge never moves (Ostvik 2018
    masks the estimator's input by the segmentation in the same way).

    Parameters
    ----------
    frames : (T, H, W) uint8 grey.
    masks : (T, H, W) bool, the myocardium; or T masks that are made when they are asked for.
    spacing : mm per cine pixel.
    times_s : (T,) seconds, increasing.
    estimator_name : a module of this package (see `names`).
    options : keyword options of that estimator.
    mask_image : show the estimator only the surroundings of the wall. What it finds
        outside them is not used either way.
    margin_mm : how far around the wall the images are kept, and the track too.
    smooth : smooth over time and carry on beyond what was seen (`_smooth`), of estimators that
        state what their confidence means in pixels (`SURE_PX`).
    models : the study's folder of models.yaml, for estimators that run a graph.
    workers : pairs at a time, at most; the result does not depend on it. An estimator's module
        may allow less (`THREADS`).

    Raises
    ------
    StudyError : an unknown estimator or option, shapes that do not fit, times that
        do not increase, masks that are empty in every frame, or an estimate that is not finite.
    """
    module = estimator(estimator_name)
    owner = f"motion: '{estimator_name}'"
    options = check_options(module.estimate, options, owner, RESERVED)
    if "models" in option_names(module.estimate):
        options["models"] = models
    times_s = np.asarray(times_s, np.float64)
    _check_clip(frames, masks, times_s)
    window = window_on(masks, margin_mm / spacing)
    window_mm = spacing / window.scale
    # Several pairs at a time: OpenCV and numpy release the interpreter's lock. The pairs
    # are independent and come back in order, so the result does not depend on it.
    with ThreadPoolExecutor(min(workers, getattr(module, "THREADS", workers))) as pool:
        image = lru_cache(KEPT_IMAGES)(lambda k: image_in_window(frames[k], window))
        clip = _Clip(
            module, options, image, masks, times_s, window, margin_mm / window_mm, mask_image
        )
        pairs = _one_array(pool.map(clip.interval, range(len(frames) - 1)), len(frames) - 1)
        displacement, confidence = pairs.displacement, pairs.confidence
        if smooth and hasattr(module, "SURE_PX"):
            _smooth(displacement, confidence, times_s, module.SURE_PX)
        far = {}
        if "guess" in option_names(module.estimate) and len(cuts := stretches(times_s)):
            spans = list(pairwise(cuts))
            guesses = [added_up(displacement[a:b], confidence[a:b], STRIDE) for a, b in spans]
            seen = _one_array(pool.map(clip.stretch, spans, guesses), len(spans))
            far = {
                "far_frames": cuts,
                "far_displacement_mm": _scaled(seen.displacement, window_mm),
                "far_covariance_mm2": _scaled(seen.covariance, window_mm**2),
            }
    return Track(
        displacement_mm=_scaled(displacement, window_mm),
        confidence=confidence,
        grid_origin_mm=np.array([-window.x, -window.y]) * window_mm,
        grid_spacing_mm=STRIDE * window_mm,
        times_s=times_s,
        covariance_mm2=_scaled(pairs.covariance, window_mm**2),
        **far,
    )


def _one_array(flows: Iterable[Flow], count: int) -> Flow:
    """The flows of `count` intervals as one, whose arrays have the interval first."""
    whole: dict[str, np.ndarray] = {}
    for k, flow in enumerate(flows):
        arrays = {name: array for name, array in vars(flow).items() if array is not None}
        whole = whole or {n: np.empty((count, *a.shape), a.dtype) for n, a in arrays.items()}
        for name, array in arrays.items():
            whole[name][k] = array
    return Flow(**whole)


def _scaled(array: np.ndarray | None, factor: float) -> np.ndarray | None:
    """The array itself, multiplied."""
    if array is not None:
        array *= np.float32(factor)
    return array


@dataclass(frozen=True)
class _Clip:
    """A clip in its window, and its motion by an estimator, in window pixels at the nodes."""

    module: ModuleType
    options: Mapping[str, object]
    image: Callable[[int], np.ndarray]
    masks: Sequence[np.ndarray]
    times_s: np.ndarray
    window: Window
    margin_px: float
    mask_image: bool

    def interval(self, k: int) -> Flow:
        """From frame k to k + 1."""
        if not getattr(self.module, "AROUND", False):
            return self._flow(k, k + 1)
        around = _frames_around(self.times_s, k)
        images = {name: self.image(j) for name, (j, _) in around.items() if j is not None}
        spans = tuple(span for _, span in around.values())
        return self._flow(k, k + 1, images, spans=spans, enlarged=self.window.scale)

    def stretch(self, span: tuple[int, int], guess: np.ndarray) -> Flow:
        """From the first to the last frame of a span, near a guess (h, w, 2)."""
        more = {"guess": enlarged_to_pixels(guess)}
        if "enlarged" in option_names(self.module.estimate):
            more["enlarged"] = self.window.scale
        return self._flow(*span, **more)

    def _flow(self, first, second, around=None, **more):
        near = mask_in_window(self.masks[first] | self.masks[second], self.window, self.margin_px)
        shown = {"first": self.image(first), "second": self.image(second), **(around or {})}
        if self.mask_image:
            shown = {name: np.where(near, image, np.uint8(0)) for name, image in shown.items()}
        pair = shown.pop("first"), shown.pop("second")
        told = STRIDE if "step" in option_names(self.module.estimate) else 1
        if told > 1:
            more["step"] = told
        flow = self.module.estimate(*pair, **shown, **more, **self.options)
        if not (np.isfinite(flow.displacement).all() and np.isfinite(flow.confidence).all()):
            name = self.module.__name__.rpartition(".")[2]
            raise StudyError(
                f"motion: '{name}' gave motion that is not finite between frames {first} and "
                f"{second}; expected numbers everywhere, with confidence 0 where the motion is "
                "unknown"
            )
        kept = slice(None, None, STRIDE // told)
        confidence = np.where(near[::STRIDE, ::STRIDE], flow.confidence[kept, kept], np.float32(0))
        known = confidence[..., None] > 0
        displacement = np.where(known, flow.displacement[kept, kept], np.float32(0))
        if flow.covariance is None:
            return Flow(displacement, confidence)
        covariance = np.where(known, flow.covariance[kept, kept], np.float32(0))
        return Flow(displacement, confidence, covariance)


def _frames_around(times_s, k):
    """The frame before a pair (k, k + 1) and the one after, and how many intervals of the pair
    away each is; None and 0 at the clip's ends."""
    seconds = times_s[k + 1] - times_s[k]
    before, after = (None, 0.0), (None, 0.0)
    if k > 0:
        before = k - 1, float((times_s[k] - times_s[k - 1]) / seconds)
    if k + 2 < len(times_s):
        after = k + 2, float((times_s[k + 2] - times_s[k + 1]) / seconds)
    return {"before": before, "after": after}


def _smooth(displacement, confidence, times_s, sure_px):
    """Smooth in place over time, and carry on beyond what was seen."""
    seconds = np.diff(times_s).astype(np.float32)[:, None, None, None]
    displacement /= seconds
    smooth_over_time(displacement, confidence, times_s, sure_px)
    displacement *= seconds
    for motion, sure in zip(displacement, confidence, strict=True):
        motion[:], sure[:] = carried_on(motion, sure)


@dataclass(frozen=True)
class Sampler:
    """A track at any point: `sampler(k, points)` is velocity and confidence, see `sample`."""

    track: Track

    def __call__(self, k: int, points_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return sample(self.track, k, points_mm)

    def covariance(self, k: int, points_mm: np.ndarray) -> np.ndarray | None:
        """(N, 2, 2) mm2 of the error of the displacement from frame k to k + 1 at points (N, 2) of
        frame k; NaN where it is not known, None of an estimator that does not tell it."""
        if self.track.covariance_mm2 is None:
            return None
        covariance = self.track.covariance_mm2[k]
        return _where_known(self.track, points_mm, covariance, covariance)[1]

    @property
    def stretches(self) -> list[tuple[int, int]]:
        """First and last frame of each stretch over which motion is known at once; may be none."""
        frames = self.track.far_frames
        return [] if frames is None else [(int(a), int(b)) for a, b in pairwise(frames)]

    def over_stretch(self, number: int, points_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Displacement (N, 2) mm over a stretch of points (N, 2) of its first frame, and the
        covariance (N, 2, 2) mm2 of its error; NaN where it is not known."""
        covariance = self.track.far_covariance_mm2[number]
        return _where_known(
            self.track, points_mm, self.track.far_displacement_mm[number], covariance
        )


def _where_known(track, points_mm, values, covariance):
    """Values (h, w, C) and covariances (h, w, 3) at points, by the nodes whose covariance is known:
    (N, C) and (N, 2, 2), NaN where there is none."""
    (top, left), weights = _corners(track, points_mm)
    total, sums = np.zeros(len(top)), np.zeros((len(top), values.shape[2] + 3))
    both = np.concatenate([values, covariance], axis=2)
    for row, column, weight in weights:
        there = both[top + row, left + column]
        weight = weight * (there[:, -3] > 0)
        total += weight
        sums += weight[:, None] * there
    sums /= np.where(total > 0, total, np.nan)[:, None]
    xx, xy, yy = sums[:, -3:].T
    return sums[:, :-3], np.stack([xx, xy, xy, yy], axis=-1).reshape(-1, 2, 2)


def sample(track: Track, k: int, points_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Velocity and confidence at points of frame k, over the interval from k to k + 1.

    Bilinear, with each of the four nodes also weighed by its confidence: a node
    without motion does not slow its neighbours down.

    Parameters
    ----------
    points_mm : (N, 2), (x, y) in the cine's mm.

    Returns
    -------
    velocity_mm_s : (N, 2) float64, mm/s (x, y); zero where the confidence is 0.
    confidence : (N,) float64 in 0..1; 0 outside the grid.
    """
    (top, left), weights = _corners(track, points_mm)
    confidence = np.zeros(len(top))
    momentum = np.zeros((len(top), 2))
    for row, column, weight in weights:
        weight = weight * track.confidence[k, top + row, left + column]
        confidence += weight
        momentum += weight[:, None] * track.displacement_mm[k, top + row, left + column]
    seconds = track.times_s[k + 1] - track.times_s[k]
    total = np.where(confidence > 0, confidence, np.inf)[:, None]
    return momentum / total / seconds, confidence


def _corners(track, points_mm):
    """First node (top, left) of the cell of each point, and (row, column, bilinear weight) of
    the cell's four nodes; weight 0 outside the grid."""
    height, width = track.confidence.shape[1:]
    places = (np.asarray(points_mm, np.float64) - track.grid_origin_mm) / track.grid_spacing_mm
    x, y = places.T
    with np.errstate(invalid="ignore"):
        inside = (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    x, y = np.where(inside, x, 0.0), np.where(inside, y, 0.0)
    left = np.minimum(x.astype(int), width - 2)
    top = np.minimum(y.astype(int), height - 2)
    right, low = x - left, y - top
    shares = [(0, 0, (1 - low) * (1 - right)), (0, 1, (1 - low) * right)]
    shares += [(1, 0, low * (1 - right)), (1, 1, low * right)]
    return (top, left), [(row, column, share * inside) for row, column, share in shares]


def save_tracks(path: Path, tracks: Clips[Track]) -> None:
    """Write tracks to one compressed npz: arrays `{clip}/displacement_mm` and so on."""
    save_clips(path, tracks, vars)


def load_tracks(path: Path) -> Mapping[str, Track]:
    """Read what `save_tracks` wrote, clips in order of their names: each is read when it is asked
    for, and one at a time is in memory."""
    return StoredClips(path, _track)


def _track(stored: Mapping[str, np.ndarray]) -> Track:
    return Track(**dict(stored) | {"grid_spacing_mm": float(stored["grid_spacing_mm"])})


def _check_clip(frames: np.ndarray, masks: Sequence[np.ndarray], times_s: np.ndarray) -> None:
    shape = (len(masks), *masks[0].shape)
    if frames.ndim != 3 or frames.shape != shape or times_s.shape != frames.shape[:1]:
        raise StudyError(
            f"motion: frames {frames.shape}, masks {shape}, times {times_s.shape}; "
            "expected (T, H, W), the same, and (T,)"
        )
    if frames.dtype != np.uint8:
        raise StudyError(f"motion: the frames are {frames.dtype}, expected grey uint8")
    if len(frames) < 2:
        raise StudyError("motion: one frame has no motion; a clip needs at least two")
    if not (np.diff(times_s) > 0).all():
        raise StudyError("motion: the frame times do not increase; mend them at ingest")
