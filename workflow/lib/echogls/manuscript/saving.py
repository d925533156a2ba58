"""Figures as files: the same figure, the same file."""

from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

# What matplotlib would write of the moment.
NO_DATE = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


def save_figure(figure: Figure, path: Path, dpi: float = 150) -> None:
    """Write an .svg, .pdf or .png without dates, and without ids that are drawn by chance."""
    with rc_context({"svg.hashsalt": "echogls"}):
        figure.savefig(path, dpi=dpi, metadata=NO_DATE.get(Path(path).suffix))
