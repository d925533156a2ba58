"""The study as a user runs it: Snakemake on a small cohort with a good and bad patients."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
import yaml
from checkout import copy_checkout, snakemake
from pydicom.data import get_testdata_file

from echogls.fusion import load_fused
from echogls.measuring import measure_file
from echogls.study import DOUBTS, split_reasons
from echogls.tables import as_text, read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]
PATIENTS = ("good", "truncated", "empty")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A checkout with a cohort of one good clip, one truncated file, and nothing."""
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"))
    data = checkout / "data"
    example = Path(get_testdata_file("examples_ybr_color.dcm", download=False))
    for patient in PATIENTS:
        (data / patient).mkdir(parents=True)
    clip = pydicom.dcmread(example)
    clip.PatientName, clip.PatientID = "Planted^Name", "PLANTED-ID-4711"
    clip.InstitutionName = "Planted Hospital"
    clip.save_as(data / "good" / "clip.dcm")
    (data / "truncated" / "clip").write_bytes(example.read_bytes()[:60_000])
    config = {
        "study": ["made"],
        "cohorts": {"made": {"format": "dicom", "data": str(data)}},
    }
    block = {"segmentation": "unet", "motion": "block_matching", "fusion": "kalman"}
    config["methods"] = {"block": block | {"options": {"position_sd_mm": 2.5}}}
    (checkout / "my.yaml").write_text(yaml.safe_dump(config))
    run = snakemake(checkout, "--configfile", "my.yaml")
    assert run.returncode == 0, run.stderr
    return checkout


def test_every_patient_has_a_row_for_every_method(study):
    rows = read_table(study / "results/made/measurements.tsv")
    gls = {(row["patient"], row["rater"]): row for row in rows if row["measure"] == "gls"}
    assert set(gls) == {(p, m) for p in PATIENTS for m in ("best", "paper", "dis", "block")}
    for (patient, _), row in gls.items():
        assert (row["status"] == "ok") == (patient == "good")
        assert bool(row["value"]) == (patient == "good")
        reasons = split_reasons(row["reason"])
        assert reasons or patient == "good"
        assert all((reason in DOUBTS) == (patient == "good") for reason in reasons)


def test_one_clip_alone_is_measured_as_in_the_study(study):
    rows = read_table(study / "results/made/measurements.tsv")
    of_study = told(r for r in rows if (r["patient"], r["rater"]) == ("good", "dis"))
    clip = study / "data/good/clip.dcm"
    (found,) = measure_file(clip, view="a4c", method="dis")
    here = told(as_text(found.rows, found.rows[0]))
    assert here.keys() == of_study.keys()
    for name, (value, reason) in here.items():
        assert reason == of_study[name][1]
        # the linear algebra of this process may add in another order, with threads of its own
        assert number(value) == pytest.approx(number(of_study[name][0]), rel=1e-9, nan_ok=True)


def test_the_command_measures_to_the_last_digit_what_the_study_does(study):
    rows = read_table(study / "results/made/measurements.tsv")
    of_study = told(r for r in rows if (r["patient"], r["rater"]) == ("good", "dis"))
    words = ("measure", study / "data/good/clip.dcm", "--view", "a4c", "--method", "dis")
    program = "import sys; from echogls.command import main; sys.exit(main())"
    free = {key: value for key, value in os.environ.items() if "NUM_THREADS" not in key}
    run = subprocess.run(
        [sys.executable, "-c", program, *words, "--out", study / "measured"],
        capture_output=True,
        text=True,
        env=free | {"PYTHONPATH": str(study / "workflow" / "lib")},
        cwd=study,
    )
    assert run.returncode == 0, run.stderr
    (table,) = (study / "measured").glob("*measurements.tsv")
    assert told(read_table(table)) == of_study


def told(rows):
    """(segment, measure) -> value and reason, as text."""
    return {(row["segment"], row["measure"]): (row["value"], row["reason"]) for row in rows}


def number(value):
    return float(value or "nan")


def test_measured_strain_is_a_shortening_in_the_physiological_range(study):
    rows = read_table(study / "results/made/measurements.tsv")
    values = [float(r["value"]) for r in rows if r["measure"] == "gls" and r["status"] == "ok"]
    assert len(values) == 4
    assert all(-35 < value < -5 for value in values)


def test_what_was_left_out_is_listed_with_its_reason(study):
    rows = read_table(study / "results/made/exclusions.tsv")
    reasons = {(r["patient"], r["reason"]) for r in rows if r["stage"] == "ingest"}
    assert reasons == {("truncated", "undecodable"), ("empty", "no_clips")}


def test_second_network_has_files_of_its_own(study):
    folder = study / "results/made/patients/good"
    assert (folder / "segmentation.npz").is_file()
    assert (folder / "segmentation.unet.npz").is_file()
    assert (folder / "motion/block_matching.unet.npz").is_file()


def test_a_methods_options_reach_its_fusion(study):
    fused = load_fused(study / "results/made/patients/good/fused/block.npz")
    assert {clip.position_sd_mm for clip in fused.values()} == {2.5}


def test_second_run_does_nothing(study):
    run = snakemake(study, "--configfile", "my.yaml")
    assert "Nothing to be done" in run.stdout + run.stderr


def test_edited_figure_redraws_and_recomputes_nothing(study):
    drawn = {"overlay", "figures", "manuscript", "report_page"}
    drawn |= {"record_crate"}  # which lists what was drawn
    assert {"overlay", "figures"} <= planned(study, "manuscript/palette.py") <= drawn


def test_edited_filter_reruns_fusion_and_not_motion(study):
    rules = planned(study, "fusion/kalman.py")
    assert "measure" in rules
    assert not rules & {"ingest", "classify_view", "segment", "track"}


def test_edited_estimator_reruns_its_own_tracking_only(study):
    rules = planned(study, "motion/dis.py")
    assert "track" in rules and not rules & {"ingest", "segment"}


def test_frames_and_an_outline_by_hand_rerun_that_patient_alone(study):
    (study / "clips.csv").write_text("patient,clip,ed_frame,es_frame\ngood,clip01,1,9\n")
    (study / "hand.yaml").write_text("cohorts: {made: {clips: clips.csv}}\n")
    jobs = planned_jobs(study, "hand.yaml")
    assert {rule for rule, _ in jobs} == {"measure", "overlay"}
    assert all("patient=good" in wildcards for _, wildcards in jobs)
    (study / "drawn").mkdir()
    (study / "drawn" / "f1.png").write_bytes(b"")
    (study / "clips.csv").write_text("patient,clip,outline\ngood,clip01,drawn\n")
    jobs = planned_jobs(study, "hand.yaml")
    assert {"segment", "track", "measure"} <= {rule for rule, _ in jobs}
    assert not {"ingest", "classify_view"} & {rule for rule, _ in jobs}
    assert all("patient=good" in wildcards for _, wildcards in jobs)


def test_options_of_an_estimator_track_it_alone_anew(study):
    (study / "options.yaml").write_text("track: {options: {dis: {patch_px: 8}}}\n")
    tracked = [w for rule, w in planned_jobs(study, "options.yaml") if rule == "track"]
    assert tracked and all("motion=dis" in wildcards for wildcards in tracked)


def planned_jobs(study, config):
    """(rule, wildcards) of the patients' jobs that a config file beside my.yaml brings."""
    words = ("--configfile", "my.yaml", config, "--dry-run", "--quiet", "progress")
    run = snakemake(study, *words)
    assert run.returncode == 0, run.stderr
    rule, jobs = "", []
    for line in (run.stdout + run.stderr).splitlines():
        if line.startswith(("rule ", "localrule ")):
            rule = line.split()[1].rstrip(":")
        elif line.strip().startswith("wildcards:") and "patient=" in line:
            jobs.append((rule, line.strip()))
    return jobs


def planned(study, module):
    """Rules that an edit of one library file makes Snakemake run again."""
    path = study / "workflow/lib/echogls" / module
    before = path.read_text()
    path.write_text(before + "\n# edited\n")
    try:
        run = snakemake(study, "--configfile", "my.yaml", "--dry-run", "--quiet", "progress")
    finally:
        path.write_text(before)
    lines = (run.stdout + run.stderr).splitlines()
    rules = {
        line.split()[1].rstrip(":") for line in lines if line.startswith(("rule ", "localrule "))
    }
    return {r for r in rules if not r.startswith("collect")} - {"all", "study"}


def test_nothing_personal_reaches_the_results(study):
    planted = (b"Planted", b"PLANTED-ID", b"Hospital", b"1.2.840.114340")
    for path in (study / "results").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".npz":
                with np.load(path) as arrays:
                    content += b"".join(arrays[name].tobytes() for name in arrays.files)
                content = content.replace(b"\x00", b"")
            for word in planted:
                assert word not in content, (path.name, word)


def test_unknown_key_stops_the_run_with_the_nearest_known_one(study):
    (study / "bad.yaml").write_text("ingest: {min_frame: 3}\n")
    run = snakemake(study, "--configfile", "bad.yaml", "--dry-run")
    assert run.returncode != 0
    assert "did you mean 'min_frames'" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr


def test_unknown_cohort_and_patient_are_named(study):
    for target in ("results/mad/measurements.tsv", "results/made/patients/god/clips.tsv"):
        run = snakemake(study, target, "--configfile", "my.yaml")
        assert run.returncode != 0
        assert f"did you mean '{'made' if 'mad/' in target else 'good'}'" in run.stdout + run.stderr


def test_rules_take_the_graphs_that_models_yaml_names(study):
    listing = yaml.safe_load((study / "workflow/models/models.yaml").read_text())
    own = study / "own models"
    own.mkdir()
    for name, facts in listing.items():
        graph = study / "workflow/models" / facts["file"]
        facts["file"] = f"the {name} of this study.tflite"
        (own / facts["file"]).write_bytes(graph.read_bytes())
    (own / "models.yaml").write_text(yaml.safe_dump(listing))
    config = yaml.safe_load((study / "my.yaml").read_text()) | {"segment": {"models": str(own)}}
    (study / "own.yaml").write_text(yaml.safe_dump(config))
    run = snakemake(study, "--configfile", "own.yaml", "--dry-run", "--quiet", "host")
    assert run.returncode == 0, run.stderr
    for name in ("fast", "unet", "views", "refiner"):
        assert f"the {name} of this study.tflite" in run.stdout
