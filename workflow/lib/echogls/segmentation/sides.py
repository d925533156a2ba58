"""The two sides of an outline, each by itself: which one is wrong, and what its neighbours know.

A side ends at the annulus, and there outlines go wrong: they run on into the atrium or stop where
the wall fades. The other side may be right all the same. A side that is wrong in a few frames is
taken from the frames before and after, for a heart moves little meanwhile.
"""

import numpy as np

from echogls.polyline import apex_ends, resample

SIDES = ("left", "right")  # as the apex points up: of a four-chamber view septal and lateral
# Experts' outlines of 200 images have a left side of 0.73 to 1.14 times the right one's length.
LENGTHS = (0.62, 1.6)
# Through a clip that ratio changes by less than this (a difference of logarithms): both sides
# shorten together. 0.07 is usual, 0.15 in the noisiest of 13 real clips that look right.
LOPSIDED = 0.22
# An end of the outline lies within this share of the ventricle's length of where it was in the
# frames around it (median): 0.03 is usual in 99 of 100 frames of real clips that look right. Tissue
# goes 0.2 m/s at most, and that not to and fro.
JUMP = 0.06
REACH = 3  # frames before and after that a jump is told by; by judgement
# How long a side may be taken from its neighbours, seconds: between two frames, and at an end of
# the clip, where there is but one. By judgement: less than a usual systole, and a few frames.
BETWEEN_S = 0.2
BEYOND_S = 0.06
NEIGHBOURS = 3  # frames before, and after, whose median is taken, for one may be wrong, too
WHOLE = 0.6  # share of a side, from the annulus, taken as a whole; then less and less; by judgement


def wrong_sides(
    endocardium: np.ndarray, epicardium: np.ndarray, length: np.ndarray, *, in_time: bool = True
) -> np.ndarray:
    """Which sides are wrong: (T, 2) bool, left and right; False where there is no outline.

    Parameters
    ----------
    endocardium, epicardium : (T, N, 2), from the left end to the right; NaN where unknown.
    length : (T,), the long axis in the same unit.
    in_time : whether frames follow each other; of stills each is judged by itself.
    """
    count = len(endocardium)
    wrong = np.zeros((count, 2), bool)
    outlined = np.flatnonzero(np.isfinite(endocardium).all(axis=(1, 2)))
    if not len(outlined):
        return wrong
    for k in outlined:
        wrong[k] |= crossing_sides(endocardium[k], epicardium[k])
    lengths = np.full((count, 2), np.nan)
    lengths[outlined] = [side_lengths(endocardium[k]) for k in outlined]
    ratio = lengths[:, 0] / lengths[:, 1]
    low, high = LENGTHS
    with np.errstate(invalid="ignore"):
        uneven = (ratio < low) | (ratio > high)
        longer = np.stack([lengths[:, 0] > lengths[:, 1], lengths[:, 1] > lengths[:, 0]], axis=1)
    wrong |= uneven[:, None] & longer
    if not in_time or len(outlined) < 2 * REACH + 1:
        return wrong
    away = np.abs(np.log(lengths / _around(lengths, 4 * REACH)))
    with np.errstate(invalid="ignore"):
        lopsided = np.abs(np.log(ratio / np.nanmedian(ratio))) > LOPSIDED
        odder = np.stack([away[:, 0] >= away[:, 1], away[:, 1] > away[:, 0]], axis=1)
        ends = endocardium[:, [0, -1]]
        jumps = np.linalg.norm(ends - _around(ends, REACH), axis=-1) > JUMP * np.nanmedian(length)
    return wrong | (lopsided[:, None] & ~uneven[:, None] & odder) | jumps


def side_lengths(line: np.ndarray) -> tuple[float, float]:
    """Arc lengths of the two sides of an open line (N, 2) from its ends to its apex."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    left = float(np.interp(apex_index(line), np.arange(len(line)), along))
    return max(left, 1e-9), max(float(along[-1]) - left, 1e-9)


def apex_index(line: np.ndarray) -> float:
    """The middle of the points of a line (N, 2) that are its apex (`polyline.apex_ends`)."""
    return sum(apex_ends(line)) / 2


def crossing_sides(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """On which sides of the first line (N, 2) the second crosses it: (2,) bool."""
    start, step = one[:-1, None], np.diff(one, axis=0)[:, None]
    begin, edge = other[None, :-1], np.diff(other, axis=0)[None]

    def cross(a, b):
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]

    turn = cross(step, edge)
    with np.errstate(divide="ignore", invalid="ignore"):
        first = cross(begin - start, edge) / turn
        second = cross(begin - start, step) / turn
        meet = (first > 0) & (first < 1) & (second > 0) & (second < 1)
    place = np.flatnonzero(meet.any(axis=1)) + 0.5
    apex = apex_index(one)
    return np.array([(place <= apex).any(), (place > apex).any()])


def mended(
    lines: np.ndarray, wrong: np.ndarray, usable: np.ndarray, times_s: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Lines whose wrong side is taken from the frames around them, and which these are; a line
    with two wrong sides stays as it is.

    Parameters
    ----------
    lines : (T, N, 2), NaN where unknown.
    wrong : (T, 2) bool, see `wrong_sides`.
    usable : (T,) bool, frames whose right sides can be taken.
    times_s : (T,), increasing.

    Returns
    -------
    (T, N, 2), and (T, 2) bool, the sides that were taken: those between two frames at most
    BETWEEN_S apart in which they are right, or BEYOND_S from one at an end of the clip.
    """
    taken = np.zeros_like(wrong)
    result = lines.copy()
    outlined = np.isfinite(lines).all(axis=(1, 2))
    # A point is named by its side and its share of it: a side that runs on shifts all the others.
    half = lines.shape[1]
    named = np.full((len(lines), 2 * half - 1, 2), np.nan)
    for k in np.flatnonzero(outlined):
        named[k] = _by_side(lines[k], half)
    # 1 from the annulus on, 0 at the apex.
    weight = np.clip((1 - np.linspace(0, 1, half)) / (1 - WHOLE), 0, 1)[:, None]
    weight = weight * weight * (3 - 2 * weight)
    for side, part in enumerate((slice(half), slice(2 * half - 2, half - 2, -1))):
        right = np.flatnonzero(usable & outlined & ~wrong[:, side])
        for k in np.flatnonzero(wrong[:, side] & ~wrong[:, 1 - side] & outlined):
            place = np.searchsorted(right, k)
            before, after = right[max(place - NEIGHBOURS, 0) : place], right[place:][:NEIGHBOURS]
            if not len(before) and not len(after):
                continue
            last, first = before[-1:], after[:1]
            wide = np.ptp(times_s[[*last, k, *first]])
            if wide > (BETWEEN_S if len(last) and len(first) else BEYOND_S):
                continue
            near = [frames for frames in (before, after) if len(frames)]
            theirs = _between(named, times_s, near, k)[part]
            whole = named[k].copy()
            whole[part] += weight * (theirs - whole[part])
            result[k] = resample(whole, lines.shape[1])
            taken[k, side] = True
    return result, taken


def _by_side(line: np.ndarray, half: int) -> np.ndarray:
    """A line (N, 2) as (2 half - 1, 2) points: `half` of each side at equal shares, which have the
    apex in common."""
    apex, index = apex_index(line), np.arange(len(line))
    at = np.concatenate([np.linspace(0, apex, half), np.linspace(apex, len(line) - 1, half)[1:]])
    return np.stack([np.interp(at, index, line[:, k]) for k in (0, 1)], -1)


def _between(lines, times_s, groups, k):
    """The line at frame k between the medians of one or two groups of frames."""
    medians = [np.median(lines[near], axis=0) for near in groups]
    if len(groups) == 1:
        return medians[0]
    start, stop = (times_s[near].mean() for near in groups)
    part = (times_s[k] - start) / (stop - start)
    return (1 - part) * medians[0] + part * medians[1]


def _around(values: np.ndarray, reach: int) -> np.ndarray:
    """The median of each frame's values (T, ...) and those of up to `reach` frames around it."""
    nearby = np.full(values.shape, np.nan)
    for k in range(len(values)):
        near = values[max(k - reach, 0) : k + reach + 1]
        if np.isfinite(near).any():
            nearby[k] = np.nanmedian(near, axis=0)
    return nearby
