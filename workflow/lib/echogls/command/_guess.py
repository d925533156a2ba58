"""Which source format a folder or file holds."""

from pathlib import Path

from echogls import cohorts
from echogls.cohorts import echonet, video
from echogls.study import StudyError

LOOKED_AT = 2000  # files at most


def guess_format(data: Path) -> str:
    """The name of a source format, by what lies there.

    Raises StudyError where nothing of a known format is found.
    """
    if not data.exists():
        raise StudyError(f"'{data}' does not exist; give a folder of recordings, or a file")
    if data.is_dir():
        for root in (data, data / echonet.PEDIATRIC):
            if (root / echonet.VIDEOS).is_dir() and (root / echonet.LIST).is_file():
                return "echonet"
        for name in ("camus", "hmcqu"):
            if cohorts.source(name).list_patients(data):
                return name
    dicom = cohorts.source("dicom")
    files = [data] if data.is_file() else (file for file in data.rglob("*") if file.is_file())
    videos = 0
    for number, file in enumerate(files):
        if number >= LOOKED_AT:
            break
        if dicom.is_dicom(file):
            return "dicom"
        videos += video.is_video(file)
    if videos:
        return "video"
    known = ", ".join(name for name in cohorts.source_formats() if name != "simulated")
    raise StudyError(f"'{data}' holds nothing of a known format ({known})")
