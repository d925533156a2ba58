"""How every figure looks: journal widths, type that can be read, colours that stay apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from echogls.manuscript.palette import SEGMENT_COLOURS, web_colour
from echogls.manuscript.saving import save_figure

MM = 1 / 25.4  # inches
COLUMN = 85 * MM  # a journal's column, of the width that most have
WIDE = 133 * MM  # one and a half
PAGE = 178 * MM  # two columns
FEWEST = 5  # values under a violin or a box; fewer are dots alone, and show as much; by judgement
FORMATS = (".svg", ".pdf", ".png")
# A rater's colour by its place; yellow is too light for a line.
COLOURS = (*(web_colour(SEGMENT_COLOURS[k]) for k in (4, 5, 2, 0, 1)), "#cc79a7")
METHOD, READER = COLOURS[0], COLOURS[1]
DASHES = ("--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))  # so that lines differ in grey, too
JITTER_SEED = 2018
INK = "#222222"
FAINT = "#6f6f6f"
WARNING = "#a34700"  # what must not be overlooked
SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.labelsize": 7,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "lines.linewidth": 1,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


@contextmanager
def canvas(
    width: float, height: float, rows: int = 1, columns: int = 1, note: str = "", **options
) -> Iterator[tuple]:
    """A figure and its array of axes (rows, columns), in inches, closed afterwards.

    note : small words above on the right, as that the patients are simulated.
    options : of plt.subplots.
    """
    with plt.rc_context(SETTINGS), _same_jitter():
        figure, axes = plt.subplots(
            rows, columns, figsize=(width, height), layout="constrained", squeeze=False, **options
        )
        if note:
            figure.suptitle(note, x=0.995, ha="right", fontsize=8, color=WARNING, weight="bold")
        try:
            yield figure, axes
        finally:
            plt.close(figure)


@contextmanager
def _same_jitter() -> Iterator[None]:
    """Dots that seaborn moves aside, by numpy's global generator, lie the same each time."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(JITTER_SEED)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


def save(figure: Figure, stem: Path) -> None:
    """Write stem.svg, stem.pdf and stem.png (300 dots an inch), without dates."""
    # The layout of axes of equal scales is right from the second time on that it is made.
    figure.draw_without_rendering()
    for suffix in FORMATS:
        save_figure(figure, f"{stem}{suffix}", dpi=300)


def save_notice(stem: Path, text: str) -> None:
    """A figure that says why there is none."""
    with canvas(COLUMN, 25 * MM) as (figure, axes):
        axes[0, 0].axis("off")
        axes[0, 0].text(0.5, 0.5, text, ha="center", va="center", wrap=True)
        save(figure, stem)


def tidy(axes: Axes) -> None:
    """Only the axes that carry a scale."""
    sns.despine(ax=axes)
