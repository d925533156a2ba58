"""Learning curves: loss by optimiser step, a line a network."""

from collections.abc import Sequence
from pathlib import Path

from echogls.manuscript.figures.style import COLOURS, COLUMN, FAINT, canvas, tidy


def draw_learning_curve(history: Sequence[dict], path: Path) -> None:
    """Write one figure.

    Parameters
    ----------
    history : rows with `part`, `step`, `loss`, and `data` where a training has stages; a new
        stage begins a new line, for its loss is of other data.
    """
    with canvas(COLUMN, COLUMN * 0.62) as (figure, axes):
        panel = axes[0, 0]
        for number, part in enumerate(dict.fromkeys(row["part"] for row in history)):
            rows = [row for row in history if row["part"] == part]
            for stage, data in enumerate(dict.fromkeys(row.get("data", "") for row in rows)):
                line = [row for row in rows if row.get("data", "") == data]
                panel.plot(
                    [row["step"] for row in line],
                    [row["loss"] for row in line],
                    color=COLOURS[number % len(COLOURS)],
                    label=part if stage == 0 else None,
                )
                panel.annotate(
                    data, (line[0]["step"], line[0]["loss"]), color=FAINT, fontsize=5, va="bottom"
                )
        panel.set_xlabel("optimiser step")
        panel.set_ylabel("training loss")
        panel.set_yscale("log")
        panel.legend()
        tidy(panel)
        figure.savefig(path, metadata={"Date": None})
