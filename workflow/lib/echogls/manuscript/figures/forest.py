"""Forest plots: bias with its interval and the limits of agreement, a line a comparison."""

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes

from echogls.manuscript.figures.style import COLOURS, FAINT, INK, tidy
from echogls.manuscript.findings import limits_shown
from echogls.manuscript.rounding import interval

WIDTH = 40  # letters of a label's line: some 40 mm of the page; by judgement


def draw_forest(
    axes: Axes,
    lines: Sequence[tuple[str, dict[str, dict]]],
    what: str = "bias",
    groups: Sequence[int] = (),
) -> None:
    """Draw (label, statistic -> row) from top to bottom: thin limits, thick interval, bias.

    A line without an estimate (a suppressed subgroup) keeps its label and n; limits of too few
    patients are not drawn (findings.limits_shown).

    Parameters
    ----------
    what : of which difference this is the bias, as "dis − truth".
    groups : places of lines above which a faint rule separates a new group.
    """
    labels = []
    beside = {"xycoords": ("axes fraction", "data"), "xytext": (4, 0), "va": "center"}
    beside |= {"textcoords": "offset points", "fontsize": 6, "annotation_clip": False}
    for place in groups:
        axes.axhline(place - 0.5, color=FAINT, linewidth=0.3)
    for place, (label, rows) in enumerate(lines):
        bias = rows["bias"]
        label = "\n".join(textwrap.wrap(label, WIDTH))
        labels.append(f"{label} (n = {bias['n']})")
        if not bias["estimate"]:
            axes.annotate("too few", (1, place), **beside, color=FAINT)
            continue
        limits = [rows.get(name, {}).get("estimate") for name in ("loa_lower", "loa_upper")]
        if all(limits) and limits_shown(rows, int(bias["n"])):
            axes.plot([float(x) for x in limits], [place] * 2, color=FAINT, linewidth=0.9)
        if bias["ci_low"] and bias["ci_high"]:
            ends = float(bias["ci_low"]), float(bias["ci_high"])
            axes.plot(ends, [place] * 2, color=COLOURS[0], linewidth=3, solid_capstyle="butt")
        axes.plot(float(bias["estimate"]), place, "o", color=INK, markersize=3.5)
        axes.annotate(interval(bias, 1, sign=True), (1, place), **beside)
    axes.axvline(0, color=FAINT, linewidth=0.5)
    axes.set_yticks(range(len(lines)), labels)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlabel(f"{what} (points)")
    tidy(axes)
    if not any(rows["bias"]["estimate"] for _, rows in lines):  # a scale of nothing
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
