"""The contract of cohorts: dispatch, patient ids, data paths, rows."""

import subprocess
import sys
from pathlib import Path

import pytest
from dicom_files import write_clip

from echogls import cohorts
from echogls.cohorts._patient_ids import patient_id
from echogls.command.demo_data import demo_formats
from echogls.study import CLIP_COLUMNS, ID_PATTERN, StudyError

RECORDED = [name for name in cohorts.source_formats() if name != "simulated"]


def test_an_unknown_format_suggests_the_nearest():
    with pytest.raises(StudyError, match="did you mean 'dicom'"):
        cohorts.source("dicm")


def test_every_format_of_recordings_recognises_its_kind_and_writes_a_demo():
    assert set(demo_formats()) == set(RECORDED)
    assert all(hasattr(cohorts.source(name), "recognises") for name in RECORDED)
    assert {name for name in RECORDED if cohorts.has_contours(name)} == {
        "camus",
        "echonet",
        "hmcqu",
    }


def test_helpers_are_not_formats():
    assert not any(name.startswith("_") for name in cohorts.source_formats())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("patient0001", "patient0001"),
        ("Ärzte Büro 7", "Arzte-Buro-7"),
        ("_x.y z_", "x-y-z_"),
        ("1.2.840.113", "1-2-840-113"),
    ],
)
def test_names_become_ids(name, expected):
    assert patient_id(name) == expected
    assert ID_PATTERN.fullmatch(expected)


def test_a_name_without_letters_or_digits_is_an_error():
    with pytest.raises(StudyError, match="no patient id"):
        patient_id("...")


def test_two_names_with_one_id_are_an_error(tmp_path):
    for name in ("a b", "a.b"):
        (tmp_path / name).mkdir()
    with pytest.raises(StudyError, match=r"'a b' and 'a\.b' both give"):
        cohorts.list_patients("dicom", tmp_path)


def test_folders_and_dicom_files_are_patients(tmp_path):
    write_clip(tmp_path / "one.dcm")
    write_clip(tmp_path / "1.2.3.4")
    write_clip(tmp_path / "two" / "deep" / "clip")
    (tmp_path / "notes.txt").write_text("not a patient")
    (tmp_path / ".hidden").mkdir()
    assert cohorts.list_patients("dicom", tmp_path) == {
        "1-2-3-4": tmp_path / "1.2.3.4",
        "one": tmp_path / "one.dcm",
        "two": tmp_path / "two",
    }


def test_a_single_file_is_one_patient(tmp_path):
    file = write_clip(tmp_path / "only.dcm")
    assert cohorts.list_patients("dicom", file) == {"only": file}


@pytest.mark.parametrize("make", [False, True])
def test_missing_or_empty_data_are_an_error(tmp_path, make):
    data = tmp_path / "data"
    if make:
        data.mkdir()
    with pytest.raises(StudyError, match="data"):
        cohorts.list_patients("dicom", data)


def test_package_data_are_found_without_importing_the_package():
    code = (
        "import sys; from echogls.cohorts import resolve_data; "
        "p = resolve_data('package:pydicom/data/test_files/examples_ybr_color.dcm'); "
        "assert p.is_file() and 'pydicom' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_listing_patients_imports_neither_pydicom_nor_pandas_nor_opencv(tmp_path):
    code = (
        "import sys; from pathlib import Path; from echogls import cohorts; "
        "[cohorts.source(f) for f in cohorts.source_formats()]; "
        f"cohorts.list_patients('dicom', Path({str(write_clip(tmp_path / 'a.dcm'))!r})); "
        "assert not {'pydicom', 'pandas', 'cv2', 'nibabel'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_package_is_an_error_and_a_plain_path_is_itself():
    with pytest.raises(StudyError, match="not installed"):
        cohorts.resolve_data("package:no_such_package/x")
    assert cohorts.resolve_data("some/folder") == Path("some/folder")


@pytest.mark.parametrize("source_format", RECORDED)
@pytest.mark.parametrize("make", [False, True])
def test_nothing_for_a_patient_is_one_row(tmp_path, source_format, make):
    path = tmp_path / "patient"
    if make:
        path.mkdir()
    rows, cines = cohorts.ingest_patient(source_format, path, {})
    assert [(row["status"], row["reason"]) for row in rows] == [("excluded", "no_clips")]
    assert tuple(rows[0]) == CLIP_COLUMNS
    assert cines == {}


def test_rows_have_the_columns_and_describe_the_cine(tmp_path):
    rows, cines = cohorts.ingest_patient("dicom", write_clip(tmp_path / "a.dcm"), {})
    assert tuple(rows[0]) == CLIP_COLUMNS
    cine = cines["clip01"]
    assert (rows[0]["frames"], rows[0]["rows"], rows[0]["columns"]) == cine.frames.shape
    assert rows[0]["fps"] == pytest.approx(cine.fps)
    assert rows[0]["spacing_mm"] == cine.spacing_mm


def test_the_sheet_overrides_view_rate_and_spacing(tmp_path):
    file = write_clip(tmp_path / "a.dcm")
    sheet = {"view": "a4c", "fps": "40", "spacing_mm": 0.75}
    rows, cines = cohorts.ingest_patient("dicom", file, {}, sheet)
    assert rows[0]["view"] == cines["clip01"].view == "a4c"
    assert (rows[0]["timing"], rows[0]["fps"]) == ("sheet", pytest.approx(40))
    assert cines["clip01"].spacing_mm == 0.75


def test_empty_cells_of_the_sheet_override_nothing(tmp_path):
    file = write_clip(tmp_path / "a.dcm")
    rows, _ = cohorts.ingest_patient("dicom", file, {}, {"view": "", "fps": float("nan")})
    assert (rows[0]["view"], rows[0]["timing"]) == ("", "FrameTime")


@pytest.mark.parametrize("sheet", [{"view": "4ch"}, {"fps": -1}, {"spacing_mm": "x"}, {"fsp": 3}])
def test_wrong_overrides_are_an_error(tmp_path, sheet):
    with pytest.raises(StudyError):
        cohorts.ingest_patient("dicom", tmp_path, {}, sheet)
