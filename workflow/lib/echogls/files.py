"""Files that are there whole or not at all."""

import errno
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from echogls.study import StudyError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LITTLE = 100_000_000  # bytes; with less a run cannot go on


@contextmanager
def whole_file(path: Path, mode: str = "wb", **how: str) -> Iterator[IO]:
    """A stream whose file gets its name when all is written; what fails leaves no file.

    `mode` and `how` as for `open`. Raises StudyError where the disk has no room.
    """
    path = Path(path)
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open(mode, **how) as stream:
            yield stream
        os.replace(partial, path)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StudyError(
                f"no room on the disk for {path.name} ({error.strerror}); free some and run "
                "again: what was finished is kept"
            ) from None
        raise
    finally:
        partial.unlink(missing_ok=True)


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name to one compressed npz, whole or not at all.

    As numpy.savez_compressed, but at zlib's fastest level: images of speckle are hardly
    smaller at its default one, which takes three times as long.
    """
    kind = zipfile.ZIP_DEFLATED
    with whole_file(path) as stream, zipfile.ZipFile(stream, "w", kind, compresslevel=1) as store:
        for name, array in arrays.items():
            with store.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def lack_of_room(folder: Path) -> str:
    """What to do if the disk of a folder is full, or ""."""
    free = shutil.disk_usage(folder).free
    if free > LITTLE:
        return ""
    return (
        f"the disk is full ({free / 1e6:.0f} MB are left): free some room and run again; what "
        "was finished is kept"
    )
