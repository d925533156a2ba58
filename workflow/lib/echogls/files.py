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
from numpy.typing import ArrayLike

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


def save_clips(path: Path, clips: Mapping[str, Mapping[str, ArrayLike | None]]) -> None:
    """Write the fields of clips to one npz, without pickle, as arrays `{clip}/{field}`; a field
    that is None is left out."""
    arrays = {
        f"{clip}/{field}": np.asarray(value)
        for clip, values in clips.items()
        for field, value in values.items()
        if value is not None
    }
    save_arrays(path, arrays)


@contextmanager
def stored_clips(path: Path) -> Iterator[dict[str, Mapping[str, np.ndarray]]]:
    """What `save_clips` wrote: clip, in order of names -> its arrays by field.

    An array is read from the disk when it is asked for, while the file is open.
    """
    with np.load(path, allow_pickle=False) as stored:
        clips = sorted({name.partition("/")[0] for name in stored.files})
        yield {clip: _StoredClip(stored, clip) for clip in clips}


class _StoredClip(Mapping[str, np.ndarray]):
    def __init__(self, stored: np.lib.npyio.NpzFile, clip: str):
        self.stored, self.prefix = stored, f"{clip}/"

    def __getitem__(self, field: str) -> np.ndarray:
        return self.stored[f"{self.prefix}{field}"]

    def __contains__(self, field: object) -> bool:
        return f"{self.prefix}{field}" in self.stored.files

    def __iter__(self) -> Iterator[str]:
        names = (name for name in self.stored.files if name.startswith(self.prefix))
        return (name.removeprefix(self.prefix) for name in names)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def lack_of_room(folder: Path) -> str:
    """What to do if the disk of a folder is full, or ""."""
    free = shutil.disk_usage(folder).free
    if free > LITTLE:
        return ""
    return (
        f"the disk is full ({free / 1e6:.0f} MB are left): free some room and run again; what "
        "was finished is kept"
    )
