"""p values of several pairs of raters, corrected together."""

from collections.abc import Sequence

from echogls.agreement.equivalence import holm
from echogls.agreement.rows import Row

# Families of tests that `corrected` corrects: one statistic over the pairs of one comparison.
TESTS = (
    "paired_t_p",
    "wilcoxon_p",
    "tost_p",
    "limits_within_p",
    "mae_difference_p",
    "sd_ratio_p",
)


def corrected(
    rows: Sequence[Row],
    family: Sequence[str] = ("cohort", "measure", "view", "comparison"),
    suffix: str = "holm",
) -> list[Row]:
    """Holm-corrected p values, rows `<test>_holm`, where a comparison has several pairs.

    A family is one test over all rows that share the columns `family`, as over all pairs of
    raters of one cohort, measure, view and comparison (`equivalence.holm`).

    Example
    -------
    >>> head = dict(cohort="c", measure="gls", view="a4c", comparison="method_reader",
    ...             statistic="tost_p", method="TOST")
    >>> [row["estimate"] for row in corrected([head | {"estimate": p} for p in (0.01, 0.04)])]
    [0.02, 0.04]
    """
    families: dict[tuple, list[Row]] = {}
    for row in rows:
        if row["statistic"] in TESTS:
            key = tuple(row[name] for name in family)
            families.setdefault((*key, row["statistic"]), []).append(row)
    added = []
    for tested in families.values():
        if len(tested) < 2:
            continue
        p_values = holm({str(place): row["estimate"] for place, row in enumerate(tested)})
        for row, p in zip(tested, p_values.values(), strict=True):
            method = row["method"] if p is None else f"Holm, {len(tested)} pairs; {row['method']}"
            named = {"statistic": f"{row['statistic']}_{suffix}", "estimate": p, "method": method}
            added.append(row | named)
    return added
