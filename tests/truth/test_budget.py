import numpy as np
import pytest

from echogls.cine import Cine
from echogls.fusion import fuse_clip
from echogls.segmentation.clip import Segmentation
from echogls.strain.cycle import Beat
from echogls.truth import budget

T, N, SPACING, STEP = 50, 120, 0.5, 8
TIMES = np.arange(T) / 50
SETTINGS = {"gls": "peak_systolic", "drift": "none", "ed_rule": ["area"], "es_rule": "area"}


def _wall(shortening):
    """A half ring that shortens by a share and comes back, (T, N, 2) in mm."""
    share = 1 - shortening * np.sin(np.pi * np.clip(TIMES / 0.8, 0, 1)) ** 2
    angle = np.linspace(np.pi, 2 * np.pi, N)
    ring = np.stack([np.cos(angle), np.sin(angle)], -1) * 30 + [60, 60]
    centre = np.array([60, 60])
    return centre + share[:, None, None] * (ring - centre), share


@pytest.fixture
def made():
    """Estimated outline shortens by 10 %, the truth by 20; the cine is a part of the image."""
    true, share = _wall(0.2)
    wrong, _ = _wall(0.1)
    origin = np.array([8, 16]) * SPACING  # left, top
    rows, columns = np.mgrid[:40, :40] * STEP * SPACING
    place = np.stack([columns, rows], -1) - [60, 60]
    rate = np.diff(share) / share[:-1] / np.diff(TIMES)
    truth = {
        "centreline_mm": true,
        "velocity_mm_s": rate[:, None, None, None] * place,
        "r_waves_s": np.array([0.0, 0.9]),
        "es_s": np.array([0.4]),
    }
    cine = Cine(
        np.zeros((T, 300, 300), np.uint8), TIMES, np.ones((300, 300), bool), SPACING,
        provenance={"sector_box": "16 316 8 308"},
    )  # fmt: skip
    wrong = wrong - origin
    area = np.linalg.norm(wrong[:, 0] - wrong[:, -1], axis=1) ** 2
    curve = np.full((T, 200, 2), np.nan)
    wall = Segmentation(
        np.zeros((T, 4, 4), np.uint8), curve, curve, wrong, area, np.sqrt(area), np.ones(T),
        np.full(T, 90.0), np.ones(T, bool), ((),) * T, 0, 20, SPACING,
    )  # fmt: skip
    return cine, wall, truth


def _rows(made, **changes):
    cine, wall, truth = made
    still = {"velocity_at": lambda k, points: (np.zeros_like(points), np.ones(len(points)))}
    options = still | {"fusion": "none", "options": None} | changes
    path = fuse_clip(
        wall.usable_centreline_mm, options["velocity_at"], cine.times_s,
        method=options["fusion"], pixel_mm=SPACING,
    )  # fmt: skip
    rows = budget.budget_rows(
        view="a4c", cine=cine, wall=wall, fused=path, truth=truth, field_step=STEP,
        settings=SETTINGS, **options,
    )  # fmt: skip
    return {row["definition"]: row["value"] for row in rows}


def test_the_outline_takes_the_error_away_where_it_is_the_outlines(made):
    found = _rows(made)
    assert found[budget.MEASURED] == pytest.approx(-10, abs=0.1)
    assert found[budget.TIMING] == pytest.approx(-10, abs=0.1)
    assert found[budget.OUTLINE] == pytest.approx(-20, abs=0.1)
    assert found[budget.ALL] == pytest.approx(-20, abs=0.1)


def test_the_true_motion_counts_where_the_fusion_uses_motion(made):
    found = _rows(made, fusion="kalman")
    assert abs(found[budget.MOTION] + 20) < abs(found[budget.MEASURED] + 20)
    assert found[budget.ALL] == pytest.approx(-20, abs=0.3)


def test_a_method_without_motion_has_no_variant_with_true_motion(made):
    assert budget.MOTION not in _rows(made, velocity_at=None)


def test_true_motion_is_that_of_the_stored_image_at_the_cines_points(made):
    cine, _, truth = made
    line, velocity_at = budget.true_geometry_in(cine, truth, STEP)
    velocity, known = velocity_at(10, line[10])
    assert known.all()
    moved = line[10] + velocity * (TIMES[11] - TIMES[10])
    np.testing.assert_allclose(moved, line[11], atol=0.02)
    _, outside = velocity_at(0, np.array([[-500.0, 0.0]]))
    assert not outside.any()


def test_true_beats_are_whole_systoles_in_the_clip(made):
    truth = made[2] | {"es_s": np.array([0.4, 1.3])}
    assert budget.true_beats(truth, TIMES) == (Beat(0, 20, 45),)


def test_the_true_curve_is_that_of_the_first_whole_beat(made):
    _, _, truth = made
    strain = np.linspace(0, -20, T)
    rows = budget.true_curve(
        truth | {"times_s": TIMES, "strain_global": strain, "r_waves_s": np.array([-0.4, 0.1, 0.9]),
                 "es_s": np.array([-0.1, 0.5])}
    )  # fmt: skip
    assert rows[0] == {"time_from_ed_s": 0.0, "strain_global": pytest.approx(strain[5])}
    assert rows[-1]["time_from_ed_s"] == pytest.approx(0.8)
    assert budget.true_curve(truth | {"times_s": TIMES, "es_s": np.array([])}) == []


def test_the_true_motion_is_looked_up_as_scipy_does_and_unknown_outside():
    from scipy.ndimage import map_coordinates

    rng = np.random.default_rng(0)
    field = rng.normal(size=(6, 9, 2))
    field[2:4, 3:5] = np.nan
    places = np.concatenate([rng.uniform(-1, 10, (200, 2)), [[0, 0], [8, 5], [8, 0], [3, 5]]])
    x, y = places.T
    expected = [map_coordinates(field[..., k], [y, x], order=1, cval=np.nan) for k in (0, 1)]
    found = budget._bilinear(field, places)
    assert found == pytest.approx(np.stack(expected, -1), abs=1e-12, nan_ok=True)
    assert 20 < np.isfinite(found[:, 0]).sum() < 200
