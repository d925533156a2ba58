"""Digests of what a study read: recordings, sheets, readings, networks."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

COLUMNS = ("cohort", "patient", "kind", "file", "bytes", "sha256")


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content, 64 hexadecimal digits; the file is read in parts."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def input_rows(
    kind: str, files: Iterable[Path], cohort: str = "", patient: str = ""
) -> list[dict[str, object]]:
    """A row of COLUMNS a file that was read, in the order given.

    `file` counts from 1, for a file's name may be a person's. A file that is gone has a row
    without size and digest.

    kind : recording, patients, clips, outline, readings or export.
    """
    rows = []
    for number, path in enumerate(files, start=1):
        try:
            size, digest = Path(path).stat().st_size, file_digest(path)
        except OSError:
            size = digest = None
        facts = (cohort, patient, kind, number, size, digest)
        rows.append(dict(zip(COLUMNS, facts, strict=True)))
    return rows
