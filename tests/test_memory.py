"""What stages hold in memory at most, of many frames and of many clips: numpy's own count."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

from echogls.cine import Cine, load_cines, save_cines
from echogls.motion import _tracking, track_clip
from echogls.motion._flow import Flow
from echogls.segmentation.clip import load_segmentations, save_segmentations, segment_clip
from echogls.segmentation.patient import segmented_clips

MB = 1_000_000


def peak_of(work):
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def still(first, _second):
    shape = first.shape
    return Flow(*(np.zeros((*shape, *more), np.float32) for more in ((2,), (), (3,))))


def test_tracking_holds_the_track_and_little_more(monkeypatch):
    monkeypatch.setattr(_tracking, "estimator", lambda _name: SimpleNamespace(estimate=still))
    monkeypatch.setattr(_tracking, "check_options", lambda *_told: {})
    count = 200
    masks = np.zeros((count, 64, 64), bool)
    masks[:, 4:60, 4:60] = True
    frames = np.zeros(masks.shape, np.uint8)
    tracks = []

    def work():
        tracks.append(track_clip(frames, masks, 1.0, np.arange(count) / 50, "made"))

    peak = peak_of(work)
    (track,) = tracks
    held = sum(
        part.nbytes for part in (track.displacement_mm, track.confidence, track.covariance_mm2)
    )
    assert held > 40 * MB
    assert peak < 1.25 * held + 40 * MB


def made_cine(count=40, side=256):
    frames = np.random.default_rng(0).integers(0, 255, (count, side, side), np.uint8)
    return Cine(frames, np.arange(count) / 50, np.ones((side, side), bool))


def unsure(grey):
    return np.full((1, *grey.shape[1:3], 4), 0.25, np.float32)


unsure.input_shape = (1, 32, 32, 1)


def test_segmenting_many_clips_holds_one(tmp_path, monkeypatch):
    monkeypatch.setattr("echogls.runtime.load_graph", lambda *_told, **_more: unsure)
    monkeypatch.setattr("echogls.runtime.shipped_model", lambda *_told: None)
    monkeypatch.setattr("echogls.runtime.trained_on", lambda *_told: "apical four-chamber")
    chosen = {f"clip{k}": "a4c" for k in range(5)}
    save_cines(tmp_path / "cines.npz", ((name, made_cine()) for name in chosen))
    size = made_cine().frames.nbytes
    rows = []

    def work():
        cines = load_cines(tmp_path / "cines.npz", chosen)
        found = segmented_clips(cines, chosen, models=tmp_path, network="made", rows=rows)
        save_segmentations(tmp_path / "walls.npz", found)

    assert peak_of(work) < 4 * size  # frames and labels of one clip, and what zip holds
    walls = load_segmentations(tmp_path / "walls.npz")
    assert list(walls) == list(chosen) and {row["clip"] for row in rows} == set(chosen)
    assert peak_of(lambda: [wall.mask.sum() for wall in walls.values()]) < 2.5 * size


@pytest.mark.parametrize("workers", [1, 2])
def test_labels_are_those_of_each_frame_whatever_the_number_of_workers(workers):
    cine = made_cine(6, 48)
    found = segment_clip(cine, unsure, workers=workers)
    assert found.mask.shape == cine.frames.shape and found.mask.dtype == np.uint8
    alone = segment_clip(cine, unsure)
    np.testing.assert_array_equal(found.mask, alone.mask)
