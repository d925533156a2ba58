from types import SimpleNamespace

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from echogls.strain.cycle import Beat, clip_beats, find_beats
from echogls.strain.signal import smooth
from echogls.study import ES_RULES, StudyError

SYSTOLE = 0.34


def area(times, period=0.9, systole=SYSTOLE, noise=0.0, rng=None):
    """Cavity area (mm2) with ED at t = 0: ejection, rapid filling, diastasis, atrial kick.

    Diastasis stretches with the period; its slight sag before the kick is a small minimum.
    """
    kick = period - 0.12
    knots = {
        0.0: 0.0,
        0.15 * systole: -0.04,
        0.35 * systole: -0.42,
        0.75 * systole: -0.93,
        systole: -1.0,
        systole + 0.06: -0.85,
        systole + 0.16: -0.30,
        systole + 0.22: -0.22,
        max(kick, systole + 0.25): -0.24,
        period - 0.03: -0.02,
    }
    x = np.array([*(t - period for t in knots), *knots, *(t + period for t in knots)])
    curve = PchipInterpolator(x, np.tile(list(knots.values()), 3))
    clean = 3200 * (1 + 0.45 * curve(np.mod(times, period)))
    return clean if rng is None else clean + noise * 3200 * 0.45 * rng.normal(size=len(times))


def near(found, expected, times, seconds):
    """Whether frames lie within `seconds` of the expected times."""
    return abs(times[found] - expected) <= seconds


def clip(start, end, fps=50.0):
    return np.arange(0, end - start - 1e-9, 1 / fps), start


def beats_of(times, start=0.0, **curve):
    return find_beats({"area": area(times + start, **curve)}, times)


@pytest.mark.parametrize("fps", [25, 40, 50, 80])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_whole_beat_is_found(count, fps):
    times = np.arange(0, count * 0.9 + 0.05, 1 / fps)
    cycle = beats_of(times)
    assert len(cycle.beats) == count
    assert cycle.reason == ""
    for number, beat in enumerate(cycle.beats):
        assert near(beat.ed, number * 0.9, times, 0.03)
        assert near(beat.es, number * 0.9 + SYSTOLE, times, 0.03)
        assert near(beat.next_ed, (number + 1) * 0.9, times, 0.03)


@pytest.mark.parametrize("seed", range(20))
def test_noise_neither_adds_nor_loses_beats(seed):
    times = np.arange(0, 2.75, 0.02)
    cycle = beats_of(times, start=-0.1, noise=0.05, rng=np.random.default_rng(seed))
    assert len(cycle.beats) == 3
    for number, beat in enumerate(cycle.beats):
        assert near(beat.ed, 0.1 + number * 0.9, times, 0.06)
        assert near(beat.es, 0.1 + number * 0.9 + SYSTOLE, times, 0.08)  # a flat minimum


def test_a_cavity_that_drifts_by_more_than_it_beats_has_all_its_beats():
    times = np.arange(0, 4 * 0.9 + 0.05, 0.02)
    cycle = find_beats({"area": 0.3 * area(times) - 800 * np.sin(times / 2.5)}, times)
    assert len(cycle.beats) == 4
    for number, beat in enumerate(cycle.beats):
        assert near(beat.es, number * 0.9 + SYSTOLE, times, 0.06)


def test_half_a_cycle_of_20_frames_is_a_whole_systole():
    times = np.linspace(0, SYSTOLE, 20)
    assert beats_of(times).beats == (Beat(0, 19, None),)


def test_half_a_cycle_with_a_few_frames_of_filling():
    times = np.linspace(0, SYSTOLE + 0.05, 22)
    (beat,) = beats_of(times).beats
    assert beat.ed == 0
    assert near(beat.es, SYSTOLE, times, 0.03)
    assert beat.next_ed is None


def test_a_clip_that_starts_within_systole_loses_that_beat():
    times, start = clip(0.12, 2.0)
    cycle = beats_of(times, start)
    assert len(cycle.beats) == 1
    assert near(cycle.beats[0].ed, 0.9 - 0.12, times, 0.03)
    assert "starts within systole" in cycle.dropped[0]


def test_a_clip_that_starts_in_diastasis_begins_with_the_next_beat():
    times, start = clip(0.65, 2.4)
    cycle = beats_of(times, start)
    assert near(cycle.beats[0].ed, 0.25, times, 0.03)
    assert near(cycle.beats[0].es, 0.25 + SYSTOLE, times, 0.03)


def test_a_clip_that_ends_within_systole_has_none():
    cycle = beats_of(np.arange(0, 0.2, 0.02))
    assert cycle.beats == ()
    assert cycle.reason == "no_whole_systole"
    assert "ends before end-systole" in cycle.dropped[0]


@pytest.mark.parametrize("start, end", [(0.15, 0.8), (0.4, 0.88), (0.7, 1.1)])
def test_a_clip_without_a_whole_systole_is_excluded(start, end):
    times, start = clip(start, end)
    cycle = beats_of(times, start)
    assert cycle.beats == ()
    assert cycle.reason == "no_whole_systole"


def test_a_systole_that_is_too_long_is_dropped_with_what_came():
    times = np.arange(0, 2.2, 0.01)
    cycle = beats_of(times, period=1.2, systole=0.7)
    assert cycle.reason == "no_whole_systole"
    assert "a systole of 0.6" in cycle.dropped[0]


def test_an_r_wave_too_late_for_its_systole_is_dropped_with_what_came():
    times = np.arange(0, 1.0, 0.01)
    cycle = find_beats({"area": area(times)}, times, [SYSTOLE - 0.1], ed_rule=["r_wave"])
    assert cycle.reason == "no_whole_systole"
    assert "expected 0.15 to 0.6 s" in cycle.dropped[0]


@pytest.mark.parametrize("rate", [40, 60, 100, 150, 190])
def test_slow_and_fast_hearts(rate):
    period = 60 / rate
    systole = min(0.36, 0.55 * period)
    times = np.arange(-0.1, 3 * period + 0.05, 1 / 60)
    if rate < 100:
        values = area(times, period=period, systole=systole)
    else:  # filling is one wave in a fast heart
        part = np.mod(times, period)
        fall = 0.5 * (1 + np.cos(np.pi * part / systole))
        rise = 0.5 * (1 - np.cos(np.pi * (part - systole) / (period - systole)))
        values = 2000 + 1200 * np.where(part < systole, fall, rise)
    cycle = find_beats({"area": values}, times)
    assert [round((times[b.next_ed] - times[b.ed]) / period) for b in cycle.beats] == [1, 1, 1]


def test_irregular_frames_and_irregular_beats():
    rng = np.random.default_rng(3)
    times = np.cumsum(rng.uniform(0.01, 0.035, 130))
    marks = np.array([0.0, 0.7, 1.75, 2.4])
    values = np.empty_like(times)
    for begin, end in zip(marks, [*marks[1:], 3.3], strict=True):
        inside = (times >= begin) & (times < end)
        values[inside] = area(times[inside] - begin, period=end - begin, systole=0.3)
    cycle = find_beats({"area": values}, times)
    np.testing.assert_allclose([times[beat.ed] for beat in cycle.beats], marks, atol=0.04)
    assert all(near(beat.es, times[beat.ed] + 0.3, times, 0.04) for beat in cycle.beats)


def test_plateau_before_systole_without_atrial_contraction():
    # Atrial fibrillation: filling ends in a plateau; ED is its end, not its highest noise.
    rng = np.random.default_rng(4)
    times = np.arange(0, 2.6, 0.02)
    part = np.mod(times + 0.5, 1.2)
    fall = 0.5 * (1 + np.cos(np.pi * np.clip(part / 0.34, 0, 1)))
    rise = 0.5 * (1 - np.cos(np.pi * np.clip((part - 0.34) / 0.2, 0, 1)))
    values = 2000 + 1000 * (fall + rise) + 30 * rng.normal(size=len(times))
    (beat, *_) = find_beats({"area": values}, times).beats
    assert near(beat.ed, 0.7, times, 0.1)
    assert near(beat.es, 1.04, times, 0.06)


def test_r_waves_decide_ed():
    times = np.arange(0, 2.5, 0.02)
    values = area(times - 0.2)
    cycle = find_beats({"area": values}, times, [0.155, 1.05, 1.96])
    assert cycle.ed_rule == "r_wave"
    assert [beat.ed for beat in cycle.beats] == [8, 52, 98]
    assert [beat.next_ed for beat in cycle.beats] == [52, 98, None]
    for beat, es in zip(cycle.beats, [0.54, 1.44, 2.34], strict=True):
        assert near(beat.es, es, times, 0.03)


def test_one_r_wave_is_one_beat_and_those_outside_the_clip_none():
    times = np.arange(0, 1.0, 0.02)
    values = area(times - 0.1)
    cycle = find_beats({"area": values}, times, [-0.8, 0.1, 1.4])
    assert [(beat.ed, beat.next_ed) for beat in cycle.beats] == [(5, None)]


def test_without_r_waves_the_area_decides():
    times = np.arange(0, 1.5, 0.02)
    assert find_beats({"area": area(times)}, times, []).ed_rule == "area"


def test_r_waves_without_a_whole_systole_leave_the_area_to_decide():
    times = np.arange(0, 1.3, 0.02)
    cycle = find_beats({"area": area(times)}, times, [1.2])
    assert cycle.ed_rule == "area"
    assert "r_wave" in cycle.dropped[0]


def test_es_can_be_found_by_another_signal():
    times = np.arange(0, 0.95, 0.02)
    signals = {"area": area(times), "length": 90 + area(times - 0.04) / 400}
    by_area = find_beats(signals, times).beats[0]
    by_length = find_beats(signals, times, es_rule="length").beats[0]
    assert by_length.ed == by_area.ed
    assert by_length.es == by_area.es + 2


@pytest.mark.parametrize("rule", ES_RULES)
def test_every_rule_of_the_vocabulary_is_measured(rule):
    times = np.arange(0, 0.95, 0.02)
    line = np.stack([np.linspace(-1, 1, 20), np.zeros(20)], -1)[None] * area(times)[:, None, None]
    cine = SimpleNamespace(times_s=times, r_waves_s=[])
    wall = SimpleNamespace(area_mm2=area(times), length_mm=area(times))
    cycle = clip_beats(cine, wall, SimpleNamespace(positions=line), ed_rule=("area",), es_rule=rule)
    assert cycle.beats == find_beats({"area": area(times)}, times, ed_rule=("area",)).beats


def test_a_rule_without_its_signal_says_what_there_is():
    times = np.arange(0, 1.0, 0.02)
    with pytest.raises(StudyError, match="no signal 'strain'"):
        find_beats({"area": area(times)}, times, es_rule="strain")


def test_frames_without_a_contour_and_outliers_do_not_count():
    times = np.arange(0, 1.9, 0.02)
    values = area(times)
    values[[3, 30, 31, 32, 60]] = np.nan
    values[25] = 300.0
    values[70] = 9000.0
    cycle = find_beats({"area": values}, times)
    assert all(near(b.ed, e, times, 0.03) for b, e in zip(cycle.beats, [0, 0.9], strict=True))
    assert all(near(b.es, times[b.ed] + SYSTOLE, times, 0.04) for b in cycle.beats)


@pytest.mark.parametrize("level", [3000.0, np.nan])
def test_a_cavity_that_does_not_move_or_is_never_seen_has_no_beat(level):
    times = np.arange(0, 1.5, 0.02)
    values = level + np.random.default_rng(5).normal(scale=10.0, size=len(times))
    assert find_beats({"area": values}, times).reason == "no_whole_systole"


def test_smoothing_halves_the_power_at_its_cutoff():
    times = np.arange(0, 4, 0.005)
    wave = smooth(np.sin(2 * np.pi * 5.0 * times), times, cutoff_hz=5.0)
    assert np.abs(wave[200:-200]).max() == pytest.approx(np.sqrt(0.5), rel=0.02)


def test_smoothing_keeps_a_line_to_its_ends():
    times = np.cumsum(np.random.default_rng(6).uniform(0.01, 0.03, 50))
    np.testing.assert_allclose(smooth(3 + 8 * times, times), 3 + 8 * times, atol=0.01)


def test_smoothing_holds_the_last_value_beyond_the_known_frames():
    times = np.arange(0, 1.0, 0.02)
    line = 3 + 8 * times
    line[30:] = np.nan
    np.testing.assert_allclose(smooth(line, times)[40:], 3 + 8 * times[29], atol=0.3)


def test_another_signal_is_asked_where_the_first_one_has_no_systole():
    times = np.arange(0, 0.95, 0.02)
    signals = {"area": area(times), "strain": np.linspace(100, 99, len(times))}
    assert find_beats(signals, times, es_rule="strain").reason == "no_whole_systole"
    cycle = find_beats(signals, times, es_rule=("strain", "area"))
    assert cycle.beats == find_beats(signals, times, es_rule="area").beats
    assert "ES by strain" in cycle.dropped[0]


def test_a_few_frames_at_the_end_of_a_clip_are_no_beat():
    """A beat at half its speed is too long, and what comes after it is a stump: nothing is
    measured, rather than a GLS of -0.5."""
    times = np.arange(0, 1.05, 0.015)
    values = area(times) + np.where(times > 0.99, -200 * (times - 0.99), 0)
    slow = find_beats({"area": values}, 2 * times, cutoff_hz=2.5)
    assert slow.beats == () and slow.reason == "no_whole_systole"
    assert "a systole of 0.6" in slow.dropped[0] and "ends before" in slow.dropped[-1]
    # Where R waves begin the beats, too.
    waves = [0.0, 1.8]
    slow = find_beats({"area": values}, 2 * times, waves, ed_rule=["r_wave"], cutoff_hz=2.5)
    assert slow.beats == ()


def test_beats_of_an_impossible_length_are_flagged_where_others_are_measured():
    times = np.arange(0, 2.75, 0.01)
    slowed = times + np.clip(times - 0.9, 0, 0.9) * 1.2  # the second of three beats
    cycle = find_beats({"area": area(times)}, slowed)
    assert len(cycle.beats) == 2
    assert "a systole of 0." in cycle.flags["beats_left_out"]
    assert "beats_left_out" not in beats_of(times, start=0.12).flags  # cut off by the clip's start


def test_a_clip_that_ends_with_end_systole_is_flagged():
    cycle = beats_of(np.linspace(0, SYSTOLE, 20))
    assert "frame 19 of 0 to 19" in cycle.flags["incomplete_beat"]
    assert beats_of(np.linspace(0, SYSTOLE + 0.08, 24)).flags == {}


def test_a_last_beat_that_ends_with_end_systole_is_left_out_where_there_are_others():
    times = np.arange(0, 0.9 + SYSTOLE + 0.005, 0.02)
    cycle = beats_of(times)
    assert len(cycle.beats) == 1 and cycle.beats[0].ed == 0 and cycle.flags == {}
    assert "the clip ends with it" in cycle.dropped[-1]


def test_r_waves_where_the_cavity_is_small_are_flagged_and_left_aside():
    times = np.arange(0, 2.75, 0.02)
    late = [0.3, 1.2, 2.1]
    cycle = find_beats({"area": area(times)}, times, late)
    assert cycle.ed_rule == "area" and "3 of 3" in cycle.flags["r_waves_contradict"]
    assert near(cycle.beats[0].es, SYSTOLE, times, 0.03)
    only = find_beats({"area": area(times)}, times, late, ed_rule=["r_wave"])
    assert "r_waves_contradict" in only.flags


@pytest.mark.parametrize("waves", [[0.0, 1.8, 3.6], [0.0, 0.45, 0.9, 1.35, 1.8]])
def test_r_waves_of_another_rhythm_than_the_cavity_are_flagged(waves):
    times = np.arange(0, 4.5, 0.02)
    cycle = find_beats({"area": area(times)}, times, waves)
    assert cycle.ed_rule == "area" and "r_waves_contradict" in cycle.flags


def test_r_waves_that_fit_and_one_extrasystole_are_no_contradiction():
    times = np.arange(0, 3.65, 0.02)
    waves = [0.01, 0.9, 1.79, 2.71, 3.6]
    assert find_beats({"area": area(times)}, times, waves).flags == {}
    assert find_beats({"area": area(times)}, times, sorted([*waves, 1.25])).ed_rule == "r_wave"


def test_a_short_rest_of_a_systole_at_the_start_is_no_beat_and_no_flag():
    times, start = clip(SYSTOLE - 0.1, 2.0)
    cycle = find_beats({"area": area(times + start)}, times, ed_rule=["area"])
    assert cycle.flags == {} and near(cycle.beats[0].ed, 0.9 - start, times, 0.03)
    waves = find_beats({"area": area(times + start)}, times, [0.0, 0.66, 1.56], ed_rule=["r_wave"])
    assert "a systole of 0." in waves.dropped[0] and "beats_left_out" not in waves.flags
