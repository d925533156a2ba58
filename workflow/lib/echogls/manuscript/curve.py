"""The strain curve of one patient by one method, as a figure."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from echogls.manuscript.palette import SEGMENT_COLOURS, web_colour
from echogls.study import SEGMENTS


def save_curve(path: Path, curves: dict[str, np.ndarray], title: str, events: dict) -> None:
    """Draw global strain with its uncertainty and the six segments, beat by beat.

    Parameters
    ----------
    path : an .svg, .pdf or .png file.
    curves : columns of the curve table as arrays: `beat`, `time_s`, `strain_global`,
        `strain_global_sd`, `strain_<segment>`; strain in signed percent.
    title : text above the axes.
    events : name -> time in seconds, drawn as vertical lines.
    """
    figure, axes = plt.subplots(figsize=(5.5, 3.4), layout="constrained")
    for beat in np.unique(curves["beat"]):
        here = curves["beat"] == beat
        time = curves["time_s"][here]
        for name, colour in zip(SEGMENTS, SEGMENT_COLOURS, strict=True):
            label = name.replace("_", " ") if beat == curves["beat"].min() else None
            strain = curves[f"strain_{name}"][here]
            axes.plot(time, strain, color=web_colour(colour), linewidth=1, label=label)
        strain, sd = curves["strain_global"][here], curves["strain_global_sd"][here]
        label = "global, ± 1.96 SD" if beat == curves["beat"].min() else None
        axes.plot(time, strain, color="black", linewidth=2, label=label)
        axes.fill_between(
            time, strain - 1.96 * sd, strain + 1.96 * sd, color="black", alpha=0.15, linewidth=0
        )
    for name, time in events.items():
        axes.axvline(time, color="grey", linewidth=0.8, linestyle="--")
        axes.annotate(name, (time, 1), xycoords=("data", "axes fraction"), fontsize=7, va="bottom")
    axes.axhline(0, color="grey", linewidth=0.5)
    axes.set_xlabel("time (s)")
    axes.set_ylabel("longitudinal strain (%)")
    axes.set_title(title, fontsize=9, pad=12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=6, frameon=False, ncols=2)
    figure.savefig(path, dpi=150, metadata={"Date": None} if str(path).endswith(".svg") else None)
    plt.close(figure)


def save_notice(path: Path, text: str) -> None:
    """A figure that says why there is no curve."""
    figure, axes = plt.subplots(figsize=(5.5, 1.2), layout="constrained")
    axes.axis("off")
    axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=9)
    figure.savefig(path, dpi=150, metadata={"Date": None} if str(path).endswith(".svg") else None)
    plt.close(figure)
