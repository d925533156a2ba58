"""EchoPAC's three formats with their traps; what all share is in test_contract.py."""

import numpy as np
import pytest
from export_files import (
    COLOURS,
    ED,
    ES,
    FRAMES,
    GLS,
    NAMES,
    SHARES,
    echopac_text,
    echopac_times,
    echopac_trace,
    echopac_workbook,
    strain_table,
    wall,
    write,
)

from echogls.readers import read_export, read_readers
from echogls.study import VIEW_SEGMENTS, StudyError


def measured(tmp_path, text, view="a4c", **options):
    return read_export(write(tmp_path / "export", text), view=view, **options)


def refused(tmp_path, text, view="a4c", **options):
    with pytest.raises(StudyError) as raised:
        measured(tmp_path, text, view, **options)
    return str(raised.value)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"separator": "    "},
        {"gap": ""},
        {"gap": "   "},
        {"empty_column": True},
        {"ecg": False},
        {"comma": True},
        {"comma": True, "separator": "    "},
        {"title": "Segmental Traces"},
        {"names": (*NAMES, "GLOBAL")},
        {"names": (*NAMES, "GLOBAL"), "separator": "    "},
    ],
)
def test_echopac_text_in_all_its_forms_gives_the_same(tmp_path, options):
    plain, _ = measured(tmp_path, echopac_text())
    found, notes = measured(tmp_path, echopac_text(**options))
    assert found == plain
    assert ("does not state its quantity" in " ".join(notes)) == ("title" in options)


def test_echopac_text_an_empty_column_of_the_rows_alone_is_left_out(tmp_path):
    lines = echopac_text().splitlines()
    lines[4:] = [line.replace("\t", "\t\t", 1) for line in lines[4:]]
    assert measured(tmp_path, "\n".join(lines)) == measured(tmp_path, echopac_text())


def test_echopac_text_is_zeroed_where_the_software_had_zero_not_in_its_first_row(tmp_path):
    found, notes = measured(tmp_path, echopac_text())
    assert found["global", "gls"] == pytest.approx(GLS, abs=1e-4)
    assert found["global", "ed_frame"] == ED
    assert found["global", "ed_time"] == echopac_times()[ED]
    assert found["global", "es_frame"] == ES
    said = " ".join(notes)
    assert "zero strain is +25 ms from the marker of end-diastole (0.17 s and 0.145 s)" in said
    assert "time steps are not uniform" in said and "step 1 of 0.037 s" in said


def test_echopac_text_at_the_marker_s_frame_is_another_reading(tmp_path):
    found, _ = measured(tmp_path, echopac_text(), reference="marker")
    stretch = 1 + strain_table()[:, 6] / 100
    frame = int(np.abs(echopac_times() - 0.145).argmin())
    assert frame != ED
    assert found["global", "gls"] == pytest.approx(
        100 * (stretch[ES] / stretch[frame] - 1), abs=1e-4
    )


@pytest.mark.parametrize("view", list(VIEW_SEGMENTS))
def test_echopac_text_colours_are_the_segments_of_the_view(tmp_path, view):
    found, _ = measured(tmp_path, echopac_text(), view=view)
    for segment, share in zip(VIEW_SEGMENTS[view], SHARES, strict=True):
        assert found[segment, "peak_systolic_strain"] == pytest.approx(-share, abs=1e-4)
    assert {segment for segment, _ in found} == {"global", *VIEW_SEGMENTS[view]}
    assert found["global", "gls"] == pytest.approx(GLS, abs=1e-4)


def test_echopac_text_without_global_is_the_mean_of_the_segments(tmp_path):
    text = echopac_text(names=COLOURS, table=strain_table()[:, :6])
    for view in ("a4c", "alax"):
        found, notes = measured(tmp_path, text, view=view)
        assert found["global", "gls"] == pytest.approx(-17, abs=1e-4)
        assert any("mean of its six segments" in note for note in notes)


def test_echopac_text_takes_the_heart_rate_of_the_markers(tmp_path):
    found, _ = measured(tmp_path, echopac_text())
    assert found["global", "heart_rate"] == pytest.approx(60 / (0.896 - 0.145))


def test_echopac_text_without_a_time_of_end_systole_has_none(tmp_path):
    found, notes = measured(tmp_path, echopac_text(marks=(0.145, 0.896, 0)))
    assert ("global", "es_time") not in found
    assert any("no end of systole" in note for note in notes)


def test_echopac_text_with_other_numbers_of_frames_says_so(tmp_path):
    _, notes = measured(tmp_path, echopac_text(frames=70))
    assert f"the file states 70 frames and holds {FRAMES}" in notes


@pytest.mark.parametrize(
    "title", ["Local Traces SrL in 1/s", "Local Traces SR in %", "Local Traces VL in cm/s"]
)
def test_echopac_text_of_another_quantity_is_refused(tmp_path, title):
    assert "another quantity" in refused(tmp_path, echopac_text(title=title))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (echopac_text(table=strain_table(sign=1)), "positive sign"),
        (echopac_text(table=strain_table(unit=0.01)), "fractions"),
        (echopac_text(names=("RED", *COLOURS[1:], "GLOBAL")), "two curves are of basal_lateral"),
        (echopac_text(names=(*"ABCDEF", "G")), "no curve of yellow"),
        (echopac_text().replace("-9.000000", "", 1), "gaps"),
        (echopac_text().replace("\tGREEN", ""), "the header has 8 columns and the rows 9"),
        (echopac_text(times=-echopac_times()), "frame times"),
        (echopac_text().split("0.000\t")[0], "could not be read"),
    ],
)
def test_echopac_text_that_cannot_be_used_says_why(tmp_path, text, said):
    assert said in refused(tmp_path, text)


def test_echopac_text_a_curve_of_an_unknown_name_is_left_out_and_noted(tmp_path):
    found, notes = measured(tmp_path, echopac_text(names=("EXTRA", *COLOURS[1:], "GLOBAL")))
    assert "1 curves are of no segment that is known" in notes
    assert ("basal_septal", "peak_systolic_strain") not in found
    assert found["mid_septal", "peak_systolic_strain"] == pytest.approx(-SHARES[1], abs=1e-4)


def test_echopac_trace_is_the_strain_of_the_whole_line(tmp_path):
    found, notes = measured(tmp_path, echopac_trace())
    assert found["global", "gls"] == pytest.approx(GLS, abs=1e-4)
    assert (found["global", "ed_frame"], found["global", "es_frame"]) == (ED, ES)
    assert {segment for segment, _ in found} == {"global"}
    assert any("whole line's length" in note for note in notes)


def test_echopac_trace_is_zeroed_at_the_marker(tmp_path):
    found, _ = measured(tmp_path, echopac_trace(marks=(6, 55, 28)))
    lengths = np.linalg.norm(np.diff(wall(), axis=1), axis=-1).sum(axis=1)
    assert found["global", "gls"] == pytest.approx(100 * (lengths[ES] / lengths[6] - 1), abs=1e-4)


def test_echopac_trace_between_semicolons_may_have_decimal_commas(tmp_path):
    head, _, points = echopac_trace().partition(f"{FRAMES} 49,")
    points = points.replace(",", ";").replace(".", ",")
    plain = measured(tmp_path, echopac_trace())
    assert measured(tmp_path, f"{head}{FRAMES} 49;{points}") == plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (echopac_trace(frames=66), "66 frames of 49 knots are 6468 numbers; the file has 6370"),
        (echopac_trace(knots=2, points=wall(3)[:, :2]), "65 frames of 2 knots"),
        (echopac_trace(frames=99999), "99999 frames of 49 knots"),
        (echopac_trace() + "the end\n", "holds texts"),
        (echopac_trace(points=np.ones((FRAMES, 49, 2))), "no length"),
        (echopac_trace(rate=5000), "frame times"),
    ],
)
def test_echopac_trace_that_does_not_hold_what_it_states_is_refused(tmp_path, text, said):
    assert said in refused(tmp_path, text)


def test_echopac_trace_with_numbers_left_over_is_read_and_says_so(tmp_path):
    _, notes = measured(tmp_path, echopac_trace(frames=FRAMES - 1))
    assert "the file has 98 numbers more than its frames need" in notes


def test_echopac_workbook_gives_the_view_that_is_asked_for(tmp_path):
    text = echopac_workbook(views=("2CH", "4CH", "APLAX"))
    assert measured(tmp_path, text)[0]["global", "gls"] == pytest.approx(-17)
    assert measured(tmp_path, text, "alax")[0]["global", "gls"] == pytest.approx(-8.5)
    assert "traces of a4c" in refused(tmp_path, echopac_workbook(), "a2c")


def test_echopac_workbook_has_its_markers_from_the_general_sheet(tmp_path):
    found, _ = measured(tmp_path, echopac_workbook())
    assert found["global", "es_frame"] == ES - ED
    assert found["global", "heart_rate"] == 78
    assert found["apical_septal", "peak_systolic_strain"] == pytest.approx(-24)
    early, _ = measured(tmp_path, echopac_workbook(closure=200), gls="end_systolic")
    assert early["global", "gls"] == pytest.approx(-17 * 12 / (ES - ED))
    none, notes = measured(tmp_path, echopac_workbook(closure=0))
    assert ("global", "es_time") not in none
    assert any("no end of systole" in note for note in notes)


def test_echopac_workbook_with_two_columns_of_one_segment_is_refused(tmp_path):
    names = (NAMES[0], NAMES[0], *NAMES[2:])
    assert "two curves" in refused(tmp_path, echopac_workbook(names=names))


def test_echopac_workbook_with_a_gap_is_refused(tmp_path):
    text = echopac_workbook()
    cell = text.index('<Cell ss:Index="7"', text.index("Strain Traces") + 2000)
    end = text.index("</Cell>", cell) + len("</Cell>")
    assert "gaps" in refused(tmp_path, text[:cell] + text[end:])


def padded(text: str, commas: int = 100) -> str:
    """As a spreadsheet saves a file whose widest line has so many cells."""
    return "\r".join(line.rstrip(",") + "," * commas for line in text.splitlines())


def test_a_trace_that_a_spreadsheet_filled_up_with_commas_is_the_same(tmp_path):
    plain = read_export(write(tmp_path / "a", echopac_trace()), view="a4c")
    assert read_export(write(tmp_path / "b", padded(echopac_trace())), view="a4c") == plain


@pytest.mark.parametrize(("said", "known"), [("SAX-PM", "psax"), ("2CH", "a2c"), ("APLAX", "alax")])
def test_a_trace_of_another_view_is_refused_with_what_it_says(tmp_path, said, known):
    text = echopac_trace().replace("View: 4CH", f"View={said}")
    with pytest.raises(StudyError, match=f"the file says that it is of {known}, the table a4c"):
        read_export(write(tmp_path / "a", text), view="a4c")


def test_implausible_markers_are_said_and_all_three_strains_come_out(tmp_path):
    # ED 9, next ED 55: 78/min, a systole of 0.38 s; the marker is 0.12 s after ED.
    write(tmp_path / "e.csv", echopac_trace(marks=(9, 55, 16)))
    table = write(tmp_path / "t.csv", "patient,reader,view,file\np1,r1,a4c,e.csv\n")
    rows, notes = read_readers(table, cohort="c", patients=["p1"], views=["a4c"])
    found = {row["measure"]: (row["value"], row["reason"], row["status"]) for row in rows}
    doubted = ("implausible_markers", "ok")
    assert found["end_systolic_strain"] == (pytest.approx(-18 * 7 / 19, abs=1e-3), *doubted)
    assert found["gls"] == (pytest.approx(-18 * 8 / 19, abs=1e-3), *doubted)
    assert found["peak_strain"] == (pytest.approx(-18, abs=1e-3), "", "ok")
    assert any("marked 0.117 s after end-diastole at 78/min" in note for note in notes)
    write(tmp_path / "e.csv", echopac_trace())
    rows, _ = read_readers(table, cohort="c", patients=["p1"], views=["a4c"])
    assert {row["reason"] for row in rows} == {""}
