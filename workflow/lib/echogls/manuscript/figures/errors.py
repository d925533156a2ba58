"""Violins of errors: how far each rater is from the reference, patient by patient."""

import textwrap
from collections.abc import Collection, Mapping, Sequence

import seaborn as sns
from matplotlib.axes import Axes

from echogls.manuscript.figures.style import FAINT, FEWEST, METHOD, MM, READER, tidy
from echogls.manuscript.wording import rater_name

LETTER = 2.0  # mm of a letter of a label, and of what lies between labels; by judgement


def draw_errors(
    axes: Axes, errors: Mapping[str, Sequence[float]], reference: str, readers: Collection[str] = ()
) -> None:
    """Draw rater -> differences to the reference, in percentage points; readers have a colour
    of their own."""
    order = list(errors)
    colours = {name: READER if name in readers else METHOD for name in order}
    axes.axhline(0, color=FAINT, linewidth=0.5)
    enough = [name for name in order if len(errors[name]) >= FEWEST]
    for draw, names, options in (
        (sns.violinplot, enough, {"inner": None, "cut": 0, "linewidth": 0.5, "alpha": 0.3}),
        (sns.stripplot, order, {"size": 2.5, "jitter": 0.12}),
    ):
        points = [(name, value) for name in names for value in errors[name]]
        if points:
            rater, values = zip(*points, strict=True)
            draw(
                x=list(rater),
                y=list(values),
                hue=list(rater),
                order=order,
                palette=colours,
                legend=False,
                ax=axes,
                **options,
            )
    room = int(axes.figure.get_figwidth() / MM / len(order) / LETTER)
    labels = [
        "\n".join([*textwrap.wrap(rater_name(name), max(room, 6)), f"n = {len(errors[name])}"])
        for name in order
    ]
    axes.set_xticks(range(len(order)), labels)
    axes.set_xlabel("")
    axes.set_ylabel(f"difference to {rater_name(reference)} (points)")
    tidy(axes)
