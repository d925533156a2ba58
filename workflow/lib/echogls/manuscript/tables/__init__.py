"""The manuscript's tables, one a file: results of a study -> a Table of rounded text."""

from collections.abc import Sequence

from echogls.manuscript.evidence import Cohort
from echogls.manuscript.tables import (
    agreement,
    cohorts,
    components,
    excluded,
    methods,
    sensitivity,
    variability,
)
from echogls.manuscript.tables.table import Table

# In the order of the manuscript: table 1, 2, ...
BUILDERS = (
    cohorts.cohort_table,
    agreement.agreement_table,
    variability.variability_table,
    components.component_table,
    methods.method_table,
    excluded.exclusion_table,
    sensitivity.sensitivity_table,
)


def build_tables(cohorts: Sequence[Cohort], models: dict) -> list[Table]:
    """All tables of a study, numbered from 1.

    Parameters
    ----------
    models : models.yaml, what was measured of the shipped networks.
    """
    return [
        build(number, cohorts, models)
        if build is components.component_table
        else build(number, cohorts)
        for number, build in enumerate(BUILDERS, start=1)
    ]
