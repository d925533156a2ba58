"""MetaImage (.mhd with .raw or .zraw), as the first release of CAMUS has it."""

import math
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}


def check_size(shape: Sequence[int], most_pixels: int) -> None:
    """ValueError for a header that states more pixels than are read, before they are."""
    if not 0 < math.prod(shape) <= most_pixels:
        raise ValueError(f"the header states {shape} pixels; expected 1 to {most_pixels}")


def read_metaimage(header_file: Path, most_pixels: int) -> tuple[np.ndarray, tuple[float, float]]:
    """Read an image or a sequence of images.

    The data are taken from the file of the same name with the ending .raw, or
    .zraw if compressed, whatever path the header states.

    Parameters
    ----------
    header_file : the .mhd file, lines of `Key = value`.
    most_pixels : of all images together.

    Returns
    -------
    images : (T, H, W), one image as T = 1.
    spacing : (mm between rows, mm between columns).

    Raises FileNotFoundError without the data, KeyError and ValueError for a header
    that cannot be used or data of another size.
    """
    lines = (line.partition("=") for line in header_file.read_text("latin-1").splitlines())
    header = {key.strip(): value.strip() for key, _, value in lines}
    size = [int(count) for count in header["DimSize"].split()]
    width, height, images = [*size, 1][:3]
    check_size(size, most_pixels)
    spacing = [float(mm) for mm in header["ElementSpacing"].split()]
    big_endian = header.get("BinaryDataByteOrderMSB", "False") == "True"
    dtype = np.dtype(TYPES[header["ElementType"]]).newbyteorder(">" if big_endian else "<")
    compressed = header.get("CompressedData", "False") == "True"
    expected = math.prod(size) * dtype.itemsize
    with header_file.with_suffix(".zraw" if compressed else ".raw").open("rb") as stream:
        data = stream.read(expected + 1)  # one more than there may be shows that there is more
    if compressed:
        data = zlib.decompressobj().decompress(data, expected + 1)
    values = np.frombuffer(data, dtype)
    return values.reshape(images, height, width), (spacing[1], spacing[0])
