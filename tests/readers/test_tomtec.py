"""TomTec-Arena AutoStrain and 2D-CPA; what all formats share is in test_contract.py."""

import pytest
from export_files import (
    CPA_NAMES,
    ED,
    ES,
    GLS,
    IDENTIFIERS,
    SHARES,
    autostrain_text,
    cpa_workbook,
    write,
)

from echogls.readers import read_export, read_readers
from echogls.study import SEGMENTS, StudyError


def measured(tmp_path, content, view="a4c", **options):
    return read_export(write(tmp_path / "export", content), view=view, **options)


def test_autostrain_gives_the_layer_that_is_asked_for_and_tells_the_other(tmp_path):
    found, notes = measured(tmp_path, autostrain_text())
    assert found["global", "gls"] == -18.0
    assert found["global", "end_systolic_strain"] == pytest.approx(GLS, abs=0.01)
    assert (found["global", "ed_frame"], found["global", "es_frame"]) == (0, ES - ED)
    for segment, share in zip(SEGMENTS, SHARES, strict=True):
        assert found[segment, "peak_systolic_strain"] == pytest.approx(-share, abs=0.01)
        assert found[segment, "end_systolic_strain"] == pytest.approx(-share, abs=0.01)
    assert "gls is of the layer endo; that of mid is -16.20 %" in notes
    mid, _ = measured(tmp_path, autostrain_text(), layer="mid")
    assert mid["global", "gls"] == -16.2
    assert mid["mid_septal", "end_systolic_strain"] == pytest.approx(-0.9 * 15, abs=0.01)
    with pytest.raises(StudyError, match="layer epi; the format has endo, mid"):
        measured(tmp_path, autostrain_text(), layer="epi")


def test_autostrain_without_curves_gives_what_it_states(tmp_path):
    found, notes = measured(tmp_path, autostrain_text(curves=False))
    assert found["global", "gls"] == -18.0
    assert found["apical_lateral", "peak_systolic_strain"] == pytest.approx(-23)
    assert any("there is no curve" in note for note in notes)
    with pytest.raises(StudyError, match="states peak values alone"):
        measured(tmp_path, autostrain_text(curves=False), gls="end_systolic")


def test_a_view_that_autostrain_did_not_measure_is_not_zero(tmp_path):
    with pytest.raises(StudyError, match="neither GLS nor a curve of A2C"):
        measured(tmp_path, autostrain_text(), view="a2c")
    with pytest.raises(StudyError, match="neither GLS nor a curve of A3C"):
        measured(tmp_path, autostrain_text().replace("--.--", "0.00"), view="alax")


def test_what_autostrain_states_stands_over_its_curve_and_the_difference_is_said(tmp_path):
    text = autostrain_text().replace("GLS Endo Peak A4C,-18.00", "GLS Endo Peak A4C,-19.50")
    found, notes = measured(tmp_path, text)
    assert found["global", "gls"] == -19.5
    assert "gls is the file's own, -19.50 %; its curve gives -18.00 %" in notes


def test_one_autostrain_file_serves_its_views_layers_and_average(tmp_path):
    write(tmp_path / "a.txt", autostrain_text(views=("A4C", "A2C", "A3C")))
    lines = ["patient,reader,view,layer,file"]
    lines += [f"p01,r1,{view},,a.txt" for view in ("a4c", "a2c", "alax", "average")]
    lines += ["p01,r2,a4c,mid,a.txt"]
    table = write(tmp_path / "t.csv", "\n".join(lines))
    rows, notes = read_readers(table, cohort="c", patients=["p01"], views=["a4c", "a2c", "alax"])
    gls = {(row["rater"], row["view"]): row["value"] for row in rows if row["measure"] == "gls"}
    assert gls == {
        ("r1", "a4c"): -18.0,
        ("r1", "a2c"): -18.0,
        ("r1", "alax"): -18.0,
        ("r1", "apical"): -17.96,
        ("r2", "a4c"): -16.2,
    }
    assert not [word for word in IDENTIFIERS if word in repr((rows, notes))]


@pytest.mark.parametrize("unit", [1.0, 1000.0])
def test_cpa_gives_the_first_of_its_beats_in_each_layer(tmp_path, unit):
    for layer, factor in (("endo", 1.0), ("mid", 0.9), ("epi", 0.8)):
        found, notes = measured(tmp_path, cpa_workbook(unit=unit), layer=layer, es_time_s=19 / 60)
        assert found["global", "gls"] == pytest.approx(-17 * factor, abs=1e-6)
        assert found["global", "heart_rate"] == pytest.approx(60 / (46 / 60))
        for segment, share in zip(SEGMENTS, SHARES, strict=True):
            assert found[segment, "peak_systolic_strain"] == pytest.approx(-factor * share)
        assert f"strain is of the layer {layer}" in notes


def test_cpa_of_another_view_is_told_by_its_segments(tmp_path):
    with pytest.raises(StudyError, match="its segments are of a4c"):
        measured(tmp_path, cpa_workbook(), view="a2c")
    walls = ("05-Basal inferolateral", "11-Mid inferolateral", "16-Apical lateral",
             "14-Apical septal", "08-Mid anteroseptal", "02-Basal anteroseptal")  # fmt: skip
    found, _ = measured(tmp_path, cpa_workbook(names=walls), view="alax", es_time_s=19 / 60)
    assert found["apical_anteroseptal", "peak_systolic_strain"] == pytest.approx(-SHARES[3])


def test_cpa_with_a_gap_or_without_time_is_refused(tmp_path):
    text = cpa_workbook()
    with pytest.raises(StudyError, match="no row Time"):
        measured(tmp_path, text.replace(">Time<", ">Tome<"))
    twice = (*CPA_NAMES[:5], CPA_NAMES[0])
    with pytest.raises(StudyError, match="or one twice"):
        measured(tmp_path, cpa_workbook(names=twice))
