"""The report as text: what it holds, that it says what the tables say, and how large it is."""

import json
import re

import made_page
import pytest

from echogls import tables
from echogls.command.summary import summary_lines
from echogls.manuscript import findings
from echogls.manuscript.page import difference_plot, patient_view, people
from echogls.manuscript.rounding import signed


def test_the_page_holds_all_and_points_only_to_files_beside_it(page):
    text = page["file"].read_text(encoding="utf-8")
    links = re.findall(r"(?:src|href)=\"([^\"]*)\"", text)
    assert not [link for link in links if re.match(r"(?:https?:)?//|/|file:", link)]
    assert not re.search(r"@import|url\((?!data:)|fetch\(|XMLHttpRequest|navigator\.send", text)
    for link in links:
        if link.startswith("#") and link != "#":
            assert f'id="{link[1:]}"' in text, link
    assert all(f"manuscript/table{n}.tsv" in links for n in range(1, 8))


def test_the_page_escapes_what_it_is_given(page):
    assert "<b>" not in re.sub(r"<script.*?</script>", "", page["text"], flags=re.DOTALL)


def test_headline_cards_table_and_plot_agree_to_the_digit(page, cohort):
    numbers, text = page["parts"]["numbers"], page["text"]
    bias = numbers["made.truth.dis.bias"]
    assert f"by {bias['text']} points on average (95 % CI {bias['ci']})" in text
    assert f"<strong>{bias['text']}</strong><small>95 % CI {bias['ci']}</small>" in text
    assert f">bias {bias['text']}</text>" in text
    cell = page["parts"]["tables"][1].rows
    assert any(row[4] == bias["interval"] for row in cell)
    assert f"bias of {bias['text']} points (95 % CI {bias['ci']}" in text
    for row in cohort.pairs("truth", "dis"):
        label = f"difference {signed(row['difference'])} points"
        assert re.search(rf"{row['patient']}: [^\"]*{re.escape(label)}", text), row["patient"]


def test_every_pair_has_a_plot_and_points_outside_are_named(page, cohort):
    text = page["text"]
    plots = re.findall(r'<div class="pair[^"]*" data-pair="([^"]+)"', text)
    assert plots[0] == "truth|dis"
    assert {"mean_of_readers|dis", "r1|dis", "truth|r1", "r1|r2"} <= set(plots)
    assert "allowed ±2.0" in text
    assert text.count('class="dot"') == sum(len(cohort.pairs(*p.split("|"))) for p in plots)


def test_a_patient_takes_at_most_three_hundred_kilobytes(page):
    sections = re.findall(r'<section class="patient.*?</section>', page["text"], flags=re.DOTALL)
    assert len(sections) == 10
    assert max(len(section.encode()) for section in sections) < 300_000
    several = made_page.made_views(count=3, views=("a4c", "a2c", "alax"))
    bullseye = 75_000  # as a data URL
    assert len(json.dumps(several, separators=(",", ":"))) + bullseye < 300_000


def test_the_summary_tells_gls_and_bias_as_the_page_does(tmp_path, cohort, page):
    for name, rows in cohort.tables.items():
        if rows:
            (tmp_path / cohort.name).mkdir(exist_ok=True)
            tables.write_table(tmp_path / cohort.name / f"{name}.tsv", rows, list(rows[0]))
    told = "\n".join(summary_lines(tmp_path))
    numbers = page["parts"]["numbers"]
    gls = [numbers[f"made.gls.dis.{name}"]["text"] for name in ("mean", "sd")]
    bias = numbers["made.truth.dis.bias"]["interval"]
    assert f"GLS {' ± '.join(gls)} %; bias against the truth {bias} points, n = 10" in told


def test_a_view_is_played_with_ed_es_and_the_wall_outside_the_sector_dashed():
    view = made_page.made_views()[0]
    assert {made_page.ED, made_page.ES} <= set(view["frames"])
    assert len(view["line"]) == len(view["outside"]) == len(view["times"])
    away = view["outside"][0]
    assert away.startswith("0") and away.endswith("1")
    drawn = patient_view.picture(view, 0, "x", "ED")
    assert re.search(r'<path d="M[^"]+" class="wall away"', drawn)
    assert "outside the sector" in patient_view.spoken_picture(view, 0, "ED")
    plot = patient_view.strain_plot(view)
    for words in ("ED", "ES", "R", "basal septal", "basal lateral", "global"):
        assert f">{words}</text>" in plot


def test_of_many_patients_the_flagged_the_farthest_and_the_typical_are_inside(cohort, monkeypatch):
    monkeypatch.setattr(people, "MOST_INSIDE", 6)
    monkeypatch.setattr(people, "FARTHEST", 2)
    names = people.all_patients(cohort, [])
    inside = people.inside(cohort, names)
    pairs = sorted(cohort.pairs("truth", "dis"), key=lambda row: -abs(float(row["difference"])))
    assert {row["patient"] for row in pairs[:2]} <= set(inside)
    assert len(inside) < len(names)
    assert set(people.flagged(cohort)) <= set(inside)


def test_no_more_patients_are_inside_than_a_page_can_hold_though_all_are_flagged(
    cohort, monkeypatch
):
    monkeypatch.setattr(people, "MOST_INSIDE", 6)
    monkeypatch.setattr(people, "FARTHEST", 2)
    rows = [row | {"reason": "no_contour"} for row in cohort.tables["measurements"]]
    flagged = type(cohort)(**vars(cohort) | {"tables": cohort.tables | {"measurements": rows}})
    names = people.all_patients(flagged, [])
    assert len(people.flagged(flagged)) == len(names) > 6
    assert len(people.inside(flagged, names)) == 6


def test_points_of_many_patients_are_one_path_but_for_those_that_lead_somewhere(
    cohort, monkeypatch
):
    monkeypatch.setattr(difference_plot, "ALL_LINKED", 4)
    pairs = cohort.pairs("truth", "dis")
    mine = pairs[0]["patient"]
    plot = difference_plot.difference_plot(cohort, "truth", "dis", {mine: "#mine"})
    linked = set(re.findall(r'data-patient="([^"]+)"', plot))
    assert linked == {mine, *findings.outside(cohort, "truth", "dis")}
    assert len(linked) + plot.count("h0") == len(pairs)


def test_a_sentence_names_the_farthest_outside_and_counts_the_others(cohort, monkeypatch):
    names = [f"p{k}" for k in range(5)]
    monkeypatch.setattr(findings, "outside", lambda *_: names)
    monkeypatch.setattr(findings, "NAMED", 2)
    said = findings.outside_words(cohort, "truth", "dis")
    assert "5 of" in said and said.endswith("(p0, p1 and 3 more)")


def test_reasons_of_a_measurement_are_shown_as_flags(cohort):
    rows = [dict(row) for row in cohort.tables["measurements"]]
    mine = next(row for row in rows if row["rater"] == "dis" and row["segment"] == "global")
    mine["reason"] = "low_frame_rate no_contour"
    flagged = type(cohort)(**vars(cohort) | {"tables": cohort.tables | {"measurements": rows}})
    assert people.flagged(flagged)[mine["patient"]][:2] == ["low_frame_rate", "no_contour"]


def test_the_meaning_of_a_flag_and_what_came_stand_once_with_the_patient(
    tmp_path, cohort, study_config, models
):
    rows = [
        row | {"reason": "outside_image" if row["patient"] == "p1" else row["reason"]}
        for row in cohort.tables["measurements"]
    ]
    told = {"patient": "p1", "method": "dis", "view": "a4c", "flag": "outside_image"}
    told["note"] = "outside_image -0.5"
    tables_ = cohort.tables | {"measurements": rows, "quality": [told | {"measure": "x"}] * 2}
    flagged = type(cohort)(**vars(cohort) | {"tables": tables_})
    made_page.made_page(tmp_path, flagged, study_config, models, drawn=())
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    (section,) = re.findall(
        r'<section class="patient[^>]*id="made-p1".*?</section>', text, re.DOTALL
    )
    assert section.count(findings.flag_meaning("outside_image")) == 1
    assert section.count("Apical four-chamber: outside image \N{MINUS SIGN}0.5.") == 1


@pytest.mark.parametrize("count", [1, 2])
def test_a_page_of_one_or_two_patients_says_that_agreement_is_not_told(
    tmp_path, make_cohort, study_config, models, count
):
    cohort = make_cohort(count=count)
    made_page.made_page(tmp_path, cohort, study_config, models, drawn=())
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "too few to assess agreement" in text
    assert text.count('<section class="patient') == count
