"""DICOM files grouped by whose they are: a salted hash of PatientID names the patient.

The id is read, hashed and forgotten. The hash is HMAC-SHA256 (RFC 2104), its key the
study's salt: without the salt, nobody can try ids until one fits.
"""

import hashlib
import hmac
from pathlib import Path

import pydicom
from pydicom.filereader import read_partial

from echogls.cohorts import Excluded, foreign_code
from echogls.cohorts._dicom_files import is_dicom
from echogls.cohorts._dicom_header import DicomFile, quiet

LENGTH = 12  # hexadecimal digits: two of a million patients share them once in 500 studies
LAST = pydicom.tag.Tag("PatientID")


def files_by_patient(data: Path, salt: str) -> dict[str, list[Path]]:
    """Key of a patient -> the DICOM files, at any depth of `data`, sorted.

    Files without a PatientID are one patient a folder.
    """
    by_key: dict[str, list[Path]] = {}
    files = [data] if data.is_file() else sorted(f for f in data.rglob("*") if f.is_file())
    for file in files:
        if is_dicom(file):
            identity = patient_identity(file)
            whose = f"id {identity}" if identity else f"folder {file.parent.relative_to(data)}"
            by_key.setdefault(key(whose, salt), []).append(file)
    return dict(sorted(by_key.items()))


def identities(path: Path) -> set[str]:
    """The PatientIDs that the DICOM files at a path say, without empty ones."""
    files = [path] if path.is_file() else path.rglob("*")
    ids = {patient_identity(f) for f in files if f.is_file() and is_dicom(f)}
    return ids - {""}


def key(whose: str, salt: str) -> str:
    """The study's own key of a patient: "p" and a part of the hash."""
    digest = hmac.new(salt.encode(), whose.encode(), hashlib.sha256).hexdigest()
    return f"p{digest[:LENGTH]}"


def patient_identity(file: Path) -> str:
    """PatientID of a DICOM file without the blanks around it; "" where there is none."""
    try:
        with quiet(), foreign_code("unreadable"), DicomFile(file) as stream:
            header = read_partial(stream, stop_when=lambda tag, *_: tag > LAST, force=True)
            return " ".join(str(header.get("PatientID", "") or "").split())
    except Excluded:
        return ""
