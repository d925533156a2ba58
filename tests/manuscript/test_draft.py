import doctest
import re
from pathlib import Path

import pytest
import yaml

from echogls import configuration
from echogls.manuscript import checklists, figures, names, text, typeset, web_page
from echogls.manuscript.numbers import cited_numbers
from echogls.manuscript.tables import build_tables
from echogls.names import known_names

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config():
    told = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    told["cohorts"] = {"made": {"format": "simulated"}}
    told["study"] = ["made"]
    schema = ROOT / "workflow" / "schemas" / "config.schema.yaml"
    known = known_names(ROOT / "workflow" / "models")
    return configuration.check_config(told, schema, known=known)


@pytest.fixture
def numbers(cohort, models):
    return cited_numbers([cohort], models)


def test_numbers_hold_value_text_and_interval(cohort, numbers):
    told = numbers["made.truth.dis.bias"]
    row = cohort.statistics()["method_truth", "truth", "dis"]["bias"]
    assert told["value"] == float(row["estimate"])
    assert told["n"] == 10
    assert told["text"] in told["interval"]


def test_every_figure_in_the_results_is_one_of_the_numbers(cohort, numbers):
    told = {value for entry in numbers.values() for value in map(str, entry.values())}
    pool = " ".join(told) + " 10 2018 21 95"
    for paragraph in text.results_text([cohort], numbers):
        for figure in re.findall(r"\d+\.\d+", paragraph):
            assert figure in pool, (figure, paragraph)


def test_the_methods_name_what_the_config_says(config, cohort):
    told = " ".join(text.methods_text(config, [cohort]))
    assert "simulated patients" in told
    assert f"fewer than {config['ingest']['min_frames']} frames" in told
    assert "no margin was set" in told
    assert "at 120 points (with contour_sd_mm 0.5, along_sd_mm 6)" in told


@pytest.mark.parametrize("path", sorted(checklists.FOLDER.glob("*.yaml")), ids=lambda p: p.stem)
def test_no_item_of_a_checklist_is_cut_at_a_comma(path):
    for item in yaml.safe_load(path.read_text(encoding="utf-8"))["items"]:
        assert set(item) <= {"asks", "answer"}
        assert all(isinstance(text, str) and text for text in item.values())


def test_a_checklist_says_what_is_missing(config, cohort, numbers):
    known = checklists.facts(config, [cohort], numbers)
    found = {one.title.split(",")[0]: one for one in checklists.filled(known)}
    assert len(found) == 5
    for one in found.values():
        statuses = {row[2] for row in one.rows}
        assert statuses == {"answered", "missing"}, one.title
        assert not any("{" in row[3] for row in one.rows)
    limits = found["Bland-Altman reporting"]
    assert limits.rows[0][2] == "missing"  # no margin was set beforehand
    with_margin = config | {"agreement": config["agreement"] | {"margin": 1.5}}
    again = checklists.filled(checklists.facts(with_margin, [cohort], numbers))
    assert "1.5 points" in again[0].rows[0][3]


@pytest.mark.parametrize("module", [typeset, names, figures.drawings])
def test_examples_in_docstrings_give_what_they_say(module):
    assert doctest.testmod(module).failed == 0


def test_the_draft_compiles_to_a_pdf(tmp_path, config, cohort, models, numbers):
    parts = {
        "methods": ["50 % of #clips_1 [authors] <b> $x$ @y *z* ~ / \\"],
        "results": text.results_text([cohort], numbers),
        "tables": build_tables([cohort], models),
        "figures": [],
        "checklists": checklists.filled(checklists.facts(config, [cohort], numbers)),
        "simulated": ["made"],
    }
    source = tmp_path / "draft.typ"
    source.write_text(typeset.manuscript_source(**parts), encoding="utf-8")
    typeset.compile_pdf(source, tmp_path / "draft.pdf")
    assert (tmp_path / "draft.pdf").read_bytes().startswith(b"%PDF")

    page = web_page.report_page(**parts, cohorts=[])
    assert "&lt;b&gt;" in page
    assert "Simulated data" in page
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", page)  # nothing from elsewhere
