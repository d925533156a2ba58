from pathlib import Path

import pytest
import yaml

from echogls import places, project
from echogls.command.run import snakemake_command
from echogls.configuration import ShortlyShown, public_config
from echogls.study import StudyError

QUICK = {"segmentation": "fast", "motion": "none", "fusion": "none"}


def write(path, **config):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config))
    return path


def test_the_defaults_are_under_every_config():
    bare = project.study_config()
    assert next(iter(bare["methods"])) == "best" and bare["study"] == ["simulated", "example"]
    own = project.study_config({"strain": {"drift": "none"}})
    assert own["strain"]["drift"] == "none"
    assert own["strain"]["gls"] == bare["strain"]["gls"]
    assert own["fuse"] == bare["fuse"] and own["methods"] == bare["methods"]


def test_methods_and_cohorts_of_the_default_can_be_left_out_and_one_s_own_heads_the_tables():
    given = {
        "methods": {"best": None, "mine": QUICK},
        "primary": "mine",
        "cohorts": {"example": None},
    }
    found = project.completed(given)
    defaults = [name for name in project.study_config()["methods"] if name != "best"]
    assert list(found["methods"]) == ["mine", *defaults]
    assert "example" not in found["cohorts"]
    with pytest.raises(StudyError, match="did you mean 'mine'"):
        project.completed({"methods": {"mine": QUICK}, "primary": "mien"})


def test_leaving_out_every_method_is_said():
    with pytest.raises(StudyError, match="methods"):
        project.study_config({"methods": dict.fromkeys(project.completed()["methods"])})


def test_paths_are_relative_to_the_file_that_names_them(tmp_path, monkeypatch):
    entry = {"format": "dicom", "data": "clips", "patients": "sheet.tsv"}
    first = write(tmp_path / "a" / "my.yaml", cohorts={"one": entry})
    second = write(tmp_path / "b" / "my.yaml", cohorts={"two": entry}, train={"camus": "camus"})
    for place in ("a/clips", "b/clips", "here/camus"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "b" / "sheet.tsv").touch()
    monkeypatch.chdir(tmp_path / "here")
    found = project.completed(None, [first, second])
    assert found["cohorts"]["one"]["data"] == "../a/clips"
    assert found["cohorts"]["two"] == entry | {"data": "../b/clips", "patients": "../b/sheet.tsv"}
    assert found["train"]["camus"] == "camus"  # nothing is beside the file: as from here
    assert found["cohorts"]["one"]["patients"] == "../a/sheet.tsv"  # nowhere: where it should be
    sheet = found["cohorts"]["example"]["patients"]
    assert Path(sheet) == places.ROOT / "config/cohorts/example.tsv"


def test_paths_in_the_folder_of_the_run_stay_as_they_are_written(tmp_path, monkeypatch):
    file = write(tmp_path / "my.yaml", cohorts={"one": {"format": "dicom", "data": "./clips"}})
    (tmp_path / "clips").mkdir()
    monkeypatch.chdir(tmp_path)
    assert project.completed(None, [file])["cohorts"]["one"]["data"] == "./clips"


@pytest.mark.parametrize("data", ["/data/x", "~/x", "package:pydicom/data"])
def test_other_paths_are_left_alone(tmp_path, data):
    file = write(tmp_path / "my.yaml", cohorts={"one": {"format": "dicom", "data": data}})
    assert project.completed(None, [file])["cohorts"]["one"]["data"] == data


def test_configs_given_side_by_side_build_the_cohorts_of_each(tmp_path):
    files = [
        write(tmp_path / f"{name}.yaml", study=[name], cohorts={name: {"format": "simulated"}})
        for name in ("a", "b")
    ]
    assert project.completed(None, files)["study"] == ["a", "b"]
    merged = {"study": ["b"], "cohorts": {n: {"format": "simulated"} for n in "ab"}}
    assert project.completed(merged, files)["study"] == ["a", "b"]
    assert project.completed(merged, files, united=files[1:])["study"] == ["b"]
    asked = merged | {"study": ["a"]}  # --config study='[a]'
    assert project.completed(asked, files)["study"] == ["a"]


def test_a_config_among_params_is_shown_as_a_word_and_written_whole():
    whole = project.study_config()
    shown = ShortlyShown(whole)
    assert len(repr(shown)) < 30 and repr(shown) == repr(ShortlyShown(whole))
    assert repr(shown) != repr(ShortlyShown(whole | {"primary": "dis"}))
    assert yaml.safe_load(yaml.safe_dump(public_config(shown))) == public_config(whole)


def test_run_uses_the_folder_s_snakefile_else_the_workflow_with_its_config(tmp_path):
    with pytest.raises(StudyError, match="echogls init study"):
        snakemake_command(tmp_path, "2", [])
    write(tmp_path / "config.yaml", study=["a"])
    words = snakemake_command(tmp_path, "2", ["results/a.tsv", "--configfile", "b.yaml"])
    assert str(places.SNAKEFILE) in words and words[-2:] == ["--", "results/a.tsv"]
    assert "config.yaml" not in words
    words = snakemake_command(tmp_path, "2", ["-n"])
    assert words[words.index("--configfile") + 1] == "config.yaml" and words[-1] == "-n"
    (tmp_path / "Snakefile").touch()
    assert "--snakefile" not in snakemake_command(tmp_path, "2", [])
