"""Damaged files of every source: always rows with a status, never an exception."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echogls import cohorts
from echogls.command.demo_data import write_demo
from echogls.study import REASONS

# A longer hunt: ECHOGLS_FUZZ=2000 pytest .../test_fuzz.py
EXAMPLES = int(os.environ.get("ECHOGLS_FUZZ", "12"))

edits = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), max_size=12
)
# Headers matter most: half of the edits fall into a file's first part.
heads = st.lists(st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=8)), max_size=12)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "demo"
    write_demo(folder)
    return folder


def damaged(content, cut, anywhere, early):
    """The content with bytes written over, and its end cut off."""
    made = bytearray(content)
    places = [(int(share * len(made)), new) for share, new in anywhere] + early
    for place, new in places:
        made[place : place + len(new)] = new
    return bytes(made[: int(cut * len(made))])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ("dicom", "dicom/*/*.dcm"),
        ("video", "video/*.avi"),
        ("echonet", "echonet/Videos/*.avi"),
        ("hmcqu", "hmcqu/LV*/*.mat"),
        ("hmcqu", "hmcqu/A4C.xlsx"),
        ("camus", "camus/*/*_ED.nii.gz"),
        ("camus", "camus/*/*_ED_gt.nii.gz"),
    ],
)
def test_a_damaged_file_is_a_row(demo, tmp_path_factory, source, pattern):
    file = next(demo.glob(pattern))
    whole = file.read_bytes()
    content = _unpacked(whole) if file.suffix == ".gz" else whole
    root = demo / source
    patient = next(iter(cohorts.list_patients(source, root).values()))

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(cut=st.floats(0, 1), anywhere=edits, early=heads)
    def hunt(cut, anywhere, early):
        broken = damaged(content, cut if cut > 0.5 else 1.0, anywhere, early)
        _write(file, broken)
        rows, cines = cohorts.ingest_patient(source, Path(patient), {})
        assert rows
        for row in rows:
            assert row["status"] in ("ok", "excluded")
            assert (row["status"] == "ok") == (row["clip"] in cines)
            assert row["status"] == "ok" or row["reason"] in REASONS

    try:
        hunt()
    finally:
        file.write_bytes(whole)


def _unpacked(content):
    import gzip

    return gzip.decompress(content)


def _write(file, content):
    import gzip

    file.write_bytes(gzip.compress(content, 1) if file.suffix == ".gz" else content)
