"""Run as a program: read damaged files again and again, within limits.

    python hunt.py TARGET [FILE [ROOT]] [--examples N | --seconds S] [--corpus FOLDER]

TARGET is a name of `targets.TARGETS` (tables, exports, configs), or a source format, of which FILE
is a recording's file below ROOT. Hypothesis makes the damage. An exception that is not the
project's own, more than 30 s of processor time or 5 minutes for one example, or more than 2 GB end
the program with a status that is not 0; the smallest file that does it is then in the corpus,
which the tests read again. Without --seconds the damage is the same each time: what passed
once passes again.
"""

import argparse
import hashlib
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import recordings
import targets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from jobs import most_used

MOST_BYTES = 2 << 30
MOST_SECONDS, LONGEST_WAIT = 30, 300
ROUND = 200  # examples between two looks at the clock
CORPUS = Path(__file__).with_name("corpus")


def hunt(
    made: st.SearchStrategy[bytes],
    use: Callable[[bytes], None],
    examples: int,
    last: Path,
    same: bool,
) -> None:
    """Use so many made files, the same ones each time or others; whatever is no result, row or
    error of the project raises, and what the file held is then in `last`."""

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=same,
    )
    @given(content=made)
    def one(content):
        last.write_bytes(content)
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        signal.alarm(LONGEST_WAIT)
        use(content)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)

    one()
    last.unlink(missing_ok=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("root", type=Path, nargs="?")
    parser.add_argument("--examples", type=int, default=ROUND)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    told = parser.parse_args()
    # What a program may allocate, where the system can limit it (Linux).
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    if told.file:
        made, use = recordings.target(told.target, told.file.resolve(), told.root.resolve())
    else:
        made, use = targets.TARGETS[told.target]
    folder = told.corpus / told.target
    folder.mkdir(parents=True, exist_ok=True)
    last = (folder / f"hunted.{os.getpid()}").resolve()
    corpus = folder.resolve()
    end = time.monotonic() + (told.seconds or 0)
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        try:
            hunt(made, use, told.examples, last, same=not told.seconds)
            while time.monotonic() < end:
                hunt(made, use, ROUND, last, same=False)
        finally:
            if last.exists():
                name = hashlib.sha256(last.read_bytes()).hexdigest()[:12]
                last.rename(corpus / f"{name}{told.file.suffix if told.file else ''}")
    if not any(corpus.iterdir()):
        corpus.rmdir()
    used = most_used()
    return 0 if used <= MOST_BYTES else f"used {used / 1e9:.1f} GB"


if __name__ == "__main__":
    sys.exit(main())
