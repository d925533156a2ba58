"""The bull's-eye of the left ventricle: apex in the middle, base outside, anterior wall up."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.patches import Wedge

from echogls.manuscript.flags import doubts_of
from echogls.manuscript.rounding import number
from echogls.manuscript.saving import save_figure

# Strong shortening dark red, none white, lengthening blue, as vendors colour it; the ends, percent,
# by judgement.
COLOURS, WEAKEST, STRONGEST = "RdBu", 22.0, -22.0
UNKNOWN = "#d9d9d9"
# Rings from outside: segments, outer radius, and the angle (degrees, anticlockwise from the
# right) at which the first begins; numbers go anticlockwise from the anterior wall.
RINGS = {
    "17": ((6, 4.0, 60), (6, 3.0, 60), (4, 2.0, 45), (1, 1.0, 0)),
    "18": ((6, 4.0, 60), (6, 2.8, 60), (6, 1.6, 60)),
}
WALLS = ("anterior", "antero-\nseptal", "infero-\nseptal", "inferior", "infero-\nlateral",
         "antero-\nlateral")  # fmt: skip


def draw_bullseye(
    axes: Axes,
    values: Mapping[int, float],
    title: str,
    model: str = "17",
    decimals: int = 0,
    doubtful: Collection[int] = (),
) -> None:
    """Draw one.

    Parameters
    ----------
    values : number of the segment (from 1) -> strain, signed percent; one that is not there is
        grey.
    model : key of RINGS.
    doubtful : numbers of segments that are flagged; their values have a question mark.
    """
    colours, scale = plt.get_cmap(COLOURS), Normalize(STRONGEST, WEAKEST)
    first = 1
    for ring, (count, radius, start) in enumerate(RINGS[model]):
        inside = RINGS[model][ring + 1][1] if ring + 1 < len(RINGS[model]) else 0.0
        for k in range(count):
            low = start + k * 360 / count
            value = values.get(first + k)
            face = UNKNOWN if value is None else colours(scale(value))
            axes.add_patch(
                Wedge((0, 0), radius, low, low + 360 / count, width=radius - inside,
                      facecolor=face, edgecolor="white", linewidth=0.8)
            )  # fmt: skip
            angle = np.deg2rad(low + 180 / count)
            middle = 0.5 * (radius + inside) if count > 1 else 0.0
            strong = value is not None and abs(value) > 0.65 * WEAKEST
            axes.text(
                middle * np.cos(angle), middle * np.sin(angle),
                "" if value is None else number(value, decimals) + "?" * (first + k in doubtful),
                ha="center", va="center",
                fontsize=5.5 if decimals else 7, color="white" if strong else "black",
            )  # fmt: skip
        first += count
    for k, wall in enumerate(WALLS):
        angle = np.deg2rad(90 + 60 * k)
        place = 4.65 * np.array([np.cos(angle), np.sin(angle)])
        axes.text(*place, wall, ha="center", va="center", fontsize=6)
    axes.set(xlim=(-5.4, 5.4), ylim=(-5.2, 5.2), aspect="equal")
    axes.axis("off")
    axes.set_title(title, fontsize=8)


def segment_means(rows: Sequence[dict], model: str = "17") -> tuple[dict[int, float], int]:
    """Mean of each segment over patients, of one rater's rows of bullseye.tsv, and how many
    patients have any; of repeated readings the first counts."""
    by_number: dict[int, list[float]] = {}
    patients = set()
    for row in rows:
        first = str(row["repeat"] or 1) == "1"
        if row["model"] == model and row["status"] == "ok" and first:
            by_number.setdefault(int(row["number"]), []).append(float(row["value"]))
            patients.add(row["patient"])
    return {number_: float(np.mean(values)) for number_, values in by_number.items()}, len(patients)


def save_bullseye(path: Path, rows: Sequence[dict], title: str) -> None:
    """One patient's bull's-eyes of 17 and 18 segments by one method, side by side."""
    figure, axes = plt.subplots(1, 2, figsize=(6.4, 3.4), layout="constrained")
    flagged = False
    for panel, model in zip(axes, RINGS, strict=True):
        values, _ = segment_means(rows, model)
        doubtful = {int(row["number"]) for row in rows if row["model"] == model and doubts_of(row)}
        draw_bullseye(panel, values, f"{title}, {model} segments (%)", model, doubtful=doubtful)
        flagged |= bool(doubtful)
    if flagged:
        figure.supxlabel("?: flagged, see quality.tsv", fontsize=6)
    save_figure(figure, path)
    plt.close(figure)
