"""Patient ids from the names of files and folders, and the first files of one."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from echogls.study import StudyError
from echogls.written import as_id

LOOKED_AT = 2000  # files of a folder whose format is asked for: some seconds' worth; by judgement
# Only these are cut off: names of DICOM files are often UIDs, full of dots.
SUFFIXES = (".dcm", ".dicom", ".dic", ".ima")


def first_files(data: Path) -> list[Path]:
    """The first files of a folder, at any depth, LOOKED_AT at most; of a file that one."""
    if data.is_file():
        return [data]
    return list(islice((file for file in data.rglob("*") if file.is_file()), LOOKED_AT))


def patient_id(name: str) -> str:
    """A name as an id of study.ID_PATTERN (`written.as_id`): letters stay, in ASCII.

    Raises StudyError if nothing is left.
    """
    slug = as_id(name)
    if not slug:
        raise StudyError(
            f"'{name}' gives no patient id (letters, digits, - and _ are kept); "
            "rename it, or name the patients in a sheet"
        )
    return slug


def patients_by_id(paths: Iterable[Path], suffixes: tuple[str, ...] = SUFFIXES) -> dict[str, Path]:
    """Patient id -> path, sorted by id; StudyError if two paths give the same id.

    A file's id is its name without a suffix of `suffixes`.
    """
    patients: dict[str, Path] = {}
    for path in sorted(paths):
        name = path.stem if path.suffix.lower() in suffixes and path.is_file() else path.name
        patient = patient_id(name)
        if patient in patients:
            raise StudyError(
                f"'{patients[patient].name}' and '{path.name}' both give the patient id "
                f"'{patient}'; rename one, or name the patients in a sheet"
            )
        patients[patient] = path
    return dict(sorted(patients.items()))
