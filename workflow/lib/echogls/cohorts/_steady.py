"""Whether a patient's files stayed the same while they were read, and which links of its folder
were not followed."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from echogls.study import StudyError


@contextmanager
def unchanged(list_files: Callable[[], Iterable[Path]]) -> Iterator[None]:
    """Raise StudyError where files changed, vanished or came while they were read.

    What was read of them may be half a clip, and the results would be newer than the file, so that
    no later run would read it again.

    Parameters
    ----------
    list_files : () -> the files.
    """
    before = file_facts(list_files())
    yield
    after = file_facts(list_files())
    if changed := {file for file, _ in before.items() ^ after.items()}:
        raise StudyError(
            f"{len(changed)} of {len({*before, *after})} files of this patient changed while they "
            "were read; run again when they are whole: what was finished is kept"
        )


def file_facts(files: Iterable[Path]) -> dict[str, tuple[int, int]]:
    """Size and time of each file that is there."""
    facts = {}
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        facts[str(file)] = status.st_size, status.st_mtime_ns
    return facts


def said_of_links(path: Path | list[Path]) -> str:
    """How many links of a patient's folder were not followed; "" if none."""
    if not isinstance(path, Path) or not path.is_dir():
        return ""
    count = sum(entry.is_symlink() and not entry.is_file() for entry in path.rglob("*"))
    return f"links to a folder, or to nothing, which are not followed: {count}" if count else ""
