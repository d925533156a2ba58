import dataclasses
from functools import cache
from itertools import pairwise

import pytest
from PIL import Image

from echogls.manuscript import figures, findings
from echogls.manuscript.figures import flow_chart, style
from echogls.manuscript.figures.bland_altman import draw_bland_altman
from echogls.manuscript.figures.calibration import draw_reliability, reliability
from echogls.manuscript.figures.errors import draw_errors
from echogls.manuscript.figures.forest import draw_forest
from echogls.manuscript.figures.learning import draw_learning_curve
from echogls.manuscript.figures.scatter import draw_scatter
from echogls.manuscript.figures.style import FORMATS, canvas
from echogls.manuscript.findings import levels
from echogls.manuscript.palette import SEGMENT_COLOURS
from echogls.manuscript.rounding import interval, signed
from echogls.manuscript.saving import save_figure


@pytest.fixture(scope="module")
def drawn(tmp_path_factory, cohort):
    """A function that draws a figure of the cohort, once, and returns its path without a suffix."""
    folder = tmp_path_factory.mktemp("figures")

    @cache
    def draw(name):
        figure = next(one for one in figures.FIGURES if one.name == name)
        figure.draw(cohort, {}, folder / name)
        return folder / name

    return draw


def test_a_cohort_has_the_figures_that_it_has_data_for(cohort):
    names = [figure.name for figure in figures.figures_of(cohort)]
    assert {"flow", "agreement", "readers", "comparisons", "errors", "timing"} <= set(names)
    assert "overlap" not in names  # no expert's outlines
    alone = dataclasses.replace(cohort, tables=cohort.tables | {"agreement": []})
    assert [figure.name for figure in figures.figures_of(alone)] == ["flow", "views", "timing"]


@pytest.mark.parametrize("name", [figure.name for figure in figures.FIGURES])
def test_every_figure_is_drawn_in_three_formats_and_is_not_empty(cohort, drawn, name):
    figure = next(one for one in figures.FIGURES if one.name == name)
    if not figure.fits(cohort):
        assert name in ("overlap", "subgroups", "bullseye")
        return
    files = [drawn(name).with_suffix(suffix) for suffix in FORMATS]
    assert all(file.stat().st_size > 1000 for file in files)
    low, high = Image.open(drawn(name).with_suffix(".png")).convert("L").getextrema()
    assert low < 100 < high


@pytest.mark.parametrize("suffix", FORMATS)
def test_panels_of_equal_scales_keep_their_labels_inside_whichever_format_is_first(
    tmp_path, cohort, monkeypatch, suffix
):
    seen = []

    def look(figure, path, dpi):
        save_figure(figure, path, dpi=dpi)
        seen.append(min(axes.xaxis.label.get_window_extent().y0 for axes in figure.axes))

    monkeypatch.setattr(style, "FORMATS", (suffix,))
    monkeypatch.setattr(style, "save_figure", look)
    next(one for one in figures.FIGURES if one.name == "scatter").draw(cohort, {}, tmp_path / "one")
    assert seen and min(seen) >= 0


def test_the_legend_of_calibration_lies_above_its_curves():
    row = {"estimate": "0.9", "ci_low": "0.8", "ci_high": "1"}
    with canvas(7, 3) as (figure, axes):
        draw_reliability(axes[0, 0], {name: {"stated_covers": row} for name in ("a", "b")})
        figure.draw_without_rendering()
        legend, panel = axes[0, 0].get_legend(), axes[0, 0]
        assert legend.get_window_extent().y0 >= panel.get_window_extent().y1


def test_every_figure_has_a_width_that_journals_take(cohort, drawn):
    for figure in figures.figures_of(cohort):
        width = Image.open(drawn(figure.name).with_suffix(".png")).width / 300 * 25.4
        thirds = [k * 178 / 3 for k in (1, 2)]  # a square panel or two
        assert min(abs(width - one) for one in (85, 133, 178, *thirds)) < 0.5, figure.name


def test_pictures_of_simulated_patients_say_so_and_others_do_not(
    tmp_path, cohort, drawn, monkeypatch
):
    real = dataclasses.replace(cohort, simulated=False)
    stems = {figure: (drawn(figure.name), tmp_path / "x") for figure in figures.figures_of(cohort)}
    monkeypatch.setattr(style, "FORMATS", (".svg",))  # which is read here
    for figure, pair in stems.items():
        figure.draw(real, {}, tmp_path / "x")
        pictures = [stem.with_suffix(".svg").read_text(encoding="utf-8") for stem in pair]
        told = ["simulated patients" in picture for picture in pictures]
        assert told == [True, False], figure.name


def test_captions_name_method_reference_and_cohort(cohort):
    for figure in figures.figures_of(cohort):
        told = figures.caption(figure, cohort)
        assert "{" not in told and "made (simulated)" in told
    agreement = next(one for one in figures.FIGURES if one.name == "agreement")
    assert figures.caption(agreement, cohort).startswith("Dis against the truth.")
    told = figures.spoken(agreement, cohort)
    bias = cohort.statistics()["method_truth", "truth", "dis"]["bias"]["estimate"]
    assert f"dis minus truth: bias {signed(bias)}, limits" in told
    assert "outside the limits" in told


def test_words_for_who_does_not_see_tell_the_flow_and_the_segments(cohort):
    told = {one.name: figures.spoken(one, cohort) for one in figures.figures_of(cohort)}
    assert "10 patients and 10 clips entered; measured: 10 by dis, 9 by blocks." in told["flow"]
    bias = cohort.segments()[0][2]["bias"]
    assert f"basal septal {interval(bias, sign=True)}" in told["segments"]
    assert "r2 minus r1: bias" in told["comparisons"]


def test_the_errors_that_methods_state_are_told_by_how_often_they_hold(cohort, drawn):
    figure = next(one for one in figures.FIGURES if one.name == "calibration")
    picture = drawn("calibration").with_suffix(".svg").read_text(encoding="utf-8")
    assert "blocks, by its own model" in picture and "dis, n = 10" in picture
    rows = cohort.stated_errors()["gls_sd", "dis"]
    curve = reliability(rows)
    assert [told[0] for told in curve] == [50, 68, 80, 90, 95, 99]
    assert all(one[1] <= two[1] for one, two in pairwise(curve))
    share = round(100 * float(rows["stated_covers"]["estimate"]))
    assert f"dis, in {share} % of 10" in figures.spoken(figure, cohort)


def test_differences_to_the_truth_are_shown_over_the_truth(tmp_path, cohort):
    for one, two, words in (
        ("truth", "dis", "truth, GLS (%)"),
        ("r1", "dis", "mean of both, GLS (%)"),
        ("mean_of_readers", "dis", "weighted mean of both, GLS (%)"),
    ):
        pairs = cohort.pairs(one, two)
        places, abscissa = levels(pairs)
        assert abscissa == words
        if one == "truth":
            assert places == [float(row["value_1"]) for row in pairs]
        with canvas(3, 3) as (_, axes):
            draw_bland_altman(axes[0, 0], pairs, {})
            assert axes[0, 0].get_xlabel() == words
            drawn = axes[0, 0].collections[0].get_offsets()[:, 0]
            assert list(drawn) == pytest.approx(places)


def test_there_is_no_figure_of_one_patient_only(make_cohort):
    assert figures.figures_of(make_cohort(count=1)) == []


def test_colours_of_segments_can_be_seen_on_white():
    for colour in SEGMENT_COLOURS:
        parts = [c / 255 for c in colour]
        light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
        assert 1.05 / (luminance + 0.05) > 2, colour


def test_a_trace_of_the_truth_is_drawn_where_there_is_one(tmp_path, cohort, monkeypatch):
    monkeypatch.setattr(style, "FORMATS", (".svg",))  # which is read here
    figure = next(one for one in figures.FIGURES if one.name == "agreement")
    row = {"beat": "1", "strain_global_sd": "0.5"}
    trace = [
        row | {"time_from_ed_s": str(k / 10), "strain_global": str(-k)} for k in range(5)
    ]  # fmt: skip
    names = {row["patient"] for row in cohort.tables["pairs"]}
    curves = {(name, rater): trace for name in names for rater in ("dis", "truth")}
    alone = {key: rows for key, rows in curves.items() if key[1] == "dis"}
    drawn = []
    for told in (curves, alone):
        figure.draw(cohort, told, tmp_path / "x")
        drawn.append((tmp_path / "x.svg").read_text(encoding="utf-8").count("stroke-dasharray"))
    assert drawn[0] < drawn[1]  # a trace of its own instead of a dashed line across


def test_the_flow_chart_groups_methods_and_keeps_to_the_best_pairs(cohort):
    boxes = flow_chart._boxes(cohort.tables["flow"])
    lines = [line for told, _ in boxes for line in told]
    assert "9 patients (blocks)" in " ".join(lines)
    last = boxes[-1][0]
    assert any("with truth: 10 patients (dis)" in line for line in last)
    assert not any("r1" in line for line in last)  # the mean of readers stands for them
    assert any("no whole systole: 1 patient (blocks)" in line for _, why in boxes for line in why)


def test_the_same_figure_is_the_same_file(tmp_path, cohort, drawn):
    figure = next(one for one in figures.FIGURES if one.name == "agreement")
    figure.draw(cohort, {}, tmp_path / "x")
    for suffix in FORMATS:
        one, two = (stem.with_suffix(suffix) for stem in (drawn("agreement"), tmp_path / "x"))
        assert one.read_bytes() == two.read_bytes(), suffix


def test_the_bullseye_is_drawn_where_several_views_are_measured(tmp_path, cohort):
    rows = [
        {"patient": "p1", "rater": rater, "repeat": "1", "model": "17", "number": str(k)}
        | {"value": str(-k), "status": "ok"}
        for rater in ("dis", "truth", "r1", "r2")
        for k in range(1, 18)
    ]
    several = dataclasses.replace(cohort, tables=cohort.tables | {"bullseye": rows})
    figure = next(one for one in figures.FIGURES if one.name == "bullseye")
    assert figure.fits(several) and not figure.fits(cohort)
    figure.draw(several, {}, tmp_path / "bullseye")
    assert (tmp_path / "bullseye.png").stat().st_size > 10_000


def test_overlap_is_drawn_where_outlines_came(tmp_path, cohort):
    quality = [
        {"label": label, "phase": phase, "measure": measure, "value": str(0.9 + k / 100)}
        for label in ("cavity", "myocardium")
        for phase in ("ed", "es")
        for measure in ("dice", "mean_absolute_distance", "hausdorff_distance")
        for k in range(6)
    ]
    with_outlines = dataclasses.replace(cohort, tables=cohort.tables | {"quality": quality})
    figure = next(one for one in figures.FIGURES if one.name == "overlap")
    assert figure.fits(with_outlines)
    figure.draw(with_outlines, {}, tmp_path / "overlap")
    assert (tmp_path / "overlap.png").stat().st_size > 10_000


def test_axis_labels_of_the_scatter_lie_within_the_figure():
    numbers = [-23.7, -18.2, -17.4, -11.1]
    pairs = [
        {"rater_1": "mean_of_readers", "rater_2": "best", "value_1": x, "value_2": x + 1}
        for x in numbers
    ]
    with canvas(4.8, 2.6, 1, 2) as (figure, axes):
        for panel in axes.flat:
            draw_scatter(panel, pairs, {}, (-24.7, -10.0))
        figure.canvas.draw()
        for panel in axes.flat:
            assert panel.yaxis.label.get_window_extent().x0 >= 0
            ticks = [label.get_window_extent() for label in panel.get_xticklabels()]
            shown = [box for box in ticks if panel.bbox.x0 - 1 <= (box.x0 + box.x1) / 2]
            assert all(a.x1 < b.x0 for a, b in pairwise(shown))


def test_a_learning_curve_names_every_network_and_stage_and_a_lone_step_is_seen(tmp_path):
    history = [
        {"part": part, "data": data, "step": step, "loss": 1 / step}
        for part, data, steps in (
            ("s1", "small, 64 px", (100, 200)),
            ("s1", "ultrasound, 128 px", (300,)),
            ("fusion", "ultrasound, 192 px", (100, 200)),
        )
        for step in steps
    ]
    draw_learning_curve(history, tmp_path / "curve.svg")
    drawn = (tmp_path / "curve.svg").read_text()
    for words in ("s1", "1: small, 64 px", "2: ultrasound, 128 px", "ultrasound, 192 px"):
        assert f">{words}<" in drawn


def test_limits_of_few_patients_are_not_drawn_and_the_title_says_so(make_cohort):
    for count, drawn in ((5, False), (10, True)):
        cohort = make_cohort(count=count)
        rows = findings.statistics_of(cohort, "truth", "dis")
        assert rows["loa_upper"]["estimate"]
        with canvas(3, 3) as (_, axes):
            draw_bland_altman(axes[0, 0], cohort.pairs("truth", "dis"), rows)
            told = [text.get_text() for text in axes[0, 0].texts]
            title = axes[0, 0].get_title(loc="left")
        assert (signed(rows["loa_upper"]["estimate"]) in told) == drawn
        assert title == (f"n = {count}" if drawn else f"n = {count}, too few for limits")


def test_a_forest_without_an_estimate_has_no_scale():
    empty = dict.fromkeys(("estimate", "ci_low", "ci_high"), "") | {"n": "2"}
    with canvas(3, 3) as (_, axes):
        draw_forest(axes[0, 0], [("storage: jpeg", {"bias": empty})])
        assert len(axes[0, 0].get_xticks()) == 0
        assert [text.get_text() for text in axes[0, 0].texts] == ["too few"]


def test_a_rater_s_name_is_broken_only_where_there_is_no_room():
    errors = {"reader_1": [1.0, 2.0], "best": [0.5, 1.0]}
    labels = {}
    for width in (5, 1):
        with canvas(width, 2) as (_, axes):
            draw_errors(axes[0, 0], errors, "truth", ["reader_1"])
            labels[width] = axes[0, 0].get_xticklabels()[0].get_text()
    assert labels == {5: "reader 1\nn = 2", 1: "reader\n1\nn = 2"}


def test_views_are_called_by_their_abbreviations_which_the_caption_explains(cohort):
    figure = next(one for one in figures.FIGURES if one.name == "views")
    told = figures.caption(figure, cohort)
    for words in ("A4C apical four-chamber", "PLAX parasternal long-axis"):
        assert words in told
