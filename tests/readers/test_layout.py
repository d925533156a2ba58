"""Tables of readings as people have them: the block `readers`, and the one that is proposed."""

import pytest
import yaml
from export_files import DATE, ID, NAME, spreadsheet, write, xlsx

from echogls.readers import Layout, layout_of, propose, read_readers
from echogls.readers._content import read_content
from echogls.study import StudyError

PATIENTS = ["P01", "P02", "Ost-01"]


def read(path, block, views=("a4c",)):
    layout = layout_of(block)
    rows, notes = read_readers(path, cohort="c", patients=PATIENTS, views=views, layout=layout)
    return [(r["patient"], r["rater"], r["repeat"], r["view"], r["value"]) for r in rows], notes


def proposed(path):
    """The block that is proposed, as YAML brings it to the config."""
    block = propose(read_content(path)).block
    return yaml.safe_load(yaml.safe_dump({"file": "x"} | block, allow_unicode=True))


TITLED = f"""Strain of all patients;;;;;
;;;;;
Patient ID;DOB;Observer;Reading no;Projection;GLS (%)
P01;{DATE};A\N{LATIN CAPITAL LETTER O WITH STROKE};1;4CH;18,5
Øst 01;{DATE};BH;2;4CH;17,9
"""
TITLED_ROWS = [("P01", "AO", 1, "a4c", -18.5), ("Ost-01", "BH", 2, "a4c", -17.9)]
WIDE = "ID,Age,Reader 1,Reader 2,Reader 1 second\nP01,55,-18.5,-17.0,-18\nP02,60,-19.2,-20.1,\n"
WIDE_ROWS = [
    ("P01", "Reader1", 1, "a4c", -18.5),
    ("P01", "Reader2", 1, "a4c", -17.0),
    ("P01", "Reader1", 2, "a4c", -18.0),
    ("P02", "Reader1", 1, "a4c", -19.2),
    ("P02", "Reader2", 1, "a4c", -20.1),
]
VIEWS = "Study ID\tRater\tA4C\tA2C\tGLS avg\nP01\tx\t-18\t-19\t-18.5\n"
VIEWS_ROWS = [("P01", "x", 1, view, value) for view, value in
              (("a4c", -18.0), ("a2c", -19.0), ("apical", -18.5))]  # fmt: skip
HEADER = ["case", "AB", "CD"]
FRACTIONS = xlsx({"Notes": [["see the next"]], "Data": [HEADER, ["P01", -0.185, -0.2]]})
FRACTIONS_ROWS = [("P01", "AB", 1, "a4c", -18.5), ("P01", "CD", 1, "a4c", -20.0)]


@pytest.mark.parametrize(
    ("content", "expected", "views"),
    [
        (TITLED, TITLED_ROWS, ["a4c"]),
        (WIDE, WIDE_ROWS, ["a4c"]),
        (VIEWS, VIEWS_ROWS, ["a4c", "a2c"]),
        (FRACTIONS, FRACTIONS_ROWS, ["a4c"]),
    ],
)
def test_what_is_proposed_reads_the_table(tmp_path, content, expected, views):
    path = write(tmp_path / "t", content)
    rows, notes = read(path, proposed(path), views)
    assert [row[:4] for row in rows] == [row[:4] for row in expected]
    assert [row[4] for row in rows] == pytest.approx([row[4] for row in expected])
    assert DATE not in repr(rows) + repr(notes)


def test_what_is_proposed_says_sheet_header_sign_unit_and_decimal_mark(tmp_path):
    block = proposed(write(tmp_path / "a", TITLED))
    assert {key: block[key] for key in ("header", "sign", "decimal")} == {
        "header": 3, "sign": "positive", "decimal": "comma"
    }  # fmt: skip
    block = proposed(write(tmp_path / "b", FRACTIONS))
    assert (block["sheet"], block["unit"]) == ("Data", "fraction")
    assert "sign" not in block and "header" not in block


def test_a_table_of_our_own_columns_needs_no_block(tmp_path):
    path = write(tmp_path / "t", "patient,reader,measure,value\nP01,r1,gls,-18\n")
    assert propose(read_content(path)).block == {}


@pytest.mark.parametrize("text", ["foo,bar\n1,2\n", "P01,-18\nP02,-17\n", "a\n", f"{NAME}\n{ID}\n"])
def test_what_is_no_table_of_readings_is_refused(tmp_path, text):
    with pytest.raises(StudyError) as raised:
        propose(read_content(write(tmp_path / "t", text)))
    assert NAME not in str(raised.value) and ID not in str(raised.value)


def test_each_key_of_the_block_is_heeded(tmp_path):
    sheet = [["made by hand", "", ""], [], ["Pat", "Obs", "Result"], ["P01", "x", "0,185"]]
    path = write(tmp_path / "t.xml", spreadsheet({"other": [["a"]], "Mine ": sheet}))
    block = {
        "file": "t.xml", "sheet": "mine", "header": 3, "sign": "positive", "unit": "fraction",
        "columns": {"patient": "pat", "value": "Result"},
        "constant": {"reader": "Bø", "view": "A2C"},
    }  # fmt: skip
    rows, _ = read(path, block, ["a4c", "a2c"])
    assert rows == [("P01", "Bo", 1, "a2c", pytest.approx(-18.5))]
    for change, said in (
        ({"sheet": "Mone"}, "no sheet 'Mone' in the workbook; did you mean 'Mine'"),
        ({"header": 9}, "row 9 is empty or is not there"),
        ({"columns": {"patient": "pit"}}, "readers.columns.patient: row 3 has no column 'pit'"),
        ({"columns": {"patient": "pit"}}, "row 3 reads: 'Pat', 'Obs', 'Result'"),
        ({"sign": "negative"}, "column Result: gls 18.5 came; strain is signed"),
        ({"unit": "percent"}, "column Result: gls -0.185 came; all of the reader's are under 1"),
    ):
        with pytest.raises(StudyError, match=said):
            read(path, block | change, ["a4c", "a2c"])


def test_a_lengthening_in_a_table_of_positive_shortenings_is_a_problem(tmp_path):
    path = write(tmp_path / "t", "patient,reader,value\nP01,r,18\nP02,r,-17\n")
    with pytest.raises(StudyError, match=r"row 3, column value: gls -17 came; `sign: positive`"):
        read(path, {"file": "t", "sign": "positive"})


def test_another_decimal_mark_than_said_is_a_problem(tmp_path):
    path = write(tmp_path / "t", "patient;reader;value\nP01;r;-18,5\nP02;r;-17.5\n")
    with pytest.raises(StudyError, match=r"row 3, column value: '-17.5' came; .* -18,5"):
        read(path, {"file": "t", "decimal": "comma"})


def test_a_block_that_contradicts_itself_is_refused():
    for block, said in (
        (
            {"columns": {"reader": "x"}, "constant": {"reader": "y"}},
            "'reader' is under columns and",
        ),
        ({"columns": {"value": "x"}, "values": {"a": {}}}, "keep one"),
        ({"constant": {"redder": "y"}}, "did you mean 'reader'"),
    ):
        with pytest.raises(StudyError, match=said):
            layout_of({"file": "x"} | block)
    assert layout_of("some/table.csv") == Layout()


def test_two_readers_that_become_one_id_are_a_problem(tmp_path):
    path = write(tmp_path / "t", "patient,reader,value\nP01,AO,-18\nP01,AØ,-17\n")
    with pytest.raises(StudyError, match="two readers become 'AO'"):
        read(path, {"file": "t"})


def test_one_fraction_among_percents_is_a_problem(tmp_path):
    path = write(tmp_path / "t", 'patient,reader,value\nP01,r,-18\nP02,r,"-0,165"\n')
    with pytest.raises(StudyError, match=r"row 3.*a fraction among percents, as of -16.5 %"):
        read(path, {"file": "t"})


def test_the_header_that_was_found_is_named_and_nothing_personal(tmp_path):
    text = f"Patient ID,Observer,GLS\n{ID},{NAME},-18\n"
    with pytest.raises(StudyError) as raised:
        read(write(tmp_path / "t", text), "t")
    said = str(raised.value)
    assert "row 1 reads: 'Patient ID', 'Observer', 'GLS'" in said
    assert "`echogls readings FILE` proposes" in said
    with pytest.raises(StudyError) as raised:
        read(write(tmp_path / "t", f"{NAME},{ID},{DATE}\n{NAME},x,y\n"), "t")
    assert "row 1 reads: 3 cells, none a word" in str(raised.value)
    assert not [word for word in (NAME, ID, DATE) if word in str(raised.value)]
