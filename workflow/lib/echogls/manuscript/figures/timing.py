"""Run time by stage: milliseconds a frame, a box a job."""

from collections.abc import Sequence

import seaborn as sns
from matplotlib.axes import Axes

from echogls.manuscript.figures.style import COLOURS, tidy


def draw_timing(axes: Axes, timing: Sequence[dict]) -> None:
    """Draw the rows of timing.tsv; a job without frames is left out."""
    rows = [row for row in timing if row["ms_per_frame"]]
    order = list(dict.fromkeys(row["job"] for row in rows))
    sns.boxplot(
        x=[float(row["ms_per_frame"]) for row in rows],
        y=[row["job"] for row in rows],
        order=order,
        color=COLOURS[4],
        width=0.6,
        linewidth=0.6,
        fliersize=2,
        ax=axes,
    )
    axes.set_xlabel("wall time a frame, start-up included (ms)")
    axes.set_ylabel("")
    axes.set_xlim(left=0)
    tidy(axes)
