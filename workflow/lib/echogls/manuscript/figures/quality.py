"""Overlap and distances to experts' outlines, a violin a label."""

from collections.abc import Sequence

import seaborn as sns
from matplotlib.axes import Axes

from echogls.manuscript.figures.style import COLOURS, tidy

MEASURES = {
    "dice": "Dice",
    "mean_absolute_distance": "mean absolute distance (mm)",
    "hausdorff_distance": "Hausdorff distance (mm)",
}


def has_reference(quality: Sequence[dict]) -> bool:
    """Whether the rows of quality.tsv hold comparisons with experts' outlines."""
    return any(row["measure"] in MEASURES and row["value"] for row in quality)


def draw_quality(axes: Sequence[Axes], quality: Sequence[dict]) -> None:
    """One panel a measure, each dot an image; rows of quality.tsv."""
    for panel, (measure, words) in zip(axes, MEASURES.items(), strict=True):
        rows = [row for row in quality if row["measure"] == measure and row["value"]]
        labels = [f"{row['label']} {row['phase']}".strip() for row in rows]
        values = [float(row["value"]) for row in rows]
        order = sorted(set(labels))
        if rows:
            sns.violinplot(
                x=labels,
                y=values,
                order=order,
                inner="quart",
                cut=0,
                color=COLOURS[4],
                linewidth=0.5,
                ax=panel,
            )
        panel.set_xlabel("")
        panel.set_ylabel(words)
        panel.tick_params(axis="x", labelsize=6, labelrotation=90)
        tidy(panel)
