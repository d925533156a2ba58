"""Overlap and distances to experts' outlines, a violin a label and phase."""

from collections.abc import Sequence

import seaborn as sns
from matplotlib.axes import Axes

from echogls.manuscript.figures.style import FEWEST, METHOD, tidy
from echogls.study import LABELS

MEASURES = {
    "dice": "Dice",
    "mean_absolute_distance": "mean absolute distance (mm)",
    "hausdorff_distance": "Hausdorff distance (mm)",
}


def has_reference(quality: Sequence[dict]) -> bool:
    """Whether the rows of quality.tsv hold comparisons with experts' outlines."""
    return any(row["measure"] in MEASURES and row["value"] for row in quality)


def draw_quality(axes: Sequence[Axes], quality: Sequence[dict]) -> None:
    """One panel a measure, each dot an image; rows of quality.tsv of one network."""
    for panel, (measure, words) in zip(axes, MEASURES.items(), strict=True):
        values: dict[tuple[str, str], list[float]] = {}
        for row in quality:
            if row["measure"] == measure and row["value"]:
                key = (row["label"], row["phase"])
                values.setdefault(key, []).append(float(row["value"]))
        order = sorted(values, key=lambda key: (list(LABELS).index(key[0]), key[1]))
        names = [" ".join(key).strip() for key in order]
        for draw, least, options in (
            (sns.violinplot, FEWEST, {"inner": None, "cut": 0, "linewidth": 0.5, "alpha": 0.3}),
            (sns.stripplot, 1, {"size": 1.6, "jitter": 0.15}),
        ):
            points = [
                (name, value)
                for name, key in zip(names, order, strict=True)
                if len(values[key]) >= least
                for value in values[key]
            ]
            if points:
                x, y = zip(*points, strict=True)
                draw(x=list(x), y=list(y), order=names, color=METHOD, ax=panel, **options)
        labels = [f"{name}\nn = {len(values[key])}" for name, key in zip(names, order, strict=True)]
        panel.set_xticks(range(len(order)), labels)
        panel.set_xlabel("")
        panel.set_ylabel(words)
        panel.tick_params(axis="x", labelsize=6, labelrotation=90)
        tidy(panel)
