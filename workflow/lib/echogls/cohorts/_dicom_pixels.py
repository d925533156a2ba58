"""Pixels of a DICOM clip, frame by frame, as 8-bit grey or RGB."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pydicom
from pydicom import uid
from pydicom.encaps import parse_basic_offsets, parse_fragments
from pydicom.filereader import read_partial
from pydicom.pixels import apply_color_lut, iter_pixels

from echogls.cohorts import Excluded, foreign_code
from echogls.cohorts._dicom_header import DicomFile, number, numbers, quiet, text

# One decoder a transfer syntax, so that results do not depend on what else is
# installed, and a truncated frame is an error and not passed on to a laxer decoder.
DECODERS = {
    uid.RLELossless: "pylibjpeg",
    uid.JPEGBaseline8Bit: "pillow",
    uid.JPEGExtended12Bit: "gdcm",
    uid.JPEGLossless: "gdcm",
    uid.JPEGLosslessSV1: "gdcm",
    uid.JPEGLSLossless: "pyjpegls",
    uid.JPEGLSNearLossless: "pyjpegls",
    uid.JPEG2000Lossless: "pylibjpeg",
    uid.JPEG2000: "pylibjpeg",
    uid.HTJ2KLossless: "pylibjpeg",
    uid.HTJ2K: "pylibjpeg",
}

PIXEL_DATA = pydicom.tag.Tag("PixelData")
SEQUENCE_END = b"\xfe\xff\xdd\xe0"
BEGINNINGS = (b"\xff\xd8", b"\xff\x4f")  # of a JPEG or JPEG-LS image, of a JPEG 2000 one


def read_frames(
    file: Path, header: pydicom.Dataset, count: int, indices: Iterable[int] | None = None
) -> Iterator[np.ndarray]:
    """Decode frames one at a time.

    Parameters
    ----------
    file : the DICOM file; pixels are read from it as they are needed.
    header : its header, see `_dicom_header.read_header`.
    count : frames that are there, see `frames_inside`.
    indices : frames wanted, from 0; all by default.

    Yields
    ------
    (H, W) uint8 grey or (H, W, 3) uint8 RGB.

    Raises `Excluded` for `undecodable`, with the number of frames that could be decoded.
    """
    _check_syntax(header)
    wanted = range(count) if indices is None else list(indices)
    decoded = _decoded(file, header, count, indices)
    done = 0
    try:
        to_display = _display(header)
        for _ in wanted:
            with quiet(), foreign_code("undecodable"):
                frame = to_display(next(decoded))
            yield frame
            done += 1
    except Excluded as excluded:
        whole = done if indices is None else _whole_frames(file, header, count)
        note = f"{whole} of {count} frames decoded ({excluded.note})"
        raise Excluded("undecodable", note) from None


def frames_inside(file: Path, header: pydicom.Dataset, stated: int) -> int:
    """How many compressed frames a file holds, by where its fragments begin.

    `stated` where it is not compressed, or where the fragments cannot be followed to their end: of
    such a file decoding tells what is wrong.
    """
    syntax = header.get("file_meta", {}).get("TransferSyntaxUID", uid.ImplicitVRLittleEndian)
    if syntax not in DECODERS:
        return stated
    try:
        with quiet(), foreign_code("undecodable"), DicomFile(file) as stream:
            read_partial(stream, stop_when=lambda tag, *_: tag == PIXEL_DATA, force=True)
            if len(stream.read(12)) < 12:
                return stated
            parse_basic_offsets(stream)
            count, places = parse_fragments(stream)
            if count == stated or not places:
                return stated
            begins, end = 0, 0
            for place in places:
                stream.seek(place + 4)
                length = int.from_bytes(stream.read(4), "little")
                begins += stream.read(2) in BEGINNINGS or syntax == uid.RLELossless
                end = place + 8 + length
            stream.seek(end)
            closed = stream.read(4) == SEQUENCE_END
    except Excluded:
        return stated
    return begins if closed and begins else stated


def _check_syntax(header: pydicom.Dataset) -> None:
    """Raise `Excluded` for a compression that is not among DECODERS."""
    syntax = header.get("file_meta", {}).get("TransferSyntaxUID", uid.ImplicitVRLittleEndian)
    registered = not syntax.is_private and syntax.is_transfer_syntax
    if not registered or (syntax.is_encapsulated and syntax not in DECODERS):
        name = syntax.name if registered else "an unknown transfer syntax"
        raise Excluded("undecodable", f"pixels in {name}; export them as JPEG or uncompressed")


def _decoded(
    file: Path, header: pydicom.Dataset, count: int, indices: Iterable[int] | None = None
) -> Iterator[np.ndarray]:
    syntax = header.file_meta.TransferSyntaxUID
    photometric = text(header, "PhotometricInterpretation")
    options = {"indices": indices, "decoding_plugin": DECODERS.get(syntax, "")}
    if syntax.is_encapsulated:
        _check_offsets(file)
        options["number_of_frames"] = count
    with DicomFile(file) as stream:
        if photometric == "YBR_FULL_422" and not syntax.is_encapsulated:
            # pydicom 3.0 takes the second and later frames of one call as not subsampled.
            for index in range(count) if indices is None else indices:
                yield from iter_pixels(stream, indices=[index])
        elif syntax == uid.JPEGBaseline8Bit and photometric in ("YBR_FULL", "YBR_FULL_422"):
            # OpenCV's conversion is that of PS3.3 C.7.6.3.1.2, too, and ten times faster.
            for frame in iter_pixels(stream, raw=True, **options):
                yield cv2.cvtColor(frame[..., [0, 2, 1]], cv2.COLOR_YCrCb2RGB)
        else:
            yield from iter_pixels(stream, **options)


def _check_offsets(file: Path) -> None:
    """Raise `Excluded` where the offset table of compressed frames cannot be of this file."""
    with DicomFile(file) as stream:
        read_partial(stream, stop_when=lambda tag, *_: tag == PIXEL_DATA, force=True)
        stream.read(12)
        offsets = parse_basic_offsets(stream)
    size = file.stat().st_size
    if any(not 0 < later - one <= size for one, later in pairwise(offsets)):
        raise Excluded("undecodable", f"its frames begin where the file of {size} bytes has none")


def _whole_frames(file: Path, header: pydicom.Dataset, count: int) -> int:
    """How many frames from the first on can be decoded."""
    done = 0
    try:
        with quiet(), foreign_code("undecodable"):
            for _ in _decoded(file, header, count):
                done += 1
    except Excluded:
        pass
    return done


def grey(frame: np.ndarray) -> np.ndarray:
    """(H, W) uint8 brightness (ITU-R BT.601) of a grey or RGB frame."""
    return frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)


def _display(header: pydicom.Dataset) -> Callable[[np.ndarray], np.ndarray]:
    """A function from decoded values to 8-bit grey or RGB."""
    photometric = text(header, "PhotometricInterpretation")
    if photometric == "PALETTE COLOR":
        return _palette(header)
    stored = int(number(header, "BitsStored", 8))
    if number(header, "SamplesPerPixel", 1) == 3:
        return lambda frame: _to_uint8(frame, 0, 2**stored - 1)
    low, high = _window(header, stored)
    if photometric == "MONOCHROME1":
        return lambda frame: 255 - _to_uint8(frame, low, high)
    return lambda frame: _to_uint8(frame, low, high)


def _to_uint8(frame: np.ndarray, low: float, high: float) -> np.ndarray:
    if frame.dtype == np.uint8 and (low, high) == (0, 255):
        return frame
    unit = (frame.astype(np.float32) - low) / (high - low)
    return np.round(255 * np.clip(unit, 0, 1)).astype(np.uint8)


def _window(header: pydicom.Dataset, stored: int) -> tuple[float, float]:
    """Stored values that show as black and as white (PS3.3 C.11.2.1.2.1)."""
    signed = number(header, "PixelRepresentation") == 1
    low, high = (-(2 ** (stored - 1)), 2 ** (stored - 1) - 1) if signed else (0, 2**stored - 1)
    width = number(header, "WindowWidth")
    if len(numbers(header, "WindowCenter")) == 0 or width <= 1:
        return low, high
    slope = number(header, "RescaleSlope", 1.0) or 1.0
    middle = number(header, "WindowCenter") - 0.5
    edges = (middle - (width - 1) / 2, middle + (width - 1) / 2)
    low, high = ((edge - number(header, "RescaleIntercept")) / slope for edge in edges)
    return low, high


def _palette(header: pydicom.Dataset) -> Callable[[np.ndarray], np.ndarray]:
    """A function that looks up palette colours, as (H, W, 3) uint8 RGB."""
    with quiet(), foreign_code("undecodable"):
        entries = int(numbers(header, "RedPaletteColorLookupTableDescriptor")[0]) or 2**16
        first = int(numbers(header, "RedPaletteColorLookupTableDescriptor")[1])
        values = np.arange(first, first + entries, dtype=np.uint16)[None]
        table = apply_color_lut(values, header)[0]
    # 16-bit entries are the rule, also for colours that were made with 8 bits;
    # some writers put those in the low byte.
    if table.dtype != np.uint8:
        table = (table >> 8 if table.max() > 255 else table).astype(np.uint8)
    return lambda frame: table[np.clip(frame.astype(np.int64) - first, 0, entries - 1)]
