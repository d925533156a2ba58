"""Which source format a folder or file holds."""

from pathlib import Path

from echogls import cohorts
from echogls.study import StudyError


def guess_format(data: Path) -> str:
    """The name of a source format, by what lies there.

    Raises StudyError where nothing of a known format is found.
    """
    if not data.exists():
        raise StudyError(f"'{data}' does not exist; give a folder of recordings, or a file")
    if found := cohorts.recognised_format(data):
        return found
    known = ", ".join(name for name in cohorts.source_formats() if name != "simulated")
    raise StudyError(f"'{data}' holds nothing of a known format ({known})")
