"""The flow of clips and patients (STARD 2015): what entered, was excluded and why, was left."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from echogls.manuscript.figures.style import FAINT, INK
from echogls.manuscript.names import STAGES, plain, rater_name

STEP, WIDTH, LINE = 1.0, 0.42, 0.17


def draw_flow(axes: Axes, flow: Sequence[dict], title: str) -> None:
    """Draw the rows of flow.tsv of one cohort: main boxes below each other, exclusions beside."""
    boxes = _boxes(flow)
    axes.axis("off")
    top = 0.0
    for place, (text, reasons) in enumerate(boxes):
        height = LINE * (1.4 + max(text.count("\n"), len(reasons)))
        middle = top - height / 2
        _box(axes, 0.0, middle, text, INK)
        if reasons:
            _box(axes, 0.5, middle, "excluded:\n" + "\n".join(reasons), FAINT)
            axes.annotate(
                "",
                (0.5, middle + 0.02),
                (WIDTH, middle + 0.02),
                arrowprops={"arrowstyle": "->", "color": FAINT, "linewidth": 0.7},
            )
        bottom = top - height
        if place + 1 < len(boxes):
            axes.annotate(
                "",
                (WIDTH / 2, bottom - 0.26),
                (WIDTH / 2, bottom + 0.06),
                arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 0.7},
            )
        top = bottom - 0.3
    axes.set(xlim=(-0.01, 1.0), ylim=(top, 0.1))
    axes.set_title(title, loc="left")


def flow_height(flow: Sequence[dict]) -> float:
    """Inches that the chart needs."""
    lines = sum(2.6 + max(text.count("\n"), len(reasons)) for text, reasons in _boxes(flow))
    return 0.3 + 0.16 * lines


def _boxes(flow):
    """(text, reasons) of each main box."""
    entered = [row for row in flow if row["kind"] == "entered"]
    boxes = [("\n".join(f"{row['n']} {row['unit']} entered" for row in entered), [])]
    for stage in dict.fromkeys(row["stage"] for row in flow if row["kind"] != "entered"):
        rows = [row for row in flow if row["stage"] == stage]
        left = [_left(row) for row in rows if row["kind"] == "left"]
        reasons = [
            f"{row['n']} {row['unit']}: {plain(row['reason'])}" + _by(row)
            for row in rows
            if row["kind"] == "excluded"
        ]
        boxes.append(("\n".join([f"after {STAGES[stage]}:", *left]), reasons))
    return boxes


def _left(row):
    return f"{row['n']} {row['unit']}" + _by(row)


def _by(row):
    if not row["rater"]:
        return ""
    names = " and ".join(rater_name(part) for part in row["rater"].split(" and "))
    return f" ({names})"


def _box(axes, x, y, text, colour):
    axes.text(
        x + 0.01,
        y,
        text,
        va="center",
        ha="left",
        fontsize=6.5,
        color=INK,
        bbox={
            "boxstyle": "round,pad=0.4",
            "facecolor": "white",
            "edgecolor": colour,
            "linewidth": 0.7,
        },
    )
