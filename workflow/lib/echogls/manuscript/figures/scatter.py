"""One rater against another, with identity and the Deming line."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from echogls.manuscript.figures.style import COLOURS, FAINT, INK, tidy
from echogls.manuscript.names import rater_name
from echogls.manuscript.rounding import number

LINES = (("deming_slope", "deming_intercept", "Deming", "-"),)


def draw_scatter(
    axes: Axes, pairs: Sequence[dict], statistics: dict[str, dict], colour: str = COLOURS[0]
) -> None:
    """Draw values by both raters; arguments as of `draw_bland_altman`."""
    ones, twos = ([float(row[key]) for row in pairs] for key in ("value_1", "value_2"))
    ends = (min([*ones, *twos]) - 1, max([*ones, *twos]) + 1)
    axes.plot(ends, ends, color=FAINT, linewidth=0.6, label="identity")
    for slope, intercept, label, style in LINES:
        rows = [statistics.get(name) for name in (slope, intercept)]
        if all(row and row["estimate"] for row in rows):
            m, b = (float(row["estimate"]) for row in rows)
            sign = "+" if b >= 0 else "\N{MINUS SIGN}"
            told = f"{label}: y = {number(m, 2)} x {sign} {number(abs(b), 1)}"
            line = [m * x + b for x in ends]
            axes.plot(ends, line, color=INK, linestyle=style, linewidth=0.9, label=told)
    axes.scatter(ones, twos, s=12, color=colour, edgecolor="white", linewidth=0.4, zorder=3)
    told = [
        f"{words} = {number(statistics[name]['estimate'], 2)}"
        for name, words in (("pearson_r", "r"), ("icc_a1", "ICC(A,1)"), ("ccc", "CCC"))
        if name in statistics and statistics[name]["estimate"]
    ]
    axes.text(0.98, 0.02, "\n".join(told), transform=axes.transAxes, ha="right", fontsize=6)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    axes.set_xlabel(f"{rater_name(pairs[0]['rater_1'])}, GLS (%)")
    axes.set_ylabel(f"{rater_name(pairs[0]['rater_2'])}, GLS (%)")
    axes.legend(loc="upper left")
    tidy(axes)
