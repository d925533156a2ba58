import numpy as np
import pytest
from beating import COURSE, T, midwall, path_of, wall_of

from echogls.strain.consistency import CONSISTENCY, amplitude, consistency
from echogls.strain.cycle import Beat

BEATS = (Beat(0, 20, 50),)


def test_a_path_that_does_as_the_outlines_do_contradicts_nothing():
    told = consistency(path_of(midwall()), wall_of(), BEATS)
    assert list(told) == list(CONSISTENCY)
    # Smoothing of the area at its corners is all that the two differ from the truth by.
    assert told["gls_by_path"] == pytest.approx(-18, abs=0.5)
    assert told["gls_contradiction"] == pytest.approx(0, abs=0.1)
    assert told["annulus_ratio"] == pytest.approx(1, abs=0.01)
    assert told["annulus_by_path"] == pytest.approx(100 * 6 / (np.pi * 30), abs=0.3)
    assert told["hinge_contradiction_left"] == pytest.approx(0, abs=0.1)
    assert told["carried_distance"] == pytest.approx(0, abs=0.2)


def test_motion_that_lags_behind_says_by_how_much_and_on_which_side():
    told = consistency(path_of(midwall(0.09, 3.0)), wall_of(), BEATS)
    assert told["gls_contradiction"] == pytest.approx(9, abs=0.4)
    assert told["annulus_ratio"] == pytest.approx(0.5, abs=0.02)
    assert told["annulus_contradiction"] == pytest.approx(-100 * 3 / (np.pi * 30), abs=0.2)
    assert told["carried_distance_mm"] > 0.8

    line = midwall()
    weight = np.clip(1 - 2 * np.linspace(0, 1, line.shape[1]), 0, 1)[None, :, None]
    left_held_back = line + weight * (line[:1] - line)
    told = consistency(path_of(left_held_back), wall_of(), BEATS)
    assert told["hinge_contradiction_left"] < -4
    assert told["hinge_contradiction_right"] == pytest.approx(0, abs=0.1)


def test_outlines_that_jump_from_frame_to_frame_are_believed_by_their_course():
    wall = wall_of(noise=0.02)  # 2 points of strain in every frame
    wall.centreline_mm[[10, 20, 33]] *= 1.2  # and what no frame should decide
    told = consistency(path_of(midwall()), wall, BEATS)
    assert abs(told["gls_contradiction"]) < 1.2


def test_cavity_and_strain_are_compared():
    told = consistency(path_of(midwall()), wall_of(), BEATS)
    inner = np.array([30 - 4, 30 * 0.82 - 5.5])
    shrunk = 100 * (1 - (inner[1] / inner[0]) ** 2)
    assert told["area_change"] == pytest.approx(shrunk, abs=3)
    assert told["strain_over_volume"] == pytest.approx(-told["gls_by_path"] / told["volume_change"])


def test_what_is_not_known_is_nan():
    told = consistency(path_of(midwall()), wall_of(), ())
    assert all(np.isnan(value) for value in told.values())
    still = consistency(path_of(midwall(rise=0.0)), wall_of(rise=0.0), BEATS)
    assert np.isnan(still["annulus_ratio"])  # the annulus does not move: no ratio
    told = consistency(path_of(midwall()), wall_of(), BEATS, spacing_known=False)
    assert np.isnan(told["carried_distance_mm"]) and np.isfinite(told["carried_distance"])
    wall = wall_of()
    wall.plausible[:] = False
    assert np.isnan(consistency(path_of(midwall()), wall, BEATS)["gls_by_outline"])


def test_drift_over_a_beat_is_no_motion():
    drift = np.linspace(0, 5, T)
    assert amplitude(-18 * COURSE + drift, COURSE, np.arange(T) / 50) == pytest.approx(-18)
    assert np.isnan(amplitude(np.full(T, np.nan), COURSE, None))
