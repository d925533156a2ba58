"""Motion over stretches of frames."""

import numpy as np
import pytest

from echogls import motion
from echogls.fusion.material import moves_over_stretches
from echogls.motion import refiner
from echogls.motion._far import added_up, stretches
from echogls.study import StudyError


def test_a_clip_is_cut_into_stretches_of_about_the_same_time():
    cuts = stretches(np.arange(50) / 50)
    assert cuts[0] == 0 and cuts[-1] == 49
    assert set(np.diff(cuts)) <= {3, 4}
    assert set(np.diff(stretches(np.arange(50) / 15))) <= {2, 3}  # a stretch has two intervals
    assert np.diff(stretches(np.arange(500) / 1000)).max() <= 12
    assert len(stretches(np.arange(2) / 50)) == 0


def test_displacements_add_up_along_the_tissue():
    # x grows by a tenth of itself over each interval: displacement x / 10, at nodes 4 pixels apart.
    x = 4.0 * np.tile(np.arange(40), (6, 1))
    one = np.stack([x / 10, np.zeros_like(x)], axis=-1)
    total = added_up(np.stack([one] * 3), np.ones((3, *x.shape)), 4)
    np.testing.assert_allclose(total[:, :25, 0], (x * (1.1**3 - 1))[:, :25], atol=0.05)
    assert not total[..., 1].any()


@pytest.fixture
def clip():
    """Speckle that moves by (1.3, -0.7) pixels a frame, half of each frame left from the last."""
    rng = np.random.default_rng(5)
    grain = rng.standard_normal((256, 256))
    yy, xx = np.mgrid[:256, :256]
    frequency = np.fft.fftfreq(256)
    blur = np.exp(-((frequency[:, None] ** 2 + frequency**2) / 0.02))
    spectrum = np.fft.fft2(grain) * blur
    frames, last = [], 0.0
    for k in range(14):
        turned = spectrum * np.exp(
            -2j * np.pi * k * (1.3 * frequency[None] - 0.7 * frequency[:, None])
        )
        image = np.fft.ifft2(turned).real
        image = 90 + 45 * image / image.std()
        last = image if k == 0 else 0.5 * last + 0.5 * image
        frames.append(np.clip(last, 1, 255).astype(np.uint8))
    ring = np.abs(np.hypot(xx - 128, yy - 128) - 60) < 12
    return np.array(frames), np.array([ring] * 14), ring


def test_over_a_stretch_motion_is_not_held_back(clip):
    frames, masks, ring = clip
    track = motion.track_clip(frames, masks, 1.0, np.arange(14) / 50, "refiner")
    sampler = motion.Sampler(track)
    rows, columns = np.nonzero(ring[::8, ::8])
    points = 8.0 * np.stack([columns, rows], axis=1)
    true = np.array([1.3, -0.7])
    spans = sampler.stretches
    assert spans[0][0] == 0 and spans[-1][1] == 13
    for number, (first, last) in enumerate(spans[1:], 1):
        displacement, covariance = sampler.over_stretch(number, points)
        found = np.median(displacement, axis=0) / (last - first)
        assert found == pytest.approx(true, abs=0.08)
        assert (np.linalg.eigvalsh(covariance) > 0).all()


def test_stretches_are_stored_and_unknown_places_say_so(clip, tmp_path):
    frames, masks, _ = clip
    track = motion.track_clip(frames, masks, 1.0, np.arange(14) / 50, "refiner")
    motion.save_tracks(tmp_path / "refiner.npz", {"a": track})
    again = motion.load_tracks(tmp_path / "refiner.npz")["a"]
    np.testing.assert_array_equal(again.far_displacement_mm, track.far_displacement_mm)
    positions = np.zeros((14, 3, 2)) - 500.0  # far outside the picture
    for move in moves_over_stretches(positions, motion.Sampler(again)):
        assert np.isinf(move.covariance).all() and not move.displacement.any()


def test_estimators_that_take_no_guess_have_no_stretches(clip):
    frames, masks, _ = clip
    track = motion.track_clip(frames[:4], masks[:4], 1.0, np.arange(4) / 50, "dis")
    assert motion.Sampler(track).stretches == [] and track.far_displacement_mm is None


def test_a_guess_of_another_shape_is_refused():
    image = np.full((64, 64), 90, np.uint8)
    image[::2] = 40
    image[:, ::3] += 30
    with pytest.raises(StudyError, match=r"the guess is \(16, 16, 2\), expected \(64, 64, 2\)"):
        refiner.estimate(image, image, guess=np.zeros((16, 16, 2), np.float32))
