"""Recordings in, cines out: the contract that every source format meets.

A source format is one public module of this folder; the module's name is the
`format` of a cohort in config, and nothing else lists it. It offers

    list_patients(data: Path) -> dict[str, Path]
        Patient id -> file or folder, for a cohort without a sheet. Called while
        the workflow is parsed, so it opens as little as it can.
    read_clips(path: Path, settings: dict) -> Iterator[Clip]
        Every clip of one patient, the unusable ones too, in a fixed order. `settings` are those
        of SETTINGS, and, where the sheet states them for this patient, `view`, `fps` and
        `spacing_mm`, which count more than what the file says.

and, where it has them,

    recognises(data: Path) -> bool
        Whether a folder or file holds this format, for `echogls inspect` and `init`.
    OWN_LAYOUT = True
        Its folders and names are its own: it is asked before formats of loose files.
    CONTOURS = True
        It brings experts' outlines of the ventricle, on which strain is measured too.
    list_by_patient_id(data: Path, salt: str) -> dict[str, list[Path]]
        Patients by the id inside their files; `read_clips` takes the list of files.
    notes(data: Path) -> list[str]
        What is worth knowing of a cohort's folder before it is read.
    source_files(path: Path) -> list[Path]
        The files that `read_clips` opens, if those are not just what is at `path`, so that a
        changed one is read again.
    write_demo(folder: Path, demo: Demo) -> None
        A small patient of this format, for `echogls demo-data` and for tests.

A clip that cannot be used is a `Clip` with a reason and never an exception (`clip_of` makes it),
and no clip carries a name, an id, a date or a path of the recording.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

import numpy as np

from echogls.cine import Cine
from echogls.cohorts._demo import Demo, DemoClip
from echogls.cohorts._doubts import doubted
from echogls.cohorts._listing import (
    cohort_patients,
    has_contours,
    list_patients,
    recognised_format,
    resolve_data,
    source,
    source_digest,
    source_files,
    source_formats,
    source_notes,
    unlisted,
)
from echogls.cohorts._overrides import checked_overrides, doubtful_overrides
from echogls.cohorts._steady import said_of_links, unchanged
from echogls.plugins import paths
from echogls.study import CLIP_COLUMNS, LeftOut, StudyError

__path__.extend(paths("cohorts"))

__all__ = [
    "SETTINGS",
    "Clip",
    "Demo",
    "DemoClip",
    "Excluded",
    "check_length",
    "check_rate",
    "clip_of",
    "cohort_patients",
    "doubtful_overrides",
    "foreign_code",
    "has_contours",
    "ingest_patient",
    "list_patients",
    "recognised_format",
    "resolve_data",
    "rows_and_cines",
    "source",
    "source_digest",
    "source_files",
    "source_formats",
    "source_notes",
    "unlisted",
    "usable_clips",
]

# What config section `ingest` may set; the values here are the defaults, by judgement: below 20
# frames a second a systole has some 6 frames, 10 of them are half a beat, and 2000 a minute and
# more.
SETTINGS = {
    "min_frames": 10,  # frames
    "max_frames": 2000,  # frames
    "min_fps": 20.0,  # frames per second, the mean over the clip
    "rate_tolerance": 0.05,  # fraction by which two stated frame rates may differ unsaid
    "doppler_share": 0.005,  # share of the sector's pixels that colour flow covers at least
    "views": None,  # views to read where the source states them; None reads all
}


@dataclass(frozen=True)
class Clip:
    """One recording of a patient: its cine, or why there is none, and the facts of clips.tsv.

    `name` is the clip's id. Facts that are not known are None, or "" for text;
    `fps` is in frames per second, `spacing_mm` in mm per pixel, `r_waves` a count, `heart_rate`
    beats per minute as the file states them.
    """

    name: str
    cine: Cine | None = None
    status: str = "ok"
    reason: str = ""
    note: str = ""
    view: str = ""
    kind: str = ""
    frames: int | None = None
    fps: float | None = None
    timing: str = ""
    spacing_mm: float | None = None
    rows: int | None = None
    columns: int | None = None
    r_waves: int | None = None
    heart_rate: float | None = None
    vendor: str = ""


class Excluded(LeftOut):
    """A clip cannot be used: raised and caught inside a source, and never seen outside it."""


@contextmanager
def foreign_code(reason: str) -> Iterator[None]:
    """Turn whatever a decoder or parser raises on a bad file into `Excluded(reason)`.

    Decoders raise errors of every kind. Only the kind goes into the note: the
    message may quote a path or a name.
    """
    try:
        yield
    except (Excluded, StudyError, MemoryError):
        raise
    except Exception as error:
        raise Excluded(reason, type(error).__name__) from None


def check_length(frames: int, settings: dict) -> None:
    """Raise `Excluded` if a clip has too few or too many frames."""
    if frames < 2:
        raise Excluded("single_frame")
    if frames < settings["min_frames"]:
        raise Excluded("too_few_frames", f"{frames} frames, at least {settings['min_frames']}")
    if frames > settings["max_frames"]:
        raise Excluded("too_many_frames", f"{frames} frames, at most {settings['max_frames']}")


def check_rate(fps: float, settings: dict) -> None:
    """Raise `Excluded` if a clip has too few frames a second."""
    if fps < settings["min_fps"]:
        raise Excluded("low_frame_rate", f"{fps:.4g} frames/s, at least {settings['min_fps']:g}")


def clip_of(name: str, read: Callable[[dict, list[str]], Cine], *notes: str, **facts) -> Clip:
    """One recording as a clip, whether it can be used or not.

    Parameters
    ----------
    name : the clip's id.
    read : `read(facts, notes)` gives the cine, or raises `Excluded`. It fills the dict `facts` with
        fields of `Clip` (view, frames, fps ...) as far as it comes, so that a clip that cannot be
        used still says what is known of it, and the list `notes` with remarks for clips.tsv.
    notes, facts : what is known before.
    """
    remarks = list(notes)
    try:
        cine = read(facts, remarks)
    except Excluded as excluded:
        note = "; ".join(filter(None, [excluded.note, *remarks]))
        return Clip(name, status="excluded", reason=excluded.reason, note=note, **facts)
    return Clip(name, cine, note="; ".join(filter(None, remarks)), **facts)


def ingest_patient(
    source_format: str, path: Path | list[Path], settings: dict, overrides: dict | None = None
) -> tuple[list[dict], dict[str, Cine]]:
    """All clips of one patient: rows of clips.tsv, and the cines of the usable ones by clip id. See
    `usable_clips`."""
    rows: list[dict] = []
    return rows, dict(usable_clips(source_format, path, settings, overrides, rows=rows))


def usable_clips(
    source_format: str,
    path: Path | list[Path],
    settings: dict,
    overrides: dict | None = None,
    *,
    rows: list[dict],
) -> Iterator[tuple[str, Cine]]:
    """The clips of one patient that can be used, one after another: id and cine.

    Parameters
    ----------
    source_format : a name of `source_formats()`.
    path : the patient's file or folder, or list of files; a missing or empty one gives a
        single row with reason `no_clips`.
    settings : config section `ingest`; what it lacks is taken from SETTINGS.
    overrides : what the sheet states for this patient, any of _overrides.OVERRIDES: `view`
        (used where the file states none), `fps` and `spacing_mm` (used instead
        of what the file says; "unknown" leaves that unused). Empty cells are ignored.
    rows : one dict a clip, usable or not, is added to it, with the keys study.CLIP_COLUMNS, unknown
        facts None or "".

    Raises StudyError for an unknown format, a wrong override, or files that change meanwhile.
    """
    module = source(source_format)
    settings = {**SETTINGS, **settings, **checked_overrides(overrides or {})}
    exists = os.path.exists(path) if isinstance(path, Path) else bool(path)  # False if forbidden
    doubts = "; ".join(doubtful_overrides(overrides or {}))
    first: dict[bytes, str] = {}
    with unchanged(partial(source_files, source_format, path)):
        for clip in module.read_clips(path, settings) if exists else ():
            links = "" if rows else said_of_links(path)
            clip = replace(clip, note="; ".join(filter(None, [clip.note, doubts, links])))
            clip = _doubted(_unless_duplicate(clip, first))
            rows.append(_row(clip))
            if clip.cine is not None:
                yield clip.name, clip.cine
            del clip  # before the next one is read
    if not rows:
        gone = "" if exists else "the path does not exist"
        note = "; ".join(filter(None, [gone, doubts, said_of_links(path)]))
        rows.append(_row(Clip("", status="excluded", reason="no_clips", note=note)))


def rows_and_cines(clips: Iterable[Clip]) -> tuple[list[dict], dict[str, Cine]]:
    """Clips as `ingest_patient` returns them."""
    clips = [_doubted(clip) for clip in clips]
    return [_row(clip) for clip in clips], {c.name: c.cine for c in clips if c.cine is not None}


def _unless_duplicate(clip: Clip, first: dict[bytes, str]) -> Clip:
    """The clip, excluded if it has the images of an earlier one; `first` has digests of those."""
    if clip.cine is None:
        return clip
    digest = hashlib.sha256(repr((clip.view, clip.cine.frames.shape)).encode())
    digest.update(np.ascontiguousarray(clip.cine.frames))
    same = first.setdefault(digest.digest(), clip.name)
    if same == clip.name:
        return clip
    note = "; ".join(filter(None, [f"as {same}", clip.note]))
    return replace(clip, cine=None, status="excluded", reason="duplicate", note=note)


def _doubted(clip: Clip) -> Clip:
    """The clip with the flags of its cine, which its note says in words."""
    if clip.cine is None:
        return clip
    cine = doubted(clip.cine)
    note = "; ".join(filter(None, [*cine.flags.values(), clip.note]))
    return replace(clip, cine=cine, spacing_mm=cine.spacing_mm, note=note)


def _row(clip: Clip) -> dict:
    facts = {fact.name: getattr(clip, fact.name) for fact in fields(clip)}
    facts["clip"] = facts.pop("name")
    cine = facts.pop("cine")
    usable = cine is not None
    facts["flags"] = " ".join(cine.flags) if usable else ""
    facts["repeated_frames"] = len(cine.repeated) if usable and cine.kind == "sequence" else None
    facts["depth_mm"] = len(cine.sector) * cine.spacing_mm if usable and cine.spacing_mm else None
    return {column: facts[column] for column in CLIP_COLUMNS}
