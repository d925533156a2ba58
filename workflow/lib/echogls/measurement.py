"""What `echogls.measure` gives: one clip's numbers, as lines, tables, a figure and files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from echogls.cine import Cine
from echogls.fusion.fused import Fused
from echogls.segmentation.clip import Segmentation
from echogls.strain.measure import curve_columns
from echogls.study import MEASUREMENT_COLUMNS, REASONS, VIEW_SEGMENTS, split_reasons
from echogls.tables import as_text, write_table
from echogls.views import selection

APICAL = tuple(VIEW_SEGMENTS)  # views in which strain is measured
WHERE = MEASUREMENT_COLUMNS[:3]  # cohort, patient, rater: of a study only


@dataclass(frozen=True)
class Measurement:
    """What one method measured of one view, or why it could not.

    Attributes
    ----------
    title, method, view, clip : what was measured, by what; the clip is "" where there is none.
    status, reason : as in measurements.tsv: "ok" or "excluded", and keys of study.REASONS; beside
        "ok" they are flags.
    gls, gls_sd : signed percent, percentage points; None where they are not known.
    segments : name -> peak systolic strain, signed percent, None where not measured.
    segments_sd : name -> random error of the segment's strain, percentage points, by fusions that
        state it.
    measures : every other global measure of measurements.tsv (ed_frame, es_time, heart_rate ...).
    flags : what may be wrong, a line each.
    notes : what else is said of the clip and its view.
    path_mm : (T, 120, 2) followed points (x, y), from the annulus on the left over the apex.
    endocardium_mm, epicardium_mm : (T, 200, 2) outlines (x, y) of each frame, NaN where there is
        none.
    rows, curve_rows, quality : rows of measurements.tsv, of the curve's table and of quality.tsv.
    cine, wall, fused, views : what they were made of; None where it did not come so far.

    Lengths are mm, pixels where the spacing is unknown.
    """

    title: str
    method: str
    view: str
    clip: str = ""
    status: str = "excluded"
    reason: str = ""
    gls: float | None = None
    gls_sd: float | None = None
    segments: Mapping[str, float | None] = field(default_factory=dict)
    segments_sd: Mapping[str, float | None] = field(default_factory=dict)
    measures: Mapping[str, float | None] = field(default_factory=dict)
    flags: Sequence[str] = ()
    notes: Sequence[str] = ()
    rows: Sequence[dict] = field(default=(), repr=False)
    curve_rows: Sequence[dict] = field(default=(), repr=False)
    quality: Sequence[dict] = field(default=(), repr=False)
    views: Sequence[dict] = field(default=(), repr=False)
    cine: Cine | None = field(default=None, repr=False)
    wall: Segmentation | None = field(default=None, repr=False)
    fused: Fused | None = field(default=None, repr=False)

    @property
    def path_mm(self) -> np.ndarray | None:
        return None if self.fused is None else self.fused.positions

    @property
    def endocardium_mm(self) -> np.ndarray | None:
        return None if self.wall is None else self.wall.endocardium_mm

    @property
    def epicardium_mm(self) -> np.ndarray | None:
        return None if self.wall is None else self.wall.epicardium_mm

    @property
    def curve(self):
        """The strain curve as a pandas DataFrame, columns as strain/{method}.tsv of a study."""
        import pandas as pd

        columns = curve_columns([self.view]) if self.view in APICAL else None
        return pd.DataFrame(list(self.curve_rows), columns=columns)

    @property
    def table(self):
        """The rows of measurements.tsv as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=MEASUREMENT_COLUMNS[len(WHERE) :])

    def lines(self) -> list[str]:
        """The measurement in words, as `echogls measure` prints it."""
        head = f"{self.title}, {self.view or 'no view'}, {self.method}"
        if self.status != "ok":
            why = "; ".join(REASONS.get(one, one) for one in split_reasons(self.reason))
            return [f"{head}: not measured, {self.reason}: {why}", *self._remarks()]
        parts = [f"GLS {self.gls:.1f} %"]
        parts[0] += f" (SD {self.gls_sd:.1f})" if self.gls_sd is not None else ""
        beats, rate = self.measures.get("beats"), self.measures.get("heart_rate")
        parts += [f"{beats:g} beat{'s' if beats != 1 else ''}"] if beats else []
        parts += [f"{rate:.0f} a minute"] if rate else []
        ed, es = self.measures.get("ed_frame"), self.measures.get("es_frame")
        parts += [f"ED frame {ed:g}, ES frame {es:g}"] if None not in (ed, es) else []
        segments = ", ".join(
            f"{name.replace('_', ' ')} "
            + ("not measured" if value is None else f"{value:.1f}{self._sd_of(name)}")
            for name, value in self.segments.items()
        )
        return [
            f"{head}: {', '.join(parts)}",
            f"  segments, peak systolic strain, %: {segments}",
            *self._remarks(),
        ]

    def _sd_of(self, segment):
        sd = self.segments_sd.get(segment)
        return "" if sd is None else f" (SD {sd:.1f})"

    def _remarks(self):
        flags = [f"  flag: {flag}" for flag in self.flags]
        if self.status == "ok" and not flags:
            flags = ["  flags: none"]
        return flags + [f"  note: {note}" for note in self.notes]

    def plot(self, file: Path | None = None):
        """The wall at ED and ES on the image, and the strain curve: a matplotlib Figure that a
        notebook shows; written to a file too if one is named."""
        from echogls.manuscript.clip import clip_figure

        figure = clip_figure(**self._drawn())
        if file is not None:
            figure.savefig(file, dpi=150)
        return figure

    def _repr_png_(self) -> bytes:
        return self.plot()._repr_png_()

    def save(self, folder: Path, name: str | None = None) -> dict[str, Path]:
        """Write moving overlay, still, curve and tables into a folder; what and where.

        name : how their names begin; default: the title.
        """
        from echogls.manuscript.patient import draw_patient

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        stem = ".".join(filter(None, [name or self.title, self.view, self.method]))
        ends = {
            "movie": "overlay.webp", "still": "overlay.png", "plot": "curve.svg",
            "curve": "curve.tsv", "measurements": "measurements.tsv", "quality": "quality.tsv",
        }  # fmt: skip
        files = {key: folder / f"{stem}.{end}" for key, end in ends.items()}
        draw_patient(**self._drawn(), **{key: files[key] for key in ("movie", "still", "plot")})
        shown = [self.view] if self.view in APICAL else []
        write_table(files["curve"], self.curve_rows, curve_columns(shown))
        write_table(files["measurements"], self.rows, MEASUREMENT_COLUMNS[len(WHERE) :])
        if self.quality:
            write_table(files["quality"], self.quality, list(self.quality[0]))
        else:
            files.pop("quality")
        return files

    def _drawn(self):
        cines = {self.clip: self.cine} if self.cine is not None else {}
        shown = [self.view] if self.view in APICAL else []
        return {
            "title": f"{self.title}, {self.method}",
            "views": as_text(self.views, selection.COLUMNS),
            "measurements": as_text(self.rows, MEASUREMENT_COLUMNS),
            "curve": as_text(self.curve_rows, curve_columns(shown)),
            "cines": cines,
            "walls": {self.clip: self.wall} if self.wall is not None else {},
            "fused": {self.clip: self.fused} if self.fused is not None else {},
        }
