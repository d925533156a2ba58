"""Which view a clip has, and for which it was taken: a table of counts as a picture."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from echogls.manuscript.figures.style import INK
from echogls.study import VIEWS


def confusion_views(counts: Sequence[dict]) -> list[str]:
    """The views that occur, in the vocabulary's order."""
    seen = {row[key] for row in counts for key in ("true", "classified")}
    return [view for view in VIEWS if view in seen] + sorted(seen - set(VIEWS))


def view_name(view: str) -> str:
    """A view as the picture calls it: a4c -> A4C; "unknown" is a word."""
    return view.upper() if view in VIEWS and view != "unknown" else view


def draw_confusion(axes: Axes, counts: Sequence[dict], unit: str = "clips") -> None:
    """Draw rows (true, classified, n): a row of the picture a true view, shaded by its share.

    Counts of one pair of views are added up; a true view without clips has an empty row.
    """
    views = confusion_views(counts)
    place = {view: k for k, view in enumerate(views)}
    table = np.zeros((len(views), len(views)), int)
    for row in counts:
        table[place[row["true"]], place[row["classified"]]] += int(row["n"])
    sums = table.sum(axis=1, keepdims=True)
    share = table / np.maximum(sums, 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for (i, j), n in np.ndenumerate(table):
        if n:
            colour = "white" if share[i, j] > 0.6 else INK
            axes.text(j, i, str(n), ha="center", va="center", fontsize=6, color=colour)
    names = [view_name(view) for view in views]
    axes.set_xticks(range(len(views)), names)
    axes.set_yticks(
        range(len(views)), [f"{v} (n = {n})" for v, n in zip(names, sums[:, 0], strict=True)]
    )
    axes.set_xlabel(f"classified as ({unit})")
    axes.set_ylabel("true view")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
