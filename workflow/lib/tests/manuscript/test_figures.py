import dataclasses

import pytest
from PIL import Image

from echogls.manuscript import figures
from echogls.manuscript.figures.style import FORMATS


def test_a_cohort_has_the_figures_that_it_has_data_for(cohort):
    names = [figure.name for figure in figures.figures_of(cohort)]
    assert {"flow", "agreement", "readers", "comparisons", "errors", "timing"} <= set(names)
    assert "overlap" not in names  # no expert's outlines
    alone = dataclasses.replace(cohort, tables=cohort.tables | {"agreement": []})
    assert [figure.name for figure in figures.figures_of(alone)] == ["flow", "timing"]


@pytest.mark.parametrize("name", [figure.name for figure in figures.FIGURES])
def test_every_figure_is_drawn_in_three_formats_and_is_not_empty(tmp_path, cohort, name):
    figure = next(one for one in figures.FIGURES if one.name == name)
    if not figure.fits(cohort):
        assert name in ("overlap", "subgroups")
        return
    figure.draw(cohort, {}, tmp_path / name)
    assert all((tmp_path / f"{name}{suffix}").stat().st_size > 1000 for suffix in FORMATS)
    low, high = Image.open(tmp_path / f"{name}.png").convert("L").getextrema()
    assert low < 100 < high


def test_the_same_figure_is_the_same_file(tmp_path, cohort):
    figure = figures.FIGURES[1]
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        figure.draw(cohort, {}, tmp_path / folder / "x")
    for suffix in FORMATS:
        one, two = ((tmp_path / folder / f"x{suffix}").read_bytes() for folder in ("a", "b"))
        assert one == two, suffix


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
