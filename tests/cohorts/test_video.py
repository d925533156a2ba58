import csv
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image
from video_files import write_avi

from echogls import cohorts
from echogls.cohorts import echonet
from echogls.study import LABELS

SHARE = cohorts.SETTINGS["doppler_share"]


def sector_frames(count=30, size=112, seed=5):
    """(T, size, size) uint8: a flickering wedge under a black screen."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    inside = np.abs(np.arctan2(columns - size / 2, rows - 2)) < 0.6
    inside &= np.hypot(columns - size / 2, rows - 2) < size - 8
    noise = rng.normal(0, 1, (count, size, size))
    noise = 110 + 150 * np.stack([cv2.GaussianBlur(frame, (0, 0), 1.5) for frame in noise])
    return np.where(inside, np.clip(noise, 20, 250), 0).astype(np.uint8), inside


@pytest.fixture
def avi(tmp_path):
    frames, _ = sector_frames()
    write_avi(tmp_path / "clip.avi", frames)
    return tmp_path / "clip.avi"


def one(path, source="video", **overrides):
    rows, cines = cohorts.ingest_patient(source, path, {}, overrides)
    assert len(rows) == 1
    return rows[0], cines.get(rows[0]["clip"])


def test_a_video_of_unknown_spacing_is_a_cine_of_its_sector(avi):
    row, cine = one(avi)
    assert row["status"] == "ok" and row["spacing_mm"] is None
    assert row["frames"] == 30 and row["fps"] == pytest.approx(50) and row["timing"] == "container"
    assert cine.spacing_mm is None
    _, inside = sector_frames()
    top, bottom, left, right = map(int, cine.provenance["sector_box"].split())
    assert cine.sector[inside[top:bottom, left:right]].mean() > 0.98
    # JPEG rings through the blocks of 8 pixels that the edge crosses.
    near = cv2.dilate(inside.astype(np.uint8), np.ones((17, 17)))[top:bottom, left:right] > 0
    assert near[cine.sector].mean() > 0.99
    assert not cine.frames[:, ~cine.sector].any()


def test_the_sheet_gives_rate_and_spacing(avi):
    row, cine = one(avi, fps="60", spacing_mm="0.8", view="a4c")
    assert row["fps"] == pytest.approx(60) and row["timing"] == "sheet"
    assert cine.spacing_mm == 0.8 and cine.view == "a4c"


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_animations_have_the_times_of_their_frames(tmp_path, suffix):
    frames, _ = sector_frames()
    pictures = [Image.fromarray(frame) for frame in frames]
    path = tmp_path / f"clip{suffix}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=40)
    row, cine = one(path)
    assert row["status"] == "ok", row
    np.testing.assert_allclose(cine.times_s, np.arange(30) * 0.04, atol=1e-9)


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        (np.zeros((30, 64, 64), np.uint8), "no_tissue_image"),
        (sector_frames(1)[0], "single_frame"),
        (sector_frames(5)[0], "too_few_frames"),
    ],
)
def test_a_video_that_is_no_clip_is_a_row_with_its_reason(tmp_path, frames, reason):
    write_avi(tmp_path / "clip.avi", frames)
    row, cine = one(tmp_path / "clip.avi")
    assert (row["status"], row["reason"]) == ("excluded", reason)
    assert cine is None


def test_colour_doppler_is_excluded(tmp_path):
    frames, _ = sector_frames()
    colour = np.repeat(frames[..., None], 3, axis=-1)
    bright = np.random.default_rng(1).uniform(0.3, 1, (30, 30, 25, 1))
    colour[:, 40:70, 45:70] = bright * (20, 40, 230)
    write_avi(tmp_path / "clip.avi", colour)
    assert one(tmp_path / "clip.avi")[0]["reason"] == "colour_doppler"


def test_the_stated_share_is_the_least_that_is_doppler(avi, monkeypatch):
    monkeypatch.setattr("echogls.cohorts._video.flow_share", lambda *_: SHARE)
    assert one(avi)[0]["reason"] == "colour_doppler"


@pytest.mark.parametrize("source", ["video", "echonet", "hmcqu"])
def test_what_reads_videos_does_not_load_pydicom(source):
    code = f"import sys, echogls.cohorts.{source}, echogls.cohorts._video"
    code += "; sys.exit('pydicom' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no video at all" * 100])
@pytest.mark.parametrize("suffix", [".avi", ".mp4", ".gif", ".webp"])
def test_what_cannot_be_decoded_is_a_row(tmp_path, suffix, content):
    path = tmp_path / f"clip{suffix}"
    path.write_bytes(content)
    assert one(path)[0]["reason"] in ("unreadable", "undecodable")


def test_a_damaged_video_never_raises(tmp_path, avi):
    content = avi.read_bytes()
    rng = np.random.default_rng(3)
    for trial in range(25):
        broken = bytearray(content[: rng.integers(20, len(content))])
        for place in rng.integers(0, len(broken), 40):
            broken[place] = rng.integers(256)
        path = tmp_path / f"broken{trial}.avi"
        path.write_bytes(bytes(broken))
        assert one(path)[0]["status"] in ("ok", "excluded")


def test_a_longer_clip_than_allowed_is_not_read_to_its_end(tmp_path, avi):
    rows, _ = cohorts.ingest_patient("video", avi, {"max_frames": 20})
    assert rows[0]["reason"] == "too_many_frames"


def test_patients_are_folders_and_videos_and_other_files_are_told(tmp_path, avi):
    folder = tmp_path / "Pät 1"
    folder.mkdir()
    (folder / "a.avi").write_bytes(avi.read_bytes())
    (folder / "notes.txt").write_text("x")
    assert list(cohorts.list_patients("video", tmp_path)) == ["Pat-1", "clip"]
    row, _ = one(folder)
    assert "no video: 1" in row["note"]


def write_echonet(root, chords=True, frames_traced=(3, 20), fps="50"):
    (root / "Videos").mkdir(parents=True)
    frames, _ = sector_frames()
    write_avi(root / "Videos" / "0X1A.avi", frames, fps=30)
    with (root / "FileList.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["FileName", "EF", "FPS"])
        writer.writerow(["0X1A", "55", fps])
    head = (
        ["FileName", "X1", "Y1", "X2", "Y2", "Frame"] if chords else ["FileName", "X", "Y", "Frame"]
    )
    with (root / "VolumeTracings.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(head)
        for frame in frames_traced:
            if chords:
                writer.writerow(["0X1A.avi", 55, 20, 55, 80, frame])
                for y in np.linspace(20, 80, 21):
                    half = 15 * np.sin(np.pi * (y - 20) / 60)
                    writer.writerow(["0X1A.avi", 55 - half, y, 55 + half, y, frame])
            else:
                for a in np.linspace(0, 2 * np.pi, 30):
                    writer.writerow(["0X1A.avi", 55 + 15 * np.cos(a), 50 + 30 * np.sin(a), frame])
    return root


@pytest.mark.parametrize("chords", [True, False])
def test_echonet_takes_the_lists_rate_and_the_traced_cavity(tmp_path, chords):
    root = write_echonet(tmp_path / "set", chords)
    patients = cohorts.list_patients("echonet", root)
    assert list(patients) == ["0X1A"]
    row, cine = one(patients["0X1A"], "echonet")
    assert row["status"] == "ok" and row["view"] == "a4c"
    assert row["fps"] == pytest.approx(50) and row["timing"] == "FileList"
    traced = np.flatnonzero((cine.reference == LABELS["cavity"]).any(axis=(1, 2)))
    assert traced.tolist() == [3, 20]
    area = (cine.reference[3] == LABELS["cavity"]).sum()
    expected = 2 * 15 * 60 * 2 / np.pi if chords else np.pi * 15 * 30
    assert area == pytest.approx(expected, rel=0.08)


def test_a_broken_row_of_another_echonet_video_costs_no_tracing(tmp_path):
    root = write_echonet(tmp_path / "set")
    table = root / "VolumeTracings.csv"
    head, *rows = table.read_text().splitlines(keepends=True)
    table.write_text("".join([head, '"0X2B.avi,1,2,3,4,5\n', *rows]))  # a quote that never ends
    _, cine = one(root / "Videos" / "0X1A.avi", "echonet")
    traced = np.flatnonzero((cine.reference == LABELS["cavity"]).any(axis=(1, 2)))
    assert traced.tolist() == [3, 20]


def horseshoe(width, length, apex_first):
    """Rows of chords across an arch whose base is `width` wide, and its true length."""
    depth = np.linspace(0, length, 41)
    half = 0.5 * width * np.sqrt(1 - (depth / length) ** 2)
    ends = np.stack([60 - half, 90 - depth, 60 + half, 90 - depth], axis=-1)
    side = np.stack([half, depth], axis=-1)
    true = 2 * np.hypot(*np.diff(side, axis=0).T).sum()
    ends = ends[:-1][:: -1 if apex_first else 1]
    axis = [60, 90, 60, 90 - length]
    rows = [dict(zip(("X1", "Y1", "X2", "Y2"), map(str, row), strict=True)) for row in ends]
    return [dict(zip(("X1", "Y1", "X2", "Y2"), map(str, axis), strict=True)), *rows], true


@pytest.mark.parametrize("apex_first", [True, False])
def test_chords_give_the_endocardium_from_annulus_to_annulus(apex_first):
    rows, true = horseshoe(30, 60, apex_first)
    axis = np.array([[60.0, 90.0], [60.0, 30.0]])
    line = echonet.endocardium(echonet.outline(rows), axis)
    assert np.hypot(*np.diff(line, axis=0).T).sum() == pytest.approx(true, rel=0.01)
    np.testing.assert_allclose(line[[0, -1]], [[45, 90], [75, 90]], atol=0.01)


def test_a_polygon_is_opened_at_its_long_edge_or_not_at_all():
    rows, true = horseshoe(30, 60, False)
    line = echonet.outline(rows)
    polygon = np.roll(np.insert(line, 40, [60, 30], axis=0), 17, axis=0)
    found = echonet.endocardium(polygon)
    assert np.hypot(*np.diff(found, axis=0).T).sum() == pytest.approx(true, rel=0.01)
    turn = np.linspace(0, 2 * np.pi, 30, endpoint=False)
    assert echonet.endocardium(np.stack([np.cos(turn), np.sin(turn)], axis=-1)) is None


def test_of_the_pediatric_set_the_four_chamber_folder_is_read(tmp_path):
    write_echonet(tmp_path / "set" / "A4C", chords=False)
    (tmp_path / "set" / "PSAX").mkdir()
    patients = cohorts.list_patients("echonet", tmp_path / "set")
    row, cine = one(patients["0X1A"], "echonet")
    assert row["status"] == "ok" and cine.reference.any()


def test_echonet_says_what_its_tables_lack(tmp_path):
    root = write_echonet(tmp_path / "set", frames_traced=(3, 99), fps="")
    row, _ = one(root / "Videos" / "0X1A.avi", "echonet")
    assert row["timing"] == "container" and row["fps"] == pytest.approx(30)
    assert "no frame rate" in row["note"] and "frame 99" in row["note"]
    (root / "VolumeTracings.csv").unlink()
    assert one(root / "Videos" / "0X1A.avi", "echonet")[1].reference is None


def test_a_tracing_of_too_few_chords_is_refused():
    rows = [dict(zip(("X1", "Y1", "X2", "Y2"), "1234", strict=True))] * 3
    with pytest.raises(cohorts.Excluded):
        echonet.outline(rows)
