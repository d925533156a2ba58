"""Whether the errors that methods state of their GLS are the errors that they make."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from echogls.agreement.bland_altman import MULTIPLIER
from echogls.manuscript.figures.style import COLOURS, FAINT, tidy
from echogls.manuscript.wording import rater_name

STATED = "stated_covers"


def reliability(rows: Mapping[str, dict]) -> list[tuple[float, ...]]:
    """(stated, found, low, high), percent, of the rows `stated_covers` and `stated_covers_*` of one
    method, by what is stated."""
    ends = ("estimate", "ci_low", "ci_high")
    return sorted(
        (float(name.removeprefix(STATED).lstrip("_") or 95), *(100 * float(row[k]) for k in ends))
        for name, row in rows.items()
        if name.startswith(STATED) and row["estimate"]
    )


def draw_reliability(axes: Axes, methods: Mapping[str, Mapping[str, dict]]) -> None:
    """Share of patients whose truth lies in the interval that a method states, against what it
    should hold; bars are the share's own intervals. methods : label -> statistic -> row."""
    axes.plot([0, 100], [0, 100], color=FAINT, linewidth=0.8)
    for place, (label, rows) in enumerate(methods.items()):
        stated, covered, low, high = zip(*reliability(rows), strict=True)
        bars = [
            [y - end for y, end in zip(covered, low, strict=True)],
            [end - y for y, end in zip(covered, high, strict=True)],
        ]
        beside = [x + 0.8 * place for x in stated]  # so that bars do not hide each other
        style = {"color": COLOURS[place % len(COLOURS)], "marker": "o", "markersize": 3}
        axes.errorbar(beside, covered, bars, elinewidth=0.6, label=label, **style)
    axes.set(xlim=(40, 102), ylim=(0, 102))
    axes.set_xlabel("interval that is stated to hold the truth (%)")
    axes.set_ylabel("patients in whom it does (%)")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
    tidy(axes)


def draw_stated(axes: Axes, errors: Sequence[Sequence[tuple[float, float]]]) -> None:
    """Error of each patient against the SD that was stated; between the lines should lie 95 %.

    errors : of each method of `draw_reliability` (stated SD, error) by patient, percentage points.
    """
    most = max(stated for both in errors for stated, _ in both) * 1.08
    for sign in (-1, 1):
        axes.plot([0, most], [0, sign * MULTIPLIER * most], color=FAINT, linewidth=0.8)
    for place, both in enumerate(errors):
        style = {"color": COLOURS[place % len(COLOURS)], "edgecolor": "white", "linewidth": 0.4}
        axes.scatter(*zip(*both, strict=True), s=12, **style)
    axes.set_xlim(0, most)
    axes.set_xlabel("stated SD (points)")
    axes.set_ylabel(f"difference to {rater_name('truth')} (points)")
    tidy(axes)
