import numpy as np
import pytest
from horseshoe import horseshoe

from echogls.cine import Cine
from echogls.segmentation.by_hand import read_outlines
from echogls.segmentation.clip import (
    load_segmentations,
    reference_segmentation,
    save_segmentations,
    segment_clip,
)
from echogls.segmentation.quality import COLUMNS, quality_rows
from echogls.study import LABELS, StudyError


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


def test_an_outline_drawn_by_hand_stands_in_place_of_the_network_s_and_is_marked(tmp_path):
    scores = beating()
    cine = cine_of(scores)
    labels = horseshoe(length=70).argmax(-1).astype(np.uint8)
    called = []

    def network(image):
        called.append(1)
        return scores[len(called)][None]

    network.input_shape = (1, 256, 256, 1)
    found = segment_clip(cine, network, drawn={0: labels})
    assert len(called) == 23 and found.by_hand == (0,)
    assert (found.mask[0] == labels).all()
    assert found.length_mm[0] == pytest.approx(70 * 0.5, abs=1)
    assert found.plausible[0]  # though it jumps
    assert found.plausible[2:].all()
    save_segmentations(tmp_path / "s.npz", {"c": found})
    assert load_segmentations(tmp_path / "s.npz")["c"].by_hand == (0,)
    rows = {row["measure"]: row["value"] for row in quality_rows("c", cine, found)}
    assert rows["frames_by_hand"] == 1
    untouched = segment_clip(cine, network_of(scores))
    assert "frames_by_hand" not in {row["measure"] for row in quality_rows("c", cine, untouched)}


def _masks(count=5, side=32):
    labels = np.zeros((count, side, side + 8), np.uint8)
    labels[1, 5:25, 5:25], labels[1, 8:20, 8:20] = 2, 1
    return labels


def test_outlines_are_read_from_nifti_and_png_alike(tmp_path):
    import nibabel
    from PIL import Image

    labels = _masks()
    nibabel.save(nibabel.Nifti1Image(labels.T, np.eye(4)), tmp_path / "o.nii.gz")
    (tmp_path / "png").mkdir()
    Image.fromarray(labels[1]).save(tmp_path / "png" / "frame_001.png")
    for path in (tmp_path / "o.nii.gz", tmp_path / "png", tmp_path / "png" / "frame_001.png"):
        (frame, drawn), = read_outlines(path, 5, labels.shape[1:]).items()  # fmt: skip
        assert frame == 1 and (drawn == labels[1]).all()
    # The cine has square pixels, the drawing had higher ones.
    (drawn,) = read_outlines(tmp_path / "o.nii.gz", 5, (64, 40)).values()
    assert drawn.shape == (64, 40) and set(np.unique(drawn)) == {0, 1, 2}


@pytest.mark.parametrize(
    ("frames", "shape", "values", "said"),
    [
        (6, (32, 40), 1, "has 5 images of 3 dimensions; expected 6"),
        (5, (64, 64), 1, "has 40 x 32 pixels; expected 64 x 64"),
        (5, (32, 40), 0, "hold no label"),
        (5, (32, 40), 60, r"labels \[0, 60, 120\]; expected 1 cavity, 2 myocardium"),
    ],
)
def test_an_outline_that_cannot_be_used_is_said(tmp_path, frames, shape, values, said):
    import nibabel

    nibabel.save(nibabel.Nifti1Image(_masks().T * np.uint8(values), np.eye(4)), tmp_path / "o.nii")
    with pytest.raises(StudyError, match=said):
        read_outlines(tmp_path / "o.nii", frames, shape)
    with pytest.raises(StudyError, match="no file, or a folder without PNG"):
        read_outlines(tmp_path / "nothing", frames, shape)
