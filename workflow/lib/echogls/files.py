"""Files that are there whole or not at all."""

import errno
import glob
import os
import platform
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from echogls.study import StudyError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LITTLE = 100_000_000  # bytes, by judgement: with less the next large file has no room
T = TypeVar("T")
Clips = Mapping[str, T] | Iterable[tuple[str, T]]


@contextmanager
def whole_file(path: Path, mode: str = "wb", **how: str) -> Iterator[IO]:
    """A stream whose file gets its name when all is written; what fails leaves no file.

    Two processes that write the same file do not disturb each other: each writes a file of its own
    beside it, and the name belongs to the one that ends last. What a killed process of this
    machine has left there is taken away. `mode` and `how` as for `open`. Raises StudyError where
    the disk has no room.
    """
    path = Path(path)
    partial = path.with_name(f"{path.name}.{platform.node()}-{os.getpid()}.partial")
    _without_forgotten(path)
    try:
        with partial.open(mode, **how) as stream:
            yield stream
        os.replace(partial, path)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StudyError(no_room(path.name, error)) from None
        raise
    finally:
        partial.unlink(missing_ok=True)


def _without_forgotten(path: Path) -> None:
    """Remove the unfinished files of a path whose process on this machine is no more."""
    here = f"{path.name}.{platform.node()}-"
    for left in path.parent.glob(f"{glob.escape(here)}*.partial"):
        number = left.name.removeprefix(here).removesuffix(".partial")
        if number.isdigit() and not _lives(int(number)):
            left.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True


def no_room(name: str, error: OSError) -> str:
    """What is said where a file does not fit on the disk."""
    return (
        f"no room on the disk for {name} ({error.strerror}); free some and run again: what was "
        "finished is kept"
    )


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays by name to one compressed npz, whole or not at all."""
    _save(path, arrays.items())


def _save(path: Path, arrays: Iterable[tuple[str, ArrayLike]]) -> None:
    """As numpy.savez_compressed, but one array is in memory at a time, where they are made one
    after another, and at zlib's fastest level: images of speckle are hardly smaller at its default
    one, which takes three times as long."""
    kind = zipfile.ZIP_DEFLATED
    with whole_file(path) as stream, zipfile.ZipFile(stream, "w", kind, compresslevel=1) as store:
        for name, array in arrays:
            with store.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
            del array  # before the next one is made


def save_clips(
    path: Path,
    clips: Clips[T],
    fields: Callable[[T], Mapping[str, ArrayLike | None]] = lambda clip: clip,
) -> None:
    """Write clips to one npz, without pickle, as arrays `{clip}/{field}`.

    Parameters
    ----------
    clips : by name, or pairs of name and clip; where they are made one after another, one at a
        time is in memory.
    fields : a clip -> its arrays by field; a field that is None is left out.
    """
    _save(path, _named(clips.items() if isinstance(clips, Mapping) else clips, fields))


def _named(pairs, fields):
    for name, clip in pairs:
        for field, value in fields(clip).items():
            if value is not None:
                yield f"{name}/{field}", np.asarray(value)
        del clip, value  # before the next one is made


@contextmanager
def stored_clips(path: Path) -> Iterator[dict[str, Mapping[str, np.ndarray]]]:
    """What `save_clips` wrote: clip, in order of names -> its arrays by field.

    An array is read from the disk when it is asked for, while the file is open.
    """
    with np.load(path, allow_pickle=False) as stored:
        clips = sorted({name.partition("/")[0] for name in stored.files})
        yield {clip: _StoredClip(stored, clip) for clip in clips}


class StoredClips(Mapping[str, T]):
    """Clips of a file that `save_clips` wrote, in order of names: each is read when it is asked
    for, and the last one alone stays in memory.

    Parameters
    ----------
    read : arrays by field -> the clip.
    wanted : the clips that are there; all if None.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[Mapping[str, np.ndarray]], T],
        wanted: Iterable[str] | None = None,
    ):
        self.path, self.read = path, read
        with stored_clips(path) as clips:
            self.names = [clip for clip in clips if wanted is None or clip in wanted]
        self._last: tuple[str, T] | None = None

    def __getitem__(self, clip: str) -> T:
        if clip not in self.names:
            raise KeyError(clip)
        if self._last is None or self._last[0] != clip:
            self._last = None
            with stored_clips(self.path) as clips:
                self._last = clip, self.read(clips[clip])
        return self._last[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


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
