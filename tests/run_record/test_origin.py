import getpass
import platform
import socket
import subprocess

import yaml

from echogls.project import study_config
from echogls.run_record import inputs, origin


def git(folder, *words):
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_revision_is_the_commit_and_says_if_a_file_differs(tmp_path):
    git(tmp_path, "init")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-m", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "untracked").write_text("results and configs")
    assert origin.revision(tmp_path) == commit
    (tmp_path / "a").write_text("2")
    assert origin.revision(tmp_path) == f"{commit}-modified"


def test_an_installation_within_somebody_s_repository_has_no_revision(tmp_path):
    git(tmp_path, "init")
    (tmp_path / "installed").mkdir()
    assert origin.revision(tmp_path / "installed") == ""
    assert origin.revision(tmp_path / "missing") == ""


def test_the_host_is_a_kind_of_machine_and_nobody_s():
    told = yaml.safe_dump(origin.host_summary()).lower()
    assert platform.machine().lower() in told
    for name in (socket.gethostname(), platform.node(), platform.release()):
        assert name.lower() not in told
    assert getpass.getuser() not in told.split()


def test_seeds_are_those_that_the_study_draws_with():
    config = study_config({"study": ["simulated", "example"], "agreement": {"seed": 7}})
    assert origin.seeds(config) == {"cohorts.simulated.simulation.seed": 2018, "agreement.seed": 7}


def test_inputs_are_counted_and_not_named(tmp_path):
    (tmp_path / "Nordmann Ola.dcm").write_bytes(b"abc")
    files = [tmp_path / "Nordmann Ola.dcm", tmp_path / "gone"]
    rows = inputs.input_rows("recording", files, "c", "p01")
    assert [tuple(row) for row in rows] == [inputs.COLUMNS] * 2
    assert rows[0]["sha256"].startswith("ba7816bf") and rows[0]["bytes"] == 3
    assert (rows[1]["file"], rows[1]["sha256"]) == (2, None)
    assert "Nordmann" not in str(rows)
