"""What a large cohort asks of planning and collecting; benchmarks/scale.py has the times."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
import yaml
from checkout import ROOT

from echogls.tables import read_table, write_table

BENCHMARKS = ROOT / "benchmarks"
# Snakemake as a user starts it: how often it read YAML, searched the config and looked up where a
# script is kept, and after how many new objects it looks for some to throw away.
COUNTED = """
import gc, sys, yaml, dpath
from snakemake.cli import main
from snakemake.sourcecache import SourceCache
times = {"read": 0, "searched": 0, "looked up": 0}
def counted(function, what):
    def counting(*words, **more):
        times[what] += 1
        return function(*words, **more)
    return counting
yaml.safe_load = counted(yaml.safe_load, "read")
dpath.get = counted(dpath.get, "searched")
SourceCache._cache_entry = counted(SourceCache._cache_entry, "looked up")
try:
    main(sys.argv[1:])
finally:
    print("counted", *times.values(), gc.get_threshold()[0])
"""


@pytest.fixture(scope="module")
def scale():
    sys.path.insert(0, str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("scale", BENCHMARKS / "scale.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(BENCHMARKS))


def planned(scale, folder, count, *words):
    """How often a plan of so many patients did what COUNTED counts; its jobs by rule."""
    scale.make_cohort(folder, count, ["best", "paper", "dis"])
    command = [sys.executable, "-c", COUNTED, "--snakefile", str(ROOT / "Snakefile"), "--cores"]
    run = subprocess.run(
        [*command, "1", "--configfile", "my.yaml", "-n", "--quiet", "rules", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split() for line in run.stdout.splitlines()]
    (counts,) = (line[1:] for line in lines if line[:1] == ["counted"])
    jobs = {line[0]: int(line[1]) for line in lines if len(line) == 2 and line[1].isdigit()}
    return counts, jobs


@pytest.mark.slow
@pytest.mark.workflow
def test_a_plan_reads_no_more_shared_files_for_more_patients(scale, tmp_path):
    few, jobs_of_few = planned(scale, tmp_path / "few", 1)
    many, jobs_of_many = planned(scale, tmp_path / "many", 4)
    assert jobs_of_many["ingest"] == 4 * jobs_of_few["ingest"] == 4
    assert many == few
    assert int(few[3]) >= 100_000


@pytest.mark.slow
@pytest.mark.workflow
def test_a_batch_plans_its_own_patients_alone(scale, tmp_path):
    target = f"results/{scale.COHORT}/measurements.tsv"
    words = ("--batch", "collect_measurements=1/2", "--", target)
    _, jobs = planned(scale, tmp_path / "half", 4, *words)
    assert (jobs["ingest"], jobs["measure"]) == (2, 2)
    assert "collect_measurements" not in jobs


def tables_of(results):
    """What a study leaves in its cohort's tables, run times apart."""
    times = ("timing.tsv", "characteristics.tsv")
    found = (path for path in (results / "large").glob("*.tsv") if path.name not in times)
    return {path.name: path.read_bytes() for path in found}


@pytest.mark.slow
@pytest.mark.workflow
def test_without_stages_a_patient_takes_less_room_and_gives_the_same(scale, tmp_path):
    tables, sizes = {}, {}
    for kept in ("all", "results"):
        place = tmp_path / kept
        scale.make_cohort(place, 1, ["dis"])
        words = ["--config", f"keep={kept}", "--quiet"]
        scale.snakemake(place, *words)
        patient = place / "results" / scale.COHORT / "patients" / scale.FIRST
        stages = [patient / "cines.npz", patient / "motion" / "dis.npz"]
        assert [path.exists() for path in stages] == [kept == "all"] * 2
        assert (patient / "fused" / "dis.npz").exists()
        tables[kept], sizes[kept] = tables_of(place / "results"), scale.size_mb(patient)
        scale.snakemake(place, "--config", f"keep={kept}")
        assert "Nothing to be done" in (place / "said.txt").read_text(encoding="utf-8")
    assert len(tables["all"]) > 5 and tables["results"] == tables["all"]
    assert sizes["results"] < sizes["all"]


def test_a_link_of_the_benchmark_has_its_own_name_in_its_tables(scale, tmp_path):
    measured = tmp_path / scale.COHORT / "patients" / scale.FIRST
    (measured / "fused").mkdir(parents=True)
    row = {"patient": scale.FIRST, "view": "a4c"}
    write_table(measured / "views.tsv", [row], row)
    np.savez(measured / "fused" / "best.npz", a=[1.0])
    scale.copy_patient(measured, tmp_path, "p00002")
    copy = measured.parent / "p00002"
    assert read_table(copy / "views.tsv") == [{"patient": "p00002", "view": "a4c"}]
    assert (copy / "fused" / "best.npz").read_bytes() == b""


def test_slope_is_the_time_and_memory_of_one_more_patient(scale):
    rows = [
        {"kind": "plan", "patients": n, "cpu_s": 3 + 0.02 * n, "peak_mb": 100 + 0.3 * n}
        for n in (10, 100, 1000)
    ]
    alone = {"kind": "results", "patients": 1, "size_mb": 9.0}
    told = scale.with_slopes([*rows, alone])
    assert [row["slope_cpu_s"] for row in told[:3]] == pytest.approx([0.02] * 3)
    assert [row["slope_mb"] for row in told[:3]] == pytest.approx([0.3] * 3)
    assert not {"slope_cpu_s", "slope_mb"} & set(told[3])


def test_config_of_a_made_cohort_leaves_the_other_methods_out(scale, tmp_path):
    scale.make_cohort(tmp_path, 2, ["dis"])
    config = yaml.safe_load((tmp_path / "my.yaml").read_text(encoding="utf-8"))
    assert config["methods"] == {"best": None, "paper": None}
    assert len(list((tmp_path / "data").glob("*/clip.dcm"))) == 2
