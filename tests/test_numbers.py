"""The numbers of README, docs and cards are those of the tables that benchmarks write."""

import csv
import importlib.util
import re
import sys
from pathlib import Path

import pytest

from echogls.tables import read_table, write_table

ROOT = Path(__file__).parents[1]


def module(path):
    """A script of the repository as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    one = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(one)
    return one


@pytest.fixture(scope="module")
def numbers():
    return module(ROOT / "docs" / "fill_numbers.py")


@pytest.fixture(scope="module")
def accuracy():
    return module(ROOT / "benchmarks" / "accuracy.py")


def test_texts_hold_the_numbers_of_the_tables(numbers):
    texts = numbers.texts()
    names = {str(path.relative_to(ROOT)) for path in texts}
    assert {"README.md", "docs/accuracy.md", "workflow/models/unet.md"} <= names
    for path in texts:
        text = path.read_text(encoding="utf-8")
        assert numbers.filled(text) == text, f"{path.name}: make numbers"
        assert text.count("<!-- numbers:") == len(numbers.MARKED.findall(text)), path.name


def test_a_number_that_is_changed_in_a_table_changes_the_text(numbers, monkeypatch):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = numbers.rows
    changed = [
        one | {"value": "7.77"}
        if (one["method"], one["quantity"]) == ("best", "gls_error")
        else one
        for one in rows("simulated")
    ]
    monkeypatch.setattr(numbers, "rows", lambda f: changed if f == "simulated" else rows(f))
    assert "+7.8" in numbers.filled(text) and "+7.8" not in text


def test_every_table_has_the_columns_and_a_command_and_each_number_once(accuracy):
    paths = sorted(accuracy.FOLDER.glob("*.tsv"))
    assert len(paths) >= 4
    for path in paths:
        with path.open(newline="", encoding="utf-8") as stream:
            assert tuple(next(csv.reader(stream, delimiter="\t"))) == accuracy.COLUMNS
        rows = read_table(path)
        keys = [tuple(row[name] for name in accuracy.KEY) for row in rows]
        assert len(set(keys)) == len(keys), path.name
        for row in rows:
            assert row["command"] and int(row["n"]) > 0 and row["unit"], row
            assert re.fullmatch(r"\d+\.\d+\.\d+", row["version"]), row


def test_a_row_takes_the_place_of_the_one_of_the_same_key(accuracy, tmp_path):
    first = accuracy.error_row([1.0, 2.0, float("nan")], data="d", condition="c", method="m",
                               command="x")  # fmt: skip
    other = first | {"condition": "another"}
    accuracy.record([first, other], "t", tmp_path)
    accuracy.record([first | {"value": 3.0}], "t", tmp_path)
    rows = read_table(tmp_path / "t.tsv")
    assert [(row["condition"], float(row["value"]), row["n"]) for row in rows] == [
        ("c", 3.0, "2"), ("another", 1.5, "2")
    ]  # fmt: skip


def test_a_study_gives_errors_of_gls_and_segments_and_how_often_what_is_stated_holds(
    accuracy, tmp_path
):
    head = {"comparison": "method_truth", "rater_1": "truth", "rater_2": "best", "n": "21"}
    told = {
        ("gls", "bias"): -0.1, ("gls", "sd"): 0.8, ("gls_sd", "stated_covers"): 20 / 21,
        ("peak_systolic_strain_basal_septal", "mae"): 1.0,
        ("peak_systolic_strain_apical_septal", "mae"): 2.0,
    }  # fmt: skip
    rows = [
        head | {"measure": measure, "statistic": statistic, "estimate": str(value)}
        for (measure, statistic), value in told.items()
    ]
    write_table(tmp_path / "agreement.tsv", rows, list(rows[0]))
    stated = [{"rater": "best", "measure": "gls_sd", "value": str(sd)} for sd in (1.0, 2.0)]
    write_table(tmp_path / "measurements.tsv", stated, list(stated[0]))
    made = accuracy.study_rows(tmp_path, "default study", "x")
    assert {row["quantity"]: (float(row["value"]), int(row["n"])) for row in made} == {
        "gls_error": (-0.1, 21),
        "segment_error_mean_absolute": (1.5, 42),
        "gls_sd": (1.5, 21),
        "gls_sd_covers": (20, 21),
    }


def test_the_command_that_is_kept_names_no_folder_of_a_machine(accuracy):
    words = ["/data/here", "best", "--record", "full size"]
    command = accuracy.command_of("carried.py", words, Path("/data/here"), "path/to/camus")
    assert command == "python benchmarks/carried.py path/to/camus best --record 'full size'"


@pytest.mark.parametrize(("name", "uses"), [("carried", "CONDITION"), ("real", "real.tsv")])
def test_the_benchmarks_of_clips_can_keep_what_they_find(name, uses, capsys, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit):
        module(ROOT / "benchmarks" / f"{name}.py").main()
    assert uses in capsys.readouterr().out


def test_a_real_clips_row_is_what_the_summary_prints(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    real = module(ROOT / "benchmarks" / "real.py")
    nan = float("nan")
    rows = [
        {"gls": -10.0, "sd": 1.0, "annulus": 0.8, "ef": 60.0, "way": 8.0, "traced_way": 9.0},
        {"gls": -20.0, "sd": nan, "annulus": 1.2, "ef": 40.0, "way": 4.0, "traced_way": 6.0},
        {"gls": nan, "sd": nan, "annulus": nan, "ef": 60.0, "way": nan, "traced_way": 7.0},
    ]
    kept = {row["quantity"]: row for row in real.recorded("best", rows)}
    assert (kept["gls_median"]["value"], kept["gls_median"]["n"]) == (-15.0, 2)
    assert (kept["gls_median_normal_ef"]["value"], kept["gls_median_normal_ef"]["n"]) == (-10.0, 1)
    assert (kept["annulus_ratio_median"]["low"], kept["annulus_ratio_median"]["high"]) == (0.8, 1.2)
    assert kept["beat_sd_share"]["value"] == pytest.approx(10.0)
    over_traced = kept["annulus_over_traced"]
    assert over_traced["value"] == pytest.approx((8 + 4) / (9 + 6)) and over_traced["n"] == 2
