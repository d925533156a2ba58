"""Patients that `echogls.simulation` made: DICOM files whose views are known."""

from collections.abc import Iterator
from pathlib import Path

from echogls.cohorts import Clip
from echogls.cohorts._patient_ids import patients_by_id
from echogls.tables import read_table


def list_patients(data: Path) -> dict[str, Path]:
    """Each folder with a `views.tsv` is a patient."""
    folders = (entry for entry in data.iterdir() if entry.is_dir())
    return patients_by_id(folder for folder in folders if (folder / "views.tsv").is_file())


def read_clips(path: Path, settings: dict) -> Iterator[Clip]:
    """The patient's clips in the order of its `views.tsv`, which states their views."""
    from echogls.cohorts._dicom_clip import read_clip

    for row in read_table(path / "views.tsv"):
        file = path / row["file"]
        stated = settings.get("view") or row["view"]
        yield read_clip(file, file.stem, {**settings, "view": stated})
