"""Does an outline look like a left ventricle, and does it fit its neighbours in time?

Nothing is hidden here: an implausible frame keeps its mask and outline, and gets
codes that travel to quality.tsv; the filter skips its position. A side that was taken
from the frames around it (sides.py) is said by a code, too.
"""

import numpy as np

from echogls.segmentation.cavity import long_axis
from echogls.segmentation.centreline import thickness
from echogls.segmentation.contour import Wall

# Generous human limits, by judgement: a shape outside them is a failure, not a disease.
LIMITS = {
    "annulus_to_length": (0.15, 1.3),  # annulus width over long axis
    "thickness_to_length": (0.03, 0.5),  # median wall thickness over long axis
    "sides": (0.5, 2.0),  # septal over lateral wall length
}
LENGTH_MM = (25.0, 140.0)  # long axis from annulus to apex
# By judgement.
OUTLIER_SD = 5.0  # robust standard deviations from the median of neighbouring frames
OUTLIER_SHARE = 0.08  # and at least this share of the median itself

CODES = {
    "no_contour": "no ventricle found in the frame",
    "annulus_to_length": "annulus too narrow or too wide for the ventricle's length",
    "thickness_to_length": "wall too thin or too thick for the ventricle's length",
    "sides": "septal and lateral wall differ too much in length",
    "length": "long axis outside 25 to 140 mm",
    "outlier": "cavity area jumps against the neighbouring frames",
    "jump": "centreline jumps against the neighbouring frames",
    "left_side": "the left side jumps in time, is crossed, or outgrows the other one",
    "right_side": "the right side jumps in time, is crossed, or outgrows the other one",
    "left_side_mended": "the left side was wrong; it is taken from the frames before and after",
    "right_side_mended": "the right side was wrong; it is taken from the frames before and after",
}
# What a frame can have and be used all the same.
MENDED = ("left_side_mended", "right_side_mended")


def implausible_shape(wall: Wall, scale_mm: float | None) -> list[str]:
    """Codes of what is wrong with one outline in pixels; empty if it may be a ventricle.

    scale_mm : mm per pixel, or None where unknown (then absolute sizes are not judged).
    """
    length = max(long_axis(wall), 1e-9)
    ends = wall.endocardium[0], wall.endocardium[-1]
    apex = int(np.hypot(*(wall.endocardium - 0.5 * (ends[0] + ends[1])).T).argmax())
    values = {
        "annulus_to_length": np.hypot(*(ends[0] - ends[1])) / length,
        "thickness_to_length": float(np.median(thickness(wall))) / length,
        "sides": apex / max(len(wall.endocardium) - 1 - apex, 1),
    }
    codes = [key for key, (low, high) in LIMITS.items() if not low <= values[key] <= high]
    if scale_mm and not LENGTH_MM[0] <= length * scale_mm <= LENGTH_MM[1]:
        codes.append("length")
    return codes


def spacing_doubt(length_mm: np.ndarray, spacing_mm: float | None) -> str:
    """How a clip's spacing contradicts the ventricle; "" if it does not, or is unknown.

    Parameters
    ----------
    length_mm : (T,) long axis, NaN where a frame has no outline. Its median counts: a single
        frame outside LENGTH_MM has a wrong outline, all of them a wrong spacing.
    """
    if not spacing_mm or not np.isfinite(length_mm).any():
        return ""
    length, (low, high) = float(np.nanmedian(length_mm)), LENGTH_MM
    if low <= length <= high:
        return ""
    return (
        f"a ventricle {length:.3g} mm long ({length / spacing_mm:.0f} pixels x {spacing_mm:.4g} "
        f"mm), expected {low:g} to {high:g} mm: lengths are left out"
    )


def temporal_outliers(values: np.ndarray, reach: int = 3) -> np.ndarray:
    """(T,) values -> (T,) bool, far from the median of the frames up to `reach` away.

    Far is more than OUTLIER_SD robust standard deviations of all such residuals
    and more than OUTLIER_SHARE of the median itself. NaN is no outlier.
    """
    values = np.asarray(values, float)
    if np.isfinite(values).sum() < 2 * reach + 1:
        return np.zeros(len(values), bool)
    padded = np.pad(values, reach, mode="reflect", reflect_type="odd")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    finite = np.isfinite(around)
    median = np.full(len(values), np.nan)
    some = finite.any(1)
    median[some] = np.nanmedian(around[some], axis=1)
    residual = np.abs(values - median)
    spread = 1.4826 * np.nanmedian(residual)
    with np.errstate(invalid="ignore"):
        return (residual > OUTLIER_SD * spread) & (residual > OUTLIER_SHARE * np.abs(median))


def centreline_jumps(centrelines: np.ndarray, reach: int = 3) -> np.ndarray:
    """(T, N, 2) centrelines -> (T,) bool, a frame whose line leaves its neighbours.

    Judged by the root mean square distance to the pointwise median line of the
    frames around it, against that of all frames, and at least 4 % of its length.
    """
    count = len(centrelines)
    if count < 2 * reach + 1:
        return np.zeros(count, bool)
    length = np.nanmedian(np.hypot(*np.diff(centrelines, axis=1).T).sum(0))
    distance = np.full(count, np.nan)
    for frame in range(count):
        if np.isfinite(centrelines[frame]).all():
            near = centrelines[max(frame - reach, 0) : frame + reach + 1]
            away = centrelines[frame] - np.nanmedian(near, axis=0)
            distance[frame] = np.sqrt((away**2).sum(-1).mean())
    with np.errstate(invalid="ignore"):
        return (distance > OUTLIER_SD * np.nanmedian(distance)) & (distance > 0.04 * length)
