"""All that the typeset draft and the report share: texts, tables, figures, checklists."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from echogls.manuscript import checklists, figures, text
from echogls.manuscript.glossary import glossary
from echogls.manuscript.evidence import Cohort, read_cohort
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
    cohorts, and methods, results (paragraphs), tables, figures (path without suffix, cohort,
    name, caption), checklists, glossary, simulated (names), numbers.
    """
    methods = tuple(config["methods"])
    cohorts = [
        read_cohort(Path(results) / name, simulated=made, methods=methods)
        for name, made in simulated.items()
    ]
    measured = yaml.safe_load(Path(models).read_text(encoding="utf-8"))
    numbers = cited_numbers(cohorts, measured)
    return cohorts, {
        "methods": text.methods_text(config, cohorts),
        "results": text.results_text(cohorts, numbers),
        "tables": build_tables(cohorts, measured),
        "figures": [
            {
                "stem": Path(results) / cohort.name / "figures" / figure.name,
                "cohort": cohort.name,
                "name": figure.name,
                "caption": figures.caption(figure, cohort),
                "spoken": figures.spoken(figure, cohort),
            }
            for cohort in cohorts
            for figure in figures.figures_of(cohort)
        ],
        "checklists": checklists.filled(checklists.facts(config, cohorts, numbers)),
        "glossary": glossary(config, cohorts),
        "numbers": numbers,
        "simulated": [name for name, made in simulated.items() if made],
    }
