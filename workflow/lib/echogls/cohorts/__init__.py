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
import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import ModuleType

import numpy as np

from echogls.cine import Cine
from echogls.cohorts._demo import Demo as Demo
from echogls.cohorts._demo import DemoClip as DemoClip
from echogls.cohorts._doubts import doubted
from echogls.cohorts._overrides import checked_overrides, doubtful_overrides
from echogls.plugins import paths, plugin, plugin_names
from echogls.study import CLIP_COLUMNS, REASONS, StudyError

__path__.extend(paths("cohorts"))

# What config section `ingest` may set; the values here are the defaults.
SETTINGS = {
    "min_frames": 10,  # frames
    "max_frames": 2000,  # frames
    "min_fps": 20.0,  # frames per second, the mean over the clip
    "rate_tolerance": 0.05,  # fraction by which two stated frame rates may differ unsaid
    "doppler_share": 0.005,  # share of the sector's pixels that colour flow covers at least
    "views": None,  # views to read where the source states them; None reads all
}
# Whose a file is: by the folder that it lies in, or by the id inside it.
GROUPINGS = ("folder", "patient_id")
SHORTEST_SALT = 8  # characters
# Formats of which a patient is whatever a folder holds, at any depth.
FOLDER_FORMATS = ("dicom", "video")
LEVELS_SEARCHED = 50  # folders in which patients are looked for that `data` lacks


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


class Excluded(Exception):
    """A clip cannot be used: raised and caught inside a source, and never seen outside it."""

    def __init__(self, reason: str, note: str = ""):
        if reason not in REASONS:
            raise ValueError(f"'{reason}' is not a reason of study.REASONS")
        super().__init__(reason)
        self.reason = reason
        self.note = note


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


def source_formats() -> list[str]:
    """The known source formats, sorted."""
    return list(plugin_names("cohorts"))


def source(source_format: str) -> ModuleType:
    """The module of a source format; StudyError if there is none of that name."""
    return plugin("cohorts", source_format, "format")


def has_contours(source_format: str) -> bool:
    """Whether a format brings experts' outlines of the ventricle."""
    return getattr(source(source_format), "CONTOURS", False)


def recognised_format(data: Path) -> str:
    """The source format that a folder or file holds, "" where none is recognised."""
    formats = sorted(
        source_formats(), key=lambda name: not getattr(source(name), "OWN_LAYOUT", False)
    )
    asked = (name for name in formats if hasattr(source(name), "recognises"))
    return next((name for name in asked if source(name).recognises(data)), "")


def list_patients(
    source_format: str, data: Path, group_by: str = "folder", salt: str = ""
) -> dict[str, Path | list[Path]]:
    """Patient id -> file or folder, for a cohort that has no sheet of patients.

    Parameters
    ----------
    group_by : one of GROUPINGS. By "patient_id" the ids are salted hashes of what the files
        say, and each has the list of its files.
    salt : a secret of the study, for "patient_id".

    Raises StudyError if `data` is missing or empty, if two names give one id, or for a
    grouping that the format or the salt does not allow.
    """
    if not os.access(data, os.R_OK):
        raise StudyError(
            f"the cohort's data '{data}' does not exist or may not be read; correct `data` in "
            "config, or its permissions"
        )
    if group_by == "patient_id":
        patients = _by_patient_id(source_format, data, salt)
    else:
        patients = source(source_format).list_patients(data)
    if not patients:
        raise StudyError(
            f"no patient of format '{source_format}' in '{data}'; expected one folder or file a "
            "patient; correct `data`, or name the patients in a sheet"
            + _one_level_off(source_format, data)
        )
    return patients


def _one_level_off(source_format: str, data: Path) -> str:
    """A hint at the folder beside, below or above in which patients are found."""
    module, data = source(source_format), Path(data).absolute()
    below = sorted(folder for folder in data.iterdir() if folder.is_dir()) if data.is_dir() else []
    for folder in [*below[:LEVELS_SEARCHED], data.parent]:
        try:
            patients = module.list_patients(folder)
        except (StudyError, OSError):
            continue
        if patients:
            return f"; there are {len(patients)} in '{folder}': is `data` one level off?"
    return ""


def source_notes(entry: Mapping, rows: Mapping[str, Mapping]) -> list[str]:
    """What is worth knowing of a cohort's folder, that no row of a patient tells."""
    data, module = resolve_data(entry["data"]), source(entry["format"])
    notes = list(module.notes(data)) if hasattr(module, "notes") else []
    paths = [row["path"] for row in rows.values()]
    only = paths[0] if len(paths) == 1 and entry["format"] in FOLDER_FORMATS else None
    if isinstance(only, Path) and only.is_dir():
        folders = [part for part in only.iterdir() if part.is_dir()]
        if len(folders) > 1:
            notes.append(
                f"all of '{only.name}' is one patient, and it holds {len(folders)} folders; if "
                "each is a patient, `data` is one level off"
            )
    return notes


def unlisted(entry: Mapping, rows: Mapping[str, Mapping]) -> dict[str, Path]:
    """Names of the folders or files of `data` that are a patient's and that no row names; none
    of an installed package, which is no folder of patients."""
    if str(entry["data"]).startswith("package:"):
        return {}
    if entry.get("group_by", "folder") != "folder":
        data = resolve_data(entry["data"])
        patients = list_patients(entry["format"], data, entry["group_by"], entry.get("salt", ""))
        return {patient: data for patient in patients if patient not in rows}
    data = resolve_data(entry["data"])
    try:
        patients = list_patients(entry["format"], data)
    except StudyError:
        return {}
    named = {Path(row["path"]).absolute() for row in rows.values()}
    above = {parent for path in named for parent in path.parents}
    return {
        path.name: path
        for path in patients.values()
        if path.absolute() not in named | above and not named & set(path.absolute().parents)
    }


def _by_patient_id(source_format: str, data: Path, salt: str) -> dict[str, list[Path]]:
    module = source(source_format)
    if not hasattr(module, "list_by_patient_id"):
        raise StudyError(
            f"group_by: files of format '{source_format}' hold no patient id; expected 'folder'"
        )
    if len(salt) < SHORTEST_SALT:
        raise StudyError(
            f"group_by: 'patient_id' needs `salt`, a secret text of at least {SHORTEST_SALT} "
            "characters that stays the same for the study and is published nowhere"
        )
    return module.list_by_patient_id(data, salt)


def cohort_patients(entry: Mapping, sheet: Mapping[str, Mapping] | None) -> dict[str, dict]:
    """Patient -> the sheet's row, with the `path` of the recordings: a Path, or a list of them.

    Parameters
    ----------
    entry : the cohort's block of the config.
    sheet : its sheet (`configuration.read_sheet`), or None. Where files are grouped by the
        patient id inside them, the sheet's patients are those keys, and their column `path`
        says nothing.

    Raises StudyError as `list_patients` does.
    """
    data = resolve_data(entry["data"])
    group_by, salt = entry.get("group_by", "folder"), entry.get("salt", "")
    if sheet is not None and group_by == "folder":
        return {
            patient: dict(row) | {"path": data / (row.get("path") or patient)}
            for patient, row in sheet.items()
        }
    listed = list_patients(entry["format"], data, group_by, salt)
    rows = {patient: {} for patient in listed} if sheet is None else sheet
    return {patient: dict(row) | {"path": listed.get(patient, [])} for patient, row in rows.items()}


def source_files(source_format: str, path: Path | list[Path]) -> list[Path]:
    """The files that a patient's clips are read from, sorted; none where there is nothing."""
    if not isinstance(path, Path):
        return sorted(file for file in path if file.is_file())
    module = source(source_format)
    if hasattr(module, "source_files"):
        return sorted(module.source_files(path))
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file())
    return [path] if path.is_file() else []


def resolve_data(data: str) -> Path:
    """The path that `data` in config means.

    `package:pydicom/data/test_files/x.dcm` is a file or folder inside an
    installed package, found without importing it; all else is a plain path.
    """
    if not data.startswith("package:"):
        return Path(data).expanduser()
    package, _, inside = data.removeprefix("package:").partition("/")
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise StudyError(
            f"data '{data}' names the Python package '{package}', which is not installed here; "
            "install it, or write a path"
        )
    folders = [Path(folder) for folder in spec.submodule_search_locations]
    present = [folder / inside for folder in folders if (folder / inside).exists()]
    return present[0] if present else folders[0] / inside


def ingest_patient(
    source_format: str, path: Path | list[Path], settings: dict, overrides: dict | None = None
) -> tuple[list[dict], dict[str, Cine]]:
    """All clips of one patient.

    Parameters
    ----------
    source_format : a name of `source_formats()`.
    path : the patient's file or folder, or list of files; a missing or empty one gives a
        single row with reason `no_clips`.
    settings : config section `ingest`; what it lacks is taken from SETTINGS.
    overrides : what the sheet states for this patient, any of _overrides.OVERRIDES: `view`
        (used where the file states none), `fps` and `spacing_mm` (used instead
        of what the file says; "unknown" leaves that unused). Empty cells are ignored.

    Returns
    -------
    rows : one dict a clip with the keys study.CLIP_COLUMNS, unknown facts None or "".
    cines : clip id -> Cine, the clips with status "ok".

    Raises StudyError for an unknown format or a wrong override.
    """
    module = source(source_format)
    settings = {**SETTINGS, **settings, **checked_overrides(overrides or {})}
    exists = os.path.exists(path) if isinstance(path, Path) else bool(path)  # False if forbidden
    clips = list(module.read_clips(path, settings)) if exists else []
    if not clips:
        note = "" if exists else "the path does not exist"
        clips = [Clip("", status="excluded", reason="no_clips", note=note)]
    doubts = "; ".join(doubtful_overrides(overrides or {}))
    if doubts:
        clips = [replace(c, note="; ".join(filter(None, [c.note, doubts]))) for c in clips]
    return rows_and_cines(_without_duplicates(clips))


def rows_and_cines(clips: Iterable[Clip]) -> tuple[list[dict], dict[str, Cine]]:
    """Clips as `ingest_patient` returns them."""
    clips = [_doubted(clip) for clip in clips]
    return [_row(clip) for clip in clips], {c.name: c.cine for c in clips if c.cine is not None}


def _without_duplicates(clips: list[Clip]) -> list[Clip]:
    """The clips, with those excluded that have the images of an earlier one."""
    first: dict[bytes, str] = {}
    kept = []
    for clip in clips:
        if clip.cine is not None:
            digest = hashlib.sha256(repr((clip.view, clip.cine.frames.shape)).encode())
            digest.update(np.ascontiguousarray(clip.cine.frames))
            same = first.setdefault(digest.digest(), clip.name)
            if same != clip.name:
                note = "; ".join(filter(None, [f"as {same}", clip.note]))
                clip = replace(clip, cine=None, status="excluded", reason="duplicate", note=note)
        kept.append(clip)
    return kept


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
