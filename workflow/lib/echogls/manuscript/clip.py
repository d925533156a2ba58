"""One clip's measurement in one figure: the wall at ED and ES, and the curve below."""

import io
from collections.abc import Mapping

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from echogls.manuscript.curve import draw_panel
from echogls.manuscript.patient import draw_views, why_not


class ShownFigure(Figure):
    """A figure that a notebook shows, whatever its backend."""

    def _repr_png_(self) -> bytes:
        FigureCanvasAgg(self)
        stream = io.BytesIO()
        self.savefig(stream, format="png", dpi=100)
        return stream.getvalue()


def clip_figure(*, title: str, measurements: list[dict], **parts: Mapping) -> ShownFigure:
    """The figure of one view; what there is not to see is said. Arguments as `draw_patient`."""
    drawn = draw_views(title=title, measurements=measurements, **parts)
    figure = ShownFigure(figsize=(7, 6.5) if drawn else (7, 1.5), layout="constrained")
    FigureCanvasAgg(figure)
    if not drawn:
        figure.text(0.5, 0.5, "\n".join(why_not(title, measurements)), ha="center", va="center")
        return figure
    view = drawn[0]
    grid = figure.add_gridspec(2 if view.panel else 1, 2)
    for place, picture in enumerate(view.stills):
        axes = figure.add_subplot(grid[0, place])
        axes.imshow(picture)
        axes.set_axis_off()
    if view.panel:
        draw_panel(figure.add_subplot(grid[1, :]), view.panel)
    return figure
