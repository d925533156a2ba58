import shutil
from pathlib import Path

import pytest
import yaml

from echogls import cohorts, command, readers, tables
from echogls.command import check, summary
from echogls.command.demo_data import demo_formats


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "demo"
    assert command.main(["demo-data", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("source", demo_formats())
def test_demo_data_is_read_by_its_format_and_guessed(demo, capsys, source):
    assert command.main(["inspect", str(demo / source)]) == 0
    told = capsys.readouterr().out
    assert f"format {source}" in told
    clips = 2 if source == "camus" else 1  # four- and two-chamber
    assert f"usable: {clips}" in told
    patients = cohorts.list_patients(source, demo / source)
    rows, cines = cohorts.ingest_patient(source, next(iter(patients.values())), {})
    assert rows[0]["status"] == "ok" and len(cines) == clips


def test_the_exports_of_the_demo_are_read_each_by_its_format_and_agree(demo):
    table = demo / "readers.tsv"
    rows, _ = readers.read_readers(table, cohort="c", patients=["demo01"], views=["a4c"])
    gls = {row["rater"]: row["value"] for row in rows if row["measure"] == "gls"}
    assert set(gls) == {"reader_1", "reader_2", *readers.export_formats()}
    for file in (demo / "exports").iterdir():
        assert gls[readers.file_format(file)] == pytest.approx(gls["echopac_text"], abs=0.05)


def test_demo_data_writes_over_nothing(demo, capsys):
    assert command.main(["demo-data", str(demo)]) == 2
    assert "not empty" in capsys.readouterr().err


def test_inspect_says_what_is_excluded_and_why(tmp_path, demo, capsys):
    clip = next((demo / "dicom").rglob("*.dcm")).read_bytes()
    (tmp_path / "p1").mkdir()
    (tmp_path / "p1" / "cut.dcm").write_bytes(clip[: len(clip) // 3])
    assert command.main(["inspect", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "usable: 0" in told and "undecodable: 1" in told


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_inspect_of_nothing_says_what_was_expected(tmp_path, capsys, make):
    make(tmp_path / "data")
    assert command.main(["inspect", str(tmp_path / "data")]) == 2
    assert "echogls inspect:" in capsys.readouterr().err


def test_init_writes_what_check_accepts(tmp_path, demo, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["init", "tromso", "--data", str(demo / "dicom")]
    assert command.main(words) == 0
    config = yaml.safe_load(Path("tromso.yaml").read_text())
    assert config["cohorts"]["tromso"]["format"] == "dicom"
    assert [row["patient"] for row in tables.read_table("tromso.tsv")] == ["demo01"]
    assert command.main(["check", "--config", "tromso.yaml"]) == 0
    assert command.main(words) == 2  # nothing is written over
    assert "is there already" in capsys.readouterr().err
    assert command.main(["init", "no name", "--data", str(demo / "dicom")]) == 2


def test_the_files_of_init_may_lie_in_another_folder_and_be_used_from_any(
    tmp_path, demo, monkeypatch
):
    (tmp_path / "clips").symlink_to(demo / "dicom")
    monkeypatch.chdir(tmp_path)
    assert command.main(["init", "tromso", "--data", "clips", "--into", "configs"]) == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert command.main(["check", "--config", "../configs/tromso.yaml"]) == 0


def _config(tmp_path, demo, **cohort):
    file = tmp_path / "my.yaml"
    entry = {"format": "dicom", "data": str(demo / "dicom")} | cohort
    file.write_text(yaml.safe_dump({"study": ["made"], "cohorts": {"made": entry}}))
    return file


def test_check_accepts_the_default_config(capsys):
    assert command.main(["check"]) == 0
    assert "no problems" in capsys.readouterr().out


def test_check_lists_every_problem_at_once(tmp_path, demo):
    sheet = tmp_path / "sheet.tsv"
    sheet.write_text("patient\tpath\tvendor\ndemo01\tdemo01\tA\ndemo02\tnowhere\tB\n")
    readers = tmp_path / "readers.tsv"
    readers.write_text(
        "patient\treader\tmeasure\tvalue\ndemo09\tr1\tgls\t-18\ndemo01\tr1\tgls\tx\n"
    )
    config = _config(tmp_path, demo, patients=str(sheet), readers=str(readers), subgroups=["vendr"])
    told = "\n".join(check.find_problems([config]))
    for part in ("demo02", "'nowhere'", "did you mean 'vendor'", "demo09", "row 3, column value"):
        assert part in told, (part, told)


def test_check_says_the_file_and_line_of_a_key_and_goes_on_to_the_sheets(tmp_path, demo):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("patient;path;spacing\ndemo01;demo1;0.3\n", encoding="utf-8-sig")
    config = _config(tmp_path, demo, patients=str(sheet), readers=str(tmp_path / "sheet.cvs"))
    config.write_text(config.read_text() + "ingest:\n  min_fps: fast\nstrains: {}\n")
    told = check.find_problems([config])
    lines = config.read_text().splitlines()
    place = f"my.yaml, line {lines.index('  min_fps: fast') + 1}, ingest.min_fps: "
    for part in (
        place + "got 'fast'; expected a number (frames/s)",
        "unknown key 'strains'; did you mean 'strain'",
        "sheet.csv, row 2, patient demo01: 'demo1' is not in `data`",
        "did you mean 'demo01'",
        "column 'spacing' is taken for a covariate; did you mean 'spacing_mm'",
        "sheet.cvs' is no file (looked for",
        "sheet.cvs); correct `readers`; did you mean 'sheet.csv'",
    ):
        assert any(part in line for line in told), (part, told)
    assert len(told) == 5


def test_check_looks_at_a_configured_cohort_that_is_not_in_the_study(tmp_path, demo):
    config = _config(tmp_path, demo, data=str(tmp_path / "nowhere"))
    config.write_text(config.read_text().replace("- made", "- simulated"))
    (problem,) = check.find_problems([config])
    assert "cohort made" in problem and "does not exist" in problem


def test_check_finds_a_copy_and_a_person_under_two_patients(tmp_path, demo):
    import pydicom

    clip = next((demo / "dicom").rglob("*.dcm"))
    for patient in ("a", "b", "c"):
        (tmp_path / "data" / patient).mkdir(parents=True)
    (tmp_path / "data" / "a" / "x").write_bytes(clip.read_bytes())
    (tmp_path / "data" / "b" / "y").write_bytes(clip.read_bytes())
    other = pydicom.dcmread(clip)
    other.InstitutionName = "another size"
    other.save_as(tmp_path / "data" / "c" / "z")
    told = check.find_problems([_config(tmp_path, demo, data=str(tmp_path / "data"))])
    assert len(told) == 2
    assert "patient b: a recording is a copy of one of cohort made: patient a" in told[0]
    assert "patient c: has the same PatientID as cohort made: patient a" in told[1]
    for patient in "def":  # a word that all have is no person's
        (tmp_path / "data" / patient).mkdir()
        other.InstitutionName = patient * 20
        other.save_as(tmp_path / "data" / patient / "z")
    told = check.find_problems([_config(tmp_path, demo, data=str(tmp_path / "data"))])
    assert [line for line in told if "PatientID" in line] == []


def test_check_finds_a_patient_in_two_cohorts(tmp_path, demo):
    config = _config(tmp_path, demo)
    told = yaml.safe_load(config.read_text())
    told["cohorts"]["again"] = told["cohorts"]["made"]
    told["study"].append("again")
    config.write_text(yaml.safe_dump(told))
    problems = check.find_problems([config])
    assert len(problems) == 1 and "same recordings as cohort made" in problems[0]


def _two_people(tmp_path, demo):
    """A folder whose two files say that they are of two people."""
    import pydicom

    clip = pydicom.dcmread(next((demo / "dicom").rglob("*.dcm")))
    for number in (1, 2):
        clip.PatientID = f"SECRET-{number}"
        (tmp_path / "disc" / "DICOM").mkdir(parents=True, exist_ok=True)
        clip.save_as(tmp_path / "disc" / "DICOM" / f"IM{number}")
    return str(tmp_path / "disc")


def test_check_finds_files_of_several_people_under_one_patient(tmp_path, demo):
    data = _two_people(tmp_path, demo)
    (problem,) = check.find_problems([_config(tmp_path, demo, data=data)])
    assert "2 different patient ids" in problem and "SECRET" not in problem
    grouped = {"data": data, "group_by": "patient_id"}
    (problem,) = check.find_problems([_config(tmp_path, demo, **grouped)])
    assert "needs `salt`" in problem
    assert check.find_problems([_config(tmp_path, demo, **grouped, salt="long enough")]) == []


def test_keys_tells_which_id_is_which_patient(tmp_path, demo, capsys):
    grouped = {"data": _two_people(tmp_path, demo), "group_by": "patient_id"}
    config = _config(tmp_path, demo, **grouped, salt="long enough")
    assert command.main(["keys", "made", "--config", str(config)]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert sorted(name for _, name in lines) == ["SECRET-1", "SECRET-2"]
    assert command.main(["keys", "mad", "--config", str(config)]) == 2
    assert "did you mean 'made'" in capsys.readouterr().err
    config = _config(tmp_path, demo)
    assert command.main(["keys", "made", "--config", str(config)]) == 2


def test_check_names_the_nearest_known_key_and_format(tmp_path, demo):
    config = _config(tmp_path, demo, format="dcom", subgroup=["x"])
    told = "\n".join(check.find_problems([config]))
    assert "did you mean 'dicom'" in told and "did you mean 'subgroups'" in told


@pytest.mark.parametrize("content", ["[1, 2]", "a: [", "\x00"])
def test_check_of_what_is_no_config_is_a_line(tmp_path, content):
    file = tmp_path / "my.yaml"
    file.write_text(content)
    assert len(check.find_problems([file])) == 1
    assert len(check.find_problems([tmp_path / "missing.yaml"])) == 1


def test_summary_counts_patients_and_reasons(tmp_path):
    folder = tmp_path / "results" / "made"
    folder.mkdir(parents=True)
    row = {"patient": "p1", "rater": "dis", "status": "ok"}
    lost = row | {"patient": "p2", "status": "excluded"}
    tables.write_table(folder / "measurements.tsv", [row, row, lost], list(row))
    row = {"stage": "strain", "reason": "no_contour", "patient": "p2", "clip": ""}
    clips = [row | {"stage": "ingest", "reason": "single_frame", "clip": c} for c in "ab"]
    left_out = [row | {"rater": "dis"}, row | {"rater": "best"}, *clips]  # one patient, two methods
    tables.write_table(folder / "exclusions.tsv", left_out, (*row, "rater"))
    lines = summary.summary_lines(tmp_path / "results")
    assert lines[0] == "made: dis measured 1 of 2"
    assert "no_contour: 1 patient (" in lines[1]
    assert "single_frame: 1 patient, 2 clips (" in lines[2]
    assert command.main(["summary", str(tmp_path)]) == 2


def test_init_update_adds_the_new_folders_to_the_sheet(tmp_path, demo, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(demo / "dicom" / "demo01", tmp_path / "my data" / "Øst 01")
    words = ["init", "tromso", "--data", "my data"]
    assert command.main(words) == 0
    assert "echogls inspect 'my data'" in capsys.readouterr().out
    sheet = Path("tromso.tsv")
    sheet.write_text("patient;Path;vendor\nA-1;Øst 01;GE", encoding="utf-8")
    shutil.copytree(demo / "dicom" / "demo01", tmp_path / "my data" / "b2")
    assert command.main([*words, "--update"]) == 0
    assert "1 patients added\n  b2" in capsys.readouterr().out
    assert sheet.read_text(encoding="utf-8") == "patient;Path;vendor\nA-1;Øst 01;GE\nb2;b2;\n"
    assert command.main([*words, "--update"]) == 0
    assert "0 patients added" in capsys.readouterr().out
    config = {"study": ["made"], "cohorts": {"made": {
        "format": "dicom", "data": "my data", "patients": "tromso.tsv"}}}  # fmt: skip
    assert summary.unlisted_lines(config) == []
    shutil.copytree(demo / "dicom" / "demo01", tmp_path / "my data" / "c3")
    assert "not measured" in summary.unlisted_lines(config)[0]


def test_readings_proposes_a_block_that_check_accepts(tmp_path, demo, capsys):
    file = tmp_path / "mine.csv"
    file.write_text("made by hand;;\nPatient no;Observer;GLS\ndemo01;AØ;18,5\n", encoding="utf-8")
    assert command.main(["readings", str(file)]) == 0
    told = capsys.readouterr().out
    lines = told.split("\n\n")[1].splitlines()
    block = yaml.safe_load("\n".join(line[4:] for line in lines))["readers"]
    assert block["sign"] == "positive" and block["header"] == 2
    assert "3    demo01   AO" in told and "-18.50" in told
    assert check.find_problems([_config(tmp_path, demo, readers=block)]) == []


def test_readings_tells_what_an_export_says_of_each_view(demo, capsys):
    assert command.main(["readings", str(demo / "exports" / "autostrain.txt")]) == 0
    told = capsys.readouterr().out
    assert "format autostrain_text" in told and "a4c: gls -1" in told
    assert "a2c: the export holds no trace of this view" in told


def test_readings_hides_what_looks_personal(tmp_path, capsys):
    file = tmp_path / "mine.csv"
    file.write_text("Patient,Observer,GLS\nNordmann Ola,r1,-18\n11057712345,r1,-17\n")
    assert command.main(["readings", str(file)]) == 0
    told = capsys.readouterr().out
    assert "Nordmann" not in told and "110577" not in told
    assert "(a text of 12 characters)" in told


def test_check_tells_why_a_reading_is_left_out_and_where(tmp_path, demo):
    (tmp_path / "e.txt").write_text("something else\n")
    readings = tmp_path / "readers.csv"
    readings.write_text("patient,reader,view,file\n\ndemo01,r1,a4c,e.txt\n")
    (told,) = check.find_problems([_config(tmp_path, demo, readers=str(readings))])
    assert "row 3: patient demo01, r1, a4c: the reader's export could not be read" in told
    assert "of no known format" in told and "unreadable_export" not in told


def test_check_counts_rows_as_the_file_has_them(tmp_path, demo):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("patient,path\n\ndemo01,demo01\ndemo01,demo01\n\ndemo02,nowhere\n")
    told = check.find_problems([_config(tmp_path, demo, patients=str(sheet))])
    assert any("row 4: patient 'demo01' is there twice, as in row 3" in line for line in told)
    assert any("row 6, patient demo02: 'nowhere'" in line for line in told)


def test_check_notes_what_the_sheet_lacks_and_what_looks_personal_or_odd(tmp_path, demo, capsys):
    for name in ("demo01", "late"):
        shutil.copytree(demo / "dicom" / "demo01", tmp_path / "data" / name)
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("patient,path,DOB,fps\ndemo01,demo01,1977-05-11,5000\n")
    config = _config(tmp_path, demo, data=str(tmp_path / "data"), patients=str(sheet))
    assert command.main(["check", "--config", str(config)]) == 0
    told = capsys.readouterr().out
    for part in ("not measured: 'late'", "`echogls init --update` adds it", "column 'DOB' is left",
                 "fps 5000 of the sheet is unusual"):  # fmt: skip
        assert part in told, (part, told)
    assert "1977" not in told


def test_check_hints_at_folders_one_level_off(tmp_path, demo):
    for name in ("a", "b"):
        shutil.copytree(demo / "dicom" / "demo01", tmp_path / "disc" / "all" / name)
    _, notes = check.look([_config(tmp_path, demo, data=str(tmp_path / "disc"))])
    assert any("`data` is one level off" in note for note in notes)
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("patient\na\n")
    config = _config(tmp_path, demo, data=str(tmp_path / "disc"), patients=str(sheet))
    assert any("it lies in 'all'" in line for line in check.find_problems([config]))
    config = _config(tmp_path, demo, format="camus", data=str(demo))
    (told,) = check.find_problems([config])
    assert f"there are 1 in '{demo / 'camus'}'" in told
    config = _config(tmp_path, demo, data="nowhere")
    assert f"looked for {tmp_path / 'nowhere'})" in check.find_problems([config])[0]


def test_check_notes_a_video_that_the_list_has_and_the_folder_lacks(tmp_path, demo):
    shutil.copytree(demo / "echonet", tmp_path / "echonet")
    with (tmp_path / "echonet" / "FileList.csv").open("a") as stream:
        stream.write("gone,50,40,TEST\n")
    config = _config(tmp_path, demo, format="echonet", data=str(tmp_path / "echonet"))
    _, notes = check.look([config])
    assert any("lists 1 videos that Videos/ lacks: 'gone'" in note for note in notes)


def test_summary_counts_flags_by_method(tmp_path):
    folder = tmp_path / "results" / "made"
    folder.mkdir(parents=True)
    row = {"patient": "p1", "rater": "dis", "status": "ok", "measure": "gls", "view": "a4c"}
    rows = [
        row | {"reason": "incomplete_beat outside_image"},
        row | {"patient": "p2", "reason": "outside_image"},
        row | {"patient": "p3", "reason": "ed_es_only"},
        row | {"patient": "p3", "rater": "best", "reason": ""},
    ]
    tables.write_table(folder / "measurements.tsv", rows, list(rows[0]))
    lines = summary.summary_lines(tmp_path / "results")
    assert lines[0] == "made: dis measured 3 of 3, 2 of them flagged"
    assert lines[1].startswith("  flagged, outside_image: 2 (part of the wall")
    assert lines[2].startswith("  flagged, incomplete_beat: 1 (")
    assert lines[3] == "made: best measured 1 of 1"


def test_summary_counts_flagged_segments_beside_those_of_clips(tmp_path):
    folder = tmp_path / "results" / "made"
    folder.mkdir(parents=True)
    row = {"patient": "p1", "rater": "best", "status": "ok", "measure": "gls", "view": "a4c"}
    of_segment = row | {"measure": "peak_systolic_strain", "reason": "uneven_segments"}
    rows = [row | {"reason": ""}, of_segment, of_segment | {"measure": "end_systolic_strain"}]
    tables.write_table(folder / "measurements.tsv", rows, list(rows[0]))
    lines = summary.summary_lines(tmp_path / "results")
    assert lines[0] == "made: best measured 1 of 1"
    assert lines[1].startswith("  segments flagged, uneven_segments: 1 (the segment shortens")


def test_inspect_and_check_warn_of_spacing_by_the_depth_of_the_picture(tmp_path, demo, capsys):
    import pydicom

    clip = pydicom.dcmread(next((demo / "dicom").rglob("*.dcm")))
    for item in clip.SequenceOfUltrasoundRegions:
        item.PhysicalDeltaX = item.PhysicalDeltaY = 0.008
    (tmp_path / "data" / "p1").mkdir(parents=True)
    clip.save_as(tmp_path / "data" / "p1" / "a")
    assert command.main(["inspect", str(tmp_path / "data")]) == 0
    told = capsys.readouterr().out
    assert "usable: 1" in told and "used, but implausible_spacing: 1" in told
    assert "rows x 0.08 mm" in told and "ok: implausible_spacing" in told
    config = _config(tmp_path, demo, data=str(tmp_path / "data"))
    (problem,) = check.find_problems([config])
    assert "recording 1 of 1: by the file a picture" in problem and "'unknown'" in problem
    sheet = tmp_path / "sheet.tsv"
    for said, expected in (("0.4", 0), ("unknown", 0), ("0.05", 1), ("none", 1)):
        sheet.write_text(f"patient\tspacing_mm\np1\t{said}\n")
        config = _config(tmp_path, demo, data=str(tmp_path / "data"), patients=str(sheet))
        assert len(check.find_problems([config])) == expected, said
