"""A clip's motion: every pair of frames through one estimator, kept near the wall in mm."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from echogls.files import save_clips, stored_clips
from echogls.motion._flow import Flow
from echogls.motion._registry import RESERVED, estimator
from echogls.motion._smooth import carried_on, smoothed_over_time
from echogls.motion._window import image_in_window, mask_in_window, window_on
from echogls.options import check_options, option_names
from echogls.study import StudyError

STRIDE = 4  # window pixels between the nodes that are kept
MARGIN_MM = 4.0
THREADS = 2  # pairs at once; an estimator may set its own


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
    """

    displacement_mm: np.ndarray
    confidence: np.ndarray
    grid_origin_mm: np.ndarray
    grid_spacing_mm: float
    times_s: np.ndarray
    covariance_mm2: np.ndarray | None = None

    @property
    def velocity_mm_s(self) -> np.ndarray:
        """(T - 1, h, w, 2) float32, mm/s (x, y), the mean over each interval."""
        seconds = np.diff(self.times_s).astype(np.float32)
        return self.displacement_mm / seconds[:, None, None, None]


def track_clip(
    frames: np.ndarray,
    masks: np.ndarray,
    spacing: float,
    times_s: np.ndarray,
    estimator_name: str,
    options: Mapping[str, object] | None = None,
    *,
    mask_image: bool = True,
    margin_mm: float = MARGIN_MM,
    smooth: bool = True,
    models: Path | None = None,
) -> Track:
    """Estimate the motion of the wall through a clip.

    Both images of a pair are masked by the union of their two walls, grown by
    `margin_mm`: one mask for both, so that its edge never moves (Ostvik 2018
    masks the estimator's input by the segmentation in the same way).

    Parameters
    ----------
    frames : (T, H, W) uint8 grey.
    masks : (T, H, W) bool, the myocardium.
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

    def move(k: int) -> Flow:
        near = mask_in_window(masks[k] | masks[k + 1], window, margin_mm / window_mm)
        around = _frames_around(times_s, k) if getattr(module, "AROUND", False) else {}
        pair = [images[k], images[k + 1]]
        more = {name: images[j] for name, (j, _) in around.items() if j is not None}
        if mask_image:
            pair = [np.where(near, image, np.uint8(0)) for image in pair]
            more = {name: np.where(near, image, np.uint8(0)) for name, image in more.items()}
        if around:
            more |= {"spans": tuple(span for _, span in around.values())}
            more |= {"enlarged": window.scale}
        flow = module.estimate(*pair, **more, **options)
        if not (np.isfinite(flow.displacement).all() and np.isfinite(flow.confidence).all()):
            raise StudyError(
                f"{owner} gave motion that is not finite between frames {k} and {k + 1}; expected "
                "numbers everywhere, with confidence 0 where the motion is unknown"
            )
        confidence = np.where(near, flow.confidence, np.float32(0))[::STRIDE, ::STRIDE]
        displacement = flow.displacement[::STRIDE, ::STRIDE] * np.float32(window_mm)
        displacement = np.where(confidence[..., None] > 0, displacement, np.float32(0))
        if flow.covariance is None:
            return Flow(displacement, confidence)
        covariance = flow.covariance[::STRIDE, ::STRIDE] * np.float32(window_mm**2)
        return Flow(displacement, confidence, covariance)

    # Several pairs at a time: OpenCV and numpy release the interpreter's lock. The pairs
    # are independent and come back in order, so the result does not depend on it.
    with ThreadPoolExecutor(getattr(module, "THREADS", THREADS)) as pool:
        images = list(pool.map(lambda frame: image_in_window(frame, window), frames))
        moved = list(pool.map(move, range(len(frames) - 1)))
    displacement = np.stack([flow.displacement for flow in moved])
    confidence = np.stack([flow.confidence for flow in moved])
    has_covariance = moved[0].covariance is not None
    covariance = np.stack([flow.covariance for flow in moved]) if has_covariance else None
    if smooth and hasattr(module, "SURE_PX"):
        displacement, confidence = _smoothed(displacement, confidence, times_s, module.SURE_PX)
    return Track(
        displacement_mm=displacement,
        confidence=confidence,
        grid_origin_mm=np.array([-window.x, -window.y]) * window_mm,
        grid_spacing_mm=STRIDE * window_mm,
        times_s=times_s,
        covariance_mm2=covariance,
    )


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


def _smoothed(displacement, confidence, times_s, sure_px):
    seconds = np.diff(times_s).astype(np.float32)[:, None, None, None]
    displacement = seconds * smoothed_over_time(
        displacement / seconds, confidence, times_s, sure_px
    )
    carried = [carried_on(*pair) for pair in zip(displacement, confidence, strict=True)]
    return np.stack([motion for motion, _ in carried]), np.stack([sure for _, sure in carried])


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
        (top, left), weights = _corners(self.track, points_mm)
        total, sums = np.zeros(len(top)), np.zeros((len(top), 3))
        for row, column, weight in weights:
            there = self.track.covariance_mm2[k, top + row, left + column]
            weight = weight * (there[:, 0] > 0)
            total += weight
            sums += weight[:, None] * there
        with np.errstate(invalid="ignore", divide="ignore"):
            xx, xy, yy = (sums / np.where(total > 0, total, np.nan)[:, None]).T
        return np.stack([xx, xy, xy, yy], axis=-1).reshape(-1, 2, 2)


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


def save_tracks(path: Path, tracks: Mapping[str, Track]) -> None:
    """Write tracks to one compressed npz: arrays `{clip}/displacement_mm` and so on."""
    names = Track.__dataclass_fields__
    save_clips(
        path,
        {clip: {name: getattr(track, name) for name in names} for clip, track in tracks.items()},
    )


def load_tracks(path: Path) -> dict[str, Track]:
    """Read what `save_tracks` wrote, clips in order of their names."""
    tracks = {}
    with stored_clips(path) as clips:
        for clip, stored in clips.items():
            arrays = dict(stored)
            arrays["grid_spacing_mm"] = float(arrays["grid_spacing_mm"])
            tracks[clip] = Track(**arrays)
    return tracks


def _check_clip(frames: np.ndarray, masks: np.ndarray, times_s: np.ndarray) -> None:
    if frames.ndim != 3 or frames.shape != masks.shape or times_s.shape != frames.shape[:1]:
        raise StudyError(
            f"motion: frames {frames.shape}, masks {masks.shape}, times {times_s.shape}; "
            "expected (T, H, W), the same, and (T,)"
        )
    if frames.dtype != np.uint8:
        raise StudyError(f"motion: the frames are {frames.dtype}, expected grey uint8")
    if len(frames) < 2:
        raise StudyError("motion: one frame has no motion; a clip needs at least two")
    if not (np.diff(times_s) > 0).all():
        raise StudyError("motion: the frame times do not increase; mend them at ingest")
