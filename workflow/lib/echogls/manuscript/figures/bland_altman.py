"""Bland-Altman plots: difference against mean, or against the truth where one rater is that, with
bias and limits and their intervals."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from echogls.manuscript.figures.style import COLOURS, FAINT, INK, tidy
from echogls.manuscript.findings import FEWEST_FOR_LIMITS, levels, limits_shown, proportional
from echogls.manuscript.rounding import signed
from echogls.manuscript.wording import rater_name

OUTSIDE = COLOURS[1]
SLOPE = ("slope", "intercept")
BEHIND = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.3}  # a name on a line
LINES = {"bias": "-", "loa_lower": "--", "loa_upper": "--"}


def draw_bland_altman(
    axes: Axes,
    pairs: Sequence[dict],
    statistics: dict[str, dict],
    colour: str = COLOURS[0],
    named: Sequence[str] = (),
) -> None:
    """Draw the patients and the computed lines.

    Parameters
    ----------
    pairs : rows of pairs.tsv of one pair of raters (level, difference, rater_1, rater_2).
    statistics : statistic -> row of agreement.tsv of the same pair; lines without an
        estimate are left out, as are limits of too few patients, of which the title says so
        (findings.limits_shown). The line of a bias that goes with the level is drawn, too.
    named : patients whose points have their name and another colour: those outside the limits.
    """
    places, abscissa = levels(pairs)
    differences = [float(row["difference"]) for row in pairs]
    one, two = (rater_name(pairs[0][key]) for key in ("rater_1", "rater_2"))
    axes.axhline(0, color=FAINT, linewidth=0.5)
    told = limits_shown(statistics, len(pairs))
    for name, style in LINES.items() if told else [("bias", LINES["bias"])]:
        row = statistics.get(name)
        if not row or not row["estimate"]:
            continue
        value = float(row["estimate"])
        axes.axhline(value, color=INK, linestyle=style, linewidth=0.9)
        if row["ci_low"] and row["ci_high"]:
            ends = float(row["ci_low"]), float(row["ci_high"])
            axes.axhspan(*ends, color=colour, alpha=0.12, linewidth=0)
        axes.annotate(
            f"{signed(value)}",
            (1, value),
            xycoords=("axes fraction", "data"),
            xytext=(2, 0),
            textcoords="offset points",
            va="center",
            fontsize=6,
            annotation_clip=False,
        )
    if proportional(statistics) and len(pairs) >= FEWEST_FOR_LIMITS:
        slope, start = (float(statistics[f"proportional_{n}"]["estimate"]) for n in SLOPE)
        ends = (min(places), max(places))
        axes.plot(ends, [start + slope * end for end in ends], color=OUTSIDE, linewidth=0.9)
    colours = [OUTSIDE if row["patient"] in named else colour for row in pairs]
    axes.scatter(places, differences, s=14, c=colours, edgecolor="white", linewidth=0.4, zorder=3)
    middle = (min(places) + max(places)) / 2
    for row, place, difference in zip(pairs, places, differences, strict=True):
        if row["patient"] in named:
            left = place > middle
            axes.annotate(
                row["patient"], (place, difference), (-4 if left else 4, 0), fontsize=6,
                textcoords="offset points", ha="right" if left else "left", va="center",
                bbox=BEHIND,
            )  # fmt: skip
    axes.set_xlabel(abscissa)
    axes.set_ylabel(f"{two} \N{MINUS SIGN} {one} (points)")
    few = "" if told else ", too few for limits"
    axes.set_title(f"n = {len(pairs)}{few}", loc="left")
    tidy(axes)
