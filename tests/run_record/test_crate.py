"""The crate of a made results folder, as roc-validator sees it, without a network."""

import json

import pytest
from crate_validation import crate_issues

from echogls.run_record.crate import NAME, write_crate
from echogls.run_record.inputs import file_digest


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A results folder with a file of each kind."""
    results = tmp_path_factory.mktemp("results")
    files = {
        "run/config.yaml": "study: [made]\n",
        "run/inputs.tsv": "cohort\tpatient\n",
        "run/workflow/Snakefile": "rule study:\n",
        "run/workflow/rules/common.smk": "import os\n",
        "made/measurements.tsv": "cohort\tpatient\n",
        "made/figures/plot.svg": "<svg/>",
        "report.html": "<html></html>",
        "made/patients/p01/clips.tsv": "clip\n",
    }
    for name, content in files.items():
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).write_text(content)
    described = ("run/config.yaml", "run/inputs.tsv", "made/measurements.tsv", "made/figures",
                 "report.html")  # fmt: skip
    write_crate(
        results,
        [results / name for name in described],
        cohorts={"made": False, "simulated": True},
        workflow=results / "run/workflow/Snakefile",
        rules=[results / "run/workflow/rules/common.smk"],
        snakemake="9.27.0",
    )
    return results


@pytest.fixture(scope="module")
def graph(results):
    told = json.loads((results / NAME).read_text(encoding="utf-8"))
    return {entity["@id"]: entity for entity in told["@graph"]}


@pytest.mark.slow
def test_it_is_a_valid_workflow_run_crate(results, tmp_path, monkeypatch):
    assert crate_issues(results, tmp_path / "cache", monkeypatch) == []


def test_files_have_size_and_digest_and_folders_are_described_as_one(results, graph):
    for name in ("report.html", "made/measurements.tsv", "run/workflow/rules/common.smk"):
        assert graph[name]["sha256"] == file_digest(results / name)
        assert graph[name]["contentSize"] == str((results / name).stat().st_size)
    assert graph["made/figures/"]["@type"] == "Dataset"
    assert not [name for name in graph if "patients" in name or name.endswith(".svg")]


def test_the_run_took_config_and_inputs_and_made_the_rest(graph):
    run = graph["#run"]
    assert {one["@id"] for one in run["object"]} == {"run/config.yaml", "run/inputs.tsv"}
    made = {one["@id"] for one in run["result"]}
    assert made == {"made/measurements.tsv", "made/figures/", "report.html"}
    assert "made, simulated (simulated)" in graph["./"]["name"]
    assert "agent" not in run
