"""What a job prints goes to its log file."""

import sys
from pathlib import Path


def start(path: str) -> None:
    """Send everything that this process prints from now on, errors included, to a file."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    sys.stdout = sys.stderr = open(path, "w", encoding="utf-8", buffering=1)  # noqa: SIM115
