import numpy as np
import pytest
from scipy.linalg import cholesky

from echogls.strain.longitudinal import (
    arc_length,
    arc_length_sd,
    cumulative_arc_length,
)


def wall(n=60):
    angle = np.linspace(np.pi, 0, n)
    return np.stack([25 * np.cos(angle), 85 * np.sin(angle)], axis=1)


def test_length_of_a_known_line():
    points = np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 10.0]])
    assert arc_length(points) == 11.0
    np.testing.assert_array_equal(cumulative_arc_length(points), [0, 5, 11])


def test_length_works_frame_by_frame_and_keeps_unknown_frames_unknown():
    frames = wall()[None] * np.array([1.0, 0.8, np.nan])[:, None, None]
    lengths = arc_length(frames)
    assert lengths[1] / lengths[0] == pytest.approx(0.8)
    assert np.isnan(lengths[2])


@pytest.mark.parametrize("correlation_length", [0.0, 8.0, 60.0])
def test_length_sd_equals_monte_carlo(correlation_length):
    rng = np.random.default_rng(1)
    points = wall()
    n = len(points)
    roots = 0.02 * rng.normal(size=(n, 2, 2))
    roots = np.linalg.cholesky(roots @ roots.swapaxes(1, 2) + 0.0002 * np.eye(2))
    along = cumulative_arc_length(points)
    apart = np.abs(along[:, None] - along)
    correlation = np.exp(-apart / correlation_length) if correlation_length else np.eye(n)
    white = np.einsum(
        "ij,mjc->mic", cholesky(correlation, lower=True), rng.normal(size=(8000, n, 2))
    )
    sampled = arc_length(points + np.einsum("iab,mib->mia", roots, white)).std()
    said = arc_length_sd(points, roots @ roots.swapaxes(1, 2), correlation_length)
    assert said == pytest.approx(sampled, rel=0.05)


def test_length_sd_works_frame_by_frame_and_keeps_unknown_frames_unknown():
    frames = np.stack([wall(), wall() * 0.8, wall() * np.nan])
    covariances = np.broadcast_to(0.25 * np.eye(2), (3, 60, 2, 2))
    sds = arc_length_sd(frames, covariances, 10.0)
    assert sds[0] == pytest.approx(arc_length_sd(wall(), covariances[0], 10.0))
    assert sds[1] > 0
    assert np.isnan(sds[2])


def test_a_wall_that_errs_as_one_keeps_its_length():
    covariances = np.broadcast_to(np.eye(2), (60, 2, 2))
    assert arc_length_sd(wall(), covariances, 1e9) < 1e-3


def test_a_straight_line_errs_by_its_ends():
    line = np.stack([np.arange(10.0), np.zeros(10)], axis=1)
    covariances = np.broadcast_to(0.09 * np.eye(2), (10, 2, 2))
    assert arc_length_sd(line, covariances, 0.0) == pytest.approx(0.3 * np.sqrt(2))


def test_points_that_coincide_do_not_divide_by_zero():
    points = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    assert np.isfinite(arc_length_sd(points, np.broadcast_to(np.eye(2), (4, 2, 2)), 1.0))
