"""Units, sign and size of what readers wrote, and exports named in a table."""

import pytest
from export_files import NAME, echopac_text, echopac_workbook, write

from echogls.readers import read_readers
from echogls.study import SEGMENTS, StudyError

HEADER = "patient\treader\trepeat\tview\tmeasure\tvalue\n"


def read(path, views=("a4c",)):
    return read_readers(path, cohort="c", patients=["p01", "p02"], views=views)


def read_text(tmp_path, text):
    return read(write(tmp_path / "readers.tsv", text))


def problems(tmp_path, text):
    with pytest.raises(StudyError) as raised:
        read_text(tmp_path, text)
    return str(raised.value)


def test_a_missing_value_is_an_excluded_row(tmp_path):
    words = ["", "NA", "n/a", "nan", "-"]
    text = HEADER + "".join(f"p01\tr1\t{i}\ta4c\tgls\t{w}\n" for i, w in enumerate(words, 1))
    rows, _ = read_text(tmp_path, text)
    assert {(row["status"], row["reason"], row["value"]) for row in rows} == {
        ("excluded", "no_value", None)
    }
    assert len(rows) == len(words)


def test_a_view_that_is_not_measured_is_an_excluded_row(tmp_path):
    rows, _ = read_text(tmp_path, HEADER + "p01\tr1\t1\tAPLAX\tgls\t-18\n")
    assert [(row["view"], row["reason"]) for row in rows] == [("alax", "other_view")]


def test_a_value_that_cannot_be_is_an_excluded_row_with_a_note(tmp_path):
    text = HEADER + "p01\tr1\t1\ta4c\tgls\t-185\np02\tr1\t1\ta4c\tgls\t-18.5\n"
    text += "p01\tr1\t1\ta4c\theart_rate\t7\np01\tr1\t1\ta4c\tes_frame\t12.5\n"
    rows, notes = read_text(tmp_path, text)
    assert [row["reason"] for row in rows] == [
        "implausible_value",
        "",
        "implausible_value",
        "implausible_value",
    ]
    assert "row 2: gls of -185 % cannot be; expected -40 to 0" in notes


def test_fractions_are_refused_but_one_weak_heart_is_not(tmp_path):
    fractions = HEADER + "p01\tr1\t1\ta4c\tgls\t-0.18\np02\tr1\t1\ta4c\tgls\t-0.2\n"
    said = problems(tmp_path, fractions)
    assert "rows 2, 3, column value: gls -0.18 came; all of the reader's are under 1" in said
    weak = HEADER + "p01\tr1\t1\ta4c\tgls\t-0.8\np02\tr1\t1\ta4c\tgls\t-20\n"
    assert [row["value"] for row in read_text(tmp_path, weak)[0]] == [-0.8, -20.0]
    # Each reader has its own habit: the other one's percents do not excuse r1.
    assert "rows 2, 3" in problems(tmp_path, fractions + "p01\tr2\t1\ta4c\tgls\t-20\n")


@pytest.mark.parametrize("value", [0.5, 18.5])
def test_one_positive_gls_among_others_is_refused(tmp_path, value):
    text = HEADER + f"p01\tr1\t1\ta4c\tgls\t-19\np02\tr1\t1\ta4c\tgls\t{value}\n"
    assert f"row 3, column value: gls {value} came; strain is signed" in problems(tmp_path, text)


def test_a_stated_unit_is_converted_with_a_note_and_an_unknown_one_refused(tmp_path):
    header = "patient\treader\tmeasure\tvalue\tunit\n"
    text = header + "p01\tr1\tgls\t-0.18\tfraction\np01\tr1\tes_time\t350\tms\n"
    rows, notes = read_text(tmp_path, text + "p02\tr1\tgls\t-19\t%\n")
    assert [row["value"] for row in rows] == [pytest.approx(-18.0), pytest.approx(0.35), -19.0]
    assert [row["unit"] for row in rows] == ["%", "s", "%"]
    assert notes == ["row 2: fraction is converted to %", "row 3: ms is converted to s"]
    said = problems(tmp_path, header + "p01\tr1\tgls\t-18\tmm\n")
    assert "row 2, column unit: another unit came; expected % or 1 or fraction" in said


def test_local_strain_may_be_positive_but_not_all_of_a_reader_s(tmp_path):
    header = "patient\treader\tsegment\tmeasure\tvalue\n"

    def lines(signs):
        return "".join(
            f"p01\tr1\t{segment}\tend_systolic_strain\t{sign * 12}\n"
            for segment, sign in zip(SEGMENTS, signs, strict=True)
        )

    rows, _ = read_text(tmp_path, header + lines([1, -1, -1, -1, -1, -1]))
    assert rows[0]["value"] == 12.0
    said = problems(tmp_path, header + lines([1] * 6))
    assert "rows 2, 3, 4, 5, 6, 7, column value: end_systolic_strain 12 came" in said


def test_names_of_segments_are_mapped(tmp_path):
    text = "patient\treader\tsegment\tmeasure\tvalue\n"
    words = ["BasSept", "Mid Inferoseptum", "14-Apical septal", "apLat", "mid anterolateral"]
    text += "".join(f"p01\tr1\t{w}\tpeak_systolic_strain\t-15\n" for w in words)
    text += "p01\tr1\tBasal Posterior\tpeak_systolic_strain\t-15\n"
    rows, _ = read_text(tmp_path, text)
    assert [row["segment"] for row in rows[:-1]] == list(SEGMENTS[:5])
    assert (rows[-1]["segment"], rows[-1]["reason"]) == ("basal_inferolateral", "other_segment")


def test_gls_is_of_the_whole_wall(tmp_path):
    text = "patient\treader\tsegment\tmeasure\tvalue\np01\tr1\tmid septal\tgls\t-18\n"
    assert "column segment: 'mid_septal' came; gls is of the whole wall" in problems(tmp_path, text)


def test_a_repeated_row_is_used_once_and_one_that_differs_is_refused(tmp_path):
    same = HEADER + "p01\tr1\t1\ta4c\tgls\t-18\np01\tr1\t1\ta4c\tgls\t-18.0\n"
    rows, notes = read_text(tmp_path, same)
    assert len(rows) == 1
    assert notes == ["row 3: the same reading as row 2; it is used once"]
    said = problems(tmp_path, same.replace("-18.0", "-19"))
    assert "row 3, column value: a second reading came; another gls" in said
    assert "stands in row 2" in said


def write_sheet(tmp_path, lines, columns="patient,reader,view,file"):
    return write(tmp_path / "readers.csv", "\n".join([columns, *lines]))


def test_exports_and_values_may_stand_in_one_table(tmp_path):
    write(tmp_path / "e.txt", echopac_text())
    sheet = write_sheet(
        tmp_path,
        ["p01,r1,a4c,e.txt,,", "p01,r2,a4c,,gls,-19"],
        "patient,reader,view,file,measure,value",
    )
    rows, _ = read(sheet)
    gls = [(row["rater"], row["value"]) for row in rows if row["measure"] == "gls"]
    assert gls == [("r1", pytest.approx(-18.0, abs=1e-3)), ("r2", -19.0)]


def test_a_file_beside_a_value_and_a_missing_file_are_problems(tmp_path):
    sheet = write_sheet(
        tmp_path,
        [f"p01,r1,a4c,{NAME}.txt,,", "p02,r1,a4c,e.txt,gls,-19"],
        "patient,reader,view,file,measure,value",
    )
    with pytest.raises(StudyError) as raised:
        read(sheet)
    said = str(raised.value)
    assert "row 2, column file: a path came; no such file" in said and NAME not in said
    assert "row 3, column value: a text beside a file came" in said


def test_one_export_named_for_two_readings_is_a_problem(tmp_path):
    write(tmp_path / "a.txt", echopac_text())
    write(tmp_path / "b.txt", echopac_text())
    sheet = write_sheet(tmp_path, ["p01,r1,a4c,a.txt", "p01,r2,a4c,b.txt"])
    with pytest.raises(StudyError, match="row 3, column file: an export came; it holds the same"):
        read(sheet)


def test_one_workbook_serves_its_views(tmp_path):
    write(tmp_path / "w.xml", echopac_workbook(views=("4CH", "2CH")))
    sheet = write_sheet(tmp_path, [f"p01,r1,{view},w.xml" for view in ("a4c", "a2c", "alax")])
    rows, notes = read(sheet, views=("a4c", "a2c", "alax"))
    gls = {row["view"]: (row["value"], row["reason"]) for row in rows if row["measure"] == "gls"}
    assert gls["a4c"][0] == pytest.approx(-17.0, abs=1e-6)
    assert gls["a2c"][0] == pytest.approx(-8.5, abs=1e-6)
    assert gls["alax"] == (None, "no_trace_of_view")
    assert "row 4: traces of a2c, a4c" in notes


def test_an_export_of_a_view_that_is_not_measured_is_an_excluded_row(tmp_path):
    write(tmp_path / "e.txt", echopac_text())
    rows, _ = read(write_sheet(tmp_path, ["p01,r1,a2c,e.txt"]))
    assert [(row["view"], row["measure"], row["reason"]) for row in rows] == [
        ("a2c", "gls", "other_view")
    ]


def test_the_sheet_s_times_are_above_the_export_s(tmp_path):
    write(tmp_path / "e.txt", echopac_text())
    sheet = write_sheet(
        tmp_path, ['p01,r1,a4c,e.txt,"0,12",0.30'], "patient,reader,view,file,ed_time,es_time"
    )
    rows, _ = read(sheet)
    found = {row["measure"]: row["value"] for row in rows if row["segment"] == "global"}
    assert (found["ed_frame"], found["es_frame"]) == (6, 17)
