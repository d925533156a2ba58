"""What `make benchmark` measures and how it tells a regression."""

import importlib.util
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from echogls.cine import Cine
from echogls.study import LABELS
from echogls.tables import read_table, write_table

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def speed():
    sys.path.insert(0, str(BENCHMARKS))
    spec = importlib.util.spec_from_file_location("speed", BENCHMARKS / "speed.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(BENCHMARKS))


def test_a_job_is_the_studys_own_script_with_its_start_up_apart(speed, tmp_path):
    table = tmp_path / "one.tsv"
    write_table(table, [{"a": "1"}], ("a",))
    told = {"input": {"one": str(table), "two": str(table)}, "output": {"0": str(tmp_path / "b")}}
    held = np.ones(50_000_000)  # 400 MB of the program that starts the job are not the job's
    took = speed.timed(tmp_path, "collect", **told)
    del held
    assert [row["a"] for row in read_table(tmp_path / "b")] == ["1", "1"]
    assert 0 <= took["warm_cpu_s"] < took["cold_cpu_s"] < 10
    assert 0 < took["warm_wall_s"] < took["cold_wall_s"]
    assert 10 < took["peak_mb"] < 300


def test_jobs_get_what_their_scripts_ask_for(speed, tmp_path, monkeypatch):
    jobs = []
    monkeypatch.setattr(speed, "timed", lambda _, rule, **told: jobs.append((rule, told)) or {})
    monkeypatch.setattr(speed, "gls", lambda _: -18.0)
    monkeypatch.setattr(speed, "true_gls", lambda _: -18.0)
    row = {"clip": "one", "chosen": "yes", "frames": "30"}
    monkeypatch.setattr(speed, "read_table", lambda _: [row])
    speed.patient_jobs(tmp_path, "sim01", speed.default_config())
    assert {"simulate", "ingest", "classify_view", "segment", "track", "measure"} == {
        rule for rule, _ in jobs
    }
    for rule, told in jobs:
        script = (speed.ROOT / "workflow" / "scripts" / f"{rule}.py").read_text()
        asked = set(re.findall(r"snakemake\.(input|output|params|wildcards)\.(\w+)", script))
        missing = {(part, name) for part, name in asked if name not in told.get(part, {})}
        assert missing <= {("input", "get")}, rule


def test_others_and_our_flow_are_timed_on_the_same_pairs(speed, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur(rng.uniform(0, 255, (90, 80)).astype(np.float32), (0, 0), 1.5)
    frames = np.stack([np.roll(texture, k, axis=0) for k in range(4)]).astype(np.uint8)
    times = np.arange(4) / 50
    cine = Cine(frames, times, np.ones((90, 80), bool), 0.5)
    wall = SimpleNamespace(mask=np.full((4, 90, 80), LABELS["myocardium"]))
    line = np.stack([np.full(20, 20.0), np.linspace(10, 30, 20)], axis=1)
    line = line + 0.5 * np.arange(4)[:, None, None] * [0, 1]
    np.savez(tmp_path / "truth.npz", material_mm=line)
    monkeypatch.setattr(speed.peers, "load_segmentations", lambda _: {"one": wall})
    monkeypatch.setattr(speed.peers, "load_cines", lambda *_: {"one": cine})
    monkeypatch.setattr(speed.peers, "sector_origin_mm", lambda _: 0.0)
    for name in ("scikit-image TV-L1", "scikit-image iLK"):
        monkeypatch.delitem(speed.peers.PEERS, name)
    rows = speed.peers.motion_rows(tmp_path, None, tmp_path / "truth.npz", 3, ["dis", "refiner"])
    rows = {row["name"]: row for row in rows}
    assert set(rows) == {"OpenCV DIS", "OpenCV Farneback", "dis", "refiner"}
    for row in rows.values():
        assert row["warm_cpu_ms"] > 0 and row["accuracy"] < 0.3, row


def test_a_job_that_fails_says_what_its_log_says(speed, tmp_path):
    told = {"input": {"one": str(tmp_path / "gone.tsv")}, "output": {"0": str(tmp_path / "b")}}
    with pytest.raises(SystemExit, match=r"collect failed:[\s\S]*gone\.tsv"):
        speed.timed(tmp_path, "collect", **told)


def test_what_takes_longer_than_it_last_did_on_such_a_processor_is_told(speed):
    def row(name, ratio, **more):
        return {"kind": "stage", "name": name, "ratio": ratio} | more

    history = [
        row("track", "1.0", machine="a", date="2026-01-01"),
        row("track", "2.0", machine="a", date="2026-02-01"),
        row("track", "9.0", machine="b", date="2026-03-01"),
        row("measure", "1.0", machine="a", date="2026-02-01"),
    ]
    rows = [row("track", 2.4), row("measure", 1.4), row("new", 5.0)]
    assert speed.slower(rows, history, "a") == ["stage measure: 1.40 x 2026-02-01"]
    assert speed.slower(rows, history, "c") == []


def test_a_run_is_added_to_the_history(speed, tmp_path):
    path = tmp_path / "history.tsv"
    rows = [dict.fromkeys(speed.COLUMNS, 1.5) | {"kind": "stage", "name": "measure"}]
    assert speed.remember(path, rows, "a") == []
    (before,) = speed.remember(path, rows, "a")
    assert speed.slower([rows[0] | {"ratio": 3.0}], [before], "a") == [
        f"stage measure: 2.00 x {before['date']}"
    ]
    assert len(read_table(path)) == 2


def test_a_method_costs_what_its_jobs_from_view_to_strain_cost_a_frame(speed):
    took = dict.fromkeys(("cold_cpu_s", "warm_cpu_s", "cold_wall_s", "warm_wall_s"), 1.0)
    methods = {"mine": {"segmentation": "fast", "motion": "dis", "fusion": "kalman"}}
    names = ["ingest", *speed.chain("mine", methods["mine"])]
    jobs = {name: took | {"peak_mb": k} for k, name in enumerate(names)}
    jobs["measure.mine"]["gls_error"] = -0.5
    rows = speed.stage_and_method_rows([(jobs, 50), (jobs, 100)], methods)
    (method,) = (row for row in rows if row["kind"] == "method")
    assert method["cold_wall_ms"] == pytest.approx(4 * (20 + 10) / 2)
    assert (method["n"], method["peak_mb"], method["accuracy"]) == (2, 4, 0.5)
    assert [row["name"] for row in rows if row["kind"] == "stage"] == names
