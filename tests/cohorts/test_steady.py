"""Files that change while they are read, links, and patients of many or large clips."""

import os
import shutil
import tracemalloc

import pytest
from dicom_files import fan_frames, write_clip

from echogls import cohorts
from echogls.cine import save_cines
from echogls.study import StudyError


def ingest(path, source="dicom"):
    return cohorts.ingest_patient(source, path, {})


@pytest.mark.parametrize("what", ["grows", "vanishes", "comes"])
def test_a_file_that_changes_while_it_is_read_is_an_error_and_no_half_clip(tmp_path, what):
    path = tmp_path / "p"
    first, second = write_clip(path / "a"), write_clip(path / "b", fan_frames(14))
    rows = []
    clips = cohorts.usable_clips("dicom", path, {}, rows=rows)
    assert next(clips)[0] == "clip01"
    if what == "grows":
        second.write_bytes(second.read_bytes() + b"more")
    elif what == "vanishes":
        first.unlink()
    else:
        shutil.copy(first, path / "c")
    with pytest.raises(StudyError, match=r"1 of [23] files of this patient changed while"):
        list(clips)


def test_a_clip_that_is_gone_before_it_is_read_is_a_row_beside_the_others(tmp_path):
    path = tmp_path / "p"
    write_clip(path / "a")
    os.symlink(path / "gone", path / "b.dcm")
    rows, cines = ingest(path)
    assert [row["reason"] for row in rows] == [""] and list(cines) == ["clip01"]
    assert "links to a folder, or to nothing, which are not followed: 1" in rows[0]["note"]
    assert ingest(tmp_path / "nobody")[0][0]["note"] == "the path does not exist"


@pytest.mark.parametrize("kind", ["to itself", "in a circle", "to a folder elsewhere"])
def test_links_that_are_not_followed_are_counted_and_nothing_hangs(tmp_path, kind):
    folder, elsewhere = tmp_path / "data" / "p", tmp_path / "elsewhere"
    folder.mkdir(parents=True)
    write_clip(elsewhere / "a")
    target = {
        "to itself": folder / "link",
        "in a circle": folder,
        "to a folder elsewhere": elsewhere,
    }
    os.symlink(target[kind], folder / "link")
    (row,), cines = ingest(folder)
    assert (row["reason"], cines) == ("no_clips", {})
    assert "not followed: 1" in row["note"]
    assert cohorts.source_files("dicom", folder) == []


def test_a_linked_file_and_a_linked_patient_are_read_wherever_they_are(tmp_path):
    file = write_clip(tmp_path / "elsewhere" / "a")
    data = tmp_path / "data"
    (data / "p1").mkdir(parents=True)
    os.symlink(file, data / "p1" / "a")
    os.symlink(file.parent, data / "p2")
    os.symlink("p3", data / "p3")
    before = file.read_bytes()
    patients = cohorts.list_patients("dicom", data)
    found = {name: ingest(path)[0][0] for name, path in patients.items()}
    assert {name: row["status"] for name, row in found.items()} == {
        "p1": "ok",
        "p2": "ok",
        "p3": "excluded",
    }
    assert file.read_bytes() == before


def test_a_patient_of_many_clips_takes_the_memory_of_one(tmp_path):
    def peak(count):
        path = tmp_path / f"p{count}"
        for number in range(count):
            write_clip(path / f"{number}", fan_frames(60 + number))
        tracemalloc.start()
        try:
            rows = []
            cines = cohorts.usable_clips("dicom", path, {}, rows=rows)
            save_cines(tmp_path / "cines.npz", cines)
            assert len(rows) == count and not any(row["reason"] for row in rows)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # imports
    assert peak(5) < 1.3 * peak(1)
