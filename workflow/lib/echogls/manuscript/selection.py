"""Which rows of long tables are printed: all of them are in the cohort's own tables."""

from collections.abc import Sequence

from echogls.strain.definition_names import KEYS, choice_name

CONFIGURED = "as configured"
OTHER_PATIENTS = "patients"


def single_changes(rows: Sequence[dict]) -> list[tuple[str, dict[str, dict]]]:
    """Of the rows of sensitivity.tsv of one method and reference: the study's own definition,
    each that differs from it in one point, and of all of them those of lowest and highest bias.

    Returns
    -------
    (label, statistic -> row), in that order. A definition that differs in one point is called
    by that point, the study's own CONFIGURED.
    """
    definitions: dict[str, dict[str, dict]] = {}
    for row in rows:
        definitions.setdefault(row["definition"], {})[row["statistic"]] = row
    lines = []
    for definition, statistics in definitions.items():
        changed = statistics["bias"]["changed"]
        if not changed:
            lines.append((CONFIGURED, statistics))
        elif changed in KEYS:
            lines.append((choice_name(changed, statistics["bias"][changed]), statistics))
        elif " " not in changed:
            lines.append((definition, statistics))
    computed = [
        statistics for statistics in definitions.values()
        if statistics["bias"]["estimate"] and statistics["bias"]["changed"] != OTHER_PATIENTS
    ]  # fmt: skip
    if any(" " in statistics["bias"]["changed"] for statistics in computed):
        order = sorted(computed, key=lambda statistics: float(statistics["bias"]["estimate"]))
        for words, statistics in (("lowest", order[0]), ("highest", order[-1])):
            lines.append((f"{words} bias of all {len(computed)} definitions", statistics))
    return lines
