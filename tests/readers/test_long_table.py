"""Readers' tables: what is accepted, and that every problem is said at once."""

import pytest
from export_files import ID, NAME, spreadsheet, write, xlsx
from hypothesis import given
from hypothesis import strategies as st

from echogls.readers import read_readers
from echogls.study import StudyError, nearest

PATIENTS = ["p01", "p02", "p03"]
HEADER = "patient\treader\trepeat\tview\tmeasure\tvalue\n"
BASE = [("p01", "r1", 1, "a4c", "gls", -18.5), ("p02", "r1", 1, "a4c", "gls", -20.25)]


def read(path, patients=PATIENTS, views=("a4c",), **options):
    return read_readers(path, cohort="c", patients=patients, views=views, **options)


def read_text(tmp_path, text, encoding="utf-8", **options):
    return read(write(tmp_path / "readers.tsv", text, encoding), **options)


def problems(tmp_path, text, **options):
    with pytest.raises(StudyError) as raised:
        read_text(tmp_path, text, **options)
    return str(raised.value)


def values(rows):
    return [(row["patient"], row["rater"], row["value"]) for row in rows]


def table_text(separator, comma=False, end="\n"):
    lines = [["patient", "reader", "repeat", "view", "measure", "value"], *BASE]
    cells = [[str(cell) for cell in line] for line in lines]
    if comma:
        cells = [[cell.replace(".", ",") for cell in line] for line in cells]
    return end.join(separator.join(line) for line in cells) + end


EXPECTED = [("p01", "r1", -18.5), ("p02", "r1", -20.25)]


@pytest.mark.parametrize(
    "content",
    [
        table_text("\t"),
        table_text(","),
        table_text(";"),
        table_text(";", comma=True),
        table_text("\t", comma=True),
        table_text(";", comma=True, end="\r\n"),
        "sep=;\r\n" + table_text(";", comma=True, end="\r\n"),
        "\ufeff" + table_text("\t", end="\r\n"),
        table_text(",").replace("-18.5", '"-18,5"'),
        table_text("\t").replace("\n", "\n\n").replace("a4c", " A4C ").replace("gls", "GLS"),
        table_text("\t").replace("a4c", "4CH").replace("-18.5", "\u221218.5 %"),
        table_text("\t").replace("patient", "Patient").replace("reader", "Rater "),
        table_text("\t").encode("utf-16"),
        xlsx({"Sheet1": [["patient", "reader", "repeat", "view", "measure", "value"], *BASE]}),
        spreadsheet({"S": [["patient", "reader", "repeat", "view", "measure", "value"], *BASE]}),
    ],
)
def test_a_table_is_read_however_it_was_saved(tmp_path, content):
    rows, notes = read(write(tmp_path / "readers.csv", content))
    assert values(rows) == EXPECTED
    assert notes == []
    assert {(row["view"], row["segment"], row["status"]) for row in rows} == {
        ("a4c", "global", "ok")
    }


def test_the_first_sheet_of_a_workbook_is_read_and_the_others_are_noted(tmp_path):
    header = ["patient", "reader", "measure", "value"]
    book = {"one": [header, ["p01", "r1", "gls", -19]], "two": [header, ["p02", "r1", "gls", -1]]}
    rows, notes = read(write(tmp_path / "r.xlsx", xlsx(book)))
    assert values(rows) == [("p01", "r1", -19.0)]
    assert notes == ["the first of 2 sheets is read"]


def test_repeat_view_and_segment_have_defaults(tmp_path):
    rows, _ = read_text(tmp_path, "patient,reader,measure,value\np01,r1,gls,-19\n")
    assert [(row["repeat"], row["view"], row["segment"]) for row in rows] == [(1, "a4c", "global")]


def test_a_missing_view_is_asked_for_if_the_cohort_has_several(tmp_path):
    text = "patient,reader,measure,value\np01,r1,gls,-19\n"
    assert "row 2, column view: nothing came" in problems(tmp_path, text, views=("a4c", "a2c"))


def test_of_several_views_the_average_can_be_read_and_a_segment_says_its_view(tmp_path):
    text = "patient,reader,view,segment,measure,value\np01,r1,average,,gls,-19\n"
    text += "p01,r1,apical,BasInf,peak_systolic_strain,-15\n"
    text += "p01,r1,,Apical inferolateral,peak_systolic_strain,-22\n"
    rows, _ = read_text(tmp_path, text, views=("a4c", "a2c", "alax"))
    assert [(row["view"], row["segment"], row["status"]) for row in rows] == [
        ("apical", "global", "ok"),
        ("a2c", "basal_inferior", "ok"),
        ("alax", "apical_inferolateral", "ok"),
    ]
    rows, _ = read_text(tmp_path, text.replace(",,Ap", ",a4c,Ap"), views=("a4c",))
    assert [row["reason"] for row in rows] == ["other_view", "other_view", "other_segment"]


def test_every_problem_is_said_at_once_with_its_row_and_column(tmp_path):
    said = problems(
        tmp_path,
        HEADER
        + "P01\tr1\t1\ta4c\tgls\t-18\n"
        + "p02\tr 1\t1\ta4c\tgls\t-18\n"
        + "p03\tr1\tone\ta4c\tgls\t-18\n"
        + "p03\tr1\t1\ta4d\tgls\t-18\n"
        + "p03\tr1\t2\ta4c\tglss\t-18\n"
        + "p03\tr1\t3\ta4c\tgls\tabout 18\n"
        + "p01\tr2\t1\ta4c\tgls\t18.5\n",
    )
    assert said.startswith("readers' table readers.tsv:")
    assert "row 2, column patient: 'P01' came; not in cohort; did you mean 'p01'?" in said
    assert "row 3, column reader: a text of 3 characters came" in said
    assert "row 4, column repeat: a text of 3 characters came; expected a whole number" in said
    assert "row 5, column view: 'a4d' came; not known; did you mean 'a4c'?" in said
    assert "row 6, column measure: 'glss' came; not known; did you mean 'gls'?" in said
    assert "row 7, column value: 'about 18' came; expected one number" in said
    assert "row 8, column value: gls 18.5 came; strain is signed" in said


def test_many_rows_with_one_problem_are_one_line(tmp_path):
    text = HEADER + "".join(f"p01\tr1\t{i}\ta4c\tgls\t{i + 10}\n" for i in range(1, 21))
    said = problems(tmp_path, text)
    assert said.count("\n") == 1
    assert "rows 2, 3, 4, 5, 6, 7, 8, 9 and 12 more, column value: gls 11 came" in said


def test_an_unknown_patient_of_a_large_cohort_is_not_answered_with_all_of_them(tmp_path):
    patients = [f"p{i:03}" for i in range(500)]
    said = problems(tmp_path, HEADER + "xyz\tr1\t1\ta4c\tgls\t-18\n", patients=patients)
    assert "there are 500, such as 'p000'" in said


def test_what_slipped_into_another_column_is_never_quoted(tmp_path):
    said = problems(
        tmp_path,
        HEADER
        + f"{NAME}\t{NAME}\t{ID}\t{NAME}\t{NAME}\t{NAME}\n"
        + "p01\tr1\t1\ta4c\tgls\t11.05.1977\n",
    )
    assert NAME not in said and ID not in said and "1977" not in said
    rows, notes = read_text(tmp_path, HEADER + f"p01\tr1\t1\ta4c\tgls\t{ID}\n")
    assert rows[0]["reason"] == "implausible_value"
    assert ID not in repr(notes) + repr(rows)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("patient,readr,measure,value", "no column 'reader'; did you mean 'readr'?"),
        ("patient,reader,measure", "no column 'value'"),
        ("patient,reader,measure,value,value", "two columns 'value'"),
        ("name,reader,measure,value", "no column 'patient'"),
    ],
)
def test_a_header_that_cannot_be_used_says_what_is_missing(tmp_path, header, said):
    text = problems(tmp_path, header + "\np01,r1,gls,-18,-18\n")
    assert said in text and "known columns: patient, reader" in text


def test_other_columns_are_not_used_and_that_is_noted(tmp_path):
    text = f"patient,reader,measure,value,comment\np01,r1,gls,-18,{NAME}\n"
    rows, notes = read_text(tmp_path, text)
    assert len(rows) == 1
    assert notes[0].startswith("1 columns are not used") and NAME not in repr((rows, notes))


def test_a_decimal_comma_between_commas_is_a_row_of_another_width(tmp_path):
    said = problems(tmp_path, "patient,reader,measure,value\np01,r1,gls,-18,5\n")
    assert "row 2: 5 cells, the header has 4; put decimal commas in quotes" in said


def test_a_table_that_is_not_there_or_not_a_table_is_said(tmp_path):
    with pytest.raises(StudyError, match=r"none\.csv not found; check cohorts"):
        read(tmp_path / "none.csv")
    assert "the file is empty" in problems(tmp_path, "")
    with pytest.raises(StudyError, match="old or encrypted Excel"):
        read(write(tmp_path / "old.xls", b"\xd0\xcf\x11\xe0rest"))


def test_no_reading_is_no_row(tmp_path):
    assert read_text(tmp_path, HEADER) == ([], [])


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_after_a_header_is_read_or_refused(tmp_path_factory, text):
    path = write(tmp_path_factory.mktemp("any") / "t.csv", HEADER + text)
    try:
        rows, _ = read(path)
    except StudyError as error:
        assert len(str(error)) > 20
    else:
        assert all(row["patient"] in PATIENTS for row in rows)


@given(
    st.lists(
        st.tuples(st.sampled_from(PATIENTS), st.integers(1, 9), st.floats(-39.9, -1.1)),
        min_size=1,
        unique_by=lambda reading: reading[:2],
    ),
    st.sampled_from(["\t", ";"]),
    st.booleans(),
)
def test_what_is_written_comes_back(tmp_path_factory, readings, separator, comma):
    lines = [HEADER.strip().replace("\t", separator)]
    for patient, repeat, value in readings:
        number = repr(value).replace(".", ",") if comma else repr(value)
        lines.append(separator.join([patient, "r1", str(repeat), "a4c", "gls", number]))
    path = write(tmp_path_factory.mktemp("back") / "t.csv", "\r\n".join(lines))
    rows, _ = read(path)
    assert [(row["patient"], row["repeat"], row["value"]) for row in rows] == readings


def test_the_hint_of_the_study_is_what_is_shown():
    # `one_of` leaves the long list out by looking for these words.
    assert "did you mean" in nearest("p0l", PATIENTS)
    assert "did you mean" not in nearest("zzz", PATIENTS)
