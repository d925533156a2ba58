"""Forest plots: bias with its interval and the limits of agreement, a line a comparison."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from echogls.manuscript.figures.style import COLOURS, FAINT, INK, tidy
from echogls.manuscript.rounding import interval


def draw_forest(axes: Axes, lines: Sequence[tuple[str, dict[str, dict]]]) -> None:
    """Draw (label, statistic -> row) from top to bottom: thin limits, thick interval, bias.

    A line without an estimate (a suppressed subgroup) keeps its label and n.
    """
    labels = []
    for place, (label, rows) in enumerate(lines):
        bias = rows["bias"]
        labels.append(f"{label} (n = {bias['n']})")
        if not bias["estimate"]:
            axes.text(0, place, "too few", va="center", ha="center", fontsize=6, color=FAINT)
            continue
        limits = [rows.get(name, {}).get("estimate") for name in ("loa_lower", "loa_upper")]
        if all(limits):
            axes.plot([float(x) for x in limits], [place] * 2, color=FAINT, linewidth=0.9)
        if bias["ci_low"] and bias["ci_high"]:
            ends = float(bias["ci_low"]), float(bias["ci_high"])
            axes.plot(ends, [place] * 2, color=COLOURS[0], linewidth=3, solid_capstyle="butt")
        axes.plot(float(bias["estimate"]), place, "o", color=INK, markersize=3.5)
        axes.annotate(
            interval(bias, 1, sign=True),
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=6,
            annotation_clip=False,
        )
    axes.axvline(0, color=FAINT, linewidth=0.5)
    axes.set_yticks(range(len(lines)), labels)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlabel("bias, its 95 % interval and limits of agreement (points)")
    tidy(axes)
