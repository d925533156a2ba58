"""Files that are there whole or not at all, also on a full disk."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from echogls import files, tables
from echogls.study import StudyError


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.whole_file(path, "w") as stream:
        stream.write("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_arrays_come_back(tmp_path):
    files.save_arrays(tmp_path / "a.npz", {"x/y": np.arange(3)})
    with np.load(tmp_path / "a.npz") as stored:
        np.testing.assert_array_equal(stored["x/y"], np.arange(3))
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "write",
    [
        "files.save_arrays(path, {'a': np.random.default_rng(0).random(100_000)})",
        "tables.write_table(path, [{'a': 'x' * 200_000}], ['a'])",
    ],
)
def test_a_disk_without_room_is_said_and_leaves_nothing(tmp_path, write):
    # A limit on the size of files is what a full disk looks like to a program.
    code = (
        "import resource, signal, sys; from pathlib import Path; import numpy as np; "
        "from echogls import files, tables; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)); "
        f"path = Path(sys.argv[1]) / 'a.out'; {write}"
    )
    run = subprocess.run(
        [sys.executable, "-B", "-c", code, str(tmp_path)], capture_output=True, text=True
    )
    assert run.returncode == 1
    last = run.stderr.splitlines()[-1]
    assert "StudyError" in last and "no room on the disk for a.out" in last
    assert list(tmp_path.iterdir()) == []


def test_arrays_of_clips_come_back_by_clip_and_field(tmp_path):
    clips = {"clip02": {"times_s": [0.0, 0.1]}, "clip01": {"mask": np.eye(3, dtype=np.uint8)}}
    files.save_clips(tmp_path / "a.npz", clips)
    with files.stored_clips(tmp_path / "a.npz") as stored:
        assert list(stored) == ["clip01", "clip02"]
        assert list(stored["clip01"]) == ["mask"] and "times_s" not in stored["clip01"]
        np.testing.assert_array_equal(stored["clip01"]["mask"], np.eye(3))
        assert stored["clip02"]["times_s"].tolist() == [0.0, 0.1]
        with pytest.raises(KeyError):
            stored["clip01"]["times_s"]


def test_what_is_not_asked_for_stays_on_the_disk(tmp_path, monkeypatch):
    files.save_clips(tmp_path / "a.npz", {"clip01": {"frames": np.zeros(9), "times_s": np.ones(2)}})
    read = []
    load = np.lib.npyio.NpzFile.__getitem__
    monkeypatch.setattr(
        np.lib.npyio.NpzFile,
        "__getitem__",
        lambda self, name: (read.append(name), load(self, name))[1],
    )
    with files.stored_clips(tmp_path / "a.npz") as stored:
        assert "frames" in stored["clip01"] and len(stored["clip01"]) == 2
        assert stored["clip01"]["times_s"].sum() == 2
    assert read == ["clip01/times_s"]


def test_a_full_disk_raises_what_it_raises(tmp_path, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(StudyError, match="free some"):
        tables.write_table(tmp_path / "t.tsv", [{"a": 1}], ["a"])
    assert list(tmp_path.iterdir()) == []


def test_lack_of_room_is_said_only_where_there_is_none(tmp_path, monkeypatch):
    assert files.lack_of_room(tmp_path) == ""
    usage = type("Usage", (), {"free": 5_000_000})
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage)
    assert "the disk is full (5 MB" in files.lack_of_room(tmp_path)


WRITER = (
    "import sys, time; from pathlib import Path; from echogls import files\n"
    "with files.whole_file(Path(sys.argv[1]), 'w') as stream:\n"
    "    stream.write('half'); stream.flush(); print('half', flush=True); time.sleep(60)\n"
)


def start_writer(path):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"half\n"
    return writer


def test_what_a_killed_process_left_half_written_is_no_result_and_goes_with_the_next(tmp_path):
    writer = start_writer(tmp_path / "a.tsv")
    writer.kill()
    writer.wait()
    (left,) = tmp_path.iterdir()
    assert left.name.endswith(".partial") and left.read_text() == "half"
    tables.write_table(tmp_path / "a.tsv", [{"a": 1}], ["a"])
    assert [path.name for path in tmp_path.iterdir()] == ["a.tsv"]


def test_two_processes_that_write_one_file_do_not_disturb_each_other(tmp_path):
    writer = start_writer(tmp_path / "a.tsv")
    tables.write_table(tmp_path / "a.tsv", [{"a": 1}], ["a"])
    assert (tmp_path / "a.tsv").read_text() == "a\n1\n"
    assert len(list(tmp_path.iterdir())) == 2  # the other one still writes its own
    writer.kill()
    writer.wait()
    assert (tmp_path / "a.tsv").read_text() == "a\n1\n"


def test_of_a_file_of_clips_one_is_in_memory_at_a_time(tmp_path):
    size = 4_000_000

    def made():
        for number in range(5):
            yield f"clip{number}", {"frames": np.full(size, number, np.uint8)}

    tracemalloc.start()
    try:
        files.save_clips(tmp_path / "a.npz", made())
        stored = files.StoredClips(tmp_path / "a.npz", dict)
        for number, clip in enumerate(stored):
            assert stored[clip]["frames"][-1] == number
        assert list(stored) == [f"clip{k}" for k in range(5)] and len(stored) == 5
        with pytest.raises(KeyError):
            stored["clip9"]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * size  # zip and numpy hold some on their way
