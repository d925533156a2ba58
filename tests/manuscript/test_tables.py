import csv
import re
import shutil
import subprocess

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
    assert built[1].rows[0][0] == "made (simulated), 10 patients"
    assert theirs[4].startswith("+0.6")


def test_tables_of_one_method_leave_the_others_to_table_5(built):
    assert {row[2] for row in built[1].rows if row[1] == "truth"} == {"dis", "r1", "r2"}
    assert not any("blocks" in row[2] for row in built[2].rows)
    assert {row[2] for row in built[4].rows if row[1] == "truth"} == {"dis", "blocks", "r1", "r2"}


def test_motion_errors_and_run_time_stand_beside_the_published_ones(built):
    rows = {row[:2]: row for row in built[3].rows}
    row = rows["Motion, dis (mask: net)", "end-point error, mm/frame"]
    assert row[2:5] == ("made (simulated)", "10", "0.055 ± 0.003")
    assert "0.06 (Østvik 2021" in row[5]
    assert rows["Run time", "whole pipeline, dis, ms a frame"][3] == "10"
    assert ("Run time", "fusion, blocks, ms a frame") not in rows


def test_the_classifier_s_f1_stands_beside_the_paper_s(cohort, models, built):
    assert built[3].rows[0][1:5] == (
        "F1, four-chamber, %",
        "made (simulated), clips",
        "10",
        "100.0",
    )
    card = {"views": {"measured": {"images": 50, "simulated_a4c_f1": 0.985}}}
    row = build_tables([cohort], models | card)[3].rows[0]
    assert row[0] == "View classifier, views"
    assert row[2:] == ("held-out images, simulated", "—", "98.5", "97.9 (260 patients)")


def test_definitions_that_differ_in_one_point_are_called_by_it(built):
    found = [row for row in built[6].rows if row[1] == "definition"]
    words = [row[2] for row in found]
    assert words[0].startswith("as configured: peak systolic")
    assert words[1:3] == ["drift closed", "endocardium"]
    assert words[3].startswith("as configured, without")
    assert words[4:] == ["lowest bias of all 4 definitions", "highest bias of all 4 definitions"]
    assert found[4][5] == found[0][5]  # the study's own is the lowest here


def test_an_excluded_measurement_is_counted_in_methods_and_exclusions(built):
    measured = {row[2]: row[3] for row in built[4].rows if row[1] == "truth"}
    assert measured["dis"] == "10 of 10"
    assert measured["blocks"] == "9 of 10"
    reasons = {(row[2], row[3]): row[5] for row in built[5].rows}
    assert reasons == {("blocks", "no whole systole"): "1"}


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
        assert len(rows) == 2 + len(table.rows)  # the header stands on further pages, too
        assert all(line.replace(r"\&", "").count("&") == columns - 1 for line in rows)
        assert not any("%" in line.replace(r"\%", "") for line in rows)
        text = "\n".join(lines[1:])
        assert text.count("{") == text.count("}")
        opened = [line for line in lines if line.startswith(r"\begin{")]
        assert len(opened) == sum(line.startswith(r"\end{") for line in lines)
        assert ("landscape" in text) == (columns > writers.WIDE)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here")
def test_latex_compiles(tmp_path, built):
    parts = [writers.latex(table) for table in built]
    head = rf"\documentclass{{article}}\usepackage{{{','.join(writers.LATEX_PACKAGES)}}}"
    text = "\n".join([head, r"\begin{document}", *parts, r"\end{document}"])
    (tmp_path / "all.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout or max_overfull(run.stdout) < 10  # points


def max_overfull(log):
    return max(float(found) for found in re.findall(r"Overfull .hbox .([0-9.]+)pt", log))


def test_columns_share_the_line_by_their_content(built):
    for table in built:
        shares = writers.column_shares(table)
        assert sum(shares) == pytest.approx(1)
        assert min(shares) > 0


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="table 1"):
        Table(1, "t", ("a", "b"), (("1",),))
