import numpy as np
import pytest

from echogls.motion._nodes import STRIDE, to_nodes, to_pixels
from echogls.motion._spline import spline_solver, weigh


def test_uniform_strain_passes_any_stiffness_unchanged(ring):
    nodes = ring((24, 32), inner=4, outer=10)
    y, x = np.nonzero(nodes)
    strain = np.stack([0.3 + 0.02 * x - 0.01 * y, -1.0 - 0.05 * y], axis=1)
    known = np.tile([2.0, 0.5, 1.0], (len(x), 1))
    found = spline_solver(known, nodes, 1e4)(weigh(known, strain))
    assert found == pytest.approx(strain, rel=1e-3, abs=1e-3)


def test_noise_is_smoothed_and_more_by_more_stiffness(ring):
    nodes = ring((24, 32), inner=4, outer=10)
    count = int(nodes.sum())
    noise = np.random.default_rng(0).normal(size=(count, 2))
    known = np.tile([1.0, 0.0, 1.0], (count, 1))
    left = [
        spline_solver(known, nodes, stiffness)(weigh(known, noise)).std()
        for stiffness in (0.0, 1.0, 100.0)
    ]
    assert left[0] == pytest.approx(1, abs=0.1)
    assert left[0] > 1.5 * left[1] > 2 * left[2]


def test_a_node_that_knows_one_direction_borrows_the_other():
    nodes = np.ones((9, 9), bool)
    known = np.tile([1.0, 0.0, 1.0], (81, 1))
    measured = np.tile([1.0, 2.0], (81, 1))
    known[40] = [1.0, 0.0, 0.0]
    measured[40] = [1.0, 50.0]
    found = spline_solver(known, nodes, 1.0)(weigh(known, measured))
    assert found[40] == pytest.approx([1.0, 2.0], abs=0.01)


def test_nodes_lie_on_every_eighth_pixel():
    y, x = np.mgrid[:96, :128].astype(np.float32)
    ramp = 0.5 * x - 0.25 * y
    at_nodes = to_nodes(ramp)
    assert at_nodes[4:-4, 4:-4] == pytest.approx(ramp[::STRIDE, ::STRIDE][4:-4, 4:-4], abs=1e-3)
    everywhere = np.ones(at_nodes.shape, bool)
    back = to_pixels(ramp[::STRIDE, ::STRIDE], everywhere, ramp.shape)
    assert np.abs(back - ramp)[:88, :120].max() < 0.15
