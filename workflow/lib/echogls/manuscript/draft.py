"""All that the typeset draft and the report share: texts, tables, figures, checklists."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from echogls.manuscript import checklists, figures, text
from echogls.manuscript.evidence import Cohort, read_cohort
from echogls.manuscript.glossary import glossary
from echogls.manuscript.numbers import cited_numbers
from echogls.manuscript.tables import build_tables


def read_draft(
    results: Path, simulated: Mapping[str, bool], config: Mapping, models: Path
) -> tuple[list[Cohort], dict]:
    """The study's cohorts, and the parts of a draft by name.

    Parameters
    ----------
    results : the folder results/.
    simulated : cohort -> whether its patients are simulated, in the study's order.
    config : the merged config of the run.
    models : models.yaml.

    Returns
    -------
    cohorts, and what `parts_of` gives.
    """
    methods, confidence = tuple(config["methods"]), config["agreement"]["confidence"]
    cohorts = [
        read_cohort(
            Path(results) / name, simulated=is_simulated, methods=methods, confidence=confidence
        )
        for name, is_simulated in simulated.items()
    ]
    measured = yaml.safe_load(Path(models).read_text(encoding="utf-8"))
    return cohorts, parts_of(cohorts, config, measured, Path(results))


def parts_of(cohorts: list[Cohort], config: Mapping, models: dict, results: Path) -> dict:
    """title, abstract (heading, text), methods, results, limitations (paragraphs), tables,
    figures (number, path without suffix, cohort, name, caption, words for who does not see),
    checklists, glossary, simulated (names), numbers."""
    numbers = cited_numbers(cohorts, models)
    drawn = [
        {
            "number": number,
            "stem": results / cohort.name / "figures" / figure.name,
            "cohort": cohort.name,
            "name": figure.name,
            "caption": figures.caption(figure, cohort),
            "spoken": figures.spoken(figure, cohort),
        }
        for number, (cohort, figure) in enumerate(
            ((c, figure) for c in cohorts for figure in figures.figures_of(c)), start=1
        )
    ]
    places = {(one["cohort"], one["name"]): one["number"] for one in drawn}
    return {
        "title": text.title_text(cohorts),
        "abstract": text.abstract_text(config, cohorts, numbers),
        "methods": text.methods_text(config, cohorts),
        "results": text.results_text(cohorts, numbers, places),
        "limitations": text.limits_text(),
        "tables": build_tables(cohorts, models),
        "figures": drawn,
        "checklists": checklists.filled(checklists.facts(config, cohorts, numbers, places)),
        "glossary": glossary(config, cohorts),
        "numbers": numbers,
        "simulated": [cohort.name for cohort in cohorts if cohort.simulated],
    }
