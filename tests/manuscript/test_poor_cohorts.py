"""Cohorts from which hardly anything can be computed still have figures, tables and a draft."""

import re

import pytest

from echogls.manuscript import figures, text
from echogls.manuscript.numbers import cited_numbers
from echogls.manuscript.tables import build_tables

POOR = {
    "one patient": {"count": 1},
    "two patients": {"count": 2},
    "three patients": {"count": 3},
    "one reader": {"readers": ("r1",)},
    "no reader": {"readers": ()},
    "no repeats": {"repeats": 1},
    "no spread": {"spread": 0.0},
    "no truth": {"known": False},
    "missing first readings": {"lost": 8, "repeats": 1},
}
NO_NUMBER = re.compile(r"\b(nan|none|inf)\b", re.IGNORECASE)


@pytest.mark.parametrize("name", POOR)
def test_what_cannot_be_computed_is_an_empty_cell_with_its_reason(make_cohort, models, name):
    cohort = make_cohort(**POOR[name])
    for row in cohort.tables["agreement"]:
        assert (row["estimate"] == "") == row["method"].startswith("not computed: "), row
        for key in ("estimate", "ci_low", "ci_high"):
            assert row[key] == "" or abs(float(row[key])) < 1e6, row
    built = build_tables([cohort], models)
    for table in built:
        for row in table.rows:
            for cell in row:
                assert cell == "none" or not NO_NUMBER.search(cell), row
    numbers = cited_numbers([cohort], models)
    for paragraph in text.results_text([cohort], numbers):
        assert not NO_NUMBER.search(paragraph), paragraph


@pytest.mark.parametrize("name", ["one patient", "one reader", "no spread"])
def test_every_figure_can_be_drawn_or_says_why_not(tmp_path, make_cohort, name):
    cohort = make_cohort(**POOR[name])
    for figure in figures.figures_of(cohort):
        figure.draw(cohort, {}, tmp_path / figure.name)
        assert (tmp_path / f"{figure.name}.png").stat().st_size > 1000, figure.name
        figures.caption(figure, cohort)
