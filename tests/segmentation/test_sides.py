import numpy as np
import pytest

from echogls.segmentation import sides
from echogls.segmentation.contour import resample

T, N = 40, 200
TIMES = np.arange(T) / 50


def half_rings(radius=30.0, count=N, frames=T):
    """Outlines with the apex up that shrink and widen in two beats, (T, N, 2), equal steps."""
    angle = np.linspace(np.pi, 2 * np.pi, 2000)
    size = radius * (1 - 0.1 + 0.1 * np.cos(2 * np.pi * np.arange(frames) / 20))
    ring = resample(np.stack([1.0 * np.cos(angle), 2.0 * np.sin(angle)], -1), count)
    return size[:, None, None] * ring + [60, 90]


def run_on(line, by):
    """A line whose left end goes on downwards, as into the atrium, at equal steps again."""
    extra = line[0] + np.linspace(by, 0, 40, endpoint=False)[:, None] * [0.3, 1.0]
    longer = np.concatenate([extra, line])
    return resample(longer, len(line))


def wrong(endo, epi=None, **options):
    epi = half_rings(36.0, frames=len(endo)) if epi is None else epi
    length = np.full(len(endo), 60.0)
    return sides.wrong_sides(endo, epi, length, **options)


def test_a_beating_outline_has_two_right_sides():
    rng = np.random.default_rng(1)
    shaken = half_rings() + rng.normal(0, 0.3, (T, 1, 2))
    assert not wrong(shaken).any()


def test_a_side_that_runs_into_the_atrium_is_wrong_and_the_other_is_not():
    endo = half_rings()
    endo[12] = run_on(endo[12], 15.0)
    found = wrong(endo)
    assert found[12].tolist() == [True, False] and found.sum() == 1


def test_for_a_longer_while_it_is_told_by_the_other_side():
    endo = half_rings()
    for k in range(10, 19):
        endo[k] = run_on(endo[k], 25.0)
    found = wrong(endo)
    assert found[10:19, 0].all() and not found[:, 1].any() and found.sum() == 9


def test_sides_that_differ_twofold_are_wrong_in_every_frame_by_the_longer_one():
    endo = np.stack([run_on(line, 70.0) for line in half_rings()])
    left, right = sides.side_lengths(endo[0])
    assert left > 1.9 * right
    found = wrong(endo)
    assert found[:, 0].all() and not found[:, 1].any()
    assert wrong(endo[:1], in_time=False)[0].tolist() == [True, False]


def test_lines_that_cross_are_wrong_on_that_side():
    endo, epi = half_rings(), half_rings(36.0)
    epi[5, 150:165] = endo[5, 150:165] - [4.0, 0.0]  # inside the cavity, on the right
    assert np.argwhere(wrong(endo, epi)).tolist() == [[5, 1]]


def test_a_wrong_side_is_taken_from_its_neighbours_and_the_other_stays():
    truth = half_rings()
    lines = truth.copy()
    lines[12] = run_on(lines[12], 15.0)
    told = wrong(lines)
    mended, taken = sides.mended(lines, told, np.ones(T, bool), TIMES)
    assert taken[12].tolist() == [True, False]
    assert np.linalg.norm(mended[12] - truth[12], axis=1).max() < 1.5
    assert np.linalg.norm(lines[12, 0] - truth[12, 0]) > 14
    right = mended[12, N // 2 + 10 :, None] - lines[12][None]
    assert np.linalg.norm(right, axis=-1).min(axis=1).max() < 0.4  # a step of the line is 0.7
    assert np.array_equal(np.delete(mended, 12, axis=0), np.delete(truth, 12, axis=0))


def test_a_line_with_two_wrong_sides_is_left_alone():
    lines, told = half_rings(), np.zeros((T, 2), bool)
    told[12] = True
    mended, taken = sides.mended(lines + np.arange(T)[:, None, None], told, np.ones(T, bool), TIMES)
    assert not taken.any() and np.array_equal(mended[12], lines[12] + 12)


@pytest.mark.parametrize("frames, taken", [(8, 8), (12, 0)])
def test_neighbours_help_over_a_fifth_of_a_second_at_most(frames, taken):
    lines, told = half_rings(), np.zeros((T, 2), bool)
    told[14 : 14 + frames, 1] = True
    _, found = sides.mended(lines, told, np.ones(T, bool), TIMES)
    assert found.sum() == taken


def test_frames_without_an_outline_are_neither_judged_nor_taken_from():
    lines = half_rings()
    lines[11] = np.nan
    lines[12] = run_on(lines[12], 15.0)
    told = wrong(lines)
    mended, taken = sides.mended(lines, told, np.ones(T, bool), TIMES)
    assert not told[11].any() and taken[12, 0]
    assert np.isnan(mended[11]).all() and np.isfinite(mended[12]).all()
    nothing = np.full_like(lines, np.nan)
    assert not wrong(nothing).any()
