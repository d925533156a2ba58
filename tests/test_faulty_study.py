"""A cohort of faulty recordings with two good ones among them: the run ends well, the good ones
are measured, and of every other patient it is said why not."""

from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
import yaml
from checkout import copy_checkout, snakemake
from pydicom.data import get_testdata_file
from pydicom.uid import MPEG4HP41

from echogls.command.summary import summary_lines
from echogls.study import REASONS
from echogls.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]

GOOD = ("good", "zz-good")
# Patient -> why its clip is left out.
FAULTS = {
    "empty-file": "unreadable",
    "empty-folder": "no_clips",
    "text": "no_clips",
    "cut": "undecodable",
    "cut-header": "unreadable",
    "one-frame": "single_frame",
    "long-header": "undecodable",
    "other-syntax": "undecodable",
    "no-times": "no_frame_times",
    "still-times": "bad_frame_times",
    "black": "no_tissue_image",
    "ct": "wrong_modality",
}
READINGS = "patient\treader\tmeasure\tvalue\r\n" + "".join(
    f"{patient}\tr1\tgls\t-17,5\r\n" for patient in (*GOOD, *FAULTS)
)


def write_faults(data):
    """One folder a patient."""
    example = get_testdata_file("examples_ybr_color.dcm", download=False)
    for patient in (*GOOD, *FAULTS):
        (data / patient).mkdir(parents=True)

    def clip():
        return pydicom.dcmread(example)

    def save(patient, changed):
        changed.save_as(data / patient / "it's a clip, 1")

    whole = Path(example).read_bytes()
    save("good", clip())
    other = clip()
    other.FrameTime = 34
    other.NumberOfFrames = 1  # it holds 30, which are used
    save("zz-good", other)
    (data / "empty-file" / "clip.dcm").write_bytes(b"")
    (data / "text" / "notes.txt").write_text("nothing here")
    (data / "cut" / "clip").write_bytes(whole[: len(whole) // 2])
    (data / "cut-header" / "clip.dcm").write_bytes(whole[:200])
    one = clip()
    one.decompress()
    one.PixelData, one.NumberOfFrames = one.pixel_array[0].tobytes(), 1
    save("one-frame", one)
    huge = clip()
    huge.Rows = huge.Columns = 65535
    save("long-header", huge)
    syntax = clip()
    syntax.file_meta.TransferSyntaxUID = MPEG4HP41
    save("other-syntax", syntax)
    for patient, times in (("no-times", None), ("still-times", [0, *[33] * 10, -33, *[33] * 18])):
        changed = clip()
        for name in ("FrameTime", "CineRate", "RecommendedDisplayFrameRate", "FrameTimeVector"):
            if name in changed:
                delattr(changed, name)
        if times:
            changed.FrameTimeVector = times
        save(patient, changed)
    dark = clip()
    dark.decompress()
    dark.PixelData = np.zeros_like(dark.pixel_array).tobytes()
    save("black", dark)
    scan = clip()
    scan.Modality = "CT"
    save("ct", scan)
    (data / "good" / "picture.jpg").write_bytes(
        cv2.imencode(".jpg", np.zeros((9, 9), np.uint8))[1].tobytes()
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    checkout = copy_checkout(tmp_path_factory.mktemp("check out"))
    data = checkout / "Data med 'æ' og mellomrom"
    write_faults(data)
    (checkout / "readings.tsv").write_bytes(b"\xef\xbb\xbf" + READINGS.encode())
    made = {"format": "dicom", "data": str(data), "readers": "readings.tsv"}
    config = {"study": ["made"], "cohorts": {"made": made}}
    config["methods"] = {"dis": {"segmentation": "fast"}, "best": None, "paper": None}
    (checkout / "my.yaml").write_text(yaml.safe_dump(config))
    return checkout, snakemake(checkout, "--configfile", "my.yaml")


def test_the_run_ends_well_and_says_what_was_measured_and_excluded(run):
    checkout, ended = run
    assert ended.returncode == 0, ended.stderr
    told = ended.stdout + ended.stderr
    lines = summary_lines(checkout / "results")
    assert all(line.rpartition(": ")[0] in told for line in lines if ": " in line)
    assert f"made: dis measured {len(GOOD)} of {len(GOOD) + len(FAULTS)}" in told
    assert "report.html: results/report.html" in told
    for reason in set(FAULTS.values()):
        assert f"excluded at ingest, {reason}: {list(FAULTS.values()).count(reason)}" in told


def test_every_fault_is_a_row_with_its_reason(run):
    checkout, _ = run
    rows = read_table(checkout / "results/made/exclusions.tsv")
    found = {row["patient"]: row["reason"] for row in rows if row["stage"] == "ingest"}
    assert {patient: found.get(patient) for patient in FAULTS} == FAULTS
    assert all(row["reason"] in REASONS and row["note"] for row in rows)


def test_the_good_ones_are_measured_and_compared(run):
    checkout, _ = run
    rows = read_table(checkout / "results/made/measurements.tsv")
    gls = {row["patient"]: row for row in rows if row["measure"] == "gls"}
    assert set(gls) == {*GOOD, *FAULTS}
    assert {patient for patient, row in gls.items() if row["status"] == "ok"} == set(GOOD)
    pairs = read_table(checkout / "results/made/pairs.tsv")
    assert {row["patient"] for row in pairs if row["status"] == "ok"} == set(GOOD)
    unpaired = {row["patient"] for row in pairs if row["reason"] == "unpaired"}
    assert unpaired == set(FAULTS)
