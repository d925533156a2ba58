"""One rater against another, with identity and the Deming line."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from echogls.manuscript.figures.style import COLOURS, FAINT, INK, tidy
from echogls.manuscript.names import rater_name
from echogls.manuscript.rounding import number


def draw_scatter(
    axes: Axes,
    pairs: Sequence[dict],
    statistics: dict[str, dict],
    ends: tuple[float, float],
    colour: str = COLOURS[0],
) -> None:
    """Draw values by both raters between `ends`; other arguments as of `draw_bland_altman`.

    Identity is grey, the Deming line black with its formula.
    """
    ones, twos = ([float(row[key]) for row in pairs] for key in ("value_1", "value_2"))
    axes.plot(ends, ends, color=FAINT, linewidth=0.6)
    lines = [f"n = {len(pairs)}"]
    rows = [statistics.get(name) for name in ("deming_slope", "deming_intercept")]
    if all(row and row["estimate"] for row in rows):
        m, b = (float(row["estimate"]) for row in rows)
        sign = "+" if b >= 0 else "\N{MINUS SIGN}"
        lines.append(f"y = {number(m, 2)} x {sign} {number(abs(b), 1)}")
        axes.plot(ends, [m * x + b for x in ends], color=INK, linewidth=0.9)
    axes.scatter(ones, twos, s=12, color=colour, edgecolor="white", linewidth=0.4, zorder=3)
    lines += [
        f"{words} = {number(statistics[name]['estimate'], 2)}"
        for name, words in (("pearson_r", "r"), ("icc_a1", "ICC(A,1)"), ("ccc", "CCC"))
        if name in statistics and statistics[name]["estimate"]
    ]
    axes.set_title("\n".join([", ".join(lines[:2]), ", ".join(lines[2:])]), loc="left", fontsize=6)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    for axis in (axes.xaxis, axes.yaxis):  # one each: a locator knows only one axis
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.set_xlabel(f"{rater_name(pairs[0]['rater_1'])}, GLS (%)")
    axes.set_ylabel(f"{rater_name(pairs[0]['rater_2'])}, GLS (%)")
    tidy(axes)
