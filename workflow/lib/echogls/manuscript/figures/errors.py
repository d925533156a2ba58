"""Violins of errors: how far each rater is from the reference, patient by patient."""

from collections.abc import Mapping, Sequence

import seaborn as sns
from matplotlib.axes import Axes

from echogls.manuscript.figures.style import COLOURS, FAINT, tidy
from echogls.manuscript.names import rater_name

FEWEST = 5  # fewer errors are dots without an outline


def draw_errors(axes: Axes, errors: Mapping[str, Sequence[float]], reference: str) -> None:
    """Draw rater -> differences to the reference, in percentage points."""
    order = list(errors)
    rater = [name for name in order for _ in errors[name]]
    values = [value for name in order for value in errors[name]]
    colours = dict(zip(order, COLOURS * (1 + len(order) // len(COLOURS)), strict=False))
    axes.axhline(0, color=FAINT, linewidth=0.5)
    enough = [name for name in order if len(errors[name]) >= FEWEST]
    keep = [place for place, name in enumerate(rater) if name in enough]
    if keep:
        sns.violinplot(
            x=[rater[k] for k in keep],
            y=[values[k] for k in keep],
            hue=[rater[k] for k in keep],
            order=order,
            palette=colours,
            inner=None,
            cut=0,
            linewidth=0.5,
            alpha=0.35,
            legend=False,
            ax=axes,
        )
    sns.stripplot(
        x=rater,
        y=values,
        hue=rater,
        order=order,
        palette=colours,
        size=2.5,
        legend=False,
        jitter=0.12,
        ax=axes,
    )
    axes.set_xticks(range(len(order)), [f"{rater_name(n)}\nn = {len(errors[n])}" for n in order])
    axes.set_xlabel("")
    axes.set_ylabel(f"difference to {rater_name(reference)} (points)")
    tidy(axes)
