"""Which files are DICOM, by their first bytes: without pydicom."""

from pathlib import Path


def is_dicom(file: Path) -> bool:
    """Whether a file starts as DICOM does, or may not be opened, which its clip then says.

    An index of a disc (DICOMDIR) is no clip.
    """
    if file.name.startswith(".") or file.name.upper() == "DICOMDIR":
        return False
    try:
        with file.open("rb") as stream:
            start = stream.read(132)
    except OSError:
        return True
    # Some exports lack the preamble and start with an element of group 2 or 8.
    bare = start[:4] in (b"\x02\0\0\0", b"\x08\0\0\0", b"\x08\0\x05\0", b"\x08\0\x08\0")
    return start[128:] == b"DICM" or (bare and len(start) == 132)
