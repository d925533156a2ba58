"""Recordings as fuzz targets: a patient of a source format is read with one file damaged."""

import gzip
from pathlib import Path

import damage

from echogls import cohorts
from echogls.study import REASONS


def target(source: str, file: Path, root: Path):
    """Damaged contents of a file, and what reads the patient below `root` that has it."""
    packed = file.suffix == ".gz"
    whole = file.read_bytes()
    patient = Path(next(iter(cohorts.list_patients(source, root).values())))

    def use(content: bytes) -> None:
        file.write_bytes(content)
        try:
            read(source, patient)
        finally:
            file.write_bytes(whole)

    made = damage.bytes_of(gzip.decompress(whole) if packed else whole)
    return made.map(lambda content: gzip.compress(content, 1)) if packed else made, use


def read(source: str, patient: Path) -> None:
    """Whatever is not a row with a status raises."""
    rows, cines = cohorts.ingest_patient(source, patient, {})
    assert rows
    for row in rows:
        assert row["status"] in ("ok", "excluded")
        assert (row["status"] == "ok") == (row["clip"] in cines)
        assert row["status"] == "ok" or row["reason"] in REASONS
