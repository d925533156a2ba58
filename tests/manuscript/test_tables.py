import csv
import dataclasses
import re
import shutil
import subprocess

import openpyxl
import pytest
from docx import Document

from echogls.manuscript import findings, rounding
from echogls.manuscript.numbers import cited_numbers
from echogls.manuscript.rounding import interval
from echogls.manuscript.tables import build_tables, latex, layout, writers
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
    assert row[2:] == (
        "simulated images by which the network was selected",
        *("—", "98.5", "97.9 (260 real patients)"),
    )
    card["views"]["measured"] |= {"simulated_other_seed_a4c_f1": 0.964}
    card["views"]["measured"] |= {"simulated_other_seed_images": 800}
    row = build_tables([cohort], models | card)[3].rows[1]
    assert row[2:5] == ("simulated images of another seed", "800", "96.4")


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
    assert reasons == {("values by blocks", "no whole systole"): "1"}


def test_what_was_excluded_is_said_in_words(cohort, models):
    row = dict.fromkeys(cohort.tables["exclusions"][0], "")
    rows = [
        row | {"stage": "ingest", "clip": "clip01", "reason": "low_frame_rate"},
        row | {"stage": "read_readers", "rater": "reader_1", "reason": "no_value"},
        row | {"stage": "agreement", "reason": "no_value"}
        | {"rater": "truth and dis", "rater_1": "truth", "rater_2": "dis"},
    ]  # fmt: skip
    other = dataclasses.replace(cohort, tables=cohort.tables | {"exclusions": rows})
    told = build_tables([other], models)[5]
    words = told.columns.index("Excluded")
    assert [line[words] for line in told.rows] == [
        *("clips", "readings by reader 1", "patients, truth and dis")
    ]
    assert told.rows[0][4] == "frame rate lower than required"
    nothing = dataclasses.replace(cohort, tables=cohort.tables | {"exclusions": []})
    assert build_tables([nothing], models)[5].rows[0][words] == "nothing"


def test_methods_errors_are_tested_against_the_first_method(built):
    tested = {row[2]: row[-1] for row in built[4].rows if row[1] == "truth"}
    assert tested["dis"] == "—"
    assert tested["blocks"] != "—"


def test_outlines_at_ed_and_es_alone_are_marked_and_stand_in_both_tables(cohort, models):
    """A cohort like CAMUS: an expert's outlines are the only reference, nothing was followed."""
    measured = [row | {"reason": "ed_es_only"} for row in cohort.tables["measurements"]]
    alone = [
        row for row in cohort.tables["agreement"]
        if row["comparison"] == "method_reader" and row["rater_1"] == "r1"
    ]  # fmt: skip
    tables = cohort.tables | {"measurements": measured, "agreement": alone}
    stills = dataclasses.replace(cohort, tables=tables)
    built = build_tables([stills], models)
    assert built[1].rows[0][0].endswith("two stills")
    assert {row[2] for row in built[4].rows} == {"dis", "blocks"}
    for table in (built[1], built[4]):
        assert any("without motion" in note for note in table.notes)


def test_intervals_are_called_by_their_confidence(cohort, models):
    other = dataclasses.replace(cohort, confidence=0.9)
    for table in build_tables([other], models):
        assert not any("95 %" in column for column in table.columns)
    assert "Bias (90 % CI)" in build_tables([other], models)[1].columns
    said = findings.headline(other, cited_numbers([other], models))
    assert "(90 % CI" in said and "95 %" not in said


def test_tables_say_which_reading_of_a_reader_counts(built):
    for table in (built[k] for k in (0, 1, 4, 6)):
        assert any("Of repeated readings" in note for note in table.notes)
    assert any("first and second reading" in note for note in built[2].notes)


def test_a_reader_s_mean_in_table_1_is_that_of_the_readings_that_are_compared(cohort, built):
    pairs = cohort.pairs("truth", "r1")
    mean = sum(float(row["value_2"]) for row in pairs) / len(pairs)
    (line,) = [row for row in built[0].rows if row[0] == "GLS by r1, %"]
    assert line[1].startswith(f"{rounding.number(mean)} ± ")


@pytest.mark.parametrize("suffix", [".tsv", ".md", ".tex", ".docx"])
def test_every_format_holds_every_cell(tmp_path, built, suffix):
    for table in built:
        writers.write(tmp_path, table)
        path = tmp_path / f"{table.name}{suffix}"
        if suffix == ".tsv":
            told = list(csv.reader(path.open(encoding="utf-8"), delimiter="\t"))
            assert told == [list(table.columns), *map(list, table.rows)]
            continue
        if suffix == ".docx":
            grid = Document(str(path)).tables[0]
            text = " ".join(cell.text for row in grid.rows for cell in row.cells)
            text = " ".join(text.replace(layout.FIGURE_SPACE, "").split())
        else:
            text = path.read_text(encoding="utf-8").replace(r"\phantom{0}", "").replace("~", " ")
        write = latex.latex_text if suffix == ".tex" else str
        for row in table.rows:
            for cell in row:
                plain = cell.replace("\N{MINUS SIGN}", "-")
                assert write(cell) in text or plain in text, (table.name, cell)


def test_word_has_three_rules_no_shading_and_no_broken_interval(tmp_path, built):
    for table in built:
        writers.write(tmp_path, table)
        document = Document(str(tmp_path / f"{table.name}.docx"))
        grid = document.tables[0]
        markup = grid._tbl.xml
        assert "w:shd" not in markup and "Shading" not in (grid.style.name or "")
        assert {line for line in re.findall(r"<w:(top|bottom|insideH)[^>]*w:sz", markup)} == {
            "top",
            "bottom",
        }
        page = document.sections[0]
        width = page.page_width - page.left_margin - page.right_margin
        assert sum(column.width for column in grid.columns) <= 1.01 * width, table.name
        body = layout.printed(table)
        for row in grid.rows[1:]:
            for place in body.figures if len({id(cell._tc) for cell in row.cells}) > 1 else ():
                assert " " not in row.cells[place].text  # blanks that do not break
        noted = " ".join(paragraph.text for paragraph in document.paragraphs)
        assert all(note in noted for _, note in table.lettered)


def test_cohorts_stand_above_their_rows_and_figures_below_each_other(built):
    body = layout.printed(built[1])
    assert body.columns[0] == "Reference"
    assert [row[0] for row in body.rows if len(row) == 1] == [
        "made (simulated), 10 patients",
        "Østvik 2018, 21 patients",
    ]
    for place in body.figures:
        cells = [row[place] for row in body.rows if len(row) > 1 and "(" in row[place]]
        if cells:
            assert len({cell.index(".") for cell in cells}) == 1, cells


def test_the_workbook_has_a_sheet_a_table_with_numbers_as_printed(tmp_path, built):
    writers.write_all(tmp_path, built)
    book = openpyxl.load_workbook(tmp_path / writers.WORKBOOK)
    assert book.sheetnames == [f"Table {table.number}" for table in built]
    for table in built:
        rows = list(book[f"Table {table.number}"].iter_rows(min_row=4, values_only=True))
        for wanted, found in zip(table.rows, rows, strict=False):
            for text, value in zip(wanted, found, strict=False):
                if isinstance(value, (int, float)):
                    assert float(text.replace("\N{MINUS SIGN}", "-")) == value
                else:
                    assert (value or "") == text
        sheet = book[f"Table {table.number}"]
        notes = [cells[0] for cells in sheet.iter_rows(min_row=5 + len(table.rows))]
        assert len(notes) == len(table.lettered) == len(sheet.merged_cells.ranges)
        # as wide as the table and as high as its lines, so that a printed page is not made small
        assert all(cell.alignment.wrap_text for cell in notes)
        assert all(sheet.row_dimensions[cell.row].height >= 15 for cell in notes)
    sd = book["Table 2"].cell(4, 1 + built[1].columns.index("SD"))
    assert isinstance(sd.value, float) and sd.number_format.startswith("0.0")


def test_latex_has_as_many_cells_in_every_row_and_no_bare_percent(built):
    for table in built:
        body = layout.printed(table)
        lines = latex.latex(table).splitlines()
        rows = [line for line in lines if line.endswith(r" \\")]
        columns = len(body.columns)
        whole = [row for row in body.rows if len(row) > 1]
        assert len(rows) == 2 + len(whole)  # the header stands on further pages, too
        assert all(line.replace(r"\&", "").count("&") == columns - 1 for line in rows)
        assert not any("%" in line.replace(r"\%", "") for line in rows)
        text = "\n".join(lines[1:])
        assert text.count("{") == text.count("}")
        assert r"\tiny" not in text and r"\toprule" in text
        opened = [line for line in lines if line.startswith(r"\begin{")]
        assert len(opened) == sum(line.startswith(r"\end{") for line in lines)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here")
def test_latex_compiles_in_a_plain_article_without_an_overfull_box(tmp_path, built):
    parts = [latex.latex(table) for table in built]
    head = rf"\documentclass{{article}}\usepackage{{{','.join(latex.PACKAGES)}}}"
    text = "\n".join([head, r"\begin{document}", *parts, r"\end{document}"])
    (tmp_path / "all.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout, run.stdout


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdftotext")), reason="no LibreOffice here"
)
def test_word_tables_break_no_interval_in_two(tmp_path, built):
    table = built[1]
    writers.write(tmp_path, table)
    home = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = ["soffice", home, "--headless", "--convert-to", "pdf", f"{table.name}.docx"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=240, check=True)
    command = ["pdftotext", "-layout", f"{table.name}.pdf", "-"]
    text = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    lines = ["".join(line.split()) for line in text.splitlines()]
    for row in table.rows:
        for cell in row:
            if " to " in cell:
                assert any("".join(cell.split()) in line for line in lines), cell


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="table 1"):
        Table(1, "t", ("a", "b"), (("1",),))
