"""What is wrong with one cohort: its recordings, its sheet, its readings, each with its row."""

import hashlib
import os
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from echogls import cohorts
from echogls.configuration import readers_file
from echogls.sheets import Sheet, doubtful_columns, open_sheet, read_clip_sheet
from echogls.study import REASONS, StudyError, nearest

# Bytes at the beginning of files of one size by which copies are found: header and a frame.
COMPARED = 65536
SMALLEST = 10_000  # bytes; smaller files are headers and labels, which may be alike
TABLES = (".csv", ".tsv", ".xlsx", ".txt")  # that patients of a source share
PLACEHOLDER = 4  # patients with one PatientID: an anonymiser's word, and no person's; by judgement
NAMED = 5  # folders that a sheet lacks: a line's worth
NAMES = 2000  # of a folder at most are searched for the nearest: a second's worth


@dataclass
class Owners:
    """Whose recordings are known already, over all cohorts: cohort and patient by path, with the
    file by size, and by (the digest of) PatientID."""

    paths: dict[Path, str] = field(default_factory=dict)
    sizes: dict[int, list[tuple[Path, str]]] = field(default_factory=dict)
    people: dict[str, list[str]] = field(default_factory=dict)


def cohort_problems(name: str, cohort: dict, owners: Owners) -> tuple[list[str], list[str]]:
    """A cohort's problems, and what is only worth knowing, a line each; `owners` gets its
    patients.

    Parameters
    ----------
    cohort : its block of the config with defaults, which may be wrong itself.
    """
    where, source = f"cohort {name}", cohort.get("format")
    if source == "simulated":
        return [], []
    problems, notes, data = [], [], None
    if isinstance(cohort.get("data"), str):
        try:
            data = cohorts.resolve_data(cohort["data"])
        except StudyError as error:
            problems.append(f"{where}: {error}")
    if data is not None and not data.exists():
        hint, looked = _nearest_file(data), os.path.abspath(data)
        problems.append(
            f"{where}: data '{cohort['data']}' does not exist (looked for {looked}); correct "
            f"`data`{hint}"
        )
    sheet, wrong = _sheet(where, cohort)
    problems += wrong
    rows = sheet.patients
    notes += [
        f"{where}: sheet {cohort['patients']}: column '{column}' is left out: {why}"
        for column, why in sheet.left_out.items()
    ]
    if data is not None and data.exists() and source in cohorts.source_formats():
        try:
            rows = cohorts.cohort_patients(cohort, rows if cohort.get("patients") else None)
        except StudyError as error:
            problems += lines_of(error, where)
        else:
            for patient, row in rows.items():
                at = f"{where}: patient {patient}"
                if patient in sheet.rows:
                    number = sheet.rows[patient]
                    at = f"{where}: sheet {cohort['patients']}, row {number}, patient {patient}"
                problems += _recordings(at, row["path"], cohort, data, owners)
                problems += _depths(at, row, cohort)
                notes += [f"{at}: {note}" for note in cohorts.doubtful_overrides(row)]
            notes += [f"{where}: {note}" for note in cohorts.source_notes(cohort, rows)]
            if cohort.get("patients"):
                notes += _unlisted(where, cohort, rows)
    columns = {key for row in rows.values() for key in row} - {"path"}
    for covariate in cohort.get("subgroups") or []:
        if covariate not in columns:
            hint = nearest(covariate, columns) if columns else "; the cohort has no sheet"
            hint = (sheet.left_out.get(covariate, "") and f"; {sheet.left_out[covariate]}") or hint
            problems.append(f"{where}: subgroups: no column '{covariate}' in the sheet{hint}")
    if cohort.get("clips"):
        problems += _clips(where, cohort["clips"], rows)
    if cohort.get("readers"):
        problems += _readers(where, name, cohort, rows)
    return problems, notes


def _unlisted(where, cohort, rows) -> list[str]:
    """Folders and files of `data` that the sheet does not name."""
    names = list(cohorts.unlisted(cohort, rows))
    if not names:
        return []
    shown = ", ".join(f"'{name}'" for name in names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return [
        f"{where}: `data` holds what the sheet {cohort['patients']} does not name, and it is not "
        f"measured: {shown}{more}; `echogls init --update` adds it"
    ]


def people_problems(owners: Owners) -> list[str]:
    """A line for each PatientID under several patients, but for one that so many have that it
    can only be what all names were replaced by."""
    return [
        f"{others[0]}: has the same PatientID as {first}; leave one out, or join them"
        for first, *others in owners.people.values()
        if 1 <= len(others) < PLACEHOLDER
    ]


def lines_of(error: StudyError, where: str) -> list[str]:
    """An error's problems, a line each; a heading of a list is put before each of its lines."""
    first, *rest = str(error).splitlines()
    if not rest:
        return [f"{where}: {first}"]
    return [f"{where}: {first.rstrip(':')}: {line.strip()}" for line in rest]


def _sheet(where, cohort) -> tuple[Sheet, list[str]]:
    """The sheet as far as it can be used, and its problems."""
    none = Sheet({}, {}, [], {})
    if not cohort.get("patients"):
        return none, []
    try:
        sheet = open_sheet(Path(cohort["patients"]))
    except StudyError as error:
        return none, [f"{where}: {error}"]
    problems = sheet.problems
    if sheet.patients:
        problems = problems + doubtful_columns(next(iter(sheet.patients.values())))
    elif not problems:
        problems = ["row 2: no patient came; expected a row a patient"]
    return sheet, [f"{where}: sheet {cohort['patients']}, {problem}" for problem in problems]


def _clips(where, sheet, rows) -> list[str]:
    """What is wrong with the sheet of clips, and its patients that the cohort does not have."""
    try:
        listed = read_clip_sheet(Path(sheet))
    except StudyError as error:
        return lines_of(error, where)
    return [
        f"{where}: sheet of clips: patient '{patient}' is not in the cohort{nearest(patient, rows)}"
        for patient in listed
        if rows and patient not in rows
    ]


def _recordings(at, path, cohort, data, owners) -> list[str]:
    """A patient without recordings, with those of another in any cohort, or of several people."""
    if not path if isinstance(path, list) else not path.exists():
        came = "a file with its key" if isinstance(path, list) else f"'{path.name}'"
        hint = "" if isinstance(path, list) else _one_level_down(data, path) or _nearest_file(path)
        return [f"{at}: {came} is not in `data`; correct the sheet{hint}"]
    patient = at.replace(": sheet", " (sheet", 1).replace(", patient", "), patient", 1)
    for part in path if isinstance(path, list) else [path]:
        owner = owners.paths.setdefault(part.resolve(), patient)
        if owner != patient:
            return [f"{at}: has the same recordings as {owner}; leave one out"]
    for file in cohorts.source_files(cohort["format"], path):
        size = file.stat().st_size
        if size < SMALLEST or file.suffix.lower() in TABLES:
            continue
        alike = owners.sizes.setdefault(size, [])
        for other, owner in alike:
            if owner != patient and _beginning(other) == _beginning(file):
                return [f"{at}: a recording is a copy of one of {owner}; leave one out"]
        alike.append((file, patient))
    if cohort["format"] == "dicom":
        return _people(at, path, patient, owners)
    return []


def _depths(at, row, cohort) -> list[str]:
    """A line a recording whose stated spacing makes a picture that no heart has."""
    from echogls.cohorts._doubts import depth_doubt

    stated, path = row.get("spacing_mm") or "", row["path"]
    present = path if isinstance(path, list) else path.exists()
    if not present or cohort["format"] not in ("dicom", "video") or stated.lower() == "unknown":
        return []
    lines = []
    files = sorted(cohorts.source_files(cohort["format"], path))
    for number, file in enumerate(files, start=1):
        rows, spacing = _rows_and_spacing(file, cohort["format"])
        try:
            spacing = float(stated) if stated else spacing
        except ValueError:  # said of the sheet already
            return lines
        if doubt := depth_doubt(rows, spacing):
            source = "the sheet" if stated else "the file"
            lines.append(
                f"{at}: recording {number} of {len(files)}: by {source} {doubt}; give spacing_mm "
                "in the sheet, or 'unknown': strain is measured, lengths are left out"
            )
    return lines


def _rows_and_spacing(file, source) -> tuple[float, float | None]:
    """Of the picture in a recording; 0 rows of what is none."""
    if source == "video":
        import cv2

        stream = cv2.VideoCapture(str(file)) if cohorts.source("video").is_video(file) else None
        return (stream.get(cv2.CAP_PROP_FRAME_HEIGHT) if stream else 0), None
    from echogls.cohorts._dicom_geometry import stated_depth
    from echogls.cohorts._dicom_header import read_header

    try:
        return stated_depth(read_header(file))
    except cohorts.Excluded:
        return 0, None


def _people(at, path, patient, owners):
    """Several PatientIDs under one patient, or one under several patients."""
    from echogls.cohorts._dicom_patients import identities

    ids = set().union(*map(identities, path if isinstance(path, list) else [path]))
    if len(ids) > 1:
        return [
            f"{at}: its files say {len(ids)} different patient ids; give each patient a "
            "folder, or set group_by: patient_id"
        ]
    for identity in ids:
        digest = hashlib.sha256(identity.encode()).hexdigest()
        owners.people.setdefault(digest, []).append(patient)
    return []


def _beginning(file: Path) -> bytes:
    """What copies of a file have in common; of one that cannot be read its own path."""
    try:
        with file.open("rb") as stream:
            return stream.read(COMPARED)
    except OSError:
        return str(file).encode()


def _one_level_down(data: Path, path: Path) -> str:
    """Where a missing folder is, if it lies in one of those of `data`."""
    folders = (folder for folder in islice(data.iterdir(), NAMES) if folder.is_dir())
    for folder in folders if data.is_dir() else ():
        if (folder / path.name).exists():
            return f"; it lies in '{folder.name}': is `data` one level off?"
    return ""


def _nearest_file(path: Path) -> str:
    """The name in the same folder that a missing path's is nearest to, as a hint."""
    try:
        names = [file.name for file in islice(path.parent.iterdir(), NAMES)]
    except OSError:
        return ""
    hint = nearest(path.name, names)
    return hint if "did you mean" in hint else ""


def _readers(where, name, cohort, rows):
    from echogls import readers

    path = Path(readers_file(cohort["readers"]))
    if not path.is_file():
        hint = _nearest_file(path)
        return [
            f"{where}: readers '{path}' is no file (looked for {os.path.abspath(path)}); correct "
            f"`readers`{hint}"
        ]
    views = [view for view in cohort.get("views") or [] if view in readers.APICAL_VIEWS]
    try:
        reported = readers.read_reported(
            path,
            cohort=name,
            patients=rows,
            views=views or ["a4c"],
            layout=readers.layout_of(cohort["readers"]),
        )
    except StudyError as error:
        return lines_of(error, where)
    lines = [
        (number, row["patient"], row["rater"], row["view"], row["reason"], note)
        for number, row, note in reported.left_out
    ]
    return [
        f"{where}: readers' table {path}, row {number}: patient {patient}, {rater}, {view}: "
        f"{REASONS[reason]}{f' ({note})' if note else ''}"
        for number, patient, rater, view, reason, note in lines
    ]
