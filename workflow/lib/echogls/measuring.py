"""One clip, or a few, measured as a study would: the same functions, the same defaults. Values are
the study's to about ten digits, to the last one under OPENBLAS_NUM_THREADS=1, as its jobs run.

import echogls
result = echogls.measure(frames, fps=60, spacing_mm=0.3, view="a4c")
result.gls, result.segments, result.flags, result.plot()
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from echogls import cohorts, configuration, motion, project
from echogls.cine import Cine
from echogls.cohorts import _guess
from echogls.fusion.fused import Fused
from echogls.fusion.patient import fuse_patient
from echogls.segmentation.clip import Segmentation
from echogls.segmentation.patient import segment_patient
from echogls.strain.measure import curve_columns
from echogls.strain.patient import measure_patient
from echogls.study import (
    CLIP_COLUMNS,
    DOUBTS,
    MEASUREMENT_COLUMNS,
    REASONS,
    VIEW_SEGMENTS,
    StudyError,
    nearest,
    split_reasons,
)
from echogls.tables import as_text, write_table
from echogls.views import selection
from echogls.views.chosen import chosen_clips
from echogls.views.patient import classify_patient

APICAL = tuple(VIEW_SEGMENTS)  # views in which strain is measured
OWN = "own"  # name of a method that is given by its parts
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
            f"{name.replace('_', ' ')} {'not measured' if value is None else f'{value:.1f}'}"
            for name, value in self.segments.items()
        )
        return [
            f"{head}: {', '.join(parts)}",
            f"  segments, peak systolic strain, %: {segments}",
            *self._remarks(),
        ]

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


def measure(
    frames: np.ndarray | Cine,
    *,
    fps: float | None = None,
    times_s: Sequence[float] | None = None,
    spacing_mm: float | Sequence[float] | None = None,
    view: str | None = "a4c",
    method: str | Mapping[str, object] | None = None,
    r_waves_s: Sequence[float] = (),
    config: Path | Sequence[Path] | Mapping | None = None,
    title: str = "clip",
) -> Measurement:
    """Measure one clip as a study does.

    Parameters
    ----------
    frames : (T, H, W) grey or (T, H, W, 3) RGB, 0..255 (0..1 where they are no whole numbers), or
        a `Cine`, which has its own times and spacing.
    fps, times_s : frames a second, or the seconds at which each frame was taken; one of them.
    spacing_mm : mm between pixels, or (between rows, between columns); None: unknown, then
        strain comes out and lengths are pixels.
    view : "a4c", "a2c" or "alax"; None: recognised.
    method : name of a method of the config, or its parts {"segmentation", "motion", "fusion",
        "options"}; None: the config's first, which is `best` of the default one.
    r_waves_s : seconds from the first frame, where known.
    config : over the defaults: a config file, several, or a dict as one would hold.
    title : how it is called in pictures.

    Raises
    ------
    StudyError : what cannot be measured by mistake; a clip that cannot be measured for what it
        is has status "excluded" and a reason.
    """
    from echogls.cohorts._arrays import array_clip, cine_clip

    settings, name = _settings(config, method)
    _check_view(view)
    if isinstance(frames, Cine):
        clip = cine_clip(frames, view or "")
    else:
        clip = array_clip(
            frames,
            fps=fps,
            times_s=times_s,
            spacing_mm=spacing_mm,
            view=view or "",
            r_waves_s=r_waves_s,
            settings=settings["ingest"],
        )
    rows, cines = cohorts.rows_and_cines([clip])
    return _measured(title, rows, cines, settings, name, view)[0]


def measure_file(
    path: Path,
    *,
    source: str | None = None,
    view: str | None = None,
    fps: float | None = None,
    spacing_mm: float | None = None,
    method: str | Mapping[str, object] | None = None,
    config: Path | Sequence[Path] | Mapping | None = None,
) -> Iterator[Measurement]:
    """Measure a file, or what a folder holds: each patient's best clip of each apical view.

    Parameters
    ----------
    source : a source format; None: guessed.
    view : states it, whatever the file says; None: what the file states, else what is recognised.
    fps, spacing_mm : used instead of what the file says.
    method, config : see `measure`.

    Raises
    ------
    StudyError : nothing is there, or nothing of a known format.
    """
    settings, name = _settings(config, method)
    _check_view(view)
    path = Path(path)
    stated = {key: value for key, value in (("fps", fps), ("spacing_mm", spacing_mm)) if value}
    if view:
        stated["view"] = view
    for title, kind, where, own in _guess.recordings(path, source):
        wanted = [view or own] if view or own else list(APICAL)
        ingest = settings["ingest"] | {"views": [own] if own else wanted}
        rows, cines = cohorts.ingest_patient(kind, where, ingest, stated)
        yield from _measured(title, rows, cines, settings, name, view)


def _settings(config, method):
    """The whole config, and the name of the method in it."""
    if isinstance(config, Mapping):
        given, files = config, ()
    else:
        files = [config] if isinstance(config, str | Path) else list(config or ())
        given = None
    whole = project.completed(given, files)
    if isinstance(method, Mapping):
        whole["methods"] = {OWN: dict(method)} | whole.get("methods", {})
        method = OWN
    whole = project.checked(whole)
    methods = whole["methods"]
    method = method or next(iter(methods))
    if method not in methods:
        raise StudyError(
            f"measure: method '{method}' is not in the config{nearest(method, methods)}"
        )
    return whole, method


def _check_view(view):
    if view is not None and view not in APICAL:
        raise StudyError(f"measure: view '{view}'; expected one of {', '.join(APICAL)}, or none")


def _measured(title, rows, cines, settings, method, view) -> list[Measurement]:
    """Each view of one patient's clips that is measured; one that is excluded, if none is."""
    clips = as_text(rows, CLIP_COLUMNS)
    parts, models = settings["methods"][method], project.models_folder(settings)
    workers = settings["segment"]["threads"]
    stated = [{"clip": name, "view": view, "chosen": ""} for name in cines] if view else []
    views = classify_patient(
        clips,
        cines,
        models=models,
        settings=settings["classify_view"],
        wanted=[view] if view else APICAL,
        overrides=stated,
        workers=workers,
    )
    chosen = chosen_clips(views)
    walls, quality = segment_patient(
        cines, chosen, models=models, network=parts["segmentation"], workers=workers
    )
    tracks = {}
    if parts["motion"] != "none":
        tracks = motion.track_patient(
            cines, walls, parts["motion"], settings["track"], models=models
        )
    fused = fuse_patient(
        cines,
        walls,
        tracks,
        fusion=parts["fusion"],
        options=configuration.fusion_options(settings, method),
        options_of_stills=settings["fuse"]["options"].get("none", {}),
    )
    judged: dict = {}
    wanted = [name for name in APICAL if name in chosen.values()]
    curve, measured = measure_patient(
        wanted=wanted or [view or "unknown"],
        clips=clips,
        views=as_text(views, selection.COLUMNS),
        cines=cines,
        walls=walls,
        fused=fused,
        min_plausible=settings["segment"]["min_plausible"],
        judged=judged,
        **settings["strain"],
    )
    quality += [
        {"view": name} | row for name, judgement in judged.items() for row in judgement.rows
    ]
    of_view = {name: clip for clip, name in chosen.items()}
    return [
        _of_view(
            title,
            method,
            name,
            of_view.get(name, ""),
            clips,
            views,
            measured,
            curve,
            quality,
            cines,
            walls,
            fused,
        )
        for name in wanted or [view or ""]
    ]


def _of_view(
    title, method, view, clip, clips, views, measured, curve, quality, cines, walls, fused
):
    rows = [row for row in measured if row["view"] == view or not clip]
    curve = [row for row in curve if row["clip"] == clip]
    own_quality = [row for row in quality if row["clip"] == clip and clip]
    if not view and rows:
        rows = [row | {"view": ""} for row in rows]
    whole = {row["measure"]: row["value"] for row in rows if row["segment"] == "global"}
    headline = next(row for row in rows if row["measure"] == "gls")
    return Measurement(
        title=title,
        method=method,
        view=view,
        clip=clip,
        status=headline["status"],
        reason=headline["reason"],
        gls=whole.pop("gls"),
        gls_sd=whole.pop("gls_sd", None),
        segments={
            row["segment"]: row["value"]
            for row in rows
            if row["measure"] == "peak_systolic_strain" and row["segment"] != "global"
        },
        measures=whole,
        flags=_flags(headline, own_quality),
        notes=_notes(clip, clips, views, own_quality),
        rows=rows,
        curve_rows=curve,
        quality=own_quality,
        views=[row for row in views if row["clip"] == clip],
        cine=cines.get(clip),
        wall=walls.get(clip),
        fused=fused.get(clip),
    )


def _flags(headline, quality) -> list[str]:
    """Why a measurement that is given may be wrong: what it means, and what came."""
    if headline["status"] != "ok":
        return []
    notes = {row["flag"]: row["note"] for row in quality if row["flag"] in DOUBTS}
    return [
        f"{reason.replace('_', ' ')}: "
        + "; ".join(filter(None, [notes.get(reason, ""), REASONS.get(reason, "")]))
        for reason in split_reasons(headline["reason"])
    ]


def _notes(clip, clips, views, quality) -> list[str]:
    """What is said of the clip when it was read and placed, and of its network; of all clips
    where none is measured."""
    notes = [
        f"{row['clip'] or 'clip'}: {row['reason'] and row['reason'] + ', '}{row['note']}"
        for row in (*clips, *views)
        if (row["clip"] == clip or not clip) and (row["note"] or (row["reason"] and not clip))
    ]
    notes += [row["note"] for row in quality if row["measure"] == "trained_on_view" and row["note"]]
    return list(dict.fromkeys(note.strip(", ") for note in notes))
