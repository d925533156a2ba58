import numpy as np
import pytest
from scipy.interpolate import BSpline

from echogls.fusion import fuse_clip
from echogls.fusion.material import foot, spline_basis
from echogls.strain.longitudinal import arc_length
from echogls.strain.segments import segment_bounds, segment_lengths
from echogls.study import StudyError

TIMES = np.arange(45) * 0.02
SYSTOLE = (1 - np.cos(2 * np.pi * TIMES / 0.8)) / 2


def material_wall(base=0.25, apex=0.10):
    """(T, 400, 2) a straight-sided wall whose two ends shorten more than its middle."""
    u = np.linspace(-1, 1, 400)
    local = apex + (base - apex) * np.abs(u)
    steps = 100 * np.diff(u)
    mean = (local[1:] + local[:-1]) / 2
    walls = []
    for s in SYSTOLE:
        along = np.r_[0, np.cumsum(steps * (1 - s * mean))]
        along = along - along[-1] / 2
        walls.append(np.stack([along, 20 * np.cos(along / 80) * (1 - 0.1 * s)], axis=1))
    return np.array(walls)


def evenly(wall, count=120):
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(wall, axis=0), axis=1))]
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, wall[:, k]) for k in (0, 1)], axis=1)


def flow_of(wall, shrink=1.0, sure=1.0):
    def velocity_at(k, points):
        move = np.stack(
            [np.interp(points[:, 0], wall[k, :, 0], (wall[k + 1] - wall[k])[:, i]) for i in (0, 1)],
            axis=1,
        )
        return shrink * move / (TIMES[k + 1] - TIMES[k]), np.full(len(points), sure)

    return velocity_at


def strain(positions):
    lengths = arc_length(positions)
    return 100 * (lengths.min() / lengths[0] - 1)


@pytest.fixture
def wall():
    return material_wall()


@pytest.fixture
def contours(wall):
    return np.array([evenly(one) for one in wall])


def test_segments_are_the_same_tissue_through_time(wall, contours):
    fused = fuse_clip(contours, flow_of(wall), TIMES, method="material", pixel_mm=0.6)
    es = int(SYSTOLE.argmax())
    parts = segment_lengths(fused.positions, segment_bounds(contours[0]))
    found = 100 * (parts[es] / parts[0] - 1)
    assert found[[0, 5]] == pytest.approx(-22.5, abs=1.5)  # the wall's basal thirds
    assert found[[2, 3]] == pytest.approx(-12.5, abs=1.5)
    assert strain(fused.positions) == pytest.approx(strain(contours), abs=0.3)


def test_a_contour_that_jitters_is_smoothed_and_its_gaps_are_bridged(wall, contours):
    noisy = contours + np.random.default_rng(0).normal(0, 0.6, (len(TIMES), 1, 2))
    noisy[[10, 11, 20]] = np.nan
    fused = fuse_clip(noisy, flow_of(wall), TIMES, method="material", pixel_mm=0.6)
    assert np.isfinite(fused.positions).all()
    assert strain(fused.positions) == pytest.approx(strain(contours), abs=0.5)
    assert fused.position_covariances[..., 0, 0].min() > 0


def test_the_reference_may_be_any_frame(wall, contours):
    turned = slice(20, None)
    times = TIMES[turned]
    velocity_at = flow_of(wall)
    fused = fuse_clip(
        contours[turned],
        lambda k, points: velocity_at(k + 20, points),
        times,
        method="material",
        pixel_mm=0.6,
    )
    lengths, true = arc_length(fused.positions), arc_length(contours[turned])
    assert lengths / lengths.max() == pytest.approx(true / true.max(), abs=0.01)


def test_without_any_flow_the_contour_still_holds_the_wall(wall, contours):
    fused = fuse_clip(contours, flow_of(wall, sure=0.0, shrink=0.0), TIMES, method="material",
                      pixel_mm=0.6)  # fmt: skip
    across = np.abs(fused.positions[..., 1] - contours[..., 1])[:, 40:80]
    assert across.max() < 1.0


def test_where_no_motion_is_known_a_point_says_how_far_off_it_may_be(wall, contours):
    velocity_at = flow_of(wall)

    def half_seen(k, points):
        velocity, sure = velocity_at(k, points)
        sure[80:] = 0.0
        return velocity, sure

    fused = fuse_clip(contours, half_seen, TIMES, method="material", pixel_mm=0.6)
    off = np.linalg.norm(fused.positions - contours, axis=2)
    variance = np.trace(fused.position_covariances, axis1=2, axis2=3)
    assert off[:, 80:].max() > 1.0  # the neighbours' motion is not this tissue's
    assert (off < 2.5 * np.sqrt(variance))[5:-5, 80:].all()
    assert np.sqrt(variance[20, 60]) < 0.6  # and who was seen is sure


def test_a_contour_far_off_is_gated(wall, contours):
    astray = contours.copy()
    astray[20] += [0.0, 60.0]  # some 20 standard deviations of a contour

    def fused(lines=astray, **options):
        return fuse_clip(
            lines, flow_of(wall), TIMES, method="material", pixel_mm=0.6, options=options
        )

    plain = fused(contours).positions
    moved = {gate: np.abs(fused(gate=gate).positions - plain).max() for gate in (2.5, 1e6)}
    assert moved[2.5] < 0.15 < 0.5 < moved[1e6]


def test_options_that_cannot_be_are_refused(wall, contours):
    with pytest.raises(StudyError, match="passes 0, expected 1 or more"):
        fuse_clip(contours, flow_of(wall), TIMES, method="material", pixel_mm=0.6,
                  options={"passes": 0})  # fmt: skip
    with pytest.raises(StudyError, match="needs two frames or more"):
        fuse_clip(contours[:1], flow_of(wall), TIMES[:1], method="material", pixel_mm=0.6)


def test_a_wall_that_is_never_seen_is_unknown(wall, contours):
    fused = fuse_clip(
        np.full_like(contours, np.nan), flow_of(wall), TIMES, method="material", pixel_mm=0.6
    )
    assert np.isnan(fused.states).all()


def test_pixels_instead_of_mm_give_the_same_strain(wall, contours):
    scale = 2.5
    velocity_at = flow_of(wall)

    def in_pixels(k, points):
        velocity, sure = velocity_at(k, points / scale)
        return velocity * scale, sure

    one = fuse_clip(contours, velocity_at, TIMES, method="material", pixel_mm=1 / scale)
    two = fuse_clip(contours * scale, in_pixels, TIMES, method="material", pixel_mm=None)
    assert strain(two.positions) == pytest.approx(strain(one.positions), abs=0.1)


def test_stills_need_another_fusion(contours):
    with pytest.raises(StudyError, match="needs motion"):
        fuse_clip(contours, None, TIMES, method="material", pixel_mm=0.6)


def test_the_foot_is_the_nearest_place_and_goes_on_beyond_the_ends():
    curve = np.stack([np.linspace(0, 10, 21), np.zeros(21)], axis=1)
    feet, tangent = foot(np.array([[3.2, 1.0], [12.0, -2.0]]), curve)
    assert feet == pytest.approx(np.array([[3.2, 0], [12.0, 0]]))
    assert np.abs(tangent) == pytest.approx(np.array([[1, 0], [1, 0]]))


def test_lengths_of_neighbouring_frames_err_together(wall, contours):
    fused = fuse_clip(contours, flow_of(wall), TIMES, method="material", pixel_mm=0.6)
    spread = fused.length_covariance_mm2
    sd = np.sqrt(np.diagonal(spread))
    alike = spread / sd / sd[:, None]
    assert np.allclose(spread, spread.T) and np.linalg.eigvalsh(spread).min() > -1e-9
    assert np.diagonal(alike, 1)[5:].min() > 0.85 > alike[5, 20] > alike[5, 40]


def test_flow_that_is_blind_along_the_wall_leaves_it_to_the_annulus(wall, contours):
    velocity_at = flow_of(wall)

    class Blind:
        """Motion along x, as this wall lies, is half of what there is, and said to be unsure."""

        def __init__(self, sd_mm):
            self.spread = np.diag([sd_mm**2, 0.05**2])

        def __call__(self, k, points):
            velocity, sure = velocity_at(k, points)
            return velocity * [0.5, 1.0], sure

        def covariance(self, k, points):
            return np.broadcast_to(self.spread, (len(points), 2, 2))

    true = strain(contours)
    found = {
        sd: strain(fuse_clip(contours, Blind(sd), TIMES, method="material", pixel_mm=0.6).positions)
        for sd in (0.02, 2.0)
    }
    assert abs(found[2.0] - true) < 2 < 0.6 * abs(found[0.02] - true)


@pytest.mark.parametrize(("points", "controls"), [(120, 12), (120, 4), (7, 5)])
def test_basis_is_that_of_scipy(points, controls):
    knots = np.r_[[0.0] * 3, np.linspace(0, 1, controls - 2), [1.0] * 3]
    expected = BSpline.design_matrix(np.linspace(0, 1, points), knots, 3).toarray()
    assert np.abs(spline_basis(points, controls) - expected).max() < 1e-14
