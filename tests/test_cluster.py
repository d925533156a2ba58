"""The same study on a real SLURM, where a job is killed, and on one machine."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pydicom
import pytest
import slurm_node
import yaml
from checkout import ROOT, copy_checkout, snakemake
from pydicom.data import get_testdata_file

PROFILE = "workflow/profiles/slurm"
# Has Snakemake's executor for SLURM; .ci/run keeps it apart from what all other tests import.
PYTHON = os.environ.get("ECHOGLS_CLUSTER_PYTHON", sys.executable)
PATIENTS = "ab"  # both in one job of the queue
TARGETS = ["results/made/agreement.tsv", "results/made/exclusions.tsv"]
PATIENCE_S = 900  # on a busy machine


def test_every_rule_of_a_study_is_in_a_group_of_the_profile():
    profile = yaml.safe_load((ROOT / PROFILE / "config.yaml").read_text())
    rules = set(snakemake(ROOT, "--list-rules").stdout.split())
    targets = {"all", "study", "train", "train_flow"}
    training = {"train_segmentation", "train_views", "flow_pairs", "train_flow_network"}
    assert set(profile["groups"]) == rules - targets - training
    assert set(profile["groups"].values()) == {"patient", "study"}


def checkout_with_study(place: Path) -> Path:
    """A real clip at two frame rates, one that is cut off, a reader, and the cheapest method."""
    place.mkdir()
    checkout = copy_checkout(place)
    example = get_testdata_file("examples_ybr_color.dcm", download=False)
    clip = pydicom.dcmread(example)
    rows = ["patient\treader\tmeasure\tvalue"]
    for number, patient in enumerate(PATIENTS):
        folder = checkout / "data" / patient
        folder.mkdir(parents=True)
        clip.FrameTime = 33 + number
        clip.save_as(folder / "clip.dcm")
        rows.append(f"{patient}\treader\tgls\t{-17 - number}")
    (checkout / "data/a/cut.dcm").write_bytes(Path(example).read_bytes()[:60_000])
    (checkout / "readings.tsv").write_text("\n".join([*rows, ""]))
    study = {
        "study": ["made"],
        "cohorts": {"made": {"format": "dicom", "data": "data", "readers": "readings.tsv"}},
        "methods": {"best": None, "paper": None, "dis": {"segmentation": "fast"}},
    }
    (checkout / "made.yaml").write_text(yaml.safe_dump(study))
    return checkout


def on_slurm(checkout: Path, environment: dict) -> subprocess.Popen:
    """The study with the profile as it is shipped; the state of its jobs is asked for soon, and by
    the command that needs no accounting."""
    command = [PYTHON, "-m", "snakemake", *TARGETS, "--configfile", "made.yaml"]
    command += ["--profile", PROFILE]
    command += ["--slurm-status-command", "squeue"]
    command += ["--slurm-init-seconds-before-status-checks", "1"]
    with open(checkout / "said.txt", "w") as said:
        return subprocess.Popen(
            command, cwd=checkout, env=environment, stdout=said, stderr=subprocess.STDOUT
        )


def wait_for_a_first_clip(checkout: Path, study: subprocess.Popen) -> None:
    end = time.monotonic() + PATIENCE_S
    while not list(checkout.glob("results/made/patients/*/cines.npz")):
        assert study.poll() is None and time.monotonic() < end, said(checkout)
        time.sleep(0.5)


def kill_what_runs(environment: dict, study: subprocess.Popen) -> str:
    """`kill -9` of all that the one running job has started by srun; returns the job's id."""
    ((job, (state, _)),) = jobs(environment).items()
    assert state == "RUNNING"
    killed = False
    while not killed:  # a stage has ended, the next one has not begun
        assert study.poll() is None, "the study ended before anything of it was killed"
        lines = [line.split() for line in slurm_node.run(environment, "scontrol", "listpids", job)]
        for process in [int(pid) for pid, _, step, *_ in lines if step.isdigit()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                killed = True
    return job


def jobs(environment: dict) -> dict:
    """Every job so far: id -> (state, MB asked for)."""
    lines = slurm_node.run(environment, "squeue", "--noheader", "--states=all", "--format=%i %T %m")
    rows = [line.split() for line in lines]
    return {job: (state, int(memory.removesuffix("M"))) for job, state, memory in rows}


def said(checkout: Path) -> str:
    return (checkout / "said.txt").read_text()


def tables(checkout: Path) -> dict:
    """Every table of the cohort and its patients, but what Snakemake measured of time."""
    folder = checkout / "results/made"
    files = [file for file in folder.rglob("*.tsv") if file.parent.name != "benchmarks"]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def has_executor() -> bool:
    words = [PYTHON, "-c", "import snakemake_executor_plugin_slurm"]
    return subprocess.run(words, capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.workflow
@pytest.mark.skipif(bool(slurm_node.why_not()), reason=slurm_node.why_not())
def test_a_study_on_slurm_of_which_a_job_is_killed_makes_the_tables_of_one_machine(tmp_path):
    if not has_executor():
        pytest.skip("Snakemake's executor for SLURM is missing: make cluster")
    cluster, alone = (checkout_with_study(tmp_path / name) for name in ("cluster", "alone"))
    with slurm_node.slurm_node(cores=1, memory_mb=6000) as environment:
        study = on_slurm(cluster, environment)
        with ThreadPoolExecutor(1) as beside:
            run = beside.submit(snakemake, alone, *TARGETS, "--configfile", "made.yaml")
            try:
                wait_for_a_first_clip(cluster, study)
                killed = kill_what_runs(environment, study)
                assert study.wait(PATIENCE_S) == 0, said(cluster)
            finally:
                study.kill()
        facts = jobs(environment)

    # the patients' job, the same with more memory, the study's
    (_, first), (_, again), _ = (facts[job] for job in sorted(facts, key=int))
    assert [state for state, _ in facts.values()].count("COMPLETED") == 2
    assert facts[killed] == ("FAILED", first) and again == 2 * first

    assert run.result().returncode == 0, run.result().stderr
    made = tables(cluster)
    assert {f"patients/{patient}/strain/dis.measurements.tsv" for patient in PATIENTS} <= set(made)
    assert made == tables(alone)
