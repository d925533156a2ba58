"""MetaImage (.mhd with .raw or .zraw), as the first release of CAMUS has it."""

import zlib
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


def read_metaimage(header_file: Path) -> tuple[np.ndarray, tuple[float, float]]:
    """Read an image or a sequence of images.

    The data are taken from the file of the same name with the ending .raw, or
    .zraw if compressed, whatever path the header states.

    Parameters
    ----------
    header_file : the .mhd file, lines of `Key = value`.

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
    spacing = [float(mm) for mm in header["ElementSpacing"].split()]
    big_endian = header.get("BinaryDataByteOrderMSB", "False") == "True"
    dtype = np.dtype(TYPES[header["ElementType"]]).newbyteorder(">" if big_endian else "<")
    compressed = header.get("CompressedData", "False") == "True"
    data = header_file.with_suffix(".zraw" if compressed else ".raw").read_bytes()
    values = np.frombuffer(zlib.decompress(data) if compressed else data, dtype)
    return values.reshape(images, height, width), (spacing[1], spacing[0])
