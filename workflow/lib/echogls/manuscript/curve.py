"""The strain curve of one patient by one method, as a figure."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from echogls.manuscript.palette import SEGMENT_COLOURS, web_colour
from echogls.manuscript.rounding import minus_signs

if TYPE_CHECKING:  # Matplotlib takes longer to import than all else of a patient without a curve
    from matplotlib.axes import Axes

NOTICE_WIDTH, NOTICE_LETTERS = 396, 80  # points, as wide as a curve, and letters in a line of it
LINE = 13  # points from one line of a notice to the next


@dataclass(frozen=True)
class Panel:
    """The curves of one view.

    Attributes
    ----------
    curves : columns of the curve table as arrays: `beat`, `time_s`, `strain_global`,
        `strain_global_sd` (NaN where no calibrated error is stated), `strain_<segment>`; strain
        in signed percent.
    segments : the view's, as in study.VIEW_SEGMENTS.
    title : text above the axes.
    events : name -> time in seconds, drawn as vertical lines.
    """

    curves: dict[str, np.ndarray]
    segments: Sequence[str]
    title: str
    events: dict[str, float]


def save_curves(path: Path, panels: Sequence[Panel]) -> None:
    """Draw global strain with its uncertainty and the six segments, beat by beat, a view below
    the other, to an .svg, .pdf or .png file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from echogls.manuscript.saving import save_figure

    count = len(panels)
    figure = Figure(figsize=(5.5, 3.4 * count), layout="constrained")
    FigureCanvasAgg(figure)  # no backend shows it: a notebook that draws its own keeps its own
    grid = figure.subplots(count, 1, squeeze=False)
    for axes, panel in zip(grid[:, 0], panels, strict=True):
        draw_panel(axes, panel)
    save_figure(figure, path)


def draw_panel(axes: "Axes", panel: Panel) -> None:
    """Draw one view's curves on axes."""
    curves = panel.curves
    for beat in np.unique(curves["beat"]):
        here = curves["beat"] == beat
        time = curves["time_s"][here]
        for name, colour in zip(panel.segments, SEGMENT_COLOURS, strict=True):
            label = name.replace("_", " ") if beat == curves["beat"].min() else None
            strain = curves[f"strain_{name}"][here]
            axes.plot(time, strain, color=web_colour(colour), linewidth=1, label=label)
        strain, sd = curves["strain_global"][here], curves["strain_global_sd"][here]
        stated = np.isfinite(sd).any()
        label = "global, ± 1.96 SD" if stated else "global"
        label = label if beat == curves["beat"].min() else None
        axes.plot(time, strain, color="black", linewidth=2, label=label)
        if stated:
            low, high = strain - 1.96 * sd, strain + 1.96 * sd
            axes.fill_between(time, low, high, color="black", alpha=0.15, linewidth=0)
    for name, time in panel.events.items():
        axes.axvline(time, color="grey", linewidth=0.8, linestyle="--")
        axes.annotate(name, (time, 1), xycoords=("data", "axes fraction"), fontsize=7, va="bottom")
    axes.axhline(0, color="grey", linewidth=0.5)
    axes.set_xlabel("time (s)")
    axes.set_ylabel("longitudinal strain (%)")
    axes.set_title(minus_signs(panel.title), fontsize=9, pad=12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=6, frameon=False, ncols=2)


def save_notice(path: Path, text: str) -> None:
    """A picture (SVG) that says why there is no curve."""
    lines = [part for line in text.split("\n") for part in textwrap.wrap(line, NOTICE_LETTERS)]
    height = LINE * (len(lines) + 3)
    middle = f'x="{NOTICE_WIDTH / 2:g}" text-anchor="middle"'
    rows = "".join(
        f'<text {middle} y="{LINE * (number + 2.4):g}">{escape(line)}</text>\n'
        for number, line in enumerate(lines)
    )
    Path(path).write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{NOTICE_WIDTH}pt" height="{height}pt" '
        f'viewBox="0 0 {NOTICE_WIDTH} {height}" font-family="sans-serif" font-size="9">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{rows}</svg>\n',
        encoding="utf-8",
    )
