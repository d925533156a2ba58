import numpy as np
import pytest

from echogls.cine import Cine
from echogls.study import MOTION_ERRORS
from echogls.truth.motion_error import COLUMNS, clip_motion_error, motion_error

T, N = 12, 30
TIMES = np.linspace(0, 0.22, T) + 0.003 * np.sin(np.arange(T))  # uneven intervals


@pytest.fixture
def material():
    """A straight wall along y that shortens towards its foot and drifts to the side, mm."""
    share = 1 - 0.2 * np.linspace(0, 1, T)[:, None]
    y = share * np.linspace(0, 60, N)
    return np.stack([np.broadcast_to(np.linspace(0, 3, T)[:, None], y.shape), y], axis=-1)


def estimated(material, times, along=1.0, across=1.0, known=None):
    """The true velocity, scaled along and across the wall, at the tissue's own points."""

    def velocity_at(k, points):
        d = (material[k + 1] - material[k]) / (times[k + 1] - times[k])
        place = np.clip(points[:, 1] / max(material[k, -1, 1], 1e-9) * (N - 1), 0, N - 1)
        d = np.stack([np.interp(place, np.arange(N), d[:, i]) for i in (0, 1)], -1)
        confidence = np.ones(N) if known is None else known.astype(float)
        return d * [across, along], confidence

    return velocity_at


def test_true_motion_has_no_error_frame_by_frame_and_over_systole(material):
    found = motion_error(estimated(material, TIMES), material, TIMES, (0, T - 1))
    for name in ("epe", "epe_along", "epe_across", "epe_systole"):
        assert found[name] == pytest.approx(0, abs=1e-9)
    assert found["motion_found"] == pytest.approx(100)
    assert found["known"] == 100
    step = np.linalg.norm(np.diff(material, axis=0), axis=-1)
    assert found["true_motion"] == pytest.approx(step.mean())


def test_no_motion_errs_by_the_true_motion(material):
    found = motion_error(estimated(material, TIMES, 0, 0), material, TIMES, (2, 7))
    assert found["epe"] == pytest.approx(found["true_motion"])
    assert found["motion_found"] == 0
    gone = np.linalg.norm(material[7] - material[2], axis=-1)
    assert found["epe_systole"] == pytest.approx(gone.mean())


def test_an_error_along_the_wall_is_told_from_one_across(material):
    lost = motion_error(estimated(material, TIMES, along=0.5), material, TIMES)
    step = np.abs(np.diff(material[..., 1], axis=0))
    assert lost["epe_along"] == pytest.approx(0.5 * step.mean())
    assert lost["epe_across"] == pytest.approx(0, abs=1e-9)
    assert 50 < lost["motion_found"] < 100
    assert lost["epe_systole"] is None  # no systole given
    aside = motion_error(estimated(material, TIMES, across=2.0), material, TIMES)
    assert aside["epe_along"] == pytest.approx(0, abs=1e-9)
    assert aside["epe_across"] == pytest.approx(3 / (T - 1))
    assert aside["motion_found"] > 100


def test_points_without_motion_are_left_out_and_counted(material):
    known = np.arange(N) < 10
    wrong = estimated(material, TIMES, along=0.0, known=known)
    found = motion_error(wrong, material, TIMES, (0, 5))
    assert found["known"] == pytest.approx(100 / 3)
    step = np.abs(np.diff(material[:, :10, 1], axis=0))
    assert found["epe_along"] == pytest.approx(step.mean())
    nothing = motion_error(
        estimated(material, TIMES, known=np.zeros(N, bool)), material, TIMES, (0, 5)
    )
    assert nothing == dict.fromkeys(MOTION_ERRORS) | {"known": 0.0}


def test_a_clip_is_a_part_of_the_stored_image(material):
    cine = Cine(
        np.zeros((T, 40, 40), np.uint8), TIMES, np.ones((40, 40), bool), 0.5,
        provenance={"sector_box": "10 50 6 46"},
    )  # fmt: skip
    origin = np.array([6, 10]) * 0.5  # left, top
    truth = {"material_mm": material + origin, "r_waves_s": np.array([0.0]), "es_s": TIMES[[8]]}
    found = clip_motion_error(cine, estimated(material, TIMES), truth)
    assert found["epe"] == pytest.approx(0, abs=1e-9)
    assert found["epe_systole"] == pytest.approx(0, abs=1e-9)
    assert found["intervals"] == T - 1
    assert set(found) <= set(COLUMNS)
