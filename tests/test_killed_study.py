"""A study that is killed again and again comes out as an undisturbed one; benchmarks/kill.py does
the same more often, and over the whole of it."""

import importlib.util
import random
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TARGETS = ["results/made/measurements.tsv", "results/made/exclusions.tsv"]

pytestmark = [pytest.mark.workflow, pytest.mark.slow]


@pytest.fixture(scope="module")
def kill():
    spec = importlib.util.spec_from_file_location("kill", ROOT / "benchmarks" / "kill.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(sys.platform != "linux", reason="jobs end with Snakemake on Linux alone")
def test_after_kills_the_same_files_come_out_in_another_folder_on_another_number_of_cores(
    kill, tmp_path
):
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "kil led"
    for folder in (undisturbed, killed):
        folder.mkdir()
        kill.make_study(folder)
    assert kill.finished(undisturbed, 1, TARGETS) == 1
    draw = random.Random(3)
    ends = []
    for what in kill.TARGETS:
        ends.append(kill.killed_once(killed, draw, what, TARGETS)[0])
        kill.unlock(killed)
    assert any(ends), "nothing was killed"
    assert kill.finished(killed, 2, TARGETS) <= 2
    wrong, timed = kill.differing(undisturbed, killed)
    assert wrong == []
    assert all("benchmarks/" in name or "logs/" in name for name in timed), timed
    assert not list(killed.rglob("*.partial"))
