"""Lines that an expert traced in two frames, and the strain between them."""

import numpy as np
import pytest

from echogls.cine import Cine, load_cines, save_cines
from echogls.segmentation.traced import traced_pair
from echogls.strain.contours import measure_contours

FRAMES = 12
SETTINGS = {"gls": "peak_systolic", "ed_rule": ["area"], "es_rule": "area", "drift": "none"}


def traced_cine(frames=(8, 3), scales=(1.0, 0.8), spacing=None):
    """An arch traced at `frames`, larger by `scales`."""
    turn = np.linspace(np.pi, 0, 120)
    arch = np.stack([60 + 20 * np.cos(turn), 80 - 50 * np.sin(turn)], axis=-1)
    lines = np.full((FRAMES, 120, 2), np.nan)
    for frame, scale in zip(frames, scales, strict=True):
        lines[frame] = [60, 80] + scale * (arch - [60, 80])
    grey = np.full((FRAMES, 112, 112), 50, np.uint8)
    return Cine(
        frames=grey,
        times_s=np.arange(FRAMES) / 50,
        sector=np.ones((112, 112), bool),
        spacing_mm=spacing,
        reference=np.ones_like(grey),
        traced=lines,
    )


def told(cine):
    clips = [{"clip": "clip01", "status": "ok", "reason": ""}]
    views = [{"clip": "clip01", "view": "a4c", "chosen": "yes"}]
    return measure_contours(
        wanted=["a4c"], clips=clips, views=views, cines={"clip01": cine}, min_plausible=60,
        settings=SETTINGS,
    )  # fmt: skip


@pytest.mark.parametrize("spacing", [None, 0.8])
def test_strain_is_that_of_the_line_and_frames_are_those_of_the_clip(spacing):
    rows = told(traced_cine(spacing=spacing))
    found = {row["measure"]: row for row in rows if row["segment"] == "global"}
    assert found["gls"]["value"] == pytest.approx(-20, abs=0.01)
    assert (found["ed_frame"]["value"], found["es_frame"]["value"]) == (8, 3)
    assert {row["reason"] for row in rows if row["value"] is not None} == {"endocardium_only"}
    assert (found["ed_length"]["value"] is None) == (spacing is None)


@pytest.mark.parametrize(("best", "frames"), [((8, 3), (8, 3)), ((), (10, 2))])
def test_of_repeats_the_best_clip_that_is_traced_is_the_reading(best, frames):
    cines = {
        "clip01": traced_cine((10, 2)),
        "clip02": traced_cine(best, (1.0, 0.8)[: len(best)]),
    }
    clips = [{"clip": clip, "status": "ok", "reason": ""} for clip in cines]
    views = [
        {"clip": "clip01", "view": "a4c", "chosen": "yes", "repeat": "2"},
        {"clip": "clip02", "view": "a4c", "chosen": "yes", "repeat": "1"},
    ]
    rows = measure_contours(
        wanted=["a4c"], clips=clips, views=views, cines=cines, min_plausible=60, settings=SETTINGS
    )
    found = {row["measure"]: row["value"] for row in rows if row["segment"] == "global"}
    assert (found["ed_frame"], found["es_frame"]) == frames
    assert {row["repeat"] for row in rows} == {1}
    assert {row["reason"] for row in rows if row["value"] is not None} == {"endocardium_only"}


def test_the_largest_and_the_smallest_of_several_lines_are_used():
    pair, _, frames = traced_pair(traced_cine((1, 5, 9), (0.9, 0.7, 1.0)))
    assert frames == (9, 5) and pair.kind == "ed_es" and len(pair.frames) == 2


@pytest.mark.parametrize("frames", [(), (4,)])
def test_fewer_than_two_lines_are_no_reading(frames):
    assert told(traced_cine(frames, (1.0,) * len(frames))) == []


def test_lines_are_kept_with_the_clip(tmp_path):
    cine = traced_cine()
    save_cines(tmp_path / "cines.npz", {"a": cine})
    np.testing.assert_array_equal(load_cines(tmp_path / "cines.npz")["a"].traced, cine.traced)
