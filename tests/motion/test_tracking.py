from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from echogls.motion import Sampler, _tracking, load_tracks, sample, save_tracks, track_clip
from echogls.motion._flow import Flow
from echogls.motion._tracking import Track
from echogls.study import StudyError

SPACING = 0.5
TIMES = np.array([0.0, 0.02, 0.05])


@pytest.fixture
def clip(speckle, ring):
    """Three frames of a wall that moves (30, -45) pixels a second."""
    frames = np.stack([speckle(shift=(30 * t, -45 * t)) for t in TIMES])
    return frames, np.stack([ring(inner=60, outer=80)] * 3)


def wall_points(radius_mm=35.0):
    angle = np.linspace(0, 2 * np.pi, 40)
    centre = np.array([127.5, 95.5]) * SPACING
    return centre + radius_mm * np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.mark.parametrize(
    ("estimator", "sure"), [("block_matching", 0.3), ("dis", 0.3), ("refiner", 0.05)]
)
@pytest.mark.parametrize("mask_image", [True, False])
def test_the_walls_velocity_is_found_in_mm_per_s(clip, estimator, sure, mask_image):
    track = track_clip(*clip, SPACING, TIMES, estimator, mask_image=mask_image)
    for k, seconds in enumerate(np.diff(TIMES)):
        velocity, confidence = sample(track, k, wall_points())
        true = np.array([30, -45]) * SPACING
        assert velocity == pytest.approx(np.tile(true, (40, 1)), abs=0.1 * SPACING / seconds)
        assert confidence.min() > sure


def test_the_track_knows_nothing_away_from_the_wall(clip):
    track = track_clip(*clip, SPACING, TIMES, "dis", margin_mm=3.0)
    far = np.array([[127.5, 95.5], [-50, 40], [1e6, 1e6], [np.nan, 1.0]]) * SPACING
    velocity, confidence = sample(track, 0, far)
    assert not velocity.any()
    assert not confidence.any()


def test_only_the_surroundings_of_the_wall_matter(clip):
    frames, masks = clip
    busy = frames.copy()
    busy[1:, 90:102, 120:135] = 255
    calm, disturbed = (
        track_clip(f, masks, SPACING, TIMES, "block_matching", margin_mm=4.0)
        for f in (frames, busy)
    )
    assert np.array_equal(calm.displacement_mm, disturbed.displacement_mm)


def test_a_frame_without_a_mask_takes_its_neighbours(clip):
    frames, masks = clip
    masks = masks.copy()
    masks[1] = False
    track = track_clip(frames, masks, SPACING, TIMES, "dis")
    assert sample(track, 1, wall_points())[1].min() > 0.3


def test_the_same_clip_gives_the_same_bits_however_many_pairs_at_a_time(clip):
    one, two = (
        track_clip(*clip, SPACING, TIMES, "block_matching", workers=workers) for workers in (1, 2)
    )
    assert one.displacement_mm.tobytes() == two.displacement_mm.tobytes()
    assert one.confidence.tobytes() == two.confidence.tobytes()


def ramp_track():
    """Displacement grows by 0.1 mm a mm of x and 0.2 a mm of y."""
    y, x = np.mgrid[:5, :6]
    place = np.stack([10 + 2 * x, 20 + 2 * y], axis=-1)
    displacement = (place * [0.1, 0.2]).astype(np.float32)[None]
    confidence = np.full((1, 5, 6), 0.8, np.float32)
    return Track(displacement, confidence, np.array([10.0, 20.0]), 2.0, np.array([0.0, 0.5]))


def test_an_estimate_that_is_no_number_is_named(clip, monkeypatch):
    def estimate(first, second):
        motion = np.zeros((*first.shape, 2), np.float32)
        return Flow(motion, np.full(first.shape, np.nan, np.float32))

    monkeypatch.setattr("echogls.motion.dis.estimate", estimate)
    with pytest.raises(StudyError, match=r"'dis' gave .* between frames 0 and 1"):
        track_clip(*clip, SPACING, TIMES, "dis")


def test_sample_is_bilinear_up_to_the_grids_edge():
    points = np.array([[10.0, 20.0], [13.3, 24.9], [20.0, 28.0]])
    velocity, confidence = sample(ramp_track(), 0, points)
    assert velocity == pytest.approx(points * [0.1, 0.2] / 0.5, rel=1e-6)
    assert confidence == pytest.approx(0.8)
    assert ramp_track().velocity_mm_s[0, 0, 0] == pytest.approx([2.0, 8.0])


def test_unknown_nodes_lower_the_confidence_and_not_the_velocity():
    track = ramp_track()
    track.displacement_mm[:] = [1.0, -2.0]
    track.displacement_mm[0, 2, 2] = 0
    track.confidence[0, 2, 2] = 0
    velocity, confidence = sample(track, 0, np.array([[13.0, 23.0]]))
    assert velocity == pytest.approx(np.array([[2.0, -4.0]]))
    assert confidence == pytest.approx(0.6)


def test_tracks_survive_the_disk(tmp_path, clip):
    tracks = {"b": track_clip(*clip, SPACING, TIMES, "dis"), "a": ramp_track()}
    save_tracks(tmp_path / "dis.npz", tracks)
    loaded = load_tracks(tmp_path / "dis.npz")
    assert list(loaded) == ["a", "b"]
    for name, track in tracks.items():
        for part in Track.__dataclass_fields__:
            assert np.array_equal(getattr(loaded[name], part), getattr(track, part))


def test_mistakes_are_named(clip):
    frames, masks = clip
    with pytest.raises(StudyError, match="expected \\(T, H, W\\)"):
        track_clip(frames, masks[:2], SPACING, TIMES, "dis")
    with pytest.raises(StudyError, match="do not increase"):
        track_clip(frames, masks, SPACING, TIMES[::-1], "dis")
    with pytest.raises(StudyError, match="no option 'stifness'; did you mean 'stiffness'"):
        track_clip(frames, masks, SPACING, TIMES, "dis", {"stifness": 3})
    with pytest.raises(StudyError, match="at least two"):
        track_clip(frames[:1], masks[:1], SPACING, TIMES[:1], "dis")


def test_an_estimator_that_wants_them_sees_the_frames_around_a_pair(monkeypatch):
    seen = []

    def estimate(first, second, *, before=None, after=None, spans=(1.0, 1.0), enlarged=1.0):
        seen.append((before is not None, after is not None, spans, enlarged))
        zero = np.zeros(first.shape, np.float32)
        spread = np.full((*first.shape, 3), 4.0, np.float32)
        return Flow(np.stack([zero, zero], axis=-1), zero + 1, spread)

    module = SimpleNamespace(estimate=estimate, AROUND=True, THREADS=1)
    monkeypatch.setattr(_tracking, "estimator", lambda name: module)
    frames = np.full((4, 64, 64), 90, np.uint8)
    masks = np.zeros((4, 64, 64), bool)
    masks[:, 20:40, 20:40] = True
    times = np.array([0.0, 0.02, 0.04, 0.10])  # the last frame comes late
    track = track_clip(frames, masks, 0.5, times, "around")
    assert [row[:2] for row in seen] == [(False, True), (True, True), (True, False)]
    assert np.allclose([row[2] for row in seen], [(0, 1), (1, 3), (1 / 3, 0)])
    scale = seen[0][3]
    assert scale > 1
    there = Sampler(track).covariance(1, np.array([[15.0, 15.0], [1e6, 0.0]]))
    assert there[0] == pytest.approx(4 * (0.5 / scale) ** 2 * np.array([[1, 1], [1, 1]]))
    assert np.isnan(there[1]).all()
    plain = track_clip(frames, masks, 0.5, times, "around", smooth=False)
    assert plain.covariance_mm2.shape == (*plain.confidence.shape, 3)


def test_tracks_with_and_without_a_covariance_are_stored(tmp_path):
    bare = Track(np.zeros((1, 2, 2, 2)), np.ones((1, 2, 2)), np.zeros(2), 1.0, np.arange(2.0))
    told = replace(bare, covariance_mm2=np.ones((1, 2, 2, 3), np.float32))
    save_tracks(tmp_path / "tracks.npz", {"bare": bare, "told": told})
    back = load_tracks(tmp_path / "tracks.npz")
    assert back["bare"].covariance_mm2 is None
    assert (back["told"].covariance_mm2 == 1).all()
