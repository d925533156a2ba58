"""The flow of clips and patients (STARD 2015): what entered, was excluded and why, was left."""

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from echogls.manuscript.figures.style import FAINT, INK
from echogls.manuscript.wording import STAGES, counted, plain, rater_name

MEAN = "mean_of_readers"
LINE = 0.135  # inches a line of text of SETTINGS' size, with its leading
LETTER = 0.052  # inches a letter of it, on average, with room for wide ones
INDENT = "\N{NO-BREAK SPACE}" * 4  # which a browser keeps
PAD, GAP = 0.08, 0.2  # around the text, and between boxes
MAIN, SIDE = (0.0, 3.1), (3.5, 6.9)  # left and right of the two columns of boxes, inches


def draw_chart(axes: Axes, rows: Sequence[dict], title: str) -> None:
    """Draw the rows of flow.tsv of one cohort: main boxes below each other, exclusions beside.

    The axes are in inches; `chart_height` says how many it needs.
    """
    axes.axis("off")
    top = 0.0
    boxes = _boxes(rows)
    for place, (lines, reasons) in enumerate(boxes):
        height = _height(lines, reasons)
        middle = top - height / 2
        _box(axes, MAIN, middle, lines, INK)
        if reasons:
            _box(axes, SIDE, middle, ["excluded:", *reasons], FAINT)
            _arrow(axes, (MAIN[1], middle), (SIDE[0], middle), FAINT)
        if place + 1 < len(boxes):
            centre = sum(MAIN) / 2
            bottom = middle - _height(lines, []) / 2
            following = _height(*boxes[place + 1])
            own = _height(boxes[place + 1][0], [])
            target = top - height - GAP - (following - own) / 2
            _arrow(axes, (centre, bottom), (centre, target), INK)
        top -= height + GAP
    axes.set(xlim=(-0.05, SIDE[1] + 0.05), ylim=(top, 0.05))
    axes.set_title(title, loc="left")


def chart_height(rows: Sequence[dict]) -> float:
    """Inches that the chart needs."""
    return 0.4 + sum(_height(*box) + GAP for box in _boxes(rows))


def _boxes(rows):
    """(lines, reasons) of each main box."""
    entered = [row for row in rows if row["kind"] == "entered"]
    boxes = [([f"{counted(row['n'], row['unit'])} entered" for row in entered], [])]
    shown = _shown_pairs(rows)
    for stage in dict.fromkeys(row["stage"] for row in rows if row["kind"] != "entered"):
        of_stage = [row for row in rows if row["stage"] == stage]
        if stage == "agreement":
            of_stage = [row for row in of_stage if _pair(row) in shown]
        if not of_stage:
            continue
        left = _box_texts([row for row in of_stage if row["kind"] == "left"])
        reasons = _box_texts([row for row in of_stage if row["kind"] == "excluded"])
        boxes.append(
            (
                _wrapped([f"after {STAGES[stage]}:", *left], MAIN),
                _wrapped(reasons, SIDE),
            )
        )
    return boxes


def _shown_pairs(rows):
    """Pairs of a method with the mean of readers, else with each reader, and with the truth; all
    others are in flow.tsv."""
    pairs = [_pair(row) for row in rows if row["stage"] == "agreement"]
    methods = {row["rater"] for row in rows if row["stage"] == "strain"}
    pairs = [pair for pair in pairs if pair[1] in methods and pair[0] not in methods]
    firsts = {first for first, _ in pairs}
    if MEAN in firsts:
        firsts &= {MEAN, "truth"}
    return {pair for pair in pairs if pair[0] in firsts}


def _pair(row):
    return row["rater_1"], row["rater_2"]


def _box_texts(rows):
    """Lines of rows that differ in reason or reference; raters of the same number together."""
    lines: dict[tuple, dict[str, list[str]]] = {}
    for row in rows:
        first, second = row["rater_1"], row["rater_2"] or row["rater"]
        groups = lines.setdefault((first, row["reason"], row["unit"]), {})
        groups.setdefault(str(row["n"]), []).append(rater_name(second) if second else "")
    texts = []
    for (first, reason, unit), groups in lines.items():
        words = [f"with {rater_name(first)}"] if first else []
        words += [plain(reason)] if reason else []
        head = f"{', '.join(words)}: " if words else ""
        for n, raters in groups.items():
            names = f" ({', '.join(raters)})" if any(raters) else ""
            texts.append(f"{head}{counted(n, unit)}{names}")
    return texts


def _wrapped(lines, sides):
    """Lines broken at the box's width."""
    width = int((sides[1] - sides[0] - 2 * PAD) / LETTER)
    return [part for line in lines for part in textwrap.wrap(line, width, subsequent_indent=INDENT)]


def _height(lines, reasons):
    return 2 * PAD + LINE * max(len(lines), len(reasons) + 1 if reasons else 0)


def _box(axes, sides, middle, lines, colour):
    left, right = sides
    height = 2 * PAD + LINE * len(lines)
    corner = (left, middle - height / 2)
    axes.add_patch(
        Rectangle(corner, right - left, height, facecolor="white", edgecolor=colour, linewidth=0.7)
    )
    for place, line in enumerate(lines):
        y = middle + height / 2 - PAD - LINE * (place + 0.5)
        axes.text(left + PAD, y, line, va="center", fontsize=6.5, color=INK)


def _arrow(axes, start, end, colour):
    style = {"arrowstyle": "->", "color": colour, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=style)
