"""Which rows of long tables are printed: all of them are in the cohort's own tables."""

from collections.abc import Sequence

CONFIGURED = "as configured"
OTHER_PATIENTS = "patients"
WORDS = {"gls": 0, "ed_rule": 1, "es_rule": 2, "drift": 3, "layer": 4}  # place in a definition


def single_changes(rows: Sequence[dict]) -> list[tuple[str, dict[str, dict]]]:
    """Of the rows of sensitivity.tsv of one method and reference: the study's own definition,
    each that differs from it in one point, and of all of them those of lowest and highest bias.

    Returns
    -------
    (label, statistic -> row), in that order. A definition that differs in one point is called
    by that point.
    """
    found: dict[str, dict[str, dict]] = {}
    for row in rows:
        found.setdefault(row["definition"], {})[row["statistic"]] = row
    lines = []
    for definition, told in found.items():
        changed = told["bias"]["changed"]
        if not changed:
            lines.append((f"{CONFIGURED}: {definition}", told))
        elif changed in WORDS:
            lines.append((definition.split(", ")[WORDS[changed]], told))
        elif " " not in changed:
            lines.append((definition, told))
    known = [
        told for told in found.values()
        if told["bias"]["estimate"] and told["bias"]["changed"] != OTHER_PATIENTS
    ]  # fmt: skip
    if any(" " in told["bias"]["changed"] for told in known):
        order = sorted(known, key=lambda told: float(told["bias"]["estimate"]))
        for words, told in (("lowest", order[0]), ("highest", order[-1])):
            lines.append((f"{words} bias of all {len(known)} definitions", told))
    return lines
