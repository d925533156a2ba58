from pathlib import Path

import pytest
import yaml

from echogls.configuration import check_config, fusion_options, public_config, read_sheet
from echogls.names import known_options
from echogls.sheets import open_sheet, read_clip_sheet
from echogls.study import ED_RULES, ES_RULES, StudyError
from echogls.xlsx_writer import xlsx

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
KNOWN = {
    "format": ["dicom", "camus", "simulated"],
    "segmentation": ["unet", "fast"],
    "views": ["views"],
    "motion": ["dis", "block_matching", "refiner", "flownet2", "none"],
    "fusion": ["kalman", "material", "none"],
    "ed_rule": list(ED_RULES),
    "es_rule": list(ES_RULES),
}


def default_config():
    return yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


def problems(config):
    with pytest.raises(StudyError) as raised:
        check_config(config, SCHEMA, KNOWN)
    return str(raised.value)


def test_default_config_is_valid():
    assert check_config(default_config(), SCHEMA, KNOWN)["study"] == ["simulated", "example"]


def test_default_config_says_the_same_as_the_schema_defaults():
    shipped = default_config()
    bare = {key: shipped[key] for key in ("study", "cohorts", "methods")}
    assert check_config(bare, SCHEMA, KNOWN) == check_config(shipped, SCHEMA, KNOWN)


def test_stages_of_a_training_come_from_their_file_where_the_config_has_none():
    preset = yaml.safe_load((SCHEMA.parent / "flow_curriculum.yaml").read_text())
    config, own = default_config(), [preset["c"][0]]
    config["train_flow"]["curriculum"] = {"c": own}
    filled = check_config(config, SCHEMA, KNOWN)["train_flow"]["curriculum"]
    assert filled == preset | {"c": own}


def test_the_default_study_has_our_method_the_papers_and_a_classical_one_in_this_order():
    assert list(default_config()["methods"]) == ["best", "paper", "dis"]


def test_a_method_that_is_null_is_left_out_and_one_must_be_left():
    config = default_config()
    config["methods"]["paper"] = None
    assert list(check_config(config, SCHEMA, KNOWN)["methods"]) == ["best", "dis"]
    config["methods"] |= {"best": None, "dis": None}
    assert "methods:" in problems(config)


def test_a_methods_own_options_stand_before_the_studys():
    config = default_config()
    config["fuse"]["options"]["kalman"] = {"contour_sd_mm": 3, "position_sd_mm": 1}
    config["methods"]["dis"]["options"] = {"contour_sd_mm": 0}
    check_config(config, SCHEMA, KNOWN)
    assert fusion_options(config, "dis") == {"contour_sd_mm": 0, "position_sd_mm": 1}
    assert fusion_options(config, "best") == {}


def test_options_of_what_does_not_exist_and_values_that_are_no_numbers_are_problems():
    config = default_config()
    config["fuse"]["options"] = {"kalmann": {"contour_sd_mm": 3}, "material": {"gate": None}}
    config["track"]["options"] = {"diss": {}}
    config["methods"]["dis"]["options"] = {"contour_sd_mm": "1e3"}
    text = problems(config)
    assert "did you mean 'kalman'" in text and "did you mean 'dis'" in text
    assert "fuse.options.material.gate: got None; expected a number or true or false" in text
    assert "methods.dis.options.contour_sd_mm: got '1e3'" in text


def test_options_that_their_owner_does_not_have_are_problems():
    config = default_config()
    config["fuse"]["options"]["material"] = {"pases": 3}
    config["track"]["options"] = {"dis": {"network": 1}, "refiner": {"threads": 2}}
    config["methods"]["best"]["options"] = {"contour_sd": 3}
    with pytest.raises(StudyError) as raised:
        check_config(config, SCHEMA, KNOWN, known_options)
    text = str(raised.value)
    assert "fuse.options.material: 'material' has no option 'pases'; did you mean 'passes'" in text
    assert "track.options.dis: 'dis' has no option 'network'" in text
    assert "methods.best.options: 'material' has no option 'contour_sd'" in text
    assert "refiner" not in text


def test_a_filter_without_motion_is_a_problem():
    config = default_config()
    config["methods"]["dis"]["motion"] = "none"
    assert "motion none with fusion 'kalman'; expected fusion none" in problems(config)


def test_only_simulated_patients_need_no_data():
    config = default_config()
    del config["cohorts"]["example"]["data"]
    assert "'data' is a required property" in problems(config)


def test_unknown_key_names_the_nearest_known_one():
    config = default_config()
    config["ingest"]["min_frame"] = 3
    assert "did you mean 'min_frames'" in problems(config)


def test_unknown_names_are_found_at_every_place_at_once():
    config = default_config()
    config["cohorts"]["example"]["format"] = "dicon"
    config["methods"]["dis"]["motion"] = "diss"
    config["study"] = ["exampel"]
    text = problems(config)
    for hint in ("'dicom'", "'dis'", "'example'"):
        assert f"did you mean {hint}" in text


@pytest.mark.parametrize("rule", ["lenght", ["area", "lenght"]])
def test_an_unknown_rule_for_end_systole_names_the_nearest_one(rule):
    config = default_config()
    config["strain"]["es_rule"] = rule
    assert "did you mean 'length'" in problems(config)


@pytest.mark.parametrize("rule", [*ES_RULES, list(ES_RULES)])
def test_every_rule_for_end_systole_may_be_given_alone_or_in_a_list(rule):
    config = default_config()
    config["strain"]["es_rule"] = rule
    assert check_config(config, SCHEMA, KNOWN)["strain"]["es_rule"] == rule


def test_wrong_type_says_where_and_what_came():
    config = default_config()
    config["ingest"]["min_fps"] = "fast"
    assert "ingest.min_fps" in problems(config) and "'fast'" in problems(config)


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_a_published_config_has_no_salt_and_no_place_of_recordings():
    config = {
        "cohorts": {
            "a": {"format": "dicom", "data": "DOE/JANE", "salt": "secret", "readers": "/home/x"},
            "b": {"format": "dicom", "data": "package:pydicom/x.dcm", "salt": ""},
        },
        "train": {"camus": "/data/camus", "networks": ["unet", "/x"]},
    }
    shown = public_config(config)
    text = str(shown)
    for word in ("DOE", "secret", "/home", "/data", "/x'"):
        assert word not in text
    assert shown["cohorts"]["b"] == config["cohorts"]["b"]
    assert config["cohorts"]["a"]["salt"] == "secret"


def test_sheet_from_windows_is_read(tmp_path):
    sheet = write(tmp_path / "s.tsv", "\ufeffpatient\tpath\r\np1\tå b.dcm\r\n")
    assert read_sheet(sheet) == {"p1": {"patient": "p1", "path": "å b.dcm"}}


def test_sheet_may_be_comma_separated(tmp_path):
    sheet = write(tmp_path / "s.csv", "patient,view\np1,a4c\n")
    assert read_sheet(sheet)["p1"]["view"] == "a4c"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\tpath\np1\tx\n", "no column 'patient'"),
        ("patient\nNordmann^Ola\n", "row 2: patient 'Nordmann^Ola'"),
        ("patient\np1\np1\n", "row 3: patient 'p1' is there twice"),
        ("patient\tview\np1\ta4d\n", "did you mean 'a4c'"),
        ("patient\tfps\np1\t-3\n", "row 2: fps '-3'"),
        ("patient\tfps\np1\n", "row 2: has another number of cells"),
        ("patient\tview\tview\np1\ta4c\ta2c\n", "row 1: two columns 'view'"),
        ("patient\tfps\n\n\np1\t1,234.5\n", "row 4: fps '1.234.5'"),
        ("patient\nÅ 1\nA-1\n", "row 3: patient 'A-1' is there twice, as in row 2"),
    ],
)
def test_sheet_problems_name_the_row(tmp_path, text, said):
    with pytest.raises(StudyError) as raised:
        read_sheet(write(tmp_path / "s.tsv", text))
    assert said in str(raised.value) and "s.tsv" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("patient;path;\r\np1;Åse 1;\r\n\r\n", "cp1252"),
        ("patient\tpath\r\np1\tÅse 1\t\t\r\n", "utf-16"),
        ('patient,path\np1,"Åse 1"\n', "utf-8"),
    ],
)
def test_sheet_as_spreadsheets_write_it_is_read(tmp_path, text, encoding):
    for name in ("s.tsv", "s.csv"):
        sheet = write(tmp_path / name, text, encoding)
        assert read_sheet(sheet) == {"p1": {"patient": "p1", "path": "Åse 1"}}


def test_a_sheet_takes_what_readings_take(tmp_path):
    rows = [
        ["Patient", "View", "fps", "spacing mm", "vendor"],
        ["Øst 01", "A4C", "45,5", "0,31", "A"],
    ]
    expected = {
        "Ost-01": {"patient": "Ost-01", "path": "Øst 01", "view": "a4c", "fps": "45.5",
                   "spacing_mm": "0.31", "vendor": "A"}
    }  # fmt: skip
    (tmp_path / "s.xlsx").write_bytes(xlsx(rows))
    assert read_sheet(tmp_path / "s.xlsx") == expected
    assert read_sheet(write(tmp_path / "s.csv", "\n".join(map(";".join, rows)))) == expected


def test_a_covariate_that_looks_personal_is_left_out_and_said(tmp_path):
    text = "patient\tDOB\tseen\tvendor\np1\t1977\t2019-01-02\tA\np2\t1950\t\tB\n"
    sheet = write(tmp_path / "s.tsv", text)
    assert read_sheet(sheet)["p1"] == {"patient": "p1", "vendor": "A"}
    told = open_sheet(sheet).left_out
    assert told == {"DOB": "its name looks personal", "seen": "it holds dates"}


def test_a_broken_workbook_is_no_sheet(tmp_path):
    (tmp_path / "s.tsv").write_bytes(b"PK\x03\x04 ...")
    with pytest.raises(StudyError, match="not a whole Excel workbook"):
        read_sheet(tmp_path / "s.tsv")


def test_missing_sheet_is_said(tmp_path):
    with pytest.raises(StudyError, match="not found"):
        read_sheet(tmp_path / "none.tsv")


def test_sheet_of_clips_is_read_by_patient(tmp_path):
    sheet = tmp_path / "clips.csv"
    sheet.write_text("patient,clip,view,chosen,remark\np1,clip01,a4c,,by eye\np1,clip02,,no,\n")
    told = read_clip_sheet(sheet)
    assert [(row["clip"], row["view"], row["chosen"]) for row in told["p1"]] == [
        ("clip01", "a4c", ""),
        ("clip02", "", "no"),
    ]


def test_every_wrong_row_of_a_sheet_of_clips_is_named(tmp_path):
    sheet = tmp_path / "clips.tsv"
    rows = ["p1\tclip01\ta5c\t", "p1\tclip02\t\tmaybe", "p1\tclip03\t\t", "p^1\tclip01\ta4c\t"]
    sheet.write_text("\n".join(["patient\tclip\tview\tchosen", *rows, "p1\tclip01\ta4c\t"]))
    with pytest.raises(StudyError) as raised:
        read_clip_sheet(sheet)
    for said in ("row 2: view 'a5c'", "row 3: chosen 'maybe'", "row 4: gives", "row 5: patient",
                 "row 6: clip 'clip01'"):  # fmt: skip
        assert said in str(raised.value)
    with pytest.raises(StudyError, match="not found"):
        read_clip_sheet(tmp_path / "none.tsv")


def test_a_sheet_of_clips_gives_frames_and_outlines_by_hand(tmp_path):
    (tmp_path / "o.nii").write_text("")
    sheet = write(
        tmp_path / "clips.csv",
        "patient,clip,view,ed_frame,es_frame,outline\nØst 1,clip01,A4C,2,12,o.nii\n",
    )
    (row,) = read_clip_sheet(sheet)["Ost-1"]
    assert (row["view"], row["ed_frame"], row["es_frame"]) == ("a4c", "2", "12")
    assert row["outline"] == str(tmp_path / "o.nii")
    for cells, said in (
        (",12,2,", "row 2: ed_frame 12 must be before es_frame 2"),
        (",x,,", "row 2: ed_frame 'x' must be a whole number from 0"),
        (",,,gone.png", "row 2: outline: no such file"),
        (",,,", "row 2: gives none of view, chosen, ed_frame, es_frame, outline"),
    ):
        wrong = write(
            tmp_path / "w.csv", f"patient,clip,view,ed_frame,es_frame,outline\np1,c1,{cells}\n"
        )
        with pytest.raises(StudyError) as raised:
            read_clip_sheet(wrong)
        assert said in str(raised.value)


def test_keys_have_one_order_whatever_file_they_come_from():
    plain, turned = default_config(), default_config()
    turned["track"] = dict(reversed(turned["track"].items()))
    turned["cohorts"]["simulated"] = dict(reversed(turned["cohorts"]["simulated"].items()))
    for config in (plain, turned):
        check_config(config, SCHEMA, KNOWN)
    assert repr(turned) == repr(plain)
