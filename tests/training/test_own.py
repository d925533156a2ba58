import json

import nibabel
import numpy as np
import pytest
from PIL import Image

from echogls.study import StudyError
from echogls.training.own import folders, own_cases

LABELS = np.zeros((24, 32), np.uint8)
LABELS[4:12, 4:12], LABELS[14:20, 6:20] = 1, 2
IMAGE = (LABELS * 60 + 20).astype(np.uint8)


def pair(folder, name, image=IMAGE, labels=LABELS, ending="_gt.png"):
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(folder / f"{name}.png")
    Image.fromarray(labels).save(folder / f"{name}{ending}")


def test_pairs_of_a_flat_folder_are_split_by_the_patient_in_their_names(tmp_path):
    for number in range(10):
        for frame in ("a", "b"):
            pair(tmp_path, f"p{number}_{frame}")
    train, valid = own_cases(tmp_path)
    assert {case.patient for case in valid} == {"p8"} and len(valid) == 2
    assert len({case.patient for case in train}) == 9 and len(train) == 18
    assert (train[0].image == IMAGE).all() and (train[0].labels == LABELS).all()
    assert train[0].spacing_mm is None


def test_a_subfolder_is_a_patient_and_a_listing_says_the_split(tmp_path):
    for name in ("one", "two", "three"):
        pair(tmp_path / name, "ED", ending="_mask.png")
    (tmp_path / "split.json").write_text(json.dumps({"train": ["two"], "valid": ["one"]}))
    train, valid = own_cases(tmp_path)
    assert [case.patient for case in train] == ["two"] and [c.patient for c in valid] == ["one"]


def test_labelled_frames_of_a_sequence_are_cases_with_their_spacing(tmp_path):
    sequence = np.stack([IMAGE] * 4)
    labels = np.stack([LABELS, 0 * LABELS, 0 * LABELS, LABELS])
    for name in ("p1", "p2"):
        for array, ending in ((sequence, ""), (labels, "_gt")):
            file = tmp_path / f"{name}{ending}.nii.gz"
            nibabel.save(nibabel.Nifti1Image(array.T, np.diag([0.4, 0.4, 1, 1])), file)
    train, valid = own_cases(tmp_path)
    assert [len(train), len(valid)] == [2, 2]
    assert (train[1].labels == LABELS).all() and train[0].spacing_mm == pytest.approx(0.4)


@pytest.mark.parametrize(
    "spoil, told",
    [
        (lambda f: (f / "p1_a_gt.png").unlink(), "no pair|patients"),
        (lambda f: (f / "p1_a.png").unlink(), "p1_a_gt.png has no image"),
        (lambda f: pair(f, "p2_a", labels=LABELS * 100), "label 200; expected 0 background"),
        (lambda f: pair(f, "p2_a", image=IMAGE[:9]), "expected the same"),
        (lambda f: (f / "p1_a.png").write_bytes(b"no picture"), "p1_a.png cannot be read"),
    ],
)
def test_what_cannot_be_learnt_from_is_named(tmp_path, spoil, told):
    for name in ("p1_a", "p2_a"):
        pair(tmp_path, name)
    spoil(tmp_path)
    with pytest.raises(StudyError, match=told):
        own_cases(tmp_path)


def test_an_entry_is_a_folder_or_a_folder_with_its_view():
    found = folders(["mine", {"folder": "theirs", "view": "a2c"}, {"folder": "ours"}])
    assert [(path.name, view) for path, view in found] == [
        ("mine", "a4c"), ("theirs", "a2c"), ("ours", "a4c"),
    ]  # fmt: skip
