"""The same wall, measured under every combination of strain definitions (Voigt et al. 2015)."""

from collections.abc import Mapping, Sequence
from itertools import product

from echogls.strain.patient import measure_patient
from echogls.study import GLS_RULES

COLUMNS = ("definition", "gls", "es_rule", "drift", "view", "value", "flagged", "reason")
ES_RULES = ("area", "length", "strain")
DRIFTS = ("none", "linear")


def definition_name(gls: str, es_rule: str, drift: str) -> str:
    """A combination as words.

    Example
    -------
    >>> definition_name("peak_systolic", "area", "linear")
    'peak systolic, ES by area, drift closed'
    """
    closed = "drift closed" if drift == "linear" else "drift left"
    return f"{gls.replace('_', ' ')}, ES by {es_rule}, {closed}"


def vary_definitions(
    *,
    settings: Mapping[str, object],
    quality: Sequence[dict],
    **patient: object,
) -> list[dict]:
    """GLS of a patient by one method under each definition: rows with COLUMNS.

    Parameters
    ----------
    settings : config section `strain`; its `ed_rule` stands, the rest is varied.
    quality : the patient's rows of quality.tsv; a view with a flagged frame is `flagged` "yes".
    patient : the other arguments of `measure_patient`.

    Returns
    -------
    A row a definition and view; where it cannot be measured the value is empty and the reason
    is given.
    """
    flags = {row["view"] for row in quality if row["flag"]}
    rows = []
    for gls, es_rule, drift in product(GLS_RULES, ES_RULES, DRIFTS):
        varied = {**settings, "gls": gls, "es_rule": es_rule, "drift": drift}
        _, measured = measure_patient(**patient, **varied)
        for row in measured:
            if row["measure"] == "gls" and row["segment"] == "global":
                head = (definition_name(gls, es_rule, drift), gls, es_rule, drift, row["view"])
                flagged = "yes" if row["view"] in flags else "no"
                values = (*head, row["value"], flagged, row["reason"])
                rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows
