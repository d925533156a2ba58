"""Run as a program: ingest one patient again and again with one file damaged, within limits.

    python hunt.py SOURCE ROOT FILE EXAMPLES

Hypothesis damages FILE. An exception, more than 30 s of processor time or 5 minutes for one
example, or more than 2 GB ends the program with a status that is not 0; what FILE held then is
left beside ROOT as FILE.damaged.
"""

import gzip
import resource
import signal
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from jobs import most_used

from echogls import cohorts
from echogls.study import REASONS

MOST_BYTES = 2 << 30
MOST_SECONDS, LONGEST_WAIT = 30, 300

edits = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), max_size=12
)
# Headers matter most: half of the edits fall into a file's first part.
heads = st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=8)), max_size=12)


def damaged(content: bytes, cut: float, anywhere: list, early: list) -> bytes:
    """The content with bytes written over, and its end cut off."""
    made = bytearray(content)
    places = [(int(share * len(made)), new) for share, new in anywhere] + early
    for place, new in places:
        made[place : place + len(new)] = new
    return bytes(made[: int(cut * len(made))])


def hunt(source: str, root: Path, file: Path, examples: int) -> None:
    """Damage a file so many times; whatever is not a row with a status raises."""
    packed = file.suffix == ".gz"
    whole = file.read_bytes()
    content = gzip.decompress(whole) if packed else whole
    patient = next(iter(cohorts.list_patients(source, root).values()))
    last = root.with_name(f"{file.name}.damaged")

    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(cut=st.floats(0, 1), anywhere=edits, early=heads)
    def one(cut, anywhere, early):
        broken = damaged(content, cut if cut > 0.5 else 1.0, anywhere, early)
        broken = gzip.compress(broken, 1) if packed else broken
        file.write_bytes(broken)
        last.write_bytes(broken)
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        signal.alarm(LONGEST_WAIT)
        rows, cines = cohorts.ingest_patient(source, Path(patient), {})
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        assert rows
        for row in rows:
            assert row["status"] in ("ok", "excluded")
            assert (row["status"] == "ok") == (row["clip"] in cines)
            assert row["status"] == "ok" or row["reason"] in REASONS

    try:
        one()
    finally:
        file.write_bytes(whole)
    last.unlink()


if __name__ == "__main__":
    # What a program may allocate, where the system can limit it (Linux).
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    hunt(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    used = most_used()
    sys.exit(0 if used <= MOST_BYTES else f"used {used / 1e9:.1f} GB")
