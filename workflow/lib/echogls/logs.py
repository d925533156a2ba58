"""What a job prints goes to its log file, and a job ends with the run that started it."""

import ctypes
import signal
import sys
from pathlib import Path
from types import TracebackType

from echogls.files import NO_ROOM, no_room

PR_SET_PDEATHSIG = 1  # of Linux, prctl(2)


def start(path: str) -> None:
    """Send everything that this process prints from now on, errors included, to a file.

    Where Snakemake is killed, its jobs on the same Linux machine end with it, so that none of them
    writes beside those of the next run.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    sys.stdout = sys.stderr = open(path, "w", encoding="utf-8", buffering=1)  # noqa: SIM115
    sys.excepthook = _tell


def _tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The error as Python tells it, and in words where the disk is full, whoever met it."""
    sys.__excepthook__(kind, error, trace)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        name = Path(str(error.filename)).name if error.filename else "a result"
        print(no_room(name, error), file=sys.stderr)
