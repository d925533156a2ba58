"""The technical part of a DICOM header, and nothing else of it.

Only the elements listed here are read from the file, so nothing personal can
travel further.
"""

import hashlib
import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pydicom
from pydicom import uid

from echogls.cohorts import Excluded, foreign_code

ELEMENTS = (
    "SOPClassUID",
    "Modality",
    "Manufacturer",
    "ManufacturerModelName",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "PixelRepresentation",
    "WindowCenter",
    "WindowWidth",
    "RescaleSlope",
    "RescaleIntercept",
    "RedPaletteColorLookupTableDescriptor",
    "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor",
    "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData",
    "BluePaletteColorLookupTableData",
    "SegmentedRedPaletteColorLookupTableData",
    "SegmentedGreenPaletteColorLookupTableData",
    "SegmentedBluePaletteColorLookupTableData",
    "FrameIncrementPointer",
    "FrameTime",
    "FrameTimeVector",
    "CineRate",
    "RecommendedDisplayFrameRate",
    "HeartRate",
    "RWaveTimeVector",
    "PixelSpacing",
    "NominalScannedPixelSpacing",
    "SequenceOfUltrasoundRegions",
)
# Ultrasound that is no moving plane, although it may hold pixels.
WRONG_OBJECTS = (uid.EnhancedUSVolumeStorage, uid.RawDataStorage)
ULTRASOUND = (
    uid.UltrasoundImageStorage,
    uid.UltrasoundMultiFrameImageStorage,
    "1.2.840.10008.5.1.4.1.1.3",  # multi-frame, retired 1993
    "1.2.840.10008.5.1.4.1.1.6",  # single image, retired 1993
)


class DicomFile(io.BufferedReader):
    """A file opened for pydicom, which asks for as many bytes as an element, an item or an offset
    table says: however many those are, memory is taken only for the ones that are there."""

    def __init__(self, file: Path):
        super().__init__(io.FileIO(file))
        self._size = file.stat().st_size

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > io.DEFAULT_BUFFER_SIZE:
            size = min(size, max(0, self._size - self.tell()))
        return super().read(size)


def read_header(file: Path) -> pydicom.Dataset:
    """The elements above of one file; raises `Excluded` if it is not an ultrasound image."""
    with quiet(), foreign_code("unreadable"), DicomFile(file) as stream, _claims_checked():
        if not file.stat().st_size:
            raise Excluded("unreadable", "an empty file")
        header = pydicom.dcmread(
            stream, stop_before_pixels=True, specific_tags=list(ELEMENTS), force=True
        )
        _drop_what_cannot_be_parsed(header)
        kind = str(header.get("SOPClassUID", ""))
        modality = text(header, "Modality")
        if not kind and not modality and "Rows" not in header:
            raise Excluded("unreadable", "no DICOM elements")
        if modality != "US" and not (modality == "" and kind in ULTRASOUND):
            is_code = modality.isalnum() and len(modality) <= 16  # a code, and no stray text
            raise Excluded("wrong_modality", f"modality {modality}" if is_code else "no modality")
        size = (number(header, "Rows"), number(header, "Columns"))
        if kind in WRONG_OBJECTS or min(size) < 1:
            raise Excluded("wrong_object", uid.UID(kind).name if kind else "")
    return header


def series_digest(file: Path) -> bytes:
    """A digest of the series that a file belongs to, to compare; b"" if none is said."""
    try:
        with quiet(), foreign_code("unreadable"), DicomFile(file) as stream:
            header = pydicom.dcmread(
                stream, stop_before_pixels=True, specific_tags=["SeriesInstanceUID"], force=True
            )
            series = str(header.get("SeriesInstanceUID", "") or "")
    except Excluded:
        return b""
    return hashlib.sha256(series.encode()).digest() if series else b""


@contextmanager
def _claims_checked() -> Iterator[None]:
    """A damaged length may ask for more memory than there is."""
    try:
        yield
    except (MemoryError, OverflowError):
        raise Excluded("unreadable", "an element claims more bytes than there is memory") from None


def _drop_what_cannot_be_parsed(header: pydicom.Dataset) -> None:
    """Values are parsed when first asked for; what fails then is as good as absent."""
    for tag in list(header.keys()):
        try:
            with foreign_code("unreadable"):
                header[tag]
        except Excluded:
            del header[tag]


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pydicom from warning: its messages quote the values of elements, names among them."""
    logger = logging.getLogger("pydicom")
    before = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before


def numbers(item: pydicom.Dataset, keyword: str) -> np.ndarray:
    """(N,) float64 values of an element; empty where it is absent, empty or not numbers."""
    try:
        with foreign_code("unreadable"):
            value = item.get(keyword)
            empty = value is None or value == ""
            values = np.zeros(0) if empty else np.atleast_1d(np.asarray(value, np.float64))
    except Excluded:
        return np.zeros(0)
    return values[np.isfinite(values)]


def number(item: pydicom.Dataset, keyword: str, otherwise: float = 0.0) -> float:
    """The first value of an element."""
    values = numbers(item, keyword)
    return float(values[0]) if len(values) else otherwise


def text(header: pydicom.Dataset, keyword: str) -> str:
    """An element as short printable text."""
    value = str(header.get(keyword, "") or "")
    return "".join(character for character in value if character.isprintable()).strip()[:64]
