from dataclasses import replace

import numpy as np
import pytest

from echogls.simulation.anatomy import (
    FORESHORTENED_MOST,
    PATHOLOGIES,
    draw_heart,
    in_apical_plane,
)
from echogls.simulation.heartbeat import activation, draw_rhythm, filling
from echogls.simulation.mechanics import Pose, beating_wall

STILL = Pose(np.array([3.0, 25.0]), 8.0, np.zeros(2), 4.0, 0.0)


def beat(seed=0, pathology=None, **options):
    rng = np.random.default_rng(seed)
    heart = draw_heart(rng, pathology=pathology, **options)
    rhythm = draw_rhythm(
        rng, heart_rate=heart.heart_rate, first_r_s=0.1, duration_s=1.5, kick=heart.kick
    )
    times = np.arange(0, 1.5, 0.01)
    return heart, rhythm, times, beating_wall(heart, rhythm, STILL, times)


def arc_length(line):
    return np.hypot(*np.diff(line, axis=1).transpose(2, 0, 1)).sum(1)


def test_a_beat_starts_and_ends_relaxed_and_is_contracted_once():
    rhythm = draw_rhythm(np.random.default_rng(1), heart_rate=70, first_r_s=0.1, duration_s=2)
    for ed, es in zip(rhythm.r_waves_s[:-1], rhythm.es_s, strict=True):
        assert activation(rhythm, np.array([ed]))[0] == pytest.approx(0, abs=1e-9)
        assert activation(rhythm, np.array([es]))[0] == pytest.approx(1)
        rising = activation(rhythm, np.linspace(ed, es, 50))
        assert (np.diff(rising) >= -1e-9).all()
    assert np.diff(rhythm.r_waves_s).std() > 0


def test_valves_open_after_systole_and_not_within_it():
    rhythm = draw_rhythm(np.random.default_rng(1), heart_rate=60, first_r_s=0.1, duration_s=2)
    ed, es = rhythm.r_waves_s[1], rhythm.es_s[1]
    assert filling(rhythm, np.linspace(ed + 0.08, es, 30)).max() < 0.1
    assert filling(rhythm, np.linspace(es + 0.05, rhythm.r_waves_s[2], 60)).max() > 0.9


@pytest.mark.parametrize("pathology", list(PATHOLOGIES))
def test_the_wall_s_length_is_what_its_strain_says(pathology):
    _, _, _, wall = beat(3, pathology)
    stated = 1 + wall.strain_percent()[0] / 100
    length = arc_length(wall.middle_mm)
    np.testing.assert_allclose(length / length[0], stated / stated[0], rtol=2e-3)


def test_each_segment_s_length_is_what_its_strain_says():
    _, _, _, wall = beat(4, "apical_infarct")
    stated = 1 + wall.strain_percent()[1] / 100
    for segment in range(6):
        length = arc_length(wall.middle_mm[:, segment * 40 : segment * 40 + 41])
        np.testing.assert_allclose(length / length[0], stated[:, segment] / stated[0, segment],
                                   rtol=5e-3)  # fmt: skip


def test_wanted_strain_is_reached_at_end_systole():
    heart, rhythm, times, wall = beat(5, "normal", gls_percent=-18.0)
    at_es = np.abs(times - rhythm.es_s[1]).argmin()
    assert wall.strain_percent()[0][at_es] == pytest.approx(-18, abs=0.3)
    assert heart.segment_strain_percent.mean() == pytest.approx(-18)


def test_the_wall_thickens_by_what_it_loses_in_length_and_girth():
    heart, rhythm, times, wall = beat(6, "normal")
    at_es = np.abs(times - rhythm.es_s[1]).argmin()
    girth = 1 + heart.circumferential * heart.gls_percent / 100
    product = wall.thickness_mm[at_es] * wall.stretch[at_es] * girth
    start = np.abs(times - rhythm.r_waves_s[1]).argmin()
    before = wall.thickness_mm[start] * wall.stretch[start]
    np.testing.assert_allclose(product, before, rtol=0.03)


def test_weak_segments_shorten_less():
    heart, *_ = beat(7, "lateral_hypokinesia")
    assert heart.segment_strain_percent[3:].mean() > heart.segment_strain_percent[:3].mean() + 2


def test_normals_point_away_from_the_cavity():
    *_, wall = beat(8)
    centre = wall.middle_mm.mean(1, keepdims=True)
    outward = ((wall.middle_mm - centre) * wall.outward).sum(-1)
    assert (outward > 0).all()


def test_the_base_moves_to_the_apex_and_the_apex_hardly_moves():
    _, rhythm, times, wall = beat(9, "normal")
    ed, es = (np.abs(times - t).argmin() for t in (rhythm.r_waves_s[1], rhythm.es_s[1]))
    base = wall.middle_mm[:, [0, -1], 1].mean(1)
    assert 6 < base[ed] - base[es] < 25
    apex = wall.middle_mm[:, 100:140, 1].min(1)
    assert abs(apex[ed] - apex[es]) < 2


def test_hearts_are_as_drawn_from_the_cohort():
    strains = [draw_heart(np.random.default_rng(k)).gls_percent for k in range(400)]
    assert np.mean(strains) == pytest.approx(-17.9, abs=0.4)
    assert np.std(strains, ddof=1) == pytest.approx(2.3, abs=0.3)
    assert {draw_heart(np.random.default_rng(k)).pathology for k in range(200)} == set(PATHOLOGIES)


def test_some_planes_miss_the_apex_and_the_wall_is_shorter_blunter_and_thicker_there():
    hearts = [draw_heart(np.random.default_rng(seed)) for seed in range(300)]
    missed = np.array([heart.foreshortening for heart in hearts])
    assert 0.2 < (missed > 0).mean() < 0.4 and missed.max() <= FORESHORTENED_MOST
    whole = hearts[int(missed.argmin())]
    short = in_apical_plane(replace(whole, foreshortening=0.1))
    rhythm = draw_rhythm(np.random.default_rng(0), heart_rate=60, first_r_s=0.1, duration_s=1)
    one, other = (
        beating_wall(heart, rhythm, STILL, rhythm.r_waves_s[1:2]) for heart in (whole, short)
    )
    assert np.ptp(other.middle_mm[0, :, 1]) < 0.95 * np.ptp(one.middle_mm[0, :, 1])
    apex = slice(100, 141)
    assert (other.thickness_mm[0, apex] > 1.1 * one.thickness_mm[0, apex]).all()
