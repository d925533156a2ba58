"""Stills of one series: a clip whose frames are files of their own."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from echogls.cohorts import Excluded
from echogls.cohorts._dicom_header import number, read_header, series_digest
from echogls.cohorts._dicom_pixels import frames_inside


def stills_by_file(files: Sequence[Path]) -> dict[Path, int]:
    """Of each file that is a still, how many stills of its size its series has."""
    keys = {file: (series_digest(file), *size) for file in files if (size := _size_of_still(file))}
    counts = Counter(keys.values())
    return {file: counts[key] for file, key in keys.items() if key[0]}


def _size_of_still(file: Path) -> tuple[int, int] | None:
    """Rows and columns of a file that holds one image, by its header."""
    try:
        header = read_header(file)
    except Excluded:
        return None
    stated = max(1, int(number(header, "NumberOfFrames", 1)))
    if frames_inside(file, header, stated) > 1:
        return None
    return int(number(header, "Rows")), int(number(header, "Columns"))
