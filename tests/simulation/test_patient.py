from dataclasses import replace

import numpy as np
import pydicom
import pytest

from echogls import cohorts
from echogls.readers import read_readers
from echogls.simulation import patient
from echogls.simulation.clip import simulate_clip
from echogls.simulation.dicom import SYNTAXES, write_dicom
from echogls.simulation.furniture import with_furniture
from echogls.simulation.patient_names import patient_names
from echogls.simulation.readings import published_readers, read_patient
from echogls.simulation.stored_truth import truth_of_view
from echogls.study import VIEW_SEGMENTS, StudyError
from echogls.tables import read_table

TIMES = np.arange(3) / 30


@pytest.mark.parametrize("syntax", list(SYNTAXES))
@pytest.mark.parametrize("colour", [False, True])
def test_a_stored_clip_is_read_back_as_it_was(clip, tmp_path, syntax, colour):
    frames = with_furniture(np.random.default_rng(0), clip) if colour else clip.frames
    file = tmp_path / "clip.dcm"
    write_dicom(file, frames, clip, patient="sim01", syntax=syntax, number=1)
    rows, cines = cohorts.ingest_patient("dicom", file, {})
    (row,), cine = rows, cines["clip01"]
    assert (row["status"], row["frames"], row["r_waves"]) == ("ok", len(clip.frames), 1)
    assert cine.spacing_mm == pytest.approx(clip.raster.spacing_mm, rel=1e-3)
    np.testing.assert_allclose(cine.times_s, clip.times_s, atol=1e-4)
    top, bottom, left, right = map(int, cine.provenance["sector_box"].split())
    inside = cine.sector & clip.sector[top:bottom, left:right]
    assert inside.sum() > 0.9 * clip.sector.sum()
    stored = clip.frames[:, top:bottom, left:right]
    difference = np.abs(cine.frames.astype(int) - stored)[:, inside]
    assert np.median(difference) <= (3 if syntax == "jpeg" else 0)


def test_header_has_what_a_scanner_writes(clip, tmp_path):
    file = tmp_path / "clip.dcm"
    write_dicom(file, clip.frames, clip, patient="sim01", syntax="rle", number=2)
    header = pydicom.dcmread(file)
    assert header.SOPClassUID == pydicom.uid.UltrasoundMultiFrameImageStorage
    assert header.Modality == "US" and header.InstanceNumber == 2
    assert float(header.FrameTime) == pytest.approx(1000 / 30, rel=1e-4)
    assert header.HeartRate == pytest.approx(clip.heart.heart_rate, rel=0.15)
    assert header.SequenceOfUltrasoundRegions[0].PhysicalUnitsXDirection == 3


def test_furniture_stays_outside_the_sector(clip):
    drawn = with_furniture(np.random.default_rng(1), clip)
    assert (drawn[-1][~clip.sector] > 100).sum() > 200
    same = (drawn[-1][clip.sector] == clip.frames[-1][clip.sector][:, None]).all(-1)
    assert same.mean() > 0.99


def test_readers_err_as_published():
    rng = np.random.default_rng(0)
    readers = published_readers(bias=0.0)
    truth = rng.normal(-17.9, 2.3, 4000)
    read = [dict(((r, k), v) for r, k, v in read_patient(rng, t, readers)) for t in truth]

    def relative_mean_error(a, b):
        pairs = np.array([[row[a], row[b]] for row in read])
        return np.mean(np.abs(np.diff(pairs, axis=1)[:, 0]) / np.abs(pairs.mean(1)))

    within = relative_mean_error(("reader_1", 1), ("reader_1", 2))
    between = relative_mean_error(("reader_1", 1), ("reader_2", 1))
    assert within == pytest.approx(0.083, abs=0.004)
    # smaller between than within cannot be: reader and patient add nothing then
    assert between == pytest.approx(0.083, abs=0.004)


def test_readers_have_bias_offset_and_outliers():
    rng = np.random.default_rng(0)
    readers = published_readers(bias=0.5, vendor_offset=-1.7, proportional=0.1)
    values = np.array([[v for _, _, v in read_patient(rng, -18.0, readers)] for _ in range(3000)])
    assert values[:, :2].mean() == pytest.approx(-18 * 1.1 - 2.2, abs=0.1)
    assert values[:, 2:].mean() == pytest.approx(-18 * 1.1 - 1.2, abs=0.1)
    wild = [replace(r, outlier_share=1.0, outlier_factor=10.0) for r in published_readers()]
    spread = np.std([v for _ in range(500) for *_, v in read_patient(rng, -18.0, tuple(wild))])
    assert spread > 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("simulated") / "sim02"
    settings = {"patients": 3, "seed": 5, "distractors": 1}
    patient.simulate_patient(made, cohort="c", patient="sim02", settings=settings)
    return made


@pytest.mark.slow
def test_a_patient_s_folder_is_read_as_a_cohort_s(folder):
    rows, cines = cohorts.ingest_patient("simulated", folder / "clips", {})
    assert [row["status"] for row in rows] == ["ok", "ok"]
    assert "a4c" in {row["view"] for row in rows} and len(cines) == 2
    assert len(read_table(folder / "patient.tsv")) == 1
    with np.load(folder / "truth.npz") as truth:
        (view,) = [row for row in rows if row["view"] == "a4c"]
        assert len(truth["centreline_mm"]) == view["frames"]


@pytest.mark.slow
def test_readings_and_truth_are_a_readers_table(folder):
    rows, _ = read_readers(folder / "readers.tsv", cohort="c", patients=["sim02"], views=["a4c"])
    gls = [row for row in rows if row["measure"] == "gls"]
    assert {row["rater"] for row in gls} == {"truth", "reader_1", "reader_2"}
    assert len(gls) == 5 and all(row["status"] == "ok" for row in rows)


def test_the_same_seed_makes_the_same_files(clip, tmp_path):
    for name in ("one", "other"):
        rng = np.random.default_rng(7)
        frames = with_furniture(rng, simulate_clip(rng, clip.heart, view="psax", times_s=TIMES))
        write_dicom(tmp_path / name, frames, clip, patient="sim01", syntax="jpeg", number=1)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_unknown_pathology_is_named(tmp_path):
    with pytest.raises(StudyError, match="did you mean 'dilated'"):
        patient.simulate_patient(
            tmp_path, cohort="c", patient="sim01", settings={"pathology": "dilatd"}
        )


def test_names_have_as_many_digits_as_needed():
    assert patient_names(3) == ["sim01", "sim02", "sim03"]
    assert patient_names(100)[-1] == "sim100" and patient_names(100)[0] == "sim001"


def test_every_view_that_is_measured_has_a_clip_and_truth_of_its_own(tmp_path):
    views = ["a4c", "alax"]
    settings = {"patients": 1, "seed": 3, "distractors": 0}
    patient.simulate_patient(
        tmp_path / "two", cohort="c", patient="sim01", settings=settings | {"views": views}
    )
    listing = read_table(tmp_path / "two" / "clips" / "views.tsv")
    assert sorted(row["view"] for row in listing) == views
    rows = read_table(tmp_path / "two" / "readers.tsv")
    for view in views:
        mine = [row for row in rows if (row["reader"], row["view"]) == ("truth", view)]
        assert {row["segment"] for row in mine} == {"global", *VIEW_SEGMENTS[view]}
    with np.load(tmp_path / "two" / "truth.npz") as stored:
        first, other = (truth_of_view(dict(stored), view) for view in views)
        assert truth_of_view(dict(stored), "a2c") == {}
    assert set(first) == set(other) and len(first) > 5
    assert first["strain_global"].min() != other["strain_global"].min()
