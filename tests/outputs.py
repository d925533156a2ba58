"""Every text that a file holds, unpacked, for tests that look for what must not be there."""

import base64
import io
import re
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence


def text_of(path: Path) -> str:
    """The bytes of a file as text, with what is packed in it: archives, compressed streams, arrays,
    embedded files, metadata of pictures."""
    content = path.read_bytes()
    parts = [content]
    if path.suffix == ".npz":
        parts += _of_arrays(path)
    elif zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(path) as archive:
            parts += [archive.read(name) for name in archive.namelist()]
    elif path.suffix in (".html", ".json", ".svg"):
        parts += map(base64.b64decode, re.findall(rb";base64,([A-Za-z0-9+/]+={0,2})", content))
    elif path.suffix == ".pdf":
        for start in re.finditer(rb"stream\r?\n", content):
            unpack = zlib.decompressobj()
            try:
                parts.append(unpack.decompress(content[start.end() :]))
            except zlib.error:
                continue
    elif path.suffix in (".png", ".webp", ".gif", ".jpg"):
        with Image.open(path) as picture:
            told = [
                (frame.info, dict(frame.getexif())) for frame in ImageSequence.Iterator(picture)
            ]
        parts.append(repr(told).encode())
    return b"\n".join(parts).decode("utf-8", "ignore")


def _of_arrays(path: Path) -> list[bytes]:
    """Names and bytes of arrays; of texts the letters, of which numpy stores four bytes each."""
    with np.load(path, allow_pickle=False) as arrays:
        parts = [name.encode() for name in arrays.files]
        for name in arrays.files:
            array = arrays[name]
            parts.append(
                str(array.tolist()).encode() if array.dtype.kind in "US" else array.tobytes()
            )
    return parts
