"""Frame times that are wrong by a factor are seen by the heart."""

import numpy as np
import pytest

from echogls.cine import Cine
from echogls.segmentation.plausibility import spacing_doubt
from echogls.strain.frame_times import time_factor
from echogls.strain.recording import recording_rows
from echogls.study import DOUBTS


def beating(rate=70.0, beats=3.0, fps=50.0, systole=0.35, filling=None):
    """Times (T,) s and the cavity's area: down in `systole` seconds, up again in `filling`, else as
    long."""
    length = 60 / rate
    times = np.arange(int(beats * length * fps)) / fps
    phase = (times - 0.1) % length
    filled = min(systole + (filling or systole), length)
    down = 0.5 + 0.5 * np.cos(np.pi * np.clip(phase / systole, 0, 1))
    up = 0.5 - 0.5 * np.cos(np.pi * np.clip((phase - systole) / (filled - systole), 0, 1))
    return times, 60 + 40 * np.where(phase < systole, down, up)


@pytest.mark.parametrize("rate", [45, 70, 110])
@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize("beats", [1.15, 1.3, 1.7, 3.0])
def test_right_times_are_not_doubted(rate, stated, beats):
    times, area = beating(rate, beats, systole=min(0.35, 0.5 * 60 / rate))
    area = area + np.random.default_rng(3).normal(0, 0.5, len(area))
    assert time_factor(area, times, rate if stated else None) == (1.0, "")


@pytest.mark.parametrize("begins_s", np.arange(0, 0.85, 0.05))
@pytest.mark.parametrize("lasts_s", [0.9, 1.0, 1.1])
def test_a_beat_that_the_clip_cuts_off_is_not_a_short_one(begins_s, lasts_s):
    times, area = beating(72, beats=3, fps=55, filling=0.48)
    part = slice(*np.searchsorted(times, [begins_s, begins_s + lasts_s]))
    assert time_factor(area[part], times[part], 72.0) == (1.0, "")


def test_a_cavity_that_drifts_does_not_make_the_beat_long():
    times, area = beating(80, beats=5)
    assert time_factor(area - 90 * times / times[-1], times) == (1.0, "")


@pytest.mark.parametrize("factor", [0.5, 1.6, 2.0, 3.0])
@pytest.mark.parametrize("known", ["heart_rate", "r_waves_s"])
def test_times_that_contradict_the_stated_rate_say_by_how_much(factor, known):
    times, area = beating(72)
    told = {"heart_rate": 72.0} if known == "heart_rate" else {"r_waves_s": [0.1, 0.1 + 60 / 72]}
    found, note = time_factor(area, factor * times, **told)
    assert found == pytest.approx(factor, rel=0.1)
    words = {0.5: "2 times too short", 1.6: "1.6 times too long", 2.0: "2 times", 3.0: "3 times"}
    assert f"frame times look about {words[factor]}" in note and "72/min" in note


def test_without_a_rate_what_no_heart_can_is_doubted():
    times, area = beating(60)
    found, note = time_factor(area, 2.5 * times)
    assert 2 < found < 3.5 and "the heart beats 24 times a minute" in note
    found, note = time_factor(area, times / 5)
    assert found < 0.4 and "too short" in note


def test_a_single_systole_too_long_is_doubted():
    times, area = beating(60, beats=0.7)
    assert time_factor(area, times)[1] == ""
    found, note = time_factor(area, 2.5 * times)
    assert found > 1.5 and "systole lasts 0." in note and "times too long" in note


def test_a_clip_without_a_beat_is_not_doubted():
    times = np.arange(30) / 50
    assert time_factor(np.full(30, 50.0), times, 60) == (1.0, "")
    assert time_factor(np.full(30, np.nan), times, 60) == (1.0, "")


def test_a_ventricle_of_impossible_length_doubts_the_spacing_but_single_frames_do_not():
    lengths = np.r_[np.full(20, 18.0), np.nan]
    assert "a ventricle 18 mm long (60 pixels x 0.3 mm)" in spacing_doubt(lengths, 0.3)
    lengths[:12] = 80
    assert spacing_doubt(lengths, 0.3) == spacing_doubt(lengths, None) == ""


class Wall:
    """What `recording_rows` asks of a segmentation."""

    def __init__(self, area, length, brighter=90.0):
        self.area_mm2, self.length_mm = area, np.full(len(area), length)
        self.wall_brighter = np.full(len(area), brighter)
        self.plausible = np.ones(len(area), bool)


def test_doubts_of_the_recording_are_rows_with_their_flags():
    times, area = beating(72)
    cine = Cine(
        frames=np.zeros((len(times), 4, 4), np.uint8),
        times_s=2 * times,
        sector=np.ones((4, 4), bool),
        spacing_mm=0.3,
        heart_rate=72.0,
        flags={"repeated_frames": "2 of 30 frames repeat the one before: 4, 17"},
        repeated=(4, 17),
    )
    rows = {row["flag"]: row for row in recording_rows("clip01", cine, Wall(area, 18.0))}
    assert (rows[""]["measure"], rows.pop("")["value"]) == ("wall_brighter", 90)
    assert set(rows) == {"repeated_frames", "implausible_spacing", "doubtful_frame_times"}
    assert set(rows) <= set(DOUBTS)
    assert (rows["repeated_frames"]["value"], rows["repeated_frames"]["unit"]) == (2, "frame")
    assert rows["doubtful_frame_times"]["value"] == pytest.approx(2, rel=0.1)
    assert all(row["note"] and row["clip"] == "clip01" for row in rows.values())


def test_a_cavity_as_bright_as_the_wall_is_flagged_and_an_outline_without_a_wall_is_not():
    times, area = beating(72)
    cine = Cine(np.zeros((len(times), 4, 4), np.uint8), times, np.ones((4, 4), bool), 0.3)
    wall = Wall(area, 80.0, brighter=41.0)
    wall.plausible[0], wall.wall_brighter[0] = False, 99.0
    (row,) = (row for row in recording_rows("", cine, wall) if row["measure"] == "wall_brighter")
    assert (row["flag"], row["value"]) == ("bright_cavity", 41)
    assert "in 41 % of all pairs (expected 60 or more)" in row["note"]
    for brighter in (60.0, 95.0):
        rows = recording_rows("", cine, Wall(area, 80.0, brighter))
        assert not any(row["flag"] for row in rows)
    traced = recording_rows("", cine, Wall(area, 80.0, np.nan))
    assert not any(row["measure"] == "wall_brighter" for row in traced)
