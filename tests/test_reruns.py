"""What runs again when something changes: docs/provenance.md says it in a table, and each row of it
is asked of Snakemake, on a small finished study."""

import os
import re
import shutil
from pathlib import Path

import pytest
import yaml
from checkout import copy_checkout, snakemake
from pydicom.data import get_testdata_file

pytestmark = [pytest.mark.workflow, pytest.mark.slow]

PAGE = Path(__file__).parents[1] / "docs" / "provenance.md"
HEAD = "| what changes | begins anew | for | stays |"
PATIENTS = ("p01", "p02")
SHEET = "patient\tvendor\tfps\np01\ta\t\np02\tb\t\n"
READINGS = "patient\treader\tmeasure\tvalue\np01\tr1\tgls\t-18.5\np02\tr1\tgls\t-17.0\n"
CONFIG = {
    "study": ["made"],
    "cohorts": {
        "made": {
            "format": "dicom",
            "data": "data",
            "patients": "sheet.tsv",
            "readers": "readings.tsv",
            "subgroups": ["vendor"],
        }
    },
    "methods": {
        "best": None,
        "paper": None,
        "dis": {"segmentation": "fast", "motion": "dis", "fusion": "kalman"},
    },
}
# How the words of the table's first column are done to the study.
TOLD = {
    "`vendor` of `p02` in the sheet": ("sheet.tsv", "p02\tb\t", "p02\tc\t"),
    "`fps` of `p02` in the sheet": ("sheet.tsv", "p02\tb\t", "p02\tb\t40"),
    "a row `p03` in the sheet": ("sheet.tsv", "p02\tb\t\n", "p02\tb\t\np03\tb\t\n"),
    "a reading of `p02`": ("readings.tsv", "-17.0", "-17.5"),
}


def rows():
    """(what changes, rules that begin anew, for whom, rules that stay) of the page's table."""
    table = PAGE.read_text(encoding="utf-8").split(HEAD)[1].split("\n\n")[0]
    cells = [line.strip("|").split(" | ") for line in table.splitlines()[2:]]
    return [
        (what.strip(), set(_codes(anew)), whose.strip(), set(_codes(kept)))
        for what, anew, whose, kept in cells
    ]


def _codes(cell):
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return finished_study(tmp_path_factory.mktemp("checkout"))


def finished_study(place):
    checkout = copy_checkout(place)
    clip = get_testdata_file("examples_ybr_color.dcm", download=False)
    for patient in PATIENTS:
        (checkout / "data" / patient).mkdir(parents=True)
        shutil.copy(clip, checkout / "data" / patient / "clip.dcm")
    (checkout / "sheet.tsv").write_text(SHEET)
    (checkout / "readings.tsv").write_text(READINGS)
    (checkout / "my.yaml").write_text(yaml.safe_dump(CONFIG))
    (checkout / "changed.yaml").write_text("{}\n")
    run = snakemake(checkout, "--configfile", "my.yaml")
    assert run.returncode == 0, run.stderr
    return checkout


def planned(study):
    """(rule, patient or "", whether it begins, not follows another) of every job to run."""
    words = ("--configfile", "my.yaml", "changed.yaml", "--dry-run", "--quiet", "progress")
    run = snakemake(study, *words)
    assert run.returncode == 0, run.stderr
    jobs = []
    for block in re.split(r"\n(?=(?:local)?rule )", run.stdout + run.stderr)[1:]:
        rule = block.split()[1].rstrip(":")
        reason = re.search(r"reason: (.*)", block)[1]
        patient = re.search(r"wildcards: .*\bpatient=(\w+)", block)
        first = "updated by another job" not in reason
        jobs.append((rule, patient[1] if patient else "", first))
    return [job for job in jobs if job[0] not in ("study", "all")]


class Changed:
    """A file of the study, changed within a `with` and put back with its time."""

    def __init__(self, path, change):
        self.path, self.change = path, change

    def __enter__(self):
        self.before, self.stat = self.path.read_bytes(), self.path.stat()
        self.path.write_bytes(self.change(self.before))

    def __exit__(self, *_):
        self.path.write_bytes(self.before)
        os.utime(self.path, ns=(self.stat.st_atime_ns, self.stat.st_mtime_ns))


def done(study, what):
    """The change that a row speaks of."""
    if what in TOLD:
        file, before, after = TOLD[what]
        return Changed(study / file, lambda text: text.replace(before.encode(), after.encode()))
    (code,) = _codes(what)
    if (study / code).is_file():
        comment = {".css": b"\n/* edited */\n", ".dcm": b"\0\0"}.get(
            Path(code).suffix, b"\n# edited\n"
        )
        return Changed(study / code, lambda content: content + comment)
    assert isinstance(yaml.safe_load(code), dict), code
    return Changed(study / "changed.yaml", lambda _: code.encode())


def test_nothing_changed_nothing_runs(study):
    assert planned(study) == []


@pytest.mark.parametrize(
    ("what", "anew", "whose", "kept"), rows(), ids=lambda x: x[:40] if isinstance(x, str) else None
)
def test_what_the_page_says_runs_again_and_nothing_else_begins(study, what, anew, whose, kept):
    with done(study, what):
        jobs = planned(study)
    assert {rule for rule, _, first in jobs if first} == anew
    assert not kept & {rule for rule, _, _ in jobs}
    of = {patient for _, patient, _ in jobs if patient}
    assert of == {"all patients": set(PATIENTS), "no patient": set()}.get(whose, set(_codes(whose)))


def test_every_kind_of_change_is_on_the_page():
    whats = [what for what, *_ in rows()]
    assert len(whats) == len(set(whats)) and set(TOLD) <= set(whats)
    told = " ".join(whats)
    for kind in ("{", ".py", "templates/", ".tflite", "sheet", "data/"):
        assert kind in told
