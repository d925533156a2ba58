"""Videos of 112 x 112 pixels without spacing or ECG, as EchoNet-Dynamic has them, of simulated
hearts whose strain is known: from the folder to measurements.tsv, as a user runs it."""

import csv

import cv2
import numpy as np
import pytest
import yaml
from checkout import copy_checkout, snakemake
from video_files import write_avi

from echogls import cohorts
from echogls.simulation.patient import simulate_patient
from echogls.simulation.patient_names import patient_names
from echogls.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]
SIDE = 112
PATIENTS = patient_names(2)


def small_frames(cine):
    """(T, SIDE, SIDE) uint8: the clip on a square."""
    rows, columns = cine.frames.shape[1:]
    side = max(rows, columns)
    square = np.zeros((len(cine.frames), side, side), np.uint8)
    top, left = (side - rows) // 2, (side - columns) // 2
    square[:, top : top + rows, left : left + columns] = cine.frames
    return np.stack([cv2.resize(x, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for x in square])


@pytest.fixture(scope="module")
def patients(tmp_path_factory):
    """Folder of each simulated patient."""
    data = tmp_path_factory.mktemp("simulated")
    settings = {"patients": len(PATIENTS), "seed": 11, "distractors": 0}
    for name in PATIENTS:
        simulate_patient(data / name, cohort="made", patient=name, settings=settings)
    return {name: data / name for name in PATIENTS}


@pytest.fixture(scope="module")
def measurements(patients, tmp_path_factory):
    data = tmp_path_factory.mktemp("small")
    (data / "Videos").mkdir()
    listed = [("FileName", "FPS")]
    for name, folder in patients.items():
        _, cines = cohorts.ingest_patient("simulated", folder / "clips", {})
        (cine,) = cines.values()
        write_avi(data / "Videos" / f"{name}.avi", small_frames(cine), cine.fps)
        listed.append((name, f"{cine.fps:.4f}"))
    with (data / "FileList.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(listed)
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"))
    config = {
        "study": ["small"],
        "cohorts": {"small": {"format": "echonet", "data": str(data)}},
        "methods": {"paper": None, "dis": None},
    }
    (checkout / "my.yaml").write_text(yaml.safe_dump(config))
    run = snakemake(checkout, "results/small/measurements.tsv", "--configfile", "my.yaml")
    assert run.returncode == 0, run.stderr
    return read_table(checkout / "results/small/measurements.tsv")


def test_gls_of_112_pixels_is_near_the_truth(patients, measurements):
    for name, folder in patients.items():
        (truth,) = (
            float(row["value"])
            for row in read_table(folder / "readers.tsv")
            if (row["reader"], row["measure"], row["segment"])
            == ("truth", "peak_systolic_strain", "global")
        )
        (found,) = (
            row
            for row in measurements
            if (row["patient"], row["measure"], row["rater"]) == (name, "gls", "best")
        )
        assert found["status"] == "ok"
        assert float(found["value"]) == pytest.approx(truth, abs=3.0)
