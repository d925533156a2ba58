"""The set-up files agree with each other and hold nothing of the machine that made them."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
CLUSTER = "requirements-cluster.lock"
PREREQUISITES = ROOT / "workflow" / "setup" / "prerequisites.sh"


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def lock_entries(file="requirements.lock"):
    """A lock's entries, each with its continuation lines (the hashes)."""
    lines = [line for line in read(file).splitlines() if not line.startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def pins(lines):
    """{name: (versions, marker)}; a name that occurs twice would need two, and fails."""
    requirements = [Requirement(line) for line in lines]
    found = {r.name: (str(r.specifier), str(r.marker)) for r in requirements}
    assert len(found) == len(requirements)
    return found


def locked(file="requirements.lock"):
    return pins([re.sub(r"--hash=\S+", "", entry).strip() for entry in lock_entries(file)])


def extra(name):
    extras = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
    return {canonicalize_name(r.name): r for r in map(Requirement, extras[name])}


def direct_dependencies():
    """What pyproject.toml asks for, without the extras `gpu`, which is not locked, and `cluster`,
    which has a lock of its own."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    lines = (
        project["dependencies"] + extras["cpu"] + extras["test"] + extras["dev"] + extras["docs"]
    )
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def imported_modules(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # A benchmark also imports, where it runs them, others' packages that it compares with.
    for node in tree.body if path.parent.name == "benchmarks" else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.partition(".")[0]


def conda_pip_lines():
    (section,) = [d["pip"] for d in conda_dependencies() if isinstance(d, dict)]
    return section


def conda_dependencies(file="environment.yml"):
    return yaml.safe_load(read(file))["dependencies"]


def test_conda_environment_has_the_lock_s_versions_and_the_package_itself():
    *lines, package = conda_pip_lines()
    assert pins(lines) == locked()
    assert package == "-e ."  # the command echogls is there afterwards


def test_the_rules_environment_is_the_same_without_the_package():
    own, rules = conda_dependencies(), conda_dependencies("workflow/envs/echogls.yml")
    assert rules[:-1] == own[:-1] and rules[-1]["pip"] == own[-1]["pip"][:-1]


def test_conda_environment_has_an_allowed_python_and_git():
    allowed = tomllib.loads(read("pyproject.toml"))["project"]["requires-python"]
    (python,) = [d for d in conda_dependencies() if str(d).startswith("python=")]
    version = python.removeprefix("python=").removesuffix(".*")
    assert f"{version}.0" in Requirement(f"python{allowed}").specifier
    assert "git" in conda_dependencies()


def test_every_locked_version_is_exact_and_has_hashes():
    assert len(lock_entries()) > 50
    for entry in lock_entries() + lock_entries(CLUSTER):
        assert re.search(r"^[a-z0-9-]+==[^\s*]+ ", entry), entry
        assert re.search(r" --hash=sha256:[0-9a-f]{64}( |$)", entry), entry


def test_lock_holds_every_direct_dependency_at_an_allowed_version():
    versions = {name: pin.removeprefix("==") for name, (pin, _) in locked().items()}
    for name, requirement in direct_dependencies().items():
        assert versions[name] in requirement.specifier


def test_the_cluster_s_lock_holds_its_extra_and_nothing_else():
    versions = {name: pin.removeprefix("==") for name, (pin, _) in locked(CLUSTER).items()}
    assert versions.keys() == extra("cluster").keys()
    assert all(versions[name] in asked.specifier for name, asked in extra("cluster").items())


def test_every_imported_package_is_a_direct_dependency():
    folders = [ROOT / name for name in ("workflow", "tests", "benchmarks")]
    files = [path for folder in folders for path in folder.rglob("*.py")]
    modules = {module for path in files for module in imported_modules(path)}
    helpers = {path.stem for folder in folders[1:] for path in folder.rglob("*.py")}
    packages = packages_distributions()
    for module in modules - {"echogls"} - helpers - sys.stdlib_module_names:
        owners = {canonicalize_name(owner) for owner in packages[module]}
        assert owners & direct_dependencies().keys(), module


@pytest.mark.parametrize(
    "name",
    [
        CLUSTER,
        "requirements.lock",
        "environment.yml",
        "workflow/envs/echogls.yml",
        "pyproject.toml",
    ],
)
def test_names_no_host_and_no_place_on_this_machine(name):
    text = read(name)
    assert not re.search(r"://|file:|--(extra-)?index-url|--find-links|\s@\s", text)
    assert not re.search(r"(^|[\s'\"=])/\w", text)


def prerequisites(python, folder="/", **environment):
    command = ["/bin/sh", str(PREREQUISITES), str(python)]
    environment = {**os.environ, **environment}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.stdout


def test_a_usable_python_is_named_by_its_path():
    assert Path(prerequisites(sys.executable).strip()).samefile(sys.executable)


def test_an_old_python_is_refused_in_one_line(tmp_path):
    # The script's own question, answered as if by Python 3.9.
    old = tmp_path / "old python"
    lie = "import sys; sys.version_info = (3, 9, 18, 'final', 0); exec(sys.argv[1])"
    old.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{lie}" "$2"\n')
    old.chmod(0o755)
    assert prerequisites(old) == (
        f"Python 3.11, 3.12 or 3.13 is needed ({old} is 3.9): "
        "install one, or name one with PYTHON=/path/to/python\n"
    )


def test_a_python_that_is_not_there_is_refused_in_one_line(tmp_path):
    missing = tmp_path / "python"
    answer = prerequisites(missing)
    assert f"{missing} is not there" in answer
    assert answer.count("\n") == 1


def test_a_python_without_venv_is_refused_with_what_to_install(tmp_path):
    (tmp_path / "ensurepip.py").write_text("raise ImportError\n")
    answer = prerequisites(sys.executable, PYTHONPATH=str(tmp_path))
    assert "lacks venv: on Debian or Ubuntu, apt install python3." in answer
    assert answer.count("\n") == 1


def test_missing_git_is_said_in_one_line(tmp_path):
    assert prerequisites(sys.executable, PATH=str(tmp_path)) == (
        "git is missing and Snakemake needs it: install git\n"
    )


def test_a_checkout_under_a_path_with_a_space_is_refused_in_one_line(tmp_path):
    folder = tmp_path / "my studies"
    folder.mkdir()
    assert prerequisites(sys.executable, folder=folder) == (
        f"Snakemake runs no script under a path with a space ({folder}): "
        "move or rename the folder\n"
    )


def recipe_sources(name):
    """What a container's recipe copies, each as (source, destination)."""
    text = read(name)
    if name == "Dockerfile":
        return re.findall(r"^COPY (\S+) (\S+)$", text, flags=re.MULTILINE)
    section = text.split("%files")[1].split("%post")[0]
    return [tuple(line.split()) for line in section.splitlines() if line.strip()]


@pytest.mark.parametrize("name", ["Dockerfile", "apptainer.def"])
def test_a_container_is_built_of_the_lock_and_of_files_that_are_there(name):
    """No container can be built where the tests run: what is said of files and commands is
    checked, and the wheel that they install is built in test_outside."""
    text = read(name)
    sources = recipe_sources(name)
    assert sources and all((ROOT / source).exists() for source, _ in sources)
    install, package = re.findall(r"pip install (--no-cache-dir [^&\n]*)", text)
    assert "--require-hashes -r /opt/source/requirements.lock" in install
    assert "--no-deps --no-build-isolation /opt/source" in package
    version = re.search(r"python:(\S+)-slim", text).group(1)
    assert (
        f"{version}.0"
        in Requirement(
            "python" + tomllib.loads(read("pyproject.toml"))["project"]["requires-python"]
        ).specifier
    )
    if name == "apptainer.def":  # all that the wheel is made of is there, at the same place
        assert all(where == f"/opt/source/{source}" for source, where in sources)
        needed = set(re.findall(r'^    "([\w./]+)",$', read("setup.py"), flags=re.MULTILINE))
        copied = {source for source, _ in sources}
        assert needed and all(
            part in copied or any(part.startswith(f"{source}/") for source in copied)
            for part in needed
        )
