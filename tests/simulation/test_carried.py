"""A real still carried by known motion; here the still is made."""

import numpy as np
import pytest

from echogls.simulation.carried import CarriedImage, contraction, draw_beating


@pytest.fixture
def ventricle():
    y, x = np.mgrid[:200, :240]
    return ((x - 120) / 45) ** 2 + ((y - 100) / 80) ** 2 < 1


@pytest.fixture
def beating(ventricle):
    return draw_beating(np.random.default_rng(0), ventricle, shortening=0.2)


def test_the_inverse_leads_back(beating):
    points = np.random.default_rng(1).uniform(20, 180, (50, 2))
    there = beating.place(points, 0.8)
    assert beating.origin(there, 0.8) == pytest.approx(points, abs=0.02)


def test_the_ventricle_shortens_along_its_axis(beating):
    ends = np.stack([beating.apex, beating.apex + beating.length * beating.axis])
    moved = beating.place(ends, 1.0)
    length = np.linalg.norm(moved[1] - moved[0])
    assert 0.7 * beating.length < length < 0.9 * beating.length


def test_contraction_begins_and_ends_relaxed_and_is_full_in_between():
    phases = np.linspace(0, 1, 101)
    states = contraction(phases, 0.37)
    assert states[0] == pytest.approx(0)
    assert states[-1] == pytest.approx(0, abs=1e-6)
    assert states.max() == pytest.approx(1)
    assert phases[states.argmax()] == pytest.approx(0.37, abs=0.06)


def test_the_texture_moves_with_the_map(beating, ventricle):
    import cv2

    rng = np.random.default_rng(2)
    image = cv2.GaussianBlur(rng.normal(0, 1, (200, 240)), (0, 0), 1.5)
    image = np.clip(120 + 40 * image / image.std(), 1, 255).astype(np.uint8)
    carried = CarriedImage(rng, image, beating, likeness=0.999, clutter=0.0, noise=0.0, gain=0.0)
    first, second = carried.frame(0.0), carried.frame(0.5)
    y, x = np.mgrid[:200, :240].astype(np.float64)
    points = np.stack([x, y], -1)
    there = beating.place(points, 0.5).astype(np.float32)
    back = cv2.remap(second, there[..., 0], there[..., 1], cv2.INTER_LINEAR)
    change = np.abs(first[ventricle].astype(float) - second[ventricle]).mean()
    left = np.abs(first[ventricle].astype(float) - back[ventricle]).mean()
    assert left < 0.25 * change


def test_less_likeness_changes_the_speckle_more(beating):
    rng = np.random.default_rng(3)
    image = rng.integers(60, 180, (200, 240)).astype(np.uint8)
    changes = []
    for likeness in (0.99, 0.7):
        carried = CarriedImage(
            np.random.default_rng(4), image, beating, likeness=likeness, clutter=0, noise=0, gain=0
        )
        first, second = carried.frame(0.0), carried.frame(0.0)
        changes.append(np.abs(first.astype(float) - second).mean())
    assert changes[0] < 0.5 * changes[1]
