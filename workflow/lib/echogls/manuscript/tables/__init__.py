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

USUAL = "95 % CI"
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
    label = next((cohort.ci for cohort in cohorts), USUAL)
    return [
        _labelled(
            build(number, cohorts, models)
            if build is components.component_table
            else build(number, cohorts),
            label,
        )
        for number, build in enumerate(BUILDERS, start=1)
    ]


def _labelled(table, label):
    """The table with its intervals called by the confidence that they have."""
    if label == USUAL or not any(USUAL in column for column in table.columns):
        return table
    return replace(
        table,
        columns=tuple(column.replace(USUAL, label) for column in table.columns),
        marked=tuple((column.replace(USUAL, label), note) for column, note in table.marked),
        notes=(*table.notes, f"Intervals that others published are {USUAL}."),
    )
