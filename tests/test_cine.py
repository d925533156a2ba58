import numpy as np
import pytest

from echogls.cine import Cine, load_cines, save_cines


def made_cine(**changes):
    rng = np.random.default_rng(0)
    facts = {
        "frames": rng.integers(0, 255, (4, 6, 8), dtype=np.uint8),
        "times_s": np.array([0.0, 0.02, 0.05, 0.06]),
        "sector": rng.random((6, 8)) > 0.5,
        "spacing_mm": 0.31,
        "r_waves_s": np.array([0.01]),
        "view": "a4c",
        "provenance": {"format": "dicom"},
    }
    return Cine(**(facts | changes))


def test_cines_come_back_as_they_were_saved(tmp_path):
    labels = np.ones((4, 6, 8), np.uint8)
    saved = {"b": made_cine(), "a": made_cine(spacing_mm=None, reference=labels, kind="ed_es")}
    save_cines(tmp_path / "c.npz", saved)
    loaded = load_cines(tmp_path / "c.npz")
    assert list(loaded) == ["a", "b"]
    for name, cine in loaded.items():
        for field in ("frames", "times_s", "sector", "r_waves_s"):
            np.testing.assert_array_equal(getattr(cine, field), getattr(saved[name], field))
        for field in ("spacing_mm", "kind", "view", "provenance"):
            assert getattr(cine, field) == getattr(saved[name], field)
    assert loaded["b"].reference is None
    np.testing.assert_array_equal(loaded["a"].reference, labels)


def test_only_named_clips_are_loaded(tmp_path):
    save_cines(tmp_path / "c.npz", {"a": made_cine(), "b": made_cine()})
    assert list(load_cines(tmp_path / "c.npz", ["b"])) == ["b"]


def test_without_images_a_cine_has_its_times_and_size_and_is_black(tmp_path):
    save_cines(tmp_path / "c.npz", {"a": made_cine()})
    (black,) = load_cines(tmp_path / "c.npz", images=False).values()
    assert black.frames.shape == made_cine().frames.shape and not black.frames.any()
    np.testing.assert_array_equal(black.times_s, made_cine().times_s)


def test_frame_rate_is_the_mean_over_uneven_intervals():
    assert made_cine().fps == pytest.approx(50)
    assert np.isnan(made_cine(kind="ed_es").fps)


def test_unknown_spacing_counts_in_pixels():
    assert made_cine(spacing_mm=None).scale == 1.0
    assert made_cine().scale == 0.31
