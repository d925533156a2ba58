"""What holds for every format of export: one beat, read from each, and whose it was."""

import numpy as np
import pytest
from export_files import (
    COLOURS,
    EXPORTS,
    GLS,
    IDENTIFIERS,
    NAME,
    echopac_text,
    echopac_workbook,
    spreadsheet,
    vvi_text,
    vvi_workbook,
    wall_length,
    write,
    xlsx,
)

from echogls.readers import (
    export_formats,
    file_format,
    named_exports,
    read_export,
    read_readers,
)
from echogls.readers._unusable import Unusable
from echogls.study import MEASUREMENT_COLUMNS, MEASURES, SEGMENTS, StudyError

# These workbooks have no global curve, and the mean of their segments is 17.
TRUTH = dict.fromkeys(EXPORTS, GLS) | dict.fromkeys(("echopac_workbook", "cpa_workbook"), -17.0)


def read_all(tmp_path, files, **options):
    """Rows and notes of exports, one reader each, named in one table."""
    lines = ["patient,reader,repeat,view,file"]
    for number, (name, content) in enumerate(files.items(), start=1):
        write(tmp_path / name, content)
        lines.append(f"p01,r{number},1,a4c,{name}")
    table = write(tmp_path / "readers.csv", "\n".join(lines))
    options = {"cohort": "c", "patients": ["p01"], "views": ["a4c"]} | options
    return read_readers(table, **options)


def test_every_format_is_a_module_and_has_a_made_file():
    assert export_formats() == sorted(EXPORTS)


@pytest.mark.parametrize("name", EXPORTS)
def test_a_format_is_told_by_content_whatever_the_name(tmp_path, name):
    assert file_format(write(tmp_path / "scan.jpg", EXPORTS[name]())) == name


def test_a_table_and_a_foreign_file_are_told_apart(tmp_path):
    assert file_format(write(tmp_path / "a.xml", "patient;reader\np01;r1\n")) == "long_table"
    assert file_format(write(tmp_path / "b.xml", xlsx({"S": [["Patient", "x"]]}))) == "long_table"
    assert file_format(write(tmp_path / "c.csv", "a,b\n1,2\n")) == ""
    assert file_format(write(tmp_path / "d.csv", b"\x00\x01\x02")) == ""
    assert file_format(tmp_path / "none.csv") == ""


@pytest.mark.parametrize("name", EXPORTS)
def test_gls_is_that_of_the_beat(tmp_path, name):
    measures, _ = read_export(write(tmp_path / "x", EXPORTS[name]()), view="a4c")
    assert measures["global", "gls"] == pytest.approx(TRUTH[name], abs=1e-3)


@pytest.mark.parametrize("name", EXPORTS)
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path, name):
    text = EXPORTS[name]().replace("\r\n", "\n").replace("\n", "\r\n")
    plain = read_export(write(tmp_path / "a", EXPORTS[name]()), view="a4c")
    windows = write(tmp_path / "b", text, encoding="utf-8-sig")
    assert read_export(windows, view="a4c") == plain


def test_rows_have_the_columns_and_words_of_the_study(tmp_path):
    rows, _ = read_all(tmp_path, {f"{name}.dat": make() for name, make in EXPORTS.items()})
    assert {row["rater"] for row in rows} == {f"r{i}" for i in range(1, len(EXPORTS) + 1)}
    for row in rows:
        assert tuple(row) == MEASUREMENT_COLUMNS
        assert row["unit"] == MEASURES[row["measure"]]
        assert row["segment"] in ("global", *SEGMENTS)
        assert (row["cohort"], row["status"], row["reason"]) == ("c", "ok", "")
        assert isinstance(row["value"], int if row["unit"] == "frame" else float)


def test_no_identifier_comes_out(tmp_path):
    files = {f"{NAME}_{name}.csv": make() for name, make in EXPORTS.items()}
    files[f"{NAME}_title.txt"] = echopac_text(title=f"Local Traces SL in % {NAME}")
    files[f"{NAME}_name.txt"] = echopac_text(names=(NAME, *COLOURS[1:], "GLOBAL"), frames=7)
    files[f"{NAME}.xml"] = spreadsheet({f"Strain Traces - {NAME}": [[NAME]]})
    files[f"{NAME}.txt"] = f"{NAME}\nsomething else\n"
    files[f"{NAME}2.xml"] = f"<a>{NAME}"
    files[f"{NAME}2.txt"] = vvi_text().replace("Point 3", NAME).replace("Point 4\t", NAME)
    rows, notes = read_all(tmp_path, files)
    said = repr(rows) + repr(notes)
    assert len({row["rater"] for row in rows}) == len(files)
    assert not [text for text in IDENTIFIERS if text in said]


@pytest.mark.parametrize("name", EXPORTS)
def test_an_error_about_an_export_names_nothing_of_it(tmp_path, name):
    text = EXPORTS[name]()
    cut = write(tmp_path / f"{NAME}.csv", text[: len(text) // 2])
    with pytest.raises(StudyError) as raised:
        # Half a text may still hold the beat's first part, so ask what it cannot have.
        read_export(cut, view="a4c", gls="end_systolic", es_time_s=50.0)
    assert not [text for text in IDENTIFIERS if text in str(raised.value)]


@pytest.mark.parametrize("name", EXPORTS)
def test_every_cut_is_read_or_refused_and_never_another_error(tmp_path, name):
    text = EXPORTS[name]()
    rng = np.random.default_rng(5)
    refused = 0
    for place in rng.integers(0, len(text), 30):
        try:
            measures, _ = read_export(write(tmp_path / "x", text[:place]), view="a4c")
        except StudyError:
            refused += 1
        else:
            # A cut after the peak of systole leaves the reading.
            assert measures["global", "gls"] == pytest.approx(TRUTH[name], abs=5)
    assert refused > 0


def test_an_export_that_cannot_be_used_is_one_row_and_the_others_stay(tmp_path):
    files = {"a": echopac_text(), "b": "nothing\n", "c": b"", "d": vvi_workbook()}
    rows, notes = read_all(tmp_path, files)
    excluded = [row for row in rows if row["status"] == "excluded"]
    assert [(row["rater"], row["measure"], row["value"]) for row in excluded] == [
        ("r2", "gls", None),
        ("r3", "gls", None),
    ]
    assert {row["reason"] for row in excluded} == {"unreadable_export"}
    assert any(
        note.startswith("row 3: a text of 1 lines, at most 1 cells between tabs, of no known")
        for note in notes
    )
    assert {row["rater"] for row in rows if row["status"] == "ok"} == {"r1", "r4"}


def test_an_export_as_the_table_is_refused_with_what_to_write(tmp_path):
    path = write(tmp_path / f"{NAME}.csv", echopac_text())
    with pytest.raises(StudyError, match=r"columns patient, reader, repeat, view, file") as raised:
        read_readers(path, cohort="c", patients=["p01"], views=["a4c"])
    assert NAME not in str(raised.value)


def test_the_length_of_the_line_is_given_only_in_known_mm(tmp_path):
    for name, made in (
        ("mm", vvi_text("mm")),
        ("xml", vvi_workbook()),
        ("trace", EXPORTS["echopac_trace"]()),
    ):
        measures, _ = read_export(write(tmp_path / name, made), view="a4c")
        assert measures["global", "ed_length"] == pytest.approx(wall_length(), rel=1e-5)
    for name, made in (("pixel", vvi_text("pixel")), ("no", vvi_workbook(pixel_mm=None))):
        measures, _ = read_export(write(tmp_path / name, made), view="a4c")
        assert ("global", "ed_length") not in measures
        assert measures["global", "gls"] == pytest.approx(GLS, abs=1e-3)


def test_only_apical_views_have_longitudinal_strain(tmp_path):
    with pytest.raises(StudyError, match="alax"):
        read_export(write(tmp_path / "x", echopac_text()), view="psax")


def test_a_wrong_choice_names_the_nearest(tmp_path):
    path = write(tmp_path / "x", echopac_workbook())
    for options, said in (
        ({"view": "a4d"}, "a4c"),
        ({"view": "a4c", "gls": "end_systole"}, "end_systolic"),
        ({"view": "a4c", "reference": "markers"}, "marker"),
    ):
        with pytest.raises(StudyError, match=f"did you mean '{said}'"):
            read_export(path, **options)


def test_only_reasons_of_the_vocabulary_can_be_given():
    with pytest.raises(ValueError, match="'other'"):
        Unusable("other")


def test_exports_that_a_table_names_are_found_before_anything_is_read(tmp_path):
    write(tmp_path / "a.txt", echopac_text())
    table = write(tmp_path / "t.csv", "patient,reader,file\np1,r1,a.txt\np2,r1,gone.txt\n")
    assert named_exports(table) == [str(tmp_path / "a.txt")]
    assert named_exports(write(tmp_path / "n.txt", "no table")) == []
