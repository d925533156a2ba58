"""Nothing that says whose a recording is reaches a result: planted, run, and looked for, in a
cohort of DICOM files grouped by the ids inside them, and one of videos with a sheet, a sheet of
clips, a table of readings and exports."""

import csv
import json
import re
import sys
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pydicom
import pytest
import yaml
from checkout import copy_checkout, snakemake
from crate_validation import crate_issues
from outputs import text_of
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from echogls.command.demo_data import write_demo
from echogls.tables import read_table

sys.path.insert(0, str(Path(__file__).parent / "readers"))
from export_files import EXPORTS, IDENTIFIERS, write

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
    *(word.lower() for word in IDENTIFIERS if len(word) > 5),
)  # fmt: skip
# Of these, what stands in no path: Snakemake's own memory and its log name the files that it read.
NO_PATHS = (
    "plantedhospital", "planteddoctor", "plantedprivate", "plantedremark", "plantedtown",
    *(word for word in WORDS if word not in ("planted", "klinikk")),
)  # fmt: skip
LABEL_ROWS = 80  # of a picture, at its top: the patient's key, and a codec's block below it
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
    told = _told_cohort(checkout, next((checkout / "demo/video").glob("*.avi")))
    config = {
        "study": ["made", "told"],
        "cohorts": {"made": {"format": "dicom", "data": str(data)} | grouped, "told": told},
        "methods": {"best": None, "paper": None},
    }
    (checkout / "my.yaml").write_text(yaml.safe_dump(config))
    run = snakemake(checkout, "--configfile", "my.yaml")
    assert run.returncode == 0, run.stderr
    report = snakemake(checkout, "--configfile", "my.yaml", "--report", "results/run.html")
    assert report.returncode == 0, report.stderr
    (checkout / "terminal.txt").write_text(run.stdout + run.stderr, encoding="utf-8")
    return checkout


def _told_cohort(checkout, clip):
    """Videos whose files, containers, sheets, readings and exports hold names, dates and places;
    what the study calls patients, readers and levels stays."""
    folder = checkout / "Plantedfolder"
    (folder / "exports").mkdir(parents=True)
    sheet = [["patient", "path", "view", "vendor", "Name", "DOB", "remarks", "seen", "number"]]
    for number, patient in enumerate(("t01", "t02"), start=1):
        facts = b"INAM" + (12).to_bytes(4, "little") + b"Plantedname\0"
        name = f"Plantedname {number}.avi"
        (folder / name).write_bytes(clip.read_bytes() + b"LIST" + (24).to_bytes(4, "little")
                                    + b"INFO" + facts)  # fmt: skip
        sheet.append([patient, name, "A4C", f"Maker{number}", "Plantedname Jane", "1947-08-11",
                      "Plantedremark", "2017-03-09", f"4711081500{number}"])  # fmt: skip
    _workbook(folder / "sheet.xlsx", sheet)
    clips = [["patient", "clip", "chosen", "remarks"], ["t01", "clip01", "yes", "Plantedremark"]]
    with (folder / "clips.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(clips)
    readings = [["patient", "reader", "measure", "value", "file", "Name", "Date"]]
    readings += [[patient, "AB", "gls", -18.5, None, "Plantedname Jane", "2017-03-09"]
                 for patient in ("t01", "t02")]  # fmt: skip
    for kind, make in EXPORTS.items():
        file = write(folder / "exports" / f"Plantedname {kind}.txt", make())
        row = ["t01", kind, None, None, f"exports/{file.name}", "Plantedname", "2017-03-09"]
        readings.append(row)
    _workbook(folder / "readings.xlsx", readings)
    return {
        "format": "video",
        "data": str(folder),
        "patients": str(folder / "sheet.xlsx"),
        "clips": str(folder / "clips.csv"),
        "readers": str(folder / "readings.xlsx"),
        "subgroups": ["vendor"],
    }


def _workbook(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.properties.creator = book.properties.lastModifiedBy = "Plantedname Jane"
    book.properties.title, book.properties.description = "Plantedstudy", "Plantedhospital"
    book.save(path)


def test_the_run_went_as_planned(study):
    rows = read_table(study / "results/made/measurements.tsv")
    gls = [row for row in rows if row["measure"] == "gls"]
    assert sorted(row["status"] for row in gls) == ["excluded", "ok", "ok"]
    assert all(re.fullmatch("p[0-9a-f]{12}", row["patient"]) for row in gls)


def test_no_result_holds_what_was_planted(study):
    found = []
    files = [path for path in (study / "results").rglob("*") if path.is_file()]
    assert {".npz", ".tsv", ".html", ".pdf", ".webp", ".log", ".docx"} <= {f.suffix for f in files}
    for path in files:
        text = f"{path.relative_to(study)}\n{text_of(path)}".lower()
        found += [(path.name, word) for word in WORDS if word in text]
        found += [(path.name, "path")] * (str(study).lower() in text and path.name != "run.html")
    assert found == []


def test_what_the_study_itself_says_of_patients_and_readers_is_kept(study):
    characteristics = (study / "results/told/characteristics.tsv").read_text(encoding="utf-8")
    assert "vendor = Maker1" in characteristics
    raters = {row["rater"] for row in read_table(study / "results/told/readers.tsv")}
    assert {"AB", *EXPORTS} <= raters
    crate = json.loads((study / "results/ro-crate-metadata.json").read_text(encoding="utf-8"))
    assert "told/measurements.tsv" in {entity["@id"] for entity in crate["@graph"]}
    inputs = read_table(study / "results/run/inputs.tsv")
    kinds = {row["kind"] for row in inputs if row["cohort"] == "told"}
    assert kinds == {"recording", "patients", "clips", "readings", "export"}
    assert all(len(row["sha256"]) == 64 for row in inputs)


def test_the_crate_of_a_whole_study_is_valid(study, tmp_path, monkeypatch):
    assert crate_issues(study / "results", tmp_path / "cache", monkeypatch) == []


def test_what_snakemake_remembers_and_prints_is_paths_and_no_more(study):
    files = [path for path in (study / ".snakemake").rglob("*") if path.is_file()]
    assert len(files) > 50
    found = [
        (path.name, word)
        for path in [*files, study / "terminal.txt"]
        for word in NO_PATHS
        if word in text_of(path).lower()
    ]
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
