"""The manuscript's tables, one a file: results of a study -> a Table of rounded text."""

from collections.abc import Sequence
from dataclasses import replace

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


# What the heads of tables call an interval.
USUAL = "95 % CI"


def build_tables(cohorts: Sequence[Cohort], models: dict) -> list[Table]:
    """All tables of a study, numbered from 1.

    Parameters
    ----------
    models : models.yaml, what was measured of the shipped networks.
    """
    built = [
        build(number, cohorts, models)
        if build is components.component_table
        else build(number, cohorts)
        for number, build in enumerate(BUILDERS, start=1)
    ]
    return [at_confidence(table, cohorts[0].ci) for table in built] if cohorts else built


def at_confidence(table: Table, ci: str) -> Table:
    """A table whose heads call the intervals by the study's confidence, "90 % CI"."""
    columns = tuple(column.replace(USUAL, ci) for column in table.columns)
    return replace(table, columns=columns)
