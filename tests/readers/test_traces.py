"""Reference, sign and definition of an export's strain, on made curves."""

import numpy as np
import pytest
from export_files import ED, ES, FRAMES, GLS, SHARES, shape, uniform_times
from hypothesis import given
from hypothesis import strategies as st

from echogls.readers._measures import is_plausible, measure_traces
from echogls.readers._traces import Traces, check_times, rezeroed, zero_rows
from echogls.readers._unusable import Unusable
from echogls.readers._vocabulary import find_segment, find_view
from echogls.study import MEASURES, SEGMENTS, VIEW_SEGMENTS, VIEWS

TIMES = uniform_times()
MARKS = {"ed_time_s": TIMES[ED], "es_time_s": TIMES[ES]}


def measure(traces=None, view="a4c", *, strain=None, **options):
    if traces is None:
        strain = GLS * shape() if strain is None else strain
        traces = Traces(TIMES, strain, **MARKS)
    return measure_traces(traces, view=view, **options)


def reason(*arguments, **options):
    with pytest.raises(Unusable) as raised:
        measure(*arguments, **options)
    return raised.value.reason


lengths = st.lists(st.floats(20, 300), min_size=3, max_size=30)


@given(lengths, st.data())
def test_rezeroed_strain_is_that_of_the_lengths(values, data):
    lengths = np.array(values)
    software, ours = (data.draw(st.integers(0, len(values) - 1)) for _ in range(2))
    strain = 100 * (lengths / lengths[software] - 1)
    expected = 100 * (lengths / lengths[ours] - 1)
    np.testing.assert_allclose(rezeroed(strain, ours), expected, atol=1e-9)
    assert rezeroed(strain, ours)[ours] == 0


@given(st.floats(-30, -2), st.floats(0.8, 1.3))
def test_gls_does_not_depend_on_the_software_s_reference(depth, scale):
    stretch = 1 + depth / 100 * shape()
    software = 100 * (scale * stretch - 1)
    found, _ = measure(strain=software, reference="marker")
    assert found["global", "gls"] == pytest.approx(depth, abs=1e-9)


def test_gaps_and_lengths_below_zero_are_refused():
    assert reason(strain=np.where(np.arange(FRAMES) == 40, np.nan, GLS * shape())) == (
        "unreadable_export"
    )
    assert reason(strain=np.where(np.arange(FRAMES) == 40, -101.0, GLS * shape())) == (
        "unreadable_export"
    )
    length = 100 * (1 + GLS / 100 * shape())
    length[40] = 0
    assert reason(Traces(TIMES, length=length, **MARKS)) == "unreadable_export"


def test_the_row_of_zeros_nearest_to_the_marker_is_the_reference():
    # Zeros at ED and one beat later; the marker lies two frames after the second.
    strain = GLS * shape()
    marks = {"ed_time_s": TIMES[57], "es_time_s": TIMES[63]}
    found, notes = measure(Traces(TIMES, strain, **marks))
    assert found["global", "ed_frame"] == 55
    assert any("zero strain is -33 ms from the marker" in note for note in notes)


def test_a_row_of_zeros_far_from_the_marker_is_not_its_own():
    strain = 100 * ((1 + GLS / 100 * shape()) / (1 + GLS / 100 * shape()[ED + 8]) - 1)
    assert zero_rows([strain])[0] == ED + 8
    found, notes = measure(strain=strain)
    assert found["global", "ed_frame"] == ED
    assert found["global", "gls"] == pytest.approx(GLS, abs=1e-9)
    assert any("zero strain is +133 ms" in note for note in notes)
    assert any("the marker's frame" in note for note in notes)


def test_a_row_is_zero_only_if_every_curve_is():
    assert list(zero_rows([np.array([0.0, 0, 1]), np.array([1.0, 0, 0])])) == [1]
    assert list(zero_rows([])) == []


def test_the_marker_can_be_chosen_as_reference():
    strain = GLS * shape()
    traces = Traces(TIMES, strain, ed_time_s=TIMES[6], es_time_s=TIMES[ES])
    stretch = 1 + strain / 100
    for rule, frame in (("zero_row", ED), ("marker", 6)):
        found, notes = measure(traces, reference=rule)
        assert found["global", "ed_frame"] == frame
        assert found["global", "gls"] == pytest.approx(100 * (stretch[ES] / stretch[frame] - 1))
        assert any("zero strain is +50 ms" in note for note in notes)


def test_a_marker_outside_the_frames_falls_back_on_the_row_of_zeros_or_is_refused():
    near = Traces(TIMES[8:], GLS * shape()[8:], ed_time_s=TIMES[4], es_time_s=TIMES[ES])
    found, notes = measure(near, reference="marker")
    assert found["global", "ed_time"] == TIMES[ED]
    assert "the marker of end-diastole is outside the frames" in notes
    far = Traces(TIMES, GLS * shape(), ed_time_s=9.0, es_time_s=TIMES[ES])
    assert reason(far) == "no_reference"
    assert reason(ed_time_s=9.0) == "no_reference"


def test_without_a_marker_the_first_zero_or_the_first_frame_is_the_reference():
    found, notes = measure(Traces(TIMES, GLS * shape(), es_time_s=TIMES[ES]))
    assert found["global", "ed_frame"] == ED
    assert any("the first frame of zero strain is" in note for note in notes)
    found, notes = measure(Traces(TIMES[ED:], length=100 + GLS * shape()[ED:]))
    assert found["global", "ed_frame"] == 0
    assert found["global", "gls"] == pytest.approx(GLS)
    assert any("the first frame is" in note for note in notes)


def test_peak_systolic_is_before_end_systole_and_a_little_after():
    # The curve goes on shortening after ES: that peak is not systolic.
    strain = GLS * np.interp(np.arange(FRAMES), [0, ED, ES, ES + 6, 55, 64], [0.5, 0, 0.8, 1, 0, 0])
    peak, _ = measure(strain=strain)
    end, _ = measure(strain=strain, gls="end_systolic")
    assert end["global", "gls"] == pytest.approx(0.8 * GLS)
    # One frame of 17 ms lies within the 20 ms after ES.
    assert peak["global", "gls"] == pytest.approx(strain[ES + 1])
    assert peak["global", "gls"] > strain.min() + 1


def test_peak_before_end_diastole_does_not_count():
    strain = GLS * shape()
    strain[2] = -30
    assert measure(strain=strain)[0]["global", "gls"] == pytest.approx(GLS)


@pytest.mark.parametrize("es", [0.01, TIMES[ED], 3.0])
def test_an_end_systole_outside_the_beat_is_refused(es):
    traces = Traces(TIMES, GLS * shape(), ed_time_s=TIMES[ED], es_time_s=es)
    assert reason(traces) == "no_end_systole"


def test_an_end_systole_after_the_beat_is_refused():
    marks = {"ed_time_s": TIMES[ED], "es_time_s": TIMES[60], "end_time_s": TIMES[55]}
    assert reason(Traces(TIMES, GLS * shape(), **marks)) == "no_end_systole"


def test_a_beat_that_ends_after_the_frames_says_so():
    marks = MARKS | {"end_time_s": 9.0}
    found, notes = measure(Traces(TIMES, GLS * shape(), **marks))
    assert found["global", "gls"] == pytest.approx(GLS)
    assert notes == ["the beat's end at 9 s is outside the frames"]


def test_without_an_end_systole_gls_is_the_peak_of_the_beat_and_says_so():
    traces = Traces(TIMES, GLS * shape(), ed_time_s=TIMES[ED])
    found, notes = measure(traces)
    assert found["global", "gls"] == pytest.approx(GLS)
    assert ("global", "peak_systolic_strain") not in found
    assert any("gls is the peak of the whole beat" in note for note in notes)
    assert reason(traces, gls="end_systolic") == "no_end_systole"
    # The next beat, deeper, is not looked at when the heart rate says where the first ends.
    deeper = np.r_[GLS * shape()[ED:55], 1.5 * GLS * shape()[ED:55]]
    twice = Traces(np.arange(len(deeper)) / 60, deeper, heart_rate=60 / (46 / 60))
    assert measure(twice)[0]["global", "gls"] == pytest.approx(GLS)


def test_global_is_the_file_s_own_and_not_the_mean_of_segments():
    segments = {name: -share * shape() for name, share in zip(SEGMENTS, SHARES, strict=True)}
    both, _ = measure(Traces(TIMES, GLS * shape(), segments, **MARKS))
    assert both["global", "gls"] == pytest.approx(GLS)
    mean, notes = measure(Traces(TIMES, None, segments, **MARKS))
    assert mean["global", "gls"] == pytest.approx(-17.0)
    assert any("mean of its six segments" in note for note in notes)
    for name, share in zip(SEGMENTS, SHARES, strict=True):
        assert both[name, "peak_systolic_strain"] == pytest.approx(-share)
        assert both[name, "end_systolic_strain"] == pytest.approx(-share)
    five = dict(list(segments.items())[:5])
    assert reason(Traces(TIMES, None, five, **MARKS)) == "no_global_strain"


def test_segments_are_those_of_the_view():
    segments = {name: -share * shape() for name, share in zip(SEGMENTS, SHARES, strict=True)}
    found, _ = measure(Traces(TIMES, None, segments, **MARKS), view="a2c")
    assert {segment for segment, _ in found} == {"global"}
    own = dict(zip(VIEW_SEGMENTS["a2c"], segments.values(), strict=True))
    found, _ = measure(Traces(TIMES, None, own, **MARKS), view="a2c")
    assert {segment for segment, _ in found} == {"global", *VIEW_SEGMENTS["a2c"]}


@pytest.mark.parametrize(
    ("strain", "expected"),
    [
        (-GLS * shape(), "positive_strain"),
        (GLS / 100 * shape(), "strain_fraction"),
        (3 * GLS * shape(), "implausible_value"),
        (0 * shape(), "strain_fraction"),
    ],
)
def test_sign_unit_and_size_are_checked(strain, expected):
    assert reason(strain=strain) == expected


def test_uniform_times_are_not_reported_and_others_are():
    assert check_times(np.arange(100) / 200) == []
    assert check_times((np.arange(60) / 60).round(3)) == []
    (note,) = check_times(np.r_[0, 0.037 + np.arange(60) / 60])
    assert "1 of 60 differ from the median 0.01667 s, such as step 1 of 0.037 s" in note


@pytest.mark.parametrize("times", [[0, 0.1], [0, 0.1, 0.1], [0, 0.2, 0.1], [0, 0.1, np.nan]])
def test_times_that_do_not_increase_are_refused(times):
    with pytest.raises(Unusable, match="bad_export_times"):
        check_times(np.array(times))


def test_heart_rate_and_length_are_given_only_if_they_can_be():
    length = 100 * (1 + GLS / 100 * shape())
    good = Traces(TIMES, length=length, length_is_mm=True, heart_rate=70.0, **MARKS)
    found, _ = measure(good)
    assert found["global", "ed_length"] == 100 and found["global", "heart_rate"] == 70
    bad = Traces(TIMES, length=length / 10, length_is_mm=True, heart_rate=700.0, **MARKS)
    found, notes = measure(bad)
    assert not {("global", "ed_length"), ("global", "heart_rate")} & set(found)
    assert any("10 mm long" in note for note in notes)


def test_every_measure_has_a_range():
    assert all(isinstance(is_plausible(measure, 25.0), bool) for measure in MEASURES)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_s_own_key_means_it(view):
    assert find_view(view) == view


@pytest.mark.parametrize(
    ("word", "view"),
    [("4CH", "a4c"), ("A2C", "a2c"), ("APLAX", "alax"), ("3-CH", "alax"), ("5CH", None)],
)
def test_words_for_views(word, view):
    assert find_view(word) == view


@pytest.mark.parametrize(
    ("word", "segment"),
    [
        ("basSept", "basal_septal"),
        ("apAntSept", "apical_anteroseptal"),
        ("apAnt", "apical_anterior"),
        ("apInf", "apical_inferior"),
        ("midPost", "mid_inferolateral"),
        ("Mid Inferolateral", "mid_inferolateral"),
        ("Basal Anteroseptal", "basal_anteroseptal"),
        ("03-Basal inferoseptal", "basal_septal"),
        ("06-Basal anterolateral", "basal_lateral"),
        ("Apical Lateral", "apical_lateral"),
        ("GLOBAL", "global"),
        ("septal", None),
        ("basal", None),
        ("Masters", None),
    ],
)
def test_words_for_segments(word, segment):
    assert find_segment(word) == segment


@pytest.mark.parametrize("segment", SEGMENTS)
def test_a_segment_s_own_name_means_it(segment):
    assert find_segment(segment) == segment
