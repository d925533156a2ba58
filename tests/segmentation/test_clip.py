import numpy as np
import pytest
from horseshoe import horseshoe

from echogls.cine import Cine
from echogls.segmentation.clip import (
    load_segmentations,
    reference_segmentation,
    save_segmentations,
    segment_clip,
)
from echogls.segmentation.quality import COLUMNS, quality_rows
from echogls.study import LABELS


def network_of(scores_of_frames):
    """A stand-in network that knows the answer: one score map a call, in order."""
    waiting = iter(scores_of_frames)

    def run(image):
        return next(waiting)[None]

    run.input_shape = (1, 256, 256, 1)
    return run


def beating(count=24):
    lengths = 100 + 10 * np.cos(2 * np.pi * np.arange(count) / count)
    return [horseshoe(length=length) for length in lengths]


def cine_of(scores, **changes):
    labels = np.stack([s.argmax(-1).astype(np.uint8) for s in scores])
    facts = {
        "frames": (labels * 60 + 10).astype(np.uint8),
        "times_s": np.arange(len(scores)) / 50,
        "sector": np.ones((256, 256), bool),
        "spacing_mm": 0.5,
    }
    return Cine(**(facts | changes))


def test_every_frame_has_a_mask_an_outline_and_a_centreline_in_mm():
    scores = beating()
    found = segment_clip(cine_of(scores), network_of(scores))
    assert found.mask.shape == (24, 256, 256)
    assert np.isfinite(found.centreline_mm).all()
    assert found.plausible.all()
    assert found.length_mm[0] == pytest.approx(110 * 0.5, abs=1)
    assert (found.ed_candidate, found.es_candidate) == (0, 12)


def test_frame_without_a_ventricle_is_said_and_not_hidden():
    scores = beating()
    scores[7] = np.zeros_like(scores[7])
    scores[7][..., 0] = 1
    cine = cine_of(scores)
    found = segment_clip(cine, network_of(scores))
    assert found.codes[7] == ("no_contour",)
    assert np.isnan(found.usable_centreline_mm[7]).all()
    assert found.failure(60) == ""
    flagged = [row for row in quality_rows("c", cine, found) if row["flag"]]
    assert [(row["frame"], row["flag"]) for row in flagged] == [(7, "no_contour")]


def test_jump_keeps_its_outline_but_is_not_used():
    scores = beating()
    scores[5] = horseshoe(centre=(160.0, 185.0), length=130)
    found = segment_clip(cine_of(scores), network_of(scores))
    assert found.codes[5]
    assert np.isfinite(found.centreline_mm[5]).all()
    assert np.isnan(found.usable_centreline_mm[5]).all()


def into_atrium(scores):
    """The same scores, but the left side goes on 35 pixels below the annulus."""
    scores = scores.copy()
    for columns, label in ((slice(74, 90), "myocardium"), (slice(90, 118), "cavity")):
        scores[165:205, columns] = np.eye(len(LABELS))[LABELS[label]]
    return scores


def test_a_side_that_runs_into_the_atrium_is_taken_from_its_neighbours():
    scores = beating()
    right = segment_clip(cine_of(scores), network_of(scores))
    wrong = [into_atrium(s) if k in (9, 10) else s for k, s in enumerate(scores)]
    found = segment_clip(cine_of(wrong), network_of(wrong))
    assert found.codes[9] == found.codes[10] == ("left_side_mended",)
    assert found.plausible.all()
    error = np.linalg.norm(found.centreline_mm[9:11] - right.centreline_mm[9:11], axis=-1)
    assert error.max() < 2.0  # mm; the end lies 15 mm away as it was seen
    assert found.area_mm2[9:11] == pytest.approx(right.area_mm2[9:11], rel=0.04)
    mended = [row for row in quality_rows("c", cine_of(wrong), found) if row["flag"]]
    assert [row["frame"] for row in mended] == [9, 10]


def test_a_side_that_is_wrong_throughout_does_not_spoil_the_other():
    wrong = [into_atrium(into_atrium(s)) for s in beating()]
    wrong = [np.concatenate([s[:205], np.repeat(s[204:205], 51, axis=0)]) for s in wrong]
    found = segment_clip(cine_of(wrong), network_of(wrong))
    assert all("left_side" in codes for codes in found.codes)
    assert not any("right_side" in codes for codes in found.codes)
    assert found.plausible.all() and found.failure(60) == ""


def test_clip_without_any_ventricle_fails_with_its_reason():
    empty = np.zeros((256, 256, 4), np.float32)
    empty[..., 0] = 1
    found = segment_clip(cine_of(beating()), network_of([empty] * 24))
    assert found.failure(60) == "no_contour"


def test_segmentations_come_back_as_they_were_saved(tmp_path):
    scores = beating(8)
    scores[3] = np.zeros_like(scores[3])
    scores[3][..., 0] = 1
    found = segment_clip(cine_of(scores), network_of(scores))
    save_segmentations(tmp_path / "s.npz", {"clip01": found})
    loaded = load_segmentations(tmp_path / "s.npz")["clip01"]
    for name, value in vars(found).items():
        np.testing.assert_equal(getattr(loaded, name), value)
    assert load_segmentations(tmp_path / "s.npz", masks=False)["clip01"].mask is None


def test_expert_labels_are_measured_like_the_network_s():
    scores = beating(2)
    labels = np.stack([s.argmax(-1).astype(np.uint8) for s in scores])
    cine = cine_of(scores, reference=labels, kind="ed_es", times_s=np.array([0.0, 1.0]))
    ours = segment_clip(cine, network_of(scores))
    expert = reference_segmentation(cine)
    assert expert.area_mm2 == pytest.approx(ours.area_mm2, rel=0.02)
    rows = quality_rows("c", cine, ours)
    dice = {(r["phase"], r["label"]): r["value"] for r in rows if r["measure"] == "dice"}
    assert set(dice) == {(p, n) for p in ("ED", "ES") for n in LABELS if n != "background"}
    assert min(dice.values()) > 0.98
    assert all(set(row) == set(COLUMNS) for row in rows)
