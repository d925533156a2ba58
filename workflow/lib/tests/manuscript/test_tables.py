import csv

import pytest
from docx import Document

from echogls.manuscript.rounding import interval
from echogls.manuscript.tables import build_tables, writers
from echogls.manuscript.tables.table import Table


@pytest.fixture
def built(cohort, models):
    return build_tables([cohort], models)


def test_seven_tables_that_say_the_sign_and_which_patients_are_simulated(built):
    assert [table.number for table in built] == [1, 2, 3, 4, 5, 6, 7]
    for table in built:
        assert any("shortening" in note for note in table.notes), table.title
        assert any("simulated" in " ".join(row) for row in (table.columns, *table.rows))


def test_a_cell_of_agreement_is_the_rounded_statistic(built, cohort):
    row = next(row for row in built[1].rows if row[1:3] == ("truth", "dis"))
    bias = cohort.statistics()["method_truth", "truth", "dis"]["bias"]
    assert row[4] == interval(bias, 1, sign=True)
    assert row[3] == bias["n"] == "10"


def test_the_papers_values_stand_beside_with_our_sign(built):
    theirs = built[1].rows[-1]
    assert theirs[0] == "Østvik 2018, 21 patients"
    assert theirs[4].startswith("+0.6")


def test_an_excluded_measurement_is_counted_in_methods_and_exclusions(built):
    measured = {row[2]: row[3] for row in built[4].rows if row[1] == "truth"}
    assert measured["dis"] == "10 of 10"
    assert measured["blocks"] == "9 of 10"
    reasons = {(row[2], row[3]): row[5] for row in built[5].rows}
    assert reasons["blocks", "no whole systole"] == "1"
    assert reasons["truth and blocks", "unpaired"] == "1"


def test_methods_errors_are_tested_against_the_first_method(built):
    tested = {row[2]: row[-1] for row in built[4].rows if row[1] == "truth"}
    assert tested["dis"] == "—"
    assert tested["blocks"] != "—"


@pytest.mark.parametrize("suffix", [".tsv", ".md", ".tex", ".docx"])
def test_every_format_holds_every_cell(tmp_path, built, suffix):
    for table in built:
        writers.write(tmp_path, table)
        path = tmp_path / f"{table.name}{suffix}"
        if suffix == ".docx":
            grid = Document(str(path)).tables[0]
            told = [[cell.text for cell in row.cells] for row in grid.rows]
        elif suffix == ".tsv":
            told = list(csv.reader(path.open(encoding="utf-8"), delimiter="\t"))
        else:
            text = path.read_text(encoding="utf-8")
            write = writers.latex_text if suffix == ".tex" else str
            assert all(write(cell) in text for row in table.rows for cell in row)
            continue
        assert told == [list(table.columns), *map(list, table.rows)]


def test_latex_has_as_many_cells_in_every_row_and_no_bare_percent(built):
    for table in built:
        lines = writers.latex(table).splitlines()
        rows = [line for line in lines if line.endswith(r" \\")]
        columns = len(table.columns)
        assert len(rows) == 1 + len(table.rows)
        assert all(line.replace(r"\&", "").count("&") == columns - 1 for line in rows)
        assert not any("%" in line.replace(r"\%", "") for line in rows)


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="table 1"):
        Table(1, "t", ("a", "b"), (("1",),))
