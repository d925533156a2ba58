import dataclasses
import doctest
import re

import pytest
import yaml

from echogls.agreement.bland_altman import exact_limit_factors
from echogls.manuscript import (
    checklists,
    citations,
    draft,
    figures,
    findings,
    flags,
    rounding,
    text,
    typeset,
    wording,
)
from echogls.manuscript.numbers import cited_numbers
from echogls.manuscript.page import patient_view, svg
from echogls.manuscript.published import paper
from echogls.manuscript.tables import layout
from echogls.study import REASONS


@pytest.fixture
def config(study_config):
    return study_config


@pytest.fixture
def numbers(cohort, models):
    return cited_numbers([cohort], models)


def test_numbers_hold_value_text_and_interval(cohort, numbers):
    told = numbers["made.truth.dis.bias"]
    row = cohort.statistics()["method_truth", "truth", "dis"]["bias"]
    assert told["value"] == float(row["estimate"])
    assert told["n"] == 10
    assert told["text"] in told["interval"]
    assert told["interval"] == f"{told['text']} ({told['ci']})"


def test_every_figure_in_the_results_is_one_of_the_numbers(cohort, numbers):
    told = {value for entry in numbers.values() for value in map(str, entry.values())}
    pool = " ".join(told) + " 10 2018 21 95"
    for paragraph in text.results_text([cohort], numbers):
        for figure in re.findall(r"\d+\.\d+", paragraph):
            assert figure in pool, (figure, paragraph)


def test_the_results_tell_the_truth_first_and_who_lies_outside(cohort, numbers):
    told = " ".join(text.results_text([cohort], numbers, {("made", "agreement"): 3}))
    assert told.index("Compared with the truth, dis") < told.index("Compared with r1, dis")
    assert "figure 3)" in told
    rows = cohort.statistics()["method_truth", "truth", "dis"]
    low, high = (float(rows[name]["estimate"]) for name in ("loa_lower", "loa_upper"))
    away = [
        row["patient"]
        for row in cohort.pairs("truth", "dis")
        if not low <= float(row["difference"]) <= high
    ]
    assert sorted(findings.outside(cohort, "truth", "dis")) == sorted(away)
    assert numbers["made.truth.dis.outside"]["value"] == len(away)
    assert "by its method" not in told and "Against" not in told


def test_a_patient_outside_the_limits_is_counted_and_named(cohort):
    pairs = [dict(row) for row in cohort.tables["pairs"]]
    mine = [row for row in pairs if (row["rater_1"], row["rater_2"]) == ("truth", "dis")]
    mine[3]["difference"] = "-30"
    cohort = type(cohort)(**vars(cohort) | {"tables": cohort.tables | {"pairs": pairs}})
    assert mine[3]["patient"] in findings.outside(cohort, "truth", "dis")
    told = " ".join(text.results_text([cohort], cited_numbers([cohort], {})))
    assert re.search(
        rf"\(([^)]*, )?{mine[3]['patient']}(, [^)]*)?\) lies? outside|lie outside", told
    )
    assert mine[3]["patient"] in findings.outside_words(cohort, "truth", "dis")


def test_a_bias_that_goes_with_the_mean_and_a_biased_segment_are_told(cohort, models):
    rows = [dict(row) for row in cohort.tables["agreement"]]
    for row in rows:
        mine = (row["comparison"], row["rater_2"]) == ("method_truth", "dis")
        if mine and row["measure"] == "gls" and row["statistic"].startswith("proportional"):
            row["estimate"] = {"proportional_slope": "-0.29", "proportional_p": "0.016"}.get(
                row["statistic"], row["estimate"]
            )
        if mine and row["measure"].endswith("basal_septal") and row["statistic"] == "bias":
            row |= {"estimate": "1.5", "ci_low": "0.5", "ci_high": "2.6"}
    cohort = type(cohort)(**vars(cohort) | {"tables": cohort.tables | {"agreement": rows}})
    told = " ".join(text.results_text([cohort], cited_numbers([cohort], models)))
    assert "(t test of the slope, slope \N{MINUS SIGN}0.29 per point, p = 0.016)" in told
    assert "basal septal (+1.5 points, 95 % CI +0.5 to +2.6)" in told


def test_results_give_intervals_of_limits_and_what_the_checks_found(cohort, models):
    numbers = cited_numbers([cohort], models)
    told = " ".join(text.results_text([cohort], numbers))
    low, high = (numbers[f"made.truth.dis.loa_{end}"] for end in ("lower", "upper"))
    assert f"{low['text']} (95 % CI {low['ci']}) to {high['text']} (95 % CI {high['ci']})" in told
    assert "no departure of the differences from a normal distribution was found" in told
    assert f"(Breusch-Pagan test, p = {numbers['made.truth.dis.breusch_pagan_p']['text']})" in told
    numbers["made.truth.dis.shapiro_wilk_p"] = {"value": 0.018, "text": "0.018"}
    told = " ".join(text.results_text([cohort], numbers))
    assert "differences are not normally distributed (Shapiro-Wilk test, p = 0.018)" in told


@pytest.mark.parametrize(
    ("count", "wanted", "without"),
    [(2, "too few to assess agreement", "bias of"), (4, "should not be generalised", "limits of")],
)
def test_few_patients_are_told_with_caution_or_not_at_all(
    make_cohort, models, count, wanted, without
):
    cohort = make_cohort(count=count)
    numbers = cited_numbers([cohort], models)
    told = text.results_text([cohort], numbers)
    assert wanted in " ".join(told)
    assert without not in " ".join(told[:-1]).replace("limits of agreement mean little", "")
    assert "too few" in findings.headline(cohort, numbers)


def test_the_headline_tells_method_n_bias_interval_and_limits(cohort, numbers):
    said = findings.headline(cohort, numbers)
    key = "made.truth.dis"
    assert said == (
        f"In 10 simulated patients, GLS by dis differed from the truth by "
        f"{numbers[f'{key}.bias']['text']} points on average (95 % CI "
        f"{numbers[f'{key}.bias']['ci']}), with limits of agreement of "
        f"{numbers[f'{key}.loa_lower']['text']} to {numbers[f'{key}.loa_upper']['text']}."
    )


def test_the_methods_name_what_the_config_says(config, cohort):
    told = " ".join(text.methods_text(config, [cohort]))
    assert "simulated patients" in told
    assert f"fewer than {config['ingest']['min_frames']} frames" in told
    assert "no margin was set" in told
    assert (
        "at 120 points (lasting error of the outline across the wall 0.5 mm, error of the outline "
        "along the wall 6 mm)" in told
    )


def test_no_key_of_a_config_stands_in_the_draft_and_its_glossary(config, cohort, models, tmp_path):
    method = {"segmentation": "my_net", "motion": "block_matching", "fusion": "our_fusion"}
    method["options"] = {"my_gain_mm": 2, "drop_outliers": True}
    changes = {"methods": config["methods"] | {"outline_only": method}}
    changes["cohorts"] = {"made": config["cohorts"]["made"] | {"format": "our_format"}}
    excluded = [
        dict.fromkeys(cohort.tables["exclusions"][0], "")
        | {"stage": "ingest", "patient": "p1", "clip": "clip01", "reason": reason}
        for reason in REASONS
    ]
    tables = cohort.tables | {"exclusions": excluded}
    real = dataclasses.replace(cohort, simulated=False, tables=tables)
    parts = draft.parts_of([real], config | changes, models, tmp_path)
    parts["figures"] = [figure | {"file": "figure.pdf"} for figure in parts["figures"]]
    source = typeset.manuscript_source(**parts)
    told = [source.replace("\\", ""), *(" ".join(entry) for entry in parts["glossary"])]
    cited = r"#cite\(<\w+>\)|references\.bib|\w+\.(?:tsv|yaml|pdf)|doi:\S+"
    for words in told:
        written = re.sub(cited, "", words.partition("#align(center)")[2] or words)
        assert not re.findall(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", written)
        assert "ingest." not in written and "`" not in written
    assert "my gain 2 mm, drop outliers yes" in " ".join(told)
    assert "measured on our format files" in source.replace("\\", "")


def test_every_work_that_is_cited_is_in_the_references(config, cohort, numbers):
    said = [*text.methods_text(config, [cohort]), *text.results_text([cohort], numbers)]
    said += [*text.MOTIONS.values(), *text.FUSIONS.values()]
    cited = {key for paragraph in said for key in citations.keys(paragraph)}
    assert {"ostvik2018", "blandaltman1986", "carkeet2015"} <= cited
    assert cited <= set(citations.references())
    for key in citations.references():
        assert re.search(r"\d{4}\. .+\. .+", citations.long(key)), key
    assert not any("@" in citations.by_author(paragraph) for paragraph in said)


def test_the_papers_limits_have_exact_intervals():
    theirs = paper()
    sd, bias = theirs["sd"], theirs["bias"]["estimate"]
    outer, inner = exact_limit_factors(theirs["patients"])
    for name, ends in (
        ("loa_lower", (bias - outer * sd, bias - inner * sd)),
        ("loa_upper", (bias + inner * sd, bias + outer * sd)),
    ):
        told = (theirs[name]["ci_low"], theirs[name]["ci_high"])
        assert told == pytest.approx(ends, abs=0.006), name


# Items of each source; PRIME has areas, not numbered items, and of STARD-AI the main ones are here.
ITEMS = {"bland_altman": 13, "claim": 44, "grras": 15, "prime": 11, "stard_ai": 25}
SOURCES = {"bland_altman": 13, "claim": 44, "grras": 15, "prime": None, "stard_ai": 40}


@pytest.mark.parametrize("name", ITEMS)
def test_a_checklist_has_its_items_whole(name):
    told = yaml.safe_load((checklists.FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert len(told["items"]) == ITEMS[name]
    assert told.get("of") == SOURCES[name]
    for item in told["items"]:
        assert set(item) <= {"asks", "answer"}, item  # an unquoted comma begins another key
        assert all(isinstance(value, str) and value for value in item.values()), item
        assert item["asks"].count("(") == item["asks"].count(")")
    asked = [item["asks"] for item in told["items"]]
    assert len(set(asked)) == len(asked)


def test_checklists_print_whole_questions_and_answers_have_no_file_names(config, cohort, numbers):
    places = {("made", "flow"): 1, ("made", "agreement"): 2}
    found = checklists.filled(checklists.facts(config, [cohort], numbers, places))
    asked = [row[1] for one in found for row in one.rows]
    assert "How the sample sizes of patients, raters and readings were chosen" in asked
    assert "Consecutive, random or convenience series" in asked
    answers = {row[1]: row[3] for one in found for row in one.rows if row[2] == "answered"}
    assert answers["Bias with its interval"].startswith(numbers["made.truth.dis.bias"]["interval"])
    assert answers["Flow of participants"].endswith("(figure 1)")
    assert not any(answer.endswith((".tsv", ".yaml")) for answer in answers.values())


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


@pytest.mark.parametrize(
    "module",
    [
        typeset,
        wording,
        flags,
        figures.drawings,
        findings,
        citations,
        layout,
        svg,
        patient_view,
        rounding,
    ],
)
def test_examples_in_docstrings_give_what_they_say(module):
    assert doctest.testmod(module).failed == 0


def test_the_draft_compiles_to_a_pdf(tmp_path, config, cohort, models):
    parts = draft.parts_of([cohort], config, models, tmp_path)
    parts["figures"] = []
    parts["methods"].append("50 % of #clips_1 [authors] <b> $x$ @y *z* ~ / \\")
    source = tmp_path / "draft.typ"
    source.write_text(typeset.manuscript_source(**parts), encoding="utf-8")
    (tmp_path / "references.bib").write_text(citations.FILE.read_text("utf-8"), encoding="utf-8")
    typeset.compile_pdf(source, tmp_path / "draft.pdf")
    assert (tmp_path / "draft.pdf").read_bytes().startswith(b"%PDF")
    written = source.read_text(encoding="utf-8")
    for heading in ("Abstract", "Introduction", "Methods", "Results", "Limitations", "Conclusion"):
        assert f"= {heading}" in written
    assert "#cite(<ostvik2018>)" in written and "#bibliography(" in written
    assert "(table 2" in written


@pytest.mark.parametrize("seed, told", [(2018, True), (2019, False)])
def test_methods_say_if_settings_were_chosen_by_simulated_patients_of_this_seed(
    cohort, config, seed, told
):
    config["cohorts"][cohort.name]["simulation"]["seed"] = seed
    words = " ".join(text.methods_text(config, [cohort]))
    assert ("may be optimistic" in words) is told
