"""Nothing that says whose a recording is reaches a result: planted, run, and looked for."""

import io
import re
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
import yaml
from checkout import copy_checkout, snakemake
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from echogls.command.demo_data import write_demo
from echogls.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]

PLANTED = {
    "PatientName": "Plantedname^Jane",
    "PatientID": "PLANTEDID{}",
    "OtherPatientIDs": "PLANTEDOTHER",
    "PatientBirthDate": "19470811",
    "PatientAddress": "Plantedstreet 5",
    "PatientComments": "Plantedcomment",
    "InstitutionName": "Plantedhospital",
    "InstitutionAddress": "Plantedtown",
    "StationName": "PLANTEDROOM",
    "ReferringPhysicianName": "Planteddoctor^A",
    "OperatorsName": "Plantedsonographer^B",
    "AccessionNumber": "PLANTED99",
    "DeviceSerialNumber": "PLANTEDSERIAL",
    "StudyID": "PLANTEDSTUDY",
    "StudyDescription": "Plantedstudy",
    "SeriesDescription": "Plantedseries",
    "ImageComments": "Plantedimage",
    "StudyDate": "20170309",
    "ContentDate": "20170310",
    "AcquisitionDateTime": "20170311093355",
    "StudyTime": "093356",
    "SOPInstanceUID": "1.2.826.0.1.47110815.1",
    "StudyInstanceUID": "1.2.826.0.1.47110815.2",
}
WORDS = (
    "planted", "19470811", "1947-08-11", "20170309", "2017-03-09", "20170310", "20170311",
    "093355", "47110815", "klinikk", "secret salt",
)  # fmt: skip
LABEL_ROWS = 64  # of a picture, at its top: the patient's key
FOLDER = 'Klinikk Ærø\'s "{plantedfolder}"'


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """One clip as two people's, one of them with a name, a date and a clock in its pixels; and
    a third whose file is cut."""
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"))
    write_demo(checkout / "demo")
    clip = pydicom.dcmread(next((checkout / "demo/dicom").rglob("*.dcm")))
    clip.decompress()
    frames = np.array(clip.pixel_array)
    frames = frames[..., 0] if frames.ndim == 4 else frames
    data = checkout / FOLDER
    _save(clip, frames, data / "Plantedname Jane" / "IM 1", 1)
    _save(clip, _burned(frames), data / "Plantedname John" / "it's.dcm", 2)
    _save(clip, frames, data / "cut" / "PLANTEDID3", 3)
    whole = (data / "cut" / "PLANTEDID3").read_bytes()
    (data / "cut" / "PLANTEDID3").write_bytes(whole[: len(whole) // 2])
    grouped = {"group_by": "patient_id", "salt": "secret salt of the study"}
    config = {
        "study": ["made"],
        "cohorts": {"made": {"format": "dicom", "data": str(data)} | grouped},
        "methods": {"dis": {"segmentation": "fast"}, "paper": None},
    }
    (checkout / "my.yaml").write_text(yaml.safe_dump(config))
    run = snakemake(checkout, "--configfile", "my.yaml")
    assert run.returncode == 0, run.stderr
    report = snakemake(checkout, "--configfile", "my.yaml", "--report", "results/run.html")
    assert report.returncode == 0, report.stderr
    return checkout


def test_the_run_went_as_planned(study):
    rows = read_table(study / "results/made/measurements.tsv")
    gls = [row for row in rows if row["measure"] == "gls"]
    for method in ("best", "dis"):
        statuses = sorted(row["status"] for row in gls if row["rater"] == method)
        assert statuses == ["excluded", "ok", "ok"]
    assert all(re.fullmatch("p[0-9a-f]{12}", row["patient"]) for row in gls)


def test_no_result_holds_what_was_planted(study):
    found = []
    files = [path for path in (study / "results").rglob("*") if path.is_file()]
    assert {".npz", ".tsv", ".html", ".pdf", ".webp", ".log", ".docx"} <= {f.suffix for f in files}
    for path in files:
        text = f"{path.relative_to(study)}\n{_text(path)}".lower()
        found += [(path.name, word) for word in WORDS if word in text]
        found += [(path.name, "path")] * (str(study).lower() in text and path.name != "run.html")
    assert found == []


def test_burned_in_text_leaves_no_trace_in_any_pixel(study):
    """What is made of the clip with text is what is made of the clip without it."""
    rows = read_table(study / "results/made/measurements.tsv")
    plain, burned = sorted({row["patient"] for row in rows if row["status"] == "ok"})
    folders = [study / "results/made/patients" / patient for patient in (plain, burned)]
    with (
        np.load(folders[0] / "cines.npz") as one,
        np.load(folders[1] / "cines.npz") as other,
    ):
        assert one.files == other.files
        for name in one.files:
            np.testing.assert_array_equal(one[name], other[name])
        assert not one["clip01/frames"][:, ~one["clip01/sector"]].any()
    pictures = [path for path in folders[0].rglob("*") if path.suffix in (".png", ".webp")]
    assert pictures
    for path in pictures:
        both = [Image.open(folder / path.relative_to(folders[0])) for folder in folders]
        one, other = (np.asarray(picture.convert("RGB"))[LABEL_ROWS:] for picture in both)
        np.testing.assert_array_equal(one, other)


def _save(clip, frames, path, number):
    path.parent.mkdir(parents=True, exist_ok=True)
    for keyword, value in PLANTED.items():
        setattr(clip, keyword, value.format(number))
    other = Dataset()
    other.ReferencedSOPInstanceUID = PLANTED["SOPInstanceUID"]
    clip.ReferencedImageSequence = Sequence([other])
    clip.add_new((0x0009, 0x0010), "LO", "PLANTEDMAKER")
    clip.add_new((0x0009, 0x1001), "LO", "Plantedprivate")
    clip.file_meta.MediaStorageSOPInstanceUID = clip.SOPInstanceUID
    clip.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    clip.SamplesPerPixel, clip.PhotometricInterpretation = 1, "MONOCHROME2"
    if "PlanarConfiguration" in clip:
        del clip.PlanarConfiguration
    clip.PixelData = frames.tobytes()
    clip["PixelData"].is_undefined_length = False
    clip.save_as(path, enforce_file_format=True)


def _burned(frames):
    """The frames with a name and a date beside the sector, and a clock that runs."""
    made = frames.copy()
    for k, frame in enumerate(made):
        for row, text in enumerate(("PLANTED JANE", "09.03.2017", f"09:33:{k:02}")):
            place = (4, 14 + 14 * row)
            cv2.putText(frame, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255, 1)
    assert (made != frames).any()
    return made


def _text(path):
    """Every text in a file, unpacked."""
    content = path.read_bytes()
    parts = [content]
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            parts += [name.encode() for name in arrays.files]
            parts += [str(arrays[n]).encode() for n in arrays.files if arrays[n].dtype.kind in "US"]
    elif zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(path) as archive:
            parts += [archive.read(name) for name in archive.namelist()]
    elif path.suffix == ".pdf":
        for start in re.finditer(rb"stream\r?\n", content):
            unpack = zlib.decompressobj()
            try:
                parts.append(unpack.decompress(content[start.end() :]))
            except zlib.error:
                continue
    elif path.suffix in (".png", ".webp"):
        with Image.open(path) as picture:
            parts.append(repr((picture.info, dict(picture.getexif()))).encode())
    return b"\n".join(parts).decode("utf-8", "ignore")


def test_the_search_finds_what_is_there(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", **{"a": np.array("Plantedname")})
    Path(tmp_path / "b.pdf").write_bytes(b"stream\n" + zlib.compress(b"Plantedname") + b"endstream")
    with zipfile.ZipFile(tmp_path / "c.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", "Plantedname")
    for path in tmp_path.iterdir():
        assert "Plantedname" in _text(path)
