"""How good the view classifier is: its confusion matrix and how far it can be believed."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from echogls.manuscript.figures.style import COLOURS, FAINT, INK, MM, PAGE, canvas, save, tidy
from echogls.study import VIEWS


def draw_view_quality(matrix: np.ndarray, bins: Sequence[dict], stem: Path) -> None:
    """Both panels, beside each other, as stem.svg, .pdf and .png.

    Parameters
    ----------
    matrix : (8, 8) counts, see training.views.evaluation.confusion.
    bins : rows of training.views.evaluation.reliability.
    """
    with canvas(PAGE, 80 * MM, 1, 2) as (figure, axes):
        draw_confusion(axes[0, 0], matrix)
        draw_reliability(axes[0, 1], bins)
        save(figure, stem)


def draw_confusion(axes: Axes, matrix: np.ndarray) -> None:
    """Counts, shaded by the share of the row."""
    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            colour = "white" if share[row, column] > 0.5 else INK
            axes.text(column, row, count, ha="center", va="center", color=colour, fontsize=6)
    names = list(VIEWS)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("taken for")
    axes.set_ylabel("shows")


def draw_reliability(axes: Axes, bins: Sequence[dict]) -> None:
    """Share that is right against the stated probability; a dot's area is the number of images."""
    filled = [row for row in bins if row["n"]]
    total = sum(row["n"] for row in filled)
    x, y = ([row[key] for row in filled] for key in ("confidence", "accuracy"))
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8)
    axes.plot(x, y, color=COLOURS[0])
    axes.scatter(x, y, s=[10 + 200 * row["n"] / total for row in filled], color=COLOURS[0])
    axes.set_xlim(0, 1.02)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("probability of the most probable view")
    axes.set_ylabel("share that is right")
    tidy(axes)
