"""TomTec / VVI formats and blocks of numbers; what all formats share is in test_contract.py."""

import re

import numpy as np
import pytest
from export_files import ED, ES, GLS, SHARES, spreadsheet, vvi_text, vvi_workbook, write

from echogls.readers import read_export
from echogls.readers._blocks import frame_times, matrix
from echogls.readers._unusable import Unusable
from echogls.study import SEGMENTS, StudyError


def measured(tmp_path, text, view="a4c", **options):
    return read_export(write(tmp_path / "export", text), view=view, **options)


def refused(tmp_path, text):
    with pytest.raises(StudyError) as raised:
        measured(tmp_path, text)
    return str(raised.value)


@pytest.mark.parametrize("block", ["mm", "pixel", "strain", "segments"])
@pytest.mark.parametrize("separator", ["\t", ";", ","])
def test_vvi_text_in_each_block_gives_the_beat(tmp_path, block, separator):
    found, notes = measured(tmp_path, vvi_text(block, separator=separator))
    assert found["global", "gls"] == pytest.approx(GLS, abs=1e-3)
    assert found["global", "heart_rate"] == 78
    said = " ".join(notes)
    assert ("whole line's length" in said) == (block in ("mm", "pixel"))
    assert ("mean of 48 points" in said) == (block == "strain")
    assert "no end of systole" in said


def test_vvi_text_is_given_its_end_systole_by_the_sheet(tmp_path):
    found, _ = measured(tmp_path, vvi_text("segments"), es_time_s=19 / 60)
    assert found["global", "es_frame"] == ES - ED
    for segment, share in zip(SEGMENTS, SHARES, strict=True):
        assert found[segment, "end_systolic_strain"] == pytest.approx(-share, abs=1e-4)


def test_vvi_text_may_have_decimal_commas_between_tabs(tmp_path):
    found, _ = measured(tmp_path, re.sub(r"(?<=\d)\.(?=\d)", ",", vvi_text("pixel")))
    assert found["global", "gls"] == pytest.approx(GLS, abs=1e-3)


def test_vvi_text_with_one_frame_time_has_uniform_frames(tmp_path):
    lines = vvi_text("mm").splitlines()
    lines = ["FrameTime=16.6667" if line.startswith("TimeProgr") else line for line in lines]
    found, notes = measured(tmp_path, "\n".join(lines), es_time_s=19 / 60)
    assert found["global", "es_frame"] == ES - ED
    assert not any("not uniform" in note for note in notes)


@pytest.mark.parametrize("block", ["mm", "pixel", "strain", "segments"])
def test_the_same_rows_are_read_from_a_workbook(tmp_path, block):
    text = vvi_text(block)
    rows = [re.split(r"[\t=]", line) for line in text.splitlines()]
    found, _ = measured(tmp_path, spreadsheet({"Study": rows}))
    assert found == pytest.approx(measured(tmp_path, text)[0])


def test_vvi_text_of_a_still_line_has_no_strain(tmp_path):
    lines = vvi_text("mm").splitlines()
    still = ["\t".join(line.split("\t")[:3]) if "Point" in line else line for line in lines]
    assert "no line through time" in refused(tmp_path, "\n".join(still))


def test_vvi_text_with_more_frames_than_times_is_refused(tmp_path):
    lines = vvi_text("mm").splitlines()
    short = ["TimeProgr.\t0\t16\t33" if line.startswith("TimeProgr") else line for line in lines]
    text = "\n".join(short)
    with pytest.raises(StudyError, match="3 intervals for 46 frames"):
        measured(tmp_path, text)


def test_vvi_workbook_does_not_mix_the_epicardium_in(tmp_path):
    found, _ = measured(tmp_path, vvi_workbook())
    assert found["global", "gls"] == pytest.approx(GLS, abs=1e-3)


def test_vvi_workbook_of_unequal_x_and_y_is_refused(tmp_path):
    text = vvi_workbook()
    first = text.index("<Row>", text.index("EndoY") + 10)
    end = text.index("</Row>", first) + len("</Row>")
    assert "x has (49, 46) points and frames, y (48, 46)" in refused(
        tmp_path, text[:first] + text[end:]
    )


def test_a_block_loses_its_labels_and_counts_and_nothing_else():
    numbers = np.array([[0.5, 1.25, 2.0], [3.0, 4.0, 5.5]])
    bare = [[str(v) for v in row] for row in numbers]
    np.testing.assert_array_equal(matrix(bare), numbers)
    labelled = [["", "0", "1", "2"], ["Point 1", *bare[0]], ["Point 2", *bare[1]]]
    np.testing.assert_array_equal(matrix(labelled), numbers)
    np.testing.assert_array_equal(matrix([["A", "B", "C"], *bare]), numbers)
    three = np.array([[9.0, 8.0], [7.0, 6.5], [5.0, 4.0]])
    counted = [[str(i), *map(str, row)] for i, row in enumerate(three, start=1)]
    np.testing.assert_array_equal(matrix(counted), three)


@pytest.mark.parametrize("rows", [[], [["1", "2"]], [["1", "2"], ["3"]], [["1", "2"], ["", "x"]]])
def test_a_block_with_gaps_is_refused(rows):
    with pytest.raises(Unusable, match="unreadable_export"):
        matrix(rows)


def test_frame_times_are_told_from_intervals():
    np.testing.assert_allclose(frame_times([20], 4), [0, 0.02, 0.04, 0.06])
    np.testing.assert_allclose(frame_times([20, 30, 20], 4), [0, 0.02, 0.05, 0.07])
    np.testing.assert_allclose(frame_times([20, 30, 20, 20], 4), [0, 0.02, 0.05, 0.07])
    np.testing.assert_allclose(frame_times([0, 20, 50, 70], 4), [0, 0.02, 0.05, 0.07])
