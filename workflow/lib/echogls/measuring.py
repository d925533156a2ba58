"""One clip, or a few, measured as a study would: the same functions, the same defaults. Values are
the study's to about ten digits, to the last one under OPENBLAS_NUM_THREADS=1, as its jobs run.

import echogls
result = echogls.measure(frames, fps=60, spacing_mm=0.3, view="a4c")
result.gls, result.segments, result.flags, result.plot()
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from echogls import cohorts, configuration, motion, project
from echogls.cine import Cine
from echogls.cohorts import _guess
from echogls.measurement import APICAL, Measurement
from echogls.segmentation.patient import segment_patient
from echogls.strain.method import measure_by_method
from echogls.study import (
    BEAT,
    CLIP_COLUMNS,
    DOUBTS,
    REASONS,
    SEGMENT_DOUBTS,
    StudyError,
    nearest,
    split_reasons,
)
from echogls.tables import as_text
from echogls.views import selection
from echogls.views.chosen import chosen_clips
from echogls.views.patient import classify_patient

OWN = "own"  # name of a method that is given by its parts


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
    return _measured(title, rows, cines, settings=settings, method=name, view=view)[0]


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
        yield from _measured(title, rows, cines, settings=settings, method=name, view=view)


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


def _measured(title, rows, cines, *, settings, method, view) -> list[Measurement]:
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
            cines, walls, parts["motion"], settings["track"], models=models, workers=workers
        )
    wanted = [name for name in APICAL if name in chosen.values()]
    fused, curve, measured, doubts = measure_by_method(
        parts | {"options": configuration.fusion_options(settings, method)},
        cines=cines,
        walls=walls,
        tracks=tracks,
        options_of_stills=settings["fuse"]["options"].get("none", {}),
        wanted=wanted or [view or "unknown"],
        clips=clips,
        views=as_text(views, selection.COLUMNS),
        min_plausible=settings["segment"]["min_plausible"],
        **settings["strain"],
    )
    quality += doubts
    of_view = {name: clip for clip, name in chosen.items()}
    return [
        _of_view(
            title,
            method,
            name,
            of_view.get(name, ""),
            clips=clips,
            views=views,
            measured=measured,
            curve=curve,
            quality=quality,
            cines=cines,
            walls=walls,
            fused=fused,
        )
        for name in wanted or [view or ""]
    ]


def _of_view(
    title, method, view, clip, *, clips, views, measured, curve, quality, cines, walls, fused
):
    rows = [row for row in measured if row["view"] == view or not clip]
    curve = [row for row in curve if row["clip"] == clip]
    own_quality = [row for row in quality if row["clip"] == clip and clip]
    if not view and rows:
        rows = [row | {"view": ""} for row in rows]
    whole = {
        row["measure"]: row["value"]
        for row in rows
        if row["segment"] == "global" and row["measure"] != BEAT
    }
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
        segments_sd={
            row["segment"]: row["value"] for row in rows if row["measure"] == "segment_sd"
        },
        flags=_flags(headline, own_quality),
        notes=_notes(clip, clips, views, own_quality, headline),
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
    notes: dict[str, list[str]] = {}
    for row in quality:
        if row["flag"] in DOUBTS:
            notes.setdefault(row["flag"], []).append(row["note"])
    # Those of segments are not of the GLS: their rows alone have them.
    of_segments = [flag for flag in SEGMENT_DOUBTS if flag in notes]
    return [
        f"{reason.replace('_', ' ')}: "
        + "; ".join(filter(None, [*notes.get(reason, ()), REASONS.get(reason, "")]))
        for reason in (*split_reasons(headline["reason"]), *of_segments)
    ]


def _notes(clip, clips, views, quality, headline) -> list[str]:
    """What is said of the clip when it was read and placed, of its network, of beats that were left
    out, and, where it is not measured, of what is doubtful; of all clips where none is measured."""
    notes = [
        f"{row['clip'] or 'clip'}: {row['reason'] and row['reason'] + ', '}{row['note']}"
        for row in (*clips, *views)
        if (row["clip"] == clip or not clip) and (row["note"] or (row["reason"] and not clip))
    ]
    # What is doubtful of a measurement that is given stands among its flags.
    notes += [
        row["note"]
        for row in quality
        if row["measure"] in ("trained_on_view", "beat_left_out")
        or (row["flag"] in DOUBTS and headline["status"] != "ok")
    ]
    return list(dict.fromkeys(note.strip(", ") for note in notes if note))
