import numpy as np
import pytest

from echogls.tables import join_tables, read_header, read_joined, read_table, write_table


def test_missing_values_are_empty_cells(tmp_path):
    path = tmp_path / "t.tsv"
    write_table(path, [{"a": None, "b": float("nan"), "c": np.float64("nan")}, {"a": 0}], "abc")
    assert path.read_text() == "a\tb\tc\n\t\t\n0\t\t\n"


def test_numbers_keep_full_precision(tmp_path):
    path = tmp_path / "t.tsv"
    values = [0.1 + 0.2, np.float64(1) / 3, np.float32(0.1), np.int64(7)]
    write_table(path, [{"v": value} for value in values], ["v"])
    assert [float(row["v"]) for row in read_table(path)] == [float(v) for v in values]


def test_tabs_and_line_ends_in_a_text_do_not_break_the_table(tmp_path):
    path = tmp_path / "t.tsv"
    write_table(path, [{"a": "x\ty\nz", "b": 1}], ["a", "b"])
    assert read_table(path) == [{"a": "x y z", "b": "1"}]


def test_empty_table_keeps_its_header(tmp_path):
    path = tmp_path / "t.tsv"
    write_table(path, [], ["a", "b"])
    assert read_header(path) == ["a", "b"]
    assert read_table(path) == []


def test_column_that_the_table_lacks_is_refused_and_leaves_no_table(tmp_path):
    with pytest.raises(ValueError, match="other"):
        write_table(tmp_path / "t.tsv", [{"other": 1}], ["a"])
    assert not (tmp_path / "t.tsv").exists()


def test_cells_of_the_same_text_are_kept_once(tmp_path):
    for name in ("one.tsv", "two.tsv"):
        write_table(tmp_path / name, [{"reason": "incomplete_beat"}] * 2, ["reason"])
    rows = [row for name in ("one.tsv", "two.tsv") for row in read_table(tmp_path / name)]
    assert len({id(row["reason"]) for row in rows}) == 1


def test_tables_of_patients_are_joined_and_come_back_by_patient(tmp_path):
    rows = {"p1": [{"clip": "a", "view": "a4c"}, {"clip": "b", "view": ""}], "p2": []}
    parts = {patient: tmp_path / f"{patient}.tsv" for patient in rows}
    for patient, part in parts.items():
        write_table(part, rows[patient], ["clip", "view"])
    join_tables(tmp_path / "all.tsv", parts, "c")
    assert read_header(tmp_path / "all.tsv") == ["cohort", "patient", "clip", "view"]
    assert [row["patient"] for row in read_table(tmp_path / "all.tsv")] == ["p1", "p1"]
    assert read_joined(tmp_path / "all.tsv", rows) == rows
