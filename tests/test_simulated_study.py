"""Simulated patients from the heart to agreement.tsv, as a user runs it."""

import numpy as np
import pytest
import yaml
from checkout import copy_checkout, snakemake

from echogls.strain.definition_names import KEYS
from echogls.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]
PATIENTS = 3


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"))
    config = {
        "study": ["made"],
        "cohorts": {
            "made": {
                "format": "simulated",
                "simulation": {"patients": PATIENTS, "seed": 7, "distractors": 1},
                "subgroups": ["storage"],
            }
        },
        "methods": {"dis": {"segmentation": "fast"}, "paper": None},
    }
    (checkout / "my.yaml").write_text(yaml.safe_dump(config))
    run = snakemake(checkout, "--configfile", "my.yaml")
    assert run.returncode == 0, run.stderr
    return checkout / "results/made"


def test_every_simulated_patient_is_measured_on_its_four_chamber_clip(study):
    rows = [row for row in read_table(study / "measurements.tsv") if row["measure"] == "gls"]
    assert len(rows) == PATIENTS * 2  # methods best and dis
    assert all(row["status"] == "ok" and -32 < float(row["value"]) < -4 for row in rows)
    left_out = read_table(study / "exclusions.tsv")
    assert len(left_out) == PATIENTS  # the clip of another view
    assert {row["reason"] for row in left_out} == {"other_view"}


def test_readers_and_truth_stand_in_one_table(study):
    rows = [row for row in read_table(study / "readers.tsv") if row["measure"] == "gls"]
    assert {row["rater"] for row in rows} == {"truth", "reader_1", "reader_2"}
    assert len(rows) == PATIENTS * 5


def test_agreement_with_truth_is_the_mean_difference(study):
    def gls(table, rater):
        rows = read_table(study / table)
        return {r["patient"]: float(r["value"]) for r in rows if r["measure"] == "gls"
                and r["rater"] == rater}  # fmt: skip

    method, truth = gls("measurements.tsv", "dis"), gls("readers.tsv", "truth")
    difference = np.mean([method[p] - truth[p] for p in truth])
    (bias,) = [
        row
        for row in read_table(study / "agreement.tsv")
        if (row["comparison"], row["measure"], row["statistic"]) == ("method_truth", "gls", "bias")
        and row["rater_2"] == "dis"
    ]
    assert float(bias["estimate"]) == pytest.approx(difference)
    assert (bias["rater_1"], bias["rater_2"], bias["n"]) == ("truth", "dis", str(PATIENTS))


def test_the_patients_of_a_pair_and_of_a_subgroup_are_told(study):
    pairs = read_table(study / "pairs.tsv")
    mine = [row for row in pairs if (row["rater_1"], row["rater_2"]) == ("truth", "dis")]
    assert len(mine) == PATIENTS and {row["status"] for row in mine} == {"ok"}
    rows = read_table(study / "subgroups.tsv")
    of_truth = [
        row
        for row in rows
        if (row["rater_1"], row["rater_2"], row["statistic"]) == ("truth", "dis", "bias")
    ]
    assert sum(int(row["n"]) for row in of_truth) == PATIENTS
    assert all(row["estimate"] == "" and "fewer than" in row["method"] for row in of_truth)
    repeats = [r for r in read_table(study / "variability.tsv") if r["comparison"] == "repeat"]
    assert {row["rater_1"] for row in repeats} == {"reader_1", "reader_2"}


def test_motion_errs_less_than_no_motion_would(study):
    rows = read_table(study / "motion_error.tsv")
    assert {row["motion"] for row in rows} == {"refiner", "dis"}
    assert len(rows) == PATIENTS * 2
    for row in rows:
        assert 0 < float(row["epe"]) < float(row["true_motion"])
        assert 50 < float(row["motion_found"]) < 120
        assert float(row["known"]) > 50


def test_the_report_and_the_draft_are_there_and_hold_the_study(study):
    results = study.parent
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "made (simulated)" in page and 'src="http' not in page
    assert (results / "manuscript/manuscript.pdf").read_bytes().startswith(b"%PDF")
    tables = {f"table{n}.{kind}" for n in range(1, 8) for kind in ("tsv", "md", "tex", "docx")}
    assert {file.name for file in (results / "manuscript").glob("table*")} == {
        *tables,
        "tables.xlsx",
    }
    assert (results / "manuscript/references.bib").is_file()
    numbers = (results / "manuscript/numbers.yaml").read_text(encoding="utf-8")
    assert "made.truth.dis.bias" in numbers and "made.motion.dis.fast.epe" in numbers
    rows = read_table(study / "sensitivity.tsv")
    assert len({row["definition"] for row in rows}) == 73  # 72, and without flagged clips
    choices = {tuple(row[key] for key in KEYS) for row in rows}
    assert len(choices) == 72 and all(all(choice) for choice in choices)
