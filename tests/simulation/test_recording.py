import importlib.util

import numpy as np
import pytest

from echogls.simulation.recording import (
    MEANS,
    Recording,
    averaged,
    coded,
    draw_recording,
    persisted,
    record,
)
from echogls.study import StudyError


@pytest.fixture(scope="module")
def frames():
    """(12, 40, 52) uint8: a soft pattern that moves by a pixel a frame."""
    rng = np.random.default_rng(3)
    coarse = rng.uniform(20, 230, (10, 20))
    wide = np.kron(coarse, np.ones((4, 4)))
    wide = np.stack([np.convolve(row, np.ones(5) / 5, "same") for row in wide])
    return np.stack([wide[:, k : k + 52] for k in range(12)]).round().astype(np.uint8)


def test_persistence_is_the_recursion_that_it_says(frames):
    shown = persisted(frames, 0.5).astype(float)
    expected = frames[0].astype(float)
    for k, frame in enumerate(frames):
        expected = 0.5 * expected + 0.5 * frame
        assert np.abs(shown[k] - expected).max() < 0.51
    assert persisted(frames, 0.0) is frames


def test_persistence_of_amplitudes_lies_nearer_to_the_brighter_frame(frames):
    grey, amplitude = (persisted(frames, 0.6, of_amplitude=way) for way in (False, True))
    assert (amplitude[3:].astype(int) >= grey[3:].astype(int) - 1).all()
    assert amplitude[3:].mean() > grey[3:].mean() + 0.5


@pytest.mark.parametrize("weights", MEANS[1:])
def test_means_have_the_weights_that_they_are_given(frames, weights):
    assert sum(weights) == pytest.approx(1)
    expected = sum(w * frames[6 - k].astype(float) for k, w in enumerate(weights))
    assert np.abs(averaged(frames, weights)[6] - expected).max() < 0.51


def test_what_is_shown_is_late_by_its_lag(frames):
    assert Recording().lag == 0
    assert Recording(persistence=0.5).lag == pytest.approx(1)
    assert Recording(mean=(0.25, 0.5, 0.25)).lag == pytest.approx(1)
    late = averaged(frames, (0.0, 1.0))  # one frame late, by construction
    assert (late[5] == frames[4]).all() and Recording(mean=(0.0, 1.0)).lag == 1


@pytest.mark.parametrize(
    "codec, quality", [("jpeg", 90), ("mjpeg", 90), ("mpeg4", 2), ("h264", 18)]
)
def test_codecs_change_the_frames_a_little_and_keep_their_number(frames, codec, quality):
    if codec in ("mpeg4", "h264") and not importlib.util.find_spec("av"):
        pytest.skip("the package av is not installed")
    stored = coded(frames, codec, quality)
    assert stored.shape == frames.shape and stored.dtype == np.uint8
    error = np.abs(stored.astype(int) - frames).mean()
    assert 0 < error < 6


def test_a_recording_is_shrunk_by_its_share(frames):
    assert record(frames, Recording(share=0.5)).shape == (12, 20, 26)
    assert record(frames, Recording()) is frames


def test_an_unknown_codec_is_refused(frames):
    with pytest.raises(StudyError, match="no codec 'vhs'"):
        coded(frames, "vhs", 1)


def test_drawn_recordings_are_of_every_kind():
    rng = np.random.default_rng(0)
    drawn = [draw_recording(rng) for _ in range(300)]
    assert {r.codec for r in drawn} == {"", "jpeg", "mjpeg", "mpeg4", "h264"}
    assert 0.15 < np.mean([r == Recording() for r in drawn]) < 0.35
    assert all(0.25 <= r.share <= 1 and 0 <= r.persistence < 0.8 for r in drawn)
