"""Which source formats there are, and which patients a cohort has: files are listed, not read."""

import hashlib
import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from echogls.cohorts._steady import file_facts
from echogls.plugins import plugin, plugin_names
from echogls.study import StudyError

# Whose a file is: by the folder that it lies in, or by the id inside it.
GROUPINGS = ("folder", "patient_id")
SHORTEST_SALT = 8  # characters; by judgement: fewer can be tried out
# Formats of which a patient is whatever a folder holds, at any depth.
FOLDER_FORMATS = ("dicom", "video")
# Folders in which patients are looked for that `data` lacks: a hint may not take long.
LEVELS_SEARCHED = 50


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


def source_digest(source_format: str, path: Path | list[Path]) -> str:
    """16 hexadecimal digits over the names, sizes and times of those files."""
    facts = file_facts(source_files(source_format, path))
    return hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()[:16]


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
