"""Which source format a folder or file holds."""

from collections.abc import Iterator
from pathlib import Path

from echogls import cohorts
from echogls.cohorts import camus
from echogls.study import StudyError


def guess_format(data: Path) -> str:
    """The name of a source format, by what lies there.

    Raises StudyError where nothing of a known format is found.
    """
    if not data.exists():
        raise StudyError(f"'{data}' does not exist; give a folder of recordings, or a file")
    if recognised := cohorts.recognised_format(data):
        return recognised
    formats = ", ".join(name for name in cohorts.source_formats() if name != "simulated")
    raise StudyError(f"'{data}' holds nothing of a known format ({formats})")


def recordings(
    path: Path, source_format: str | None = None
) -> Iterator[tuple[str, str, Path, str]]:
    """What a file or folder holds to be measured: a name, its source format, where it is, and the
    view where the file's name says it.

    A file is one recording; of a folder each patient that its format lists. CAMUS names the view
    in the name of each file of a patient's folder.

    Raises StudyError where nothing of a known format is found.
    """
    if not path.exists():
        raise StudyError(f"'{path}' does not exist; give a clip, or a folder of clips")
    for ending in camus.ENDINGS if path.is_file() else ():
        if path.name.endswith(ending):
            for view, chamber in camus.CHAMBERS.items():
                if f"_{chamber}_" in path.name and source_format in (None, "camus"):
                    yield f"{path.parent.name}_{chamber}", "camus", path.resolve().parent, view
                    return
            raise StudyError(
                f"'{path}': a NIfTI or MetaImage file is read as CAMUS names it, "
                "PATIENT/PATIENT_4CH_ED.nii.gz"
            )
    if path.is_dir() and any(path.glob(f"{path.resolve().name}_?CH_*")):
        yield path.resolve().name, "camus", path.resolve(), ""
        return
    source_format = source_format or guess_format(path)
    if path.is_file():
        yield path.stem, source_format, path, ""
        return
    for patient, where in cohorts.list_patients(source_format, path).items():
        yield patient, source_format, where, ""
