"""Studies outside the checkout: of a wheel, by --directory, as a module, as snakedeploy does."""

import base64
import os
import shutil
import subprocess
import sys
import sysconfig

import pytest
import yaml
from checkout import ROOT, copy_checkout
from pydicom.data import get_testdata_file

from echogls import __version__
from echogls.tables import read_table

pytestmark = [pytest.mark.workflow, pytest.mark.slow]

TARGET = "results/mine/measurements.tsv"
# One method that takes no time, and none of the default's.
METHODS = dict.fromkeys(yaml.safe_load((ROOT / "config/config.yaml").read_text())["methods"])
METHODS["quick"] = {"segmentation": "fast", "motion": "none", "fusion": "none"}
# As snakedeploy 0.17 writes it.
DEPLOYED = """\
from snakemake.utils import min_version


min_version("6.10.0")


configfile: "config/config.yaml"


# declare https://github.com/echogls/echogls as a module
module echogls:
    snakefile:
        github("echogls/echogls", path="workflow/Snakefile", tag="v1")
    config:
        config


# use all rules from https://github.com/echogls/echogls
use rule * from echogls
"""


def run(*command, cwd, **environment):
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def listing(folder):
    return {
        path.relative_to(folder): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def clip_in(folder):
    (folder / "p1").mkdir(parents=True)
    shutil.copy(get_testdata_file("examples_ybr_color.dcm", download=False), folder / "p1")


def assert_measured(project):
    rows = read_table(project / TARGET)
    told = [row for row in rows if row["value"]]  # not all that a whole beat would tell
    assert {(row["patient"], row["rater"], row["status"]) for row in told} == {
        ("p1", "quick", "ok")
    }
    assert "gls" in {row["measure"] for row in told}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A copy of the checkout as a repository with the tag v1."""
    place = copy_checkout(tmp_path_factory.mktemp("repository"))
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "LICENSE", "README.md"):
        shutil.copy(ROOT / name, place)
    (place / "results").mkdir()
    shutil.copy(ROOT / "results" / "README.md", place / "results")
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"], ["tag", "v1"]):
        code, told = run(*git, *words, cwd=place)
        assert code == 0, told
    return place


@pytest.fixture(scope="module")
def installed(repository, tmp_path_factory):
    """The bin folder of an environment of its own in which the built wheel is installed; other
    packages are those of this one."""
    place = tmp_path_factory.mktemp("installed")
    shutil.copytree(repository, place / "source")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    offline = ("--no-deps", "--no-index", "-q")
    code, told = run(
        *pip, "wheel", *offline, "--no-build-isolation", "-w", "wheels", "./source", cwd=place
    )
    assert code == 0, told
    (wheel,) = (place / "wheels").iterdir()
    assert run(sys.executable, "-m", "venv", "--without-pip", "env", cwd=place)[0] == 0
    code, told = run(*pip, "--python", "env/bin/python", "install", *offline, wheel, cwd=place)
    assert code == 0, told
    (own,) = (place / "env" / "lib").glob("python*/site-packages")
    assert {path.name for path in own.iterdir()} == {"echogls", f"echogls-{__version__}.dist-info"}
    (own / "others.pth").write_text(sysconfig.get_paths()["purelib"])
    shutil.rmtree(place / "source")
    return place / "env" / "bin"


def test_a_project_of_the_wheel_is_made_checked_and_run_and_the_wheel_stays_as_it_is(
    installed, tmp_path
):
    clip_in(tmp_path / "recordings")
    before = listing(installed.parent)
    code, told = run(
        installed / "echogls", "init", "study", "mine", "--data", "recordings", cwd=tmp_path
    )
    assert code == 0, told
    project = tmp_path / "mine"
    config = yaml.safe_load((project / "config.yaml").read_text()) | {"methods": METHODS}
    assert config["cohorts"]["mine"]["data"] == "../recordings"
    (project / "config.yaml").write_text(yaml.safe_dump(config))
    code, told = run(installed / "echogls", "check", cwd=project)
    assert code == 0, told
    code, told = run(installed / "echogls", "run", TARGET, "--cores", "2", cwd=project)
    assert code == 0, told
    assert "mine: quick measured 1 of 1" in told
    assert_measured(project)
    assert listing(installed.parent) == before
    code, told = run(installed / "echogls", "run", TARGET, "--dry-run", cwd=project)
    assert "Nothing to be done" in told


def test_a_checkout_s_snakefile_runs_in_another_directory_with_several_configs(
    repository, tmp_path
):
    clip_in(tmp_path / "made" / "clips")
    entry = {"format": "dicom", "data": "clips"}  # beside the config that names it
    first = {"study": ["mine"], "cohorts": {"mine": entry}, "methods": METHODS}
    second = {"study": ["other"], "cohorts": {"other": entry}}
    (tmp_path / "made" / "a.yaml").write_text(yaml.safe_dump(first))
    (tmp_path / "made" / "b.yaml").write_text(yaml.safe_dump(second))
    (tmp_path / "here").mkdir()
    before = listing(repository)
    words = (
        sys.executable, "-m", "snakemake", "--snakefile", repository / "Snakefile", "--directory",
        tmp_path / "here", "--configfile", "made/a.yaml", "made/b.yaml",
    )  # fmt: skip
    code, told = run(*words, "--dry-run", cwd=tmp_path)
    assert code == 0, told
    assert "Using workflow specific profile" in told
    assert next(line.split() for line in told.splitlines() if line.startswith("ingest "))[1] == "2"
    code, told = run(*words, "--cores", "2", "--", TARGET, cwd=tmp_path)
    assert code == 0, told
    assert_measured(tmp_path / "here")
    assert listing(repository) == before

    # Why jobs run again is a few words, also where a config is a param.
    changed = ("--quiet", "host", "--config", "strain={drift: none}", "--dry-run")
    code, told = run(*words, *changed, "--", TARGET, "results/run/config.yaml", cwd=tmp_path)
    assert code == 0 and max(map(len, told.splitlines())) < 2000, told

    # A run that was cut short while it wrote goes on by itself: the profile says so.
    marks = tmp_path / "here" / ".snakemake" / "incomplete"
    (marks / base64.urlsafe_b64encode(TARGET.encode()).decode()).touch()
    code, told = run(*words, "--dry-run", "--", TARGET, cwd=tmp_path)
    assert code == 0 and "collect_measurements" in told, told
    code, told = run(*words, "--dry-run", "--workflow-profile", "none", "--", TARGET, cwd=tmp_path)
    assert code != 0 and "IncompleteFiles" in told


def test_what_snakedeploy_writes_runs_by_the_installed_library(repository, installed, tmp_path):
    project, cache = tmp_path / "project", tmp_path / "cache"
    for name in ("config", "profiles"):
        shutil.copytree(repository / name, project / name)
    (project / "workflow").mkdir()
    (project / "workflow" / "Snakefile").write_text(DEPLOYED)
    clip_in(project / "clips")
    entry = {"format": "dicom", "data": "clips"}
    own = {"study": ["mine"], "cohorts": {"mine": entry}, "methods": METHODS}
    (project / "my.yaml").write_text(yaml.safe_dump(own))
    # Where Snakemake keeps what it fetched: the repository is there already, no network is needed.
    clone = (
        cache / "snakemake/snakemake/source-cache/snakemake-git-cache/github.com/echogls/echogls"
    )
    assert run("git", "clone", "-q", "--bare", repository, clone, cwd=tmp_path)[0] == 0
    code, told = run(
        installed / "python", "-m", "snakemake", "--cores", "2", "--configfile", "my.yaml", "--",
        TARGET, cwd=project, XDG_CACHE_HOME=str(cache),
    )  # fmt: skip
    assert code == 0, told
    assert_measured(project)


def test_the_catalogue_s_file_is_as_the_catalogue_reads_it():
    told = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())
    assert set(told) == {"usage"}
    usage = told["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    assert usage["software-stack-deployment"] == {"conda": True}
    rules = (ROOT / "workflow" / "rules").glob("*.smk")
    assert all('conda:\n        "../envs/echogls.yml"' in rule.read_text() for rule in rules
               if "script:" in rule.read_text())  # fmt: skip
