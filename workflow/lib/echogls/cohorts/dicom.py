"""DICOM ultrasound: a patient is a file, a folder with clips at any depth, or a PatientID.

Imports of pydicom stay inside `read_clips`: the workflow lists patients each
time it starts.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from echogls.cohorts import Clip, Demo
from echogls.cohorts._dicom_files import is_dicom
from echogls.cohorts._patient_ids import SUFFIXES, first_files, patients_by_id


def list_patients(data: Path) -> dict[str, Path]:
    """Each folder of `data`, and each DICOM file beside them, is a patient.

    `data` may be a single file. Raises StudyError if two names give one id.
    """
    if data.is_file():
        return patients_by_id([data])
    entries = [entry for entry in data.iterdir() if not entry.name.startswith(".")]
    return patients_by_id(entry for entry in entries if entry.is_dir() or is_dicom(entry))


def list_by_patient_id(data: Path, salt: str) -> dict[str, list[Path]]:
    """Key of a patient, a salted hash of PatientID -> the patient's files, wherever they are."""
    from echogls.cohorts._dicom_patients import files_by_patient

    return files_by_patient(data, salt)


def recognises(data: Path) -> bool:
    """Whether DICOM is among the first files of a folder, or is the file."""
    return any(is_dicom(file) for file in first_files(data))


def write_demo(folder: Path, demo: Demo) -> None:
    """One file of one patient."""
    (folder / "demo01").mkdir(parents=True)
    demo.a4c.write_dicom(folder / "demo01" / "clip01.dcm", "demo01")


def read_clips(path: Path | list[Path], settings: dict) -> Iterator[Clip]:
    """Every DICOM file of a patient as clip01, clip02 ... in the order of the file names.

    Files of other kinds are counted in the first clip's note; a folder without
    any DICOM file gives nothing but that note, with reason `no_clips`.
    """
    from echogls.cohorts._dicom_clip import read_clip
    from echogls.cohorts._dicom_series import stills_by_file

    if isinstance(path, Path) and path.is_file():
        yield read_clip(path, "clip01", settings)
        return
    inside = path.rglob("*") if isinstance(path, Path) else path
    files = sorted(file for file in inside if file.is_file())
    clips = [file for file in files if is_dicom(file) or is_called_dicom(file)]
    others = sum(not file.name.startswith(".") for file in files) - len(clips)
    remark = f"ignored files that are not DICOM: {others}" if others else ""
    if not clips:
        yield Clip("", status="excluded", reason="no_clips", note=remark)
    digits = max(2, len(str(len(clips))))
    series: dict[Path, int] | None = None
    for number, file in enumerate(clips, start=1):
        clip = read_clip(file, f"clip{number:0{digits}}", settings)
        note = [clip.note]
        if clip.reason == "single_frame":
            series = stills_by_file(clips) if series is None else series
            together = series.get(file, 1)
            if together >= settings["min_frames"]:
                clip = replace(clip, reason="frames_in_files")
                note.append(f"{together} single images of one series and size")
        if number == 1:
            note.append(remark)
        yield replace(clip, note="; ".join(filter(None, note)))
        del clip  # before the next one is read


def is_called_dicom(file: Path) -> bool:
    """Whether a file's name says that it is DICOM, whatever is in it."""
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
