"""Strain traces of single patients by one method, with what others say of their GLS."""

from collections.abc import Mapping, Sequence
from itertools import cycle

from matplotlib.axes import Axes

from echogls.manuscript.figures.style import COLOURS, DASHES, FAINT, INK, tidy
from echogls.manuscript.rounding import number
from echogls.manuscript.wording import rater_name

FIRST_BEAT = "1"


def draw_trace(
    axes: Axes,
    curve: Sequence[dict],
    gls: Mapping[str, float],
    *,
    method: str,
    title: str,
    others: Mapping[str, Sequence[dict]] | None = None,
) -> None:
    """Draw the first beat of a curve table, and each rater's GLS as a line across.

    Parameters
    ----------
    curve : rows of strain/{method}.tsv.
    gls : rater -> GLS, signed percent.
    others : rater -> rows (time_from_ed_s, strain_global) of a trace of its own, drawn instead
        of a line across.
    """
    others = others or {}
    first = curve[0].get("clip") if curve else None  # of several views the first
    curve = [row for row in curve if row.get("clip") == first]
    beat = [row for row in curve if row["beat"] == FIRST_BEAT and row["strain_global"]]
    times = [float(row["time_from_ed_s"]) for row in beat]
    strain = [float(row["strain_global"]) for row in beat]
    sd = [float(row["strain_global_sd"] or 0) for row in beat]
    low = [value - 1.96 * width for value, width in zip(strain, sd, strict=True)]
    high = [value + 1.96 * width for value, width in zip(strain, sd, strict=True)]
    axes.axhline(0, color=FAINT, linewidth=0.5)
    axes.fill_between(times, low, high, color=INK, alpha=0.12, linewidth=0)
    axes.plot(times, strain, color=INK, linewidth=1.4, label=rater_name(method))
    last = max(times, default=1.0)
    for (rater, value), colour, dash in zip(gls.items(), cycle(COLOURS), cycle(DASHES)):
        style = {
            "color": colour,
            "linewidth": 0.9,
            "label": f"{rater_name(rater)}: {number(value)} %",
        }
        if rater in others:
            seen = [row for row in others[rater] if float(row["time_from_ed_s"]) <= last]
            columns = (
                [float(row[key]) for row in seen] for key in ("time_from_ed_s", "strain_global")
            )
            axes.plot(*columns, **style)
        else:
            axes.axhline(value, linestyle=dash, **style)
    if len(beat) == 2:  # two stills: their order is known, their times are not
        axes.set_xticks(times, ["ED", "ES"])
    else:
        axes.set_xlabel("time from ED (s)")
    axes.set_ylabel("longitudinal strain (%)")
    axes.set_title(title, loc="left")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.25), fontsize=6, ncols=2)
    tidy(axes)
