"""Learning curves: loss by optimiser step, a panel a network, its stages numbered."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.ticker import ScalarFormatter

from echogls.manuscript.figures.style import COLOURS, FAINT, MM, WIDE, canvas, tidy

PANEL = 38 * MM  # height of a network's


def draw_learning_curve(history: Sequence[dict], path: Path) -> None:
    """Write one figure.

    Parameters
    ----------
    history : rows with `part`, `step`, `loss`, and `data` where a training has stages; a new
        stage begins a new line, for its loss is of other data.
    """
    parts = list(dict.fromkeys(row["part"] for row in history))
    ratios = {"gridspec_kw": {"width_ratios": (3, 2)}}
    with canvas(WIDE, PANEL * len(parts), len(parts), 2, **ratios) as (figure, axes):
        for (panel, beside), part in zip(axes, parts, strict=True):
            rows = [row for row in history if row["part"] == part]
            stages = list(dict.fromkeys(row.get("data", "") for row in rows))
            for number, data in enumerate(stages):
                line = [row for row in rows if row.get("data", "") == data]
                steps, losses = ([row[name] for row in line] for name in ("step", "loss"))
                colour = COLOURS[number % len(COLOURS)]
                panel.plot(steps, losses, color=colour, marker="" if len(line) > 1 else ".")
                if len(stages) > 1:
                    panel.annotate(
                        str(number + 1),
                        (steps[0], 1),
                        xycoords=("data", "axes fraction"),
                        color=colour,
                        fontsize=6,
                        va="bottom",
                    )
            panel.set_title(part, loc="right")
            panel.set_ylabel("training loss")
            panel.set_yscale("log")
            for ticks in ("set_major_formatter", "set_minor_formatter"):
                getattr(panel.yaxis, ticks)(ScalarFormatter())
            tidy(panel)
            beside.axis("off")
            labels = [
                f"{k}: {data}" if len(stages) > 1 else data for k, data in enumerate(stages, 1)
            ]
            beside.text(0, 1, "\n".join(labels), color=FAINT, fontsize=6, va="top")
        axes[-1, 0].set_xlabel("optimiser step")
        figure.savefig(path, metadata={"Date": None})
