"""Whose a DICOM file is: the folder, the sheet, or a salted hash of PatientID."""

import subprocess
import sys

import pytest
from dicom_files import fan_frames, write_clip
from pydicom.dataset import FileMetaDataset
from pydicom.fileset import FileSet

from echogls import cohorts
from echogls.cohorts._dicom_patients import identities, key, patient_identity
from echogls.study import ID_PATTERN, StudyError

SALT = "a secret of this study"


@pytest.fixture
def disc(tmp_path):
    """Clips of two patients, scattered over nested studies, one of them without an ending."""
    frames = fan_frames()
    for name, patient in {
        "DICOM/ST1/IM01": "ID 1",
        "DICOM/ST1/SE2/IM02": " ID 1 ",
        "DICOM/ST2/IM01.dcm": "ID 2",
        "DICOM/ST2/ct.dcm": "ID 2",
    }.items():
        other = {"Modality": "CT"} if "ct" in name else {}
        frames = frames[::-1] // 2 + 20  # no two alike
        write_clip(tmp_path / name, frames, PatientID=patient, **other)
    (tmp_path / "DICOM/ST2/notes.txt").write_text("x")
    return tmp_path


def by_id(data, salt=SALT):
    return cohorts.list_patients("dicom", data, "patient_id", salt)


def test_files_are_gathered_by_the_id_inside_them(disc):
    found = by_id(disc)
    named = {
        name: [f.relative_to(disc / "DICOM").as_posix() for f in found[name]] for name in found
    }
    assert named == {
        key("id ID 1", SALT): ["ST1/IM01", "ST1/SE2/IM02"],
        key("id ID 2", SALT): ["ST2/IM01.dcm", "ST2/ct.dcm"],
    }
    assert list(found) == sorted(found)


def test_each_patient_is_ingested_from_the_list_of_its_files(disc):
    found = by_id(disc)
    rows, _ = cohorts.ingest_patient("dicom", found[key("id ID 2", SALT)], {})
    assert [(row["clip"], row["reason"]) for row in rows] == [
        ("clip01", ""),
        ("clip02", "wrong_modality"),
    ]
    assert cohorts.ingest_patient("dicom", [], {})[0][0]["reason"] == "no_clips"
    assert cohorts.source_files("dicom", found[key("id ID 1", SALT)])[0].name == "IM01"


def test_the_key_says_nothing_without_the_salt_and_stays_the_same_with_it(disc):
    assert set(by_id(disc)) == set(by_id(disc))
    assert not set(by_id(disc)) & set(by_id(disc, SALT + "!"))
    assert all(ID_PATTERN.fullmatch(name) and "ID" not in name for name in by_id(disc))


def test_files_without_an_id_are_a_patient_a_folder(tmp_path):
    write_clip(tmp_path / "a" / "1", PatientID=None)
    write_clip(tmp_path / "a" / "2", PatientID="")
    write_clip(tmp_path / "b" / "1", PatientID="  ")
    assert sorted(len(files) for files in by_id(tmp_path).values()) == [1, 2]


@pytest.mark.parametrize("salt", ["", "short"])
def test_a_salt_is_needed(disc, salt):
    with pytest.raises(StudyError, match="needs `salt`"):
        by_id(disc, salt)


def test_a_format_without_ids_is_refused(disc):
    with pytest.raises(StudyError, match="'video' hold no patient id"):
        cohorts.list_patients("video", disc, "patient_id", SALT)


def test_the_sheet_picks_among_the_keys_and_brings_covariates(disc):
    first = key("id ID 1", SALT)
    entry = {"format": "dicom", "data": str(disc), "group_by": "patient_id", "salt": SALT}
    sheet = {first: {"patient": first, "sex": "F"}, "gone": {"patient": "gone", "sex": "M"}}
    rows = cohorts.cohort_patients(entry, sheet)
    assert (len(rows[first]["path"]), rows[first]["sex"]) == (2, "F")
    assert rows["gone"]["path"] == []


def test_the_sheet_points_into_nested_studies(disc):
    entry = {"format": "dicom", "data": str(disc)}
    sheet = {"p1": {"path": "DICOM/ST1"}, "p2": {"path": "DICOM/ST2/IM01.dcm"}}
    rows = cohorts.cohort_patients(entry, sheet)
    counts = {p: len(cohorts.ingest_patient("dicom", rows[p]["path"], {})[1]) for p in rows}
    assert counts == {"p1": 2, "p2": 1}


def test_a_folder_of_several_people_is_seen(disc):
    assert len(identities(disc / "DICOM")) == 2
    assert len(identities(disc / "DICOM/ST1")) == 1


def test_an_id_of_a_broken_file_is_none(tmp_path):
    (tmp_path / "a").write_bytes(bytes(128) + b"DICM" + b"\xff" * 300)
    assert patient_identity(tmp_path / "a") == ""
    assert patient_identity(tmp_path / "missing") == ""


def test_a_real_dicomdir_is_an_index_and_no_clip(tmp_path):
    files = FileSet()
    for number in (1, 2):
        one = write_clip(tmp_path / "from" / f"{number}.dcm", PatientID=f"ID {number}")
        files.add(_whole(one, number))
    files.write(tmp_path / "disc")
    assert (tmp_path / "disc" / "DICOMDIR").is_file()
    found = by_id(tmp_path / "disc")
    assert set(found) == {key("id ID 1", SALT), key("id ID 2", SALT)}
    for paths in found.values():
        rows, _ = cohorts.ingest_patient("dicom", paths, {})
        assert [row["status"] for row in rows] == ["ok"]
    by_folder = cohorts.list_patients("dicom", tmp_path / "disc")
    assert "DICOMDIR" not in by_folder


def test_listing_by_folder_does_not_import_pydicom(disc):
    code = (
        "import sys; from pathlib import Path; from echogls import cohorts; "
        f"cohorts.list_patients('dicom', Path({str(disc)!r})); "
        "assert 'pydicom' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _whole(file, number):
    """The clip with what an index needs to know of it."""
    import pydicom
    from pydicom import uid

    clip = pydicom.dcmread(file)
    clip.StudyInstanceUID = uid.generate_uid(entropy_srcs=["study", str(number)])
    clip.SeriesInstanceUID = uid.generate_uid(entropy_srcs=["series", str(number)])
    clip.SOPInstanceUID = uid.generate_uid(entropy_srcs=["clip", str(number)])
    clip.file_meta.MediaStorageSOPInstanceUID = clip.SOPInstanceUID
    clip.StudyTime, clip.StudyID, clip.SeriesNumber = "120000", "1", number
    clip.InstanceNumber = number
    assert isinstance(clip.file_meta, FileMetaDataset)
    return clip
