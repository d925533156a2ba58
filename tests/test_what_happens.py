"""What docs/what_happens.md says of disks, folders, locks and clips, as a user meets it.

Killed runs: test_killed_study.py; links and clips by themselves: cohorts/test_steady.py.
"""

import os
import shutil
import subprocess
import sys
import time

import pydicom
import pytest
import yaml
from checkout import ROOT
from pydicom.data import get_testdata_file

from echogls.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]

MEASURED = "results/made/patients/a/strain/dis.measurements.tsv"


def make_study(folder, patients=("a",)):
    """Recordings of the patients, all alike but for their frame times, and a config."""
    clip = pydicom.dcmread(get_testdata_file("examples_ybr_color.dcm", download=False))
    for number, patient in enumerate(patients):
        (folder / "data" / patient).mkdir(parents=True)
        clip.FrameTime = 33 + number
        clip.save_as(folder / "data" / patient / "clip.dcm")
    config = {"study": ["made"], "cohorts": {"made": {"format": "dicom", "data": "data"}}}
    config["methods"] = {"best": None, "paper": None}
    (folder / "study.yaml").write_text(yaml.safe_dump(config))
    return folder


def start(folder, *words):
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "study.yaml"]
    places = ["--snakefile", str(ROOT / "Snakefile")]
    places += ["--workflow-profile", str(ROOT / "profiles" / "default")]
    return subprocess.Popen(
        [*command, *places, *words],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def run(folder, *words):
    process = start(folder, *words)
    output, _ = process.communicate()
    return process.returncode, output


@pytest.fixture
def mounted():
    """A function that mounts a small disk, or gives it another size; gone after the test."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    places = []

    def mount(place, options):
        how = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if place in places:
            how = ["mount", "-o", f"remount,{options}", str(place)]
        if subprocess.run(how, capture_output=True).returncode:
            pytest.skip("nothing can be mounted here")
        places.append(place)

    yield mount
    for place in dict.fromkeys(places):
        subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_full_three_times_is_said_and_loses_nothing(tmp_path, mounted):
    results = make_study(tmp_path) / "results"
    results.mkdir()
    # what stages write: images 508 kB, outlines 253 kB, motion 845 kB
    for size, rule in (("400k", "ingest"), ("640k", "segment"), ("1000k", "track")):
        mounted(results, f"size={size}")
        code, output = run(tmp_path, MEASURED)
        assert code != 0 and "the disk is full" in output, output
        (log,) = (results / "made/patients/a/logs").glob(f"{rule}*.log")
        assert "no room on the disk for" in log.read_text(), output
        assert not list(results.rglob("*.partial"))
    kept = (results / "made/patients/a/cines.npz").stat().st_mtime_ns
    mounted(results, "size=20m")
    code, output = run(tmp_path, MEASURED)
    assert code == 0, output
    assert (results / "made/patients/a/cines.npz").stat().st_mtime_ns == kept
    (gls,) = [row for row in read_table(tmp_path / MEASURED) if row["measure"] == "gls"]
    assert gls["status"] == "ok"


def test_a_folder_that_may_not_be_written_is_named_before_anything_is_read(tmp_path, mounted):
    folder = tmp_path / "study"
    folder.mkdir()
    mounted(folder, "size=20m")
    make_study(folder)
    mounted(folder, "ro,size=20m")
    code, output = run(folder, MEASURED)
    assert code != 0 and f"the folder '{folder}' may not be written" in output
    assert "Traceback" not in output


def test_results_alone_that_may_not_be_written_are_named_before_anything_is_read(tmp_path, mounted):
    results = make_study(tmp_path) / "results"
    results.mkdir()
    mounted(results, "ro,size=20m")
    code, output = run(tmp_path, MEASURED)
    assert code != 0 and f"the folder '{results}' may not be written" in output
    assert "Traceback" not in output


def test_a_second_run_in_the_folder_of_the_first_ends_at_once_and_disturbs_nothing(tmp_path):
    make_study(tmp_path)
    first = start(tmp_path, MEASURED)
    wait_until(lambda: any((tmp_path / ".snakemake" / "locks").glob("*")), first)
    code, output = run(tmp_path, MEASURED)
    still_ran = first.poll() is None
    output_of_first, _ = first.communicate()
    assert first.returncode == 0, output_of_first
    if still_ran:
        assert code != 0 and "Directory cannot be locked" in output
        assert "--unlock" in output


def test_a_clip_that_vanishes_while_the_study_runs_is_a_row_and_the_others_are_measured(tmp_path):
    patients = ("a", "b", "c", "d")
    make_study(tmp_path, patients)
    tables = [f"results/made/patients/{patient}/clips.tsv" for patient in patients]
    process = start(tmp_path, "--cores", "1", *tables)
    logs = {p: tmp_path / f"results/made/patients/{p}/logs/ingest.log" for p in patients}
    wait_until(lambda: any(log.exists() for log in logs.values()), process)
    waiting = [patient for patient, log in logs.items() if not log.exists()][-1]
    shutil.rmtree(tmp_path / "data" / waiting)
    output, _ = process.communicate()
    for patient, table in zip(patients, tables, strict=True):
        if patient != waiting:
            assert [row["status"] for row in read_table(tmp_path / table)] == ["ok"], output
    (row,) = read_table(tmp_path / tables[patients.index(waiting)])
    assert (row["reason"], row["note"]) == ("no_clips", "the path does not exist")
    assert process.returncode == 0, output


def wait_until(holds, process):
    while not holds() and process.poll() is None:
        time.sleep(0.05)
