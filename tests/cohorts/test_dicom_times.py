"""Frame times of DICOM clips, by order of trust."""

import numpy as np
import pytest
from pydicom import Dataset

from echogls.cohorts import Excluded
from echogls.cohorts._dicom_times import frame_times, r_waves


def header(**elements) -> Dataset:
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


ALL = {
    "FrameTimeVector": [0, 10, 20, 10],
    "FrameTime": 20,
    "CineRate": 25,
    "RecommendedDisplayFrameRate": 10,
}


@pytest.mark.parametrize(
    ("absent", "timing", "times_ms"),
    [
        ([], "FrameTimeVector", [0, 10, 30, 40]),
        (["FrameTimeVector"], "FrameTime", [0, 20, 40, 60]),
        (["FrameTimeVector", "FrameTime"], "CineRate", [0, 40, 80, 120]),
        (
            ["FrameTimeVector", "FrameTime", "CineRate"],
            "RecommendedDisplayFrameRate",
            [0, 100, 200, 300],
        ),
    ],
)
def test_the_most_trusted_element_is_used(absent, timing, times_ms):
    elements = {key: value for key, value in ALL.items() if key not in absent}
    times_s, used, notes = frame_times(header(**elements), 4)
    np.testing.assert_allclose(times_s, np.array(times_ms) / 1000)
    assert used == timing
    assert len(notes) == len(elements) - 1


def test_agreement_within_the_tolerance_is_not_noted():
    assert frame_times(header(FrameTime=33.3, CineRate=30), 4)[2] == []
    assert frame_times(header(FrameTime=33.3, CineRate=30), 4, tolerance=0.0005)[2]


def test_the_sheet_goes_before_the_file_and_disagreement_is_noted():
    times_s, timing, notes = frame_times(header(FrameTime=20), 3, fps=100)
    np.testing.assert_allclose(times_s, [0, 0.01, 0.02])
    assert timing == "sheet"
    assert notes == ["sheet gives 10 ms a frame, FrameTime 20 ms"]


def test_a_vector_of_another_length_is_noted_and_not_used():
    _, timing, notes = frame_times(header(FrameTimeVector=[0, 10], FrameTime=20), 4)
    assert timing == "FrameTime"
    assert notes == ["FrameTimeVector has 2 values for 4 frames, not used"]


@pytest.mark.parametrize("vector", [[0, 10, 0, 10], [0, 10, -10, 10]])
def test_times_that_do_not_increase_are_left_out(vector):
    with pytest.raises(Excluded) as caught:
        frame_times(header(FrameTimeVector=vector, FrameTime=20), 4)
    assert caught.value.reason == "bad_frame_times"


@pytest.mark.parametrize("elements", [{}, {"FrameTime": 0, "CineRate": 0}, {"FrameTime": None}])
def test_unknown_times_are_left_out(elements):
    with pytest.raises(Excluded) as caught:
        frame_times(header(**elements), 4)
    assert caught.value.reason == "no_frame_times"


def test_r_waves_are_seconds_within_the_clip():
    found = r_waves(header(RWaveTimeVector=[900, 100, -20, 1500]), 1.0)
    np.testing.assert_allclose(found, [0.1, 0.9])
    assert r_waves(header(), 1.0).shape == (0,)
