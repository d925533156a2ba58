import shutil

import pytest

from echogls import command
from echogls.command.demo_data import demo_formats


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "demo"
    assert command.main(["demo-data", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("source", demo_formats())
def test_a_folder_of_any_source_format_is_measured(demo, tmp_path, capsys, source):
    words = ["measure", str(demo / source), "--out", str(tmp_path / "out"), "--method", "dis"]
    assert command.main(words) == 0
    told = capsys.readouterr().out
    assert "GLS -" in told and "basal septal" in told and "flag" in told
    made = list((tmp_path / "out").glob("*.a4c.dis.*"))
    assert {"overlay.webp", "overlay.png", "curve.svg"} <= {f.name.split(".", 3)[3] for f in made}


def test_several_files_at_once_stay_apart_and_what_is_none_is_said(demo, tmp_path, capsys):
    clip = next((demo / "dicom").rglob("*.dcm"))
    (tmp_path / "b").mkdir()
    shutil.copy(clip, tmp_path / "b" / "clip01.dcm")
    files = [str(clip), str(tmp_path / "b" / "clip01.dcm"), str(tmp_path / "gone.dcm")]
    out = tmp_path / "out"
    assert command.main(["measure", *files, "--out", str(out), "--method", "dis"]) == 1
    told = capsys.readouterr()
    assert told.out.count("GLS -") == 2 and "gone.dcm' does not exist" in told.err
    stems = {file.name.split(".")[0] for file in out.iterdir()}
    assert stems == {"clip01", "clip01-2"}


def test_a_view_that_is_not_shown_can_be_told_and_what_the_file_says_is_mended(
    demo, tmp_path, capsys
):
    video = next((demo / "video").rglob("*.avi"))
    words = ["measure", str(video), "--out", str(tmp_path), "--method", "dis"]
    assert command.main([*words, "--view", "a2c", "--fps", "90", "--spacing", "0.3"]) == 0
    told = capsys.readouterr().out
    assert "a2c, dis: GLS" in told and "basal inferior" in told
    assert "trained on" in told  # the network knows four-chamber images


def test_a_file_of_camus_is_its_view_of_its_patient(demo, tmp_path, capsys):
    file = next((demo / "camus").rglob("*_2CH_ED.nii.gz"))
    assert command.main(["measure", str(file), "--out", str(tmp_path), "--method", "dis"]) == 0
    told = capsys.readouterr().out
    assert ", a2c, dis: GLS" in told and "a4c" not in told
