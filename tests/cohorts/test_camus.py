"""CAMUS: both releases, pairs and sequences."""

import os
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest

from echogls.cohorts import ingest_patient, list_patients
from echogls.cohorts.camus import read_pairs
from echogls.study import StudyError

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("ECHOGLS_CAMUS", ROOT.parent / "shared" / "data" / "camus"))
needs_camus = pytest.mark.skipif(
    not REAL.is_dir(), reason="no CAMUS here; name a copy in ECHOGLS_CAMUS"
)


def image(rows=60, columns=40, offset=0):
    """(H, W) uint8, a lit wedge on black."""
    y, x = np.mgrid[:rows, :columns]
    lit = np.abs(x - columns / 2) < 0.4 * (y + 1)
    return np.where(lit, 50 + y + offset, 0).astype(np.uint8)


def labels(rows=60, columns=40):
    made = np.zeros((rows, columns), np.uint8)
    made[15:40, 12:28] = 2
    made[20:40, 16:24] = 1
    made[40:50, 16:24] = 3
    return made


def write_nifti(file: Path, array: np.ndarray, spacing=(0.3, 0.3)) -> None:
    """(H, W) or (T, H, W) -> [x, y] or [x, y, t]; spacing is (row, column) in mm."""
    file.parent.mkdir(parents=True, exist_ok=True)
    made = nibabel.Nifti1Image(np.ascontiguousarray(array.T), np.eye(4))
    made.header.set_zooms((spacing[1], spacing[0], 1.0)[: array.ndim])
    nibabel.save(made, file)


def write_mhd(file: Path, array: np.ndarray, spacing=(0.15, 0.3)) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows, columns = array.shape
    file.write_text(
        "ObjectType = Image\nNDims = 3\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
        f"ElementSpacing = {spacing[1]} {spacing[0]} 1.54\nDimSize = {columns} {rows} 1\n"
        "ElementType = MET_UCHAR\nElementDataFile = /elsewhere/secret.raw\n"
    )
    file.with_suffix(".raw").write_bytes(array.tobytes())


def write_patient(folder: Path, name="patient0001", write=write_nifti, ending=".nii.gz") -> Path:
    for chamber in ("4CH", "2CH"):
        for offset, phase in enumerate(("ED", "ES")):
            stem = folder / name / f"{name}_{chamber}_{phase}"
            write(stem.with_name(stem.name + ending), image(offset=offset))
            write(stem.with_name(stem.name + "_gt" + ending), labels())
    return folder / name


def write_sequence(path: Path, info: str, frames=12) -> None:
    stem = f"{path.name}_4CH_half_sequence"
    write_nifti(path / f"{stem}.nii.gz", np.stack([image(offset=t) for t in range(frames)]))
    write_nifti(path / f"{stem}_gt.nii.gz", np.stack([labels()] * frames))
    (path / "Info_4CH.cfg").write_text(info)


def test_a_pair_is_a_cine_of_two_frames_ed_first(tmp_path):
    rows, cines = ingest_patient("camus", write_patient(tmp_path), {})
    assert [(row["clip"], row["view"], row["status"]) for row in rows] == [
        ("a4c", "a4c", "ok"),
        ("a2c", "a2c", "ok"),
    ]
    cine = cines["a4c"]
    assert (cine.kind, cine.view, cine.spacing_mm) == ("ed_es", "a4c", 0.3)
    np.testing.assert_array_equal(cine.frames, [image(), image(offset=1)])
    np.testing.assert_array_equal(cine.reference, [labels(), labels()])
    assert cine.sector[image() > 0].all()
    assert cine.sector.mean() < 1.05 * (image() > 0).mean()


def test_the_older_release_is_made_square(tmp_path):
    path = write_patient(tmp_path, write=write_mhd, ending=".mhd")
    cine = ingest_patient("camus", path, {})[1]["a4c"]
    assert cine.frames.shape == (2, 60, 80)
    assert cine.spacing_mm == 0.15
    assert set(np.unique(cine.reference)) == {0, 1, 2, 3}
    np.testing.assert_array_equal(cine.reference[0], np.repeat(labels(), 2, axis=1))


def test_views_can_be_limited(tmp_path):
    rows, _ = ingest_patient("camus", write_patient(tmp_path), {"views": ["a2c"]})
    assert [row["clip"] for row in rows] == ["a2c"]


def test_a_sequence_runs_from_ed_to_es_with_real_times(tmp_path):
    path = write_patient(tmp_path)
    write_sequence(path, "ED: 1\nES: 11\nNbFrame: 12\nSex: F\nFrameRate: 50\n")
    rows, cines = ingest_patient("camus", path, {"views": ["a4c"]})
    cine = cines["a4c"]
    assert (cine.kind, len(cine.frames), rows[0]["timing"]) == ("sequence", 11, "FrameRate")
    np.testing.assert_allclose(cine.times_s, np.arange(11) / 50)
    np.testing.assert_array_equal(cine.frames[10], image(offset=10))
    assert cine.reference.shape == cine.frames.shape


def test_a_sequence_recorded_backwards_is_reversed_and_says_so(tmp_path):
    path = write_patient(tmp_path)
    write_sequence(path, "ED: 12\nES: 2\nNbFrame: 12\nFrameRate: 50\n")
    rows, cines = ingest_patient("camus", path, {"views": ["a4c"]})
    np.testing.assert_array_equal(cines["a4c"].frames[0], image(offset=11))
    np.testing.assert_array_equal(cines["a4c"].frames[-1], image(offset=1))
    assert "reversed" in rows[0]["note"]


def test_a_sequence_without_a_rate_needs_the_sheet(tmp_path):
    path = write_patient(tmp_path)
    write_sequence(path, "ED: 1\nES: 12\nNbFrame: 12\n")
    rows, _ = ingest_patient("camus", path, {"views": ["a4c"]})
    assert rows[0]["reason"] == "no_frame_times"
    rows, cines = ingest_patient("camus", path, {"views": ["a4c"]}, {"fps": 40})
    assert (rows[0]["timing"], cines["a4c"].fps) == ("sheet", pytest.approx(40))


def test_a_missing_sequence_is_noted_and_the_pair_used(tmp_path):
    path = write_patient(tmp_path)
    (path / "Info_4CH.cfg").write_text("ED: 1\nES: 20\nNbFrame: 20\n")
    rows, cines = ingest_patient("camus", path, {"views": ["a4c"]})
    assert rows[0]["note"] == "the sequence of 20 frames is missing"
    assert cines["a4c"].kind == "ed_es"


def test_a_missing_or_broken_image_is_a_row(tmp_path):
    path = write_patient(tmp_path)
    (path / "patient0001_4CH_ES.nii.gz").unlink()
    (path / "patient0001_2CH_ED.nii.gz").write_bytes(b"broken")
    rows, cines = ingest_patient("camus", path, {})
    assert [row["reason"] for row in rows] == ["missing_image", "unreadable"]
    assert cines == {}


@pytest.mark.parametrize("which", ["ES", "ED_gt"])
def test_a_size_that_differs_is_a_row(tmp_path, which):
    path = write_patient(tmp_path)
    write_nifti(path / f"patient0001_4CH_{which}.nii.gz", labels(70, 40))
    rows, _ = ingest_patient("camus", path, {"views": ["a4c"]})
    assert rows[0]["reason"] == "bad_image"


def test_raw_data_of_another_size_are_a_row(tmp_path):
    path = write_patient(tmp_path, write=write_mhd, ending=".mhd")
    raw = path / "patient0001_4CH_ED.raw"
    raw.write_bytes(raw.read_bytes()[:-5])
    rows, _ = ingest_patient("camus", path, {"views": ["a4c"]})
    assert rows[0]["reason"] == "unreadable"


def test_missing_labels_leave_no_reference(tmp_path):
    path = write_patient(tmp_path)
    (path / "patient0001_4CH_ED_gt.nii.gz").unlink()
    rows, cines = ingest_patient("camus", path, {"views": ["a4c"]})
    assert cines["a4c"].reference is None
    assert "labels" in rows[0]["note"]


def test_patients_are_the_folders_with_images(tmp_path):
    path = write_patient(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "split.json").write_text("{}")
    assert list_patients("camus", tmp_path) == {"patient0001": path}


def test_pairs_to_train_on_are_ed_and_es_with_labels(tmp_path):
    write_patient(tmp_path)
    pairs = read_pairs(tmp_path, ["patient0001"])
    assert len(pairs) == 2
    np.testing.assert_array_equal(pairs[1][0], image(offset=1))
    np.testing.assert_array_equal(pairs[1][1], labels())
    with pytest.raises(StudyError, match="patient0002"):
        read_pairs(tmp_path, ["patient0002"])


@needs_camus
def test_real_patients_are_read():
    patients = list_patients("camus", REAL)
    assert len(patients) > 0
    for path in list(patients.values())[:3]:
        rows, cines = ingest_patient("camus", path, {"views": ["a4c"]})
        assert rows[0]["status"] == "ok"
        assert cines["a4c"].spacing_mm == 0.308
        assert set(np.unique(cines["a4c"].reference)) == {0, 1, 2, 3}
        assert cines["a4c"].frames[:, ~cines["a4c"].sector].max() == 0


@pytest.mark.parametrize("change", ["packed bomb", "size", "spacing"])
def test_a_metaimage_that_says_too_much_is_a_row(tmp_path, change):
    folder = tmp_path / "patient0001"
    folder.mkdir()
    size = "30000 30000" if change == "size" else "20 20"
    spacing = "0.0001 90" if change == "spacing" else "0.3 0.3"
    lines = ["NDims = 2", f"DimSize = {size}", f"ElementSpacing = {spacing}"]
    lines += ["ElementType = MET_UCHAR", "CompressedData = True"]
    pixels = bytes([60]) * (50_000_000 if change == "packed bomb" else 400)
    for phase in ("ED", "ES"):
        (folder / f"patient0001_4CH_{phase}.mhd").write_text("\n".join(lines))
        (folder / f"patient0001_4CH_{phase}.zraw").write_bytes(zlib.compress(pixels))
    rows, cines = ingest_patient("camus", folder, {})
    assert rows[0]["reason"] in ("unreadable", "bad_image") and not cines
