"""Files as they come: each fault is a row that says what came, and the other clips are read."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from dicom_files import fan_frames, jpeg_baseline, region, with_furniture, write_clip
from pydicom import uid
from pydicom.sequence import Sequence

from echogls import cohorts
from echogls.study import REASONS

SMALL = fan_frames(12, 90, 120)


def only(path, source="dicom", **settings):
    rows, cines = cohorts.ingest_patient(source, path, settings)
    assert len(rows) == 1
    return rows[0], cines.get(rows[0]["clip"])


def excluded(path, reason, note="", source="dicom", **settings):
    row, cine = only(path, source, **settings)
    assert (row["status"], row["reason"], cine) == ("excluded", reason, None), row
    assert note in row["note"] and REASONS[reason]
    return row


@pytest.mark.parametrize("kind", ["zero bytes", "text", "jpeg", "encrypted", "cut early"])
def test_a_file_called_dicom_that_is_none_is_a_row_beside_the_good_one(tmp_path, kind):
    write_clip(tmp_path / "p" / "good.dcm")
    whole = (tmp_path / "p" / "good.dcm").read_bytes()
    picture = cv2.imencode(".jpg", SMALL[0])[1].tobytes()
    content = {
        "zero bytes": b"",
        "text": b"not an image",
        "jpeg": picture,
        # what a secure container (CMS, PS3.15 A.1) looks like: DER, and then noise
        "encrypted": b"\x30\x82\x10\x00\x06\x09" + np.random.default_rng(1).bytes(4000),
        "cut early": whole[:140],
    }
    (tmp_path / "p" / "a.dcm").write_bytes(content[kind])
    rows, cines = cohorts.ingest_patient("dicom", tmp_path / "p", {})
    assert [(row["clip"], row["reason"]) for row in rows] == [
        ("clip01", "unreadable"),
        ("clip02", ""),
    ]
    assert rows[0]["note"] and list(cines) == ["clip02"]


def test_encrypted_attributes_leave_the_pixels_readable(tmp_path):
    from pydicom.dataset import Dataset

    item = Dataset()
    item.EncryptedContentTransferSyntaxUID = uid.ExplicitVRLittleEndian
    item.EncryptedContent = b"\x00" * 64
    path = write_clip(
        tmp_path / "a", EncryptedAttributesSequence=Sequence([item]), PatientName=None
    )
    assert only(path)[0]["status"] == "ok"


@pytest.mark.parametrize(
    ("source", "name"), [("dicom", "clip.txt"), ("dicom", "clip"), ("dicom", "clip.avi")]
)
def test_the_content_and_not_the_ending_makes_a_dicom_file(tmp_path, source, name):
    write_clip(tmp_path / "p" / name)
    assert only(tmp_path / "p", source)[0]["status"] == "ok"


def test_a_video_called_dicom_and_dicom_called_video_are_rows(tmp_path):
    dicom = write_clip(tmp_path / "a.avi")
    assert excluded(dicom, "undecodable", source="video")
    writer = cv2.VideoWriter(
        str(tmp_path / "b.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 30, (120, 90)
    )
    for frame in SMALL:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    writer.release()
    (tmp_path / "b.avi").rename(tmp_path / "b.dcm")
    excluded(tmp_path / "b.dcm", "unreadable")


@pytest.mark.parametrize(
    ("syntax", "note"),
    [
        (uid.MPEG4HP41, "MPEG-4"),
        (uid.UID("1.2.840.114340.9.9"), "unknown transfer syntax"),
    ],
)
def test_an_unsupported_transfer_syntax_is_named_with_what_to_do(tmp_path, syntax, note):
    clip = jpeg_baseline(with_furniture(SMALL))
    clip.file_meta.TransferSyntaxUID = syntax
    clip.save_as(tmp_path / "a", implicit_vr=False, little_endian=True, enforce_file_format=True)
    row = excluded(tmp_path / "a", "undecodable", note)
    assert "export" in row["note"] and "114340" not in row["note"]


@pytest.mark.parametrize("where", ["early", "late", "pixels", "sequence"])
def test_a_length_of_gigabytes_takes_no_memory(tmp_path, where):
    write_clip(tmp_path / "a", SMALL)
    if where == "late":  # after what the header needs, before compressed pixels
        jpeg_baseline(with_furniture(SMALL)).save_as(tmp_path / "a")
    whole = bytearray((tmp_path / "a").read_bytes())
    tag, skip = {
        "late": (b"\x28\x00\x03\x01US", None),
        "early": (b"\x08\x00\x70\x00LO", None),
        "pixels": (b"\xe0\x7f\x10\x00O", 8),
        "sequence": (b"\x18\x00\x11\x60SQ", 8),
    }[where]
    place = whole.index(tag)
    if skip is None:  # a long-form element in its place, of nearly 4 GB
        whole[place : place + 8] = b"\x09\x00\x01\x00OB\x00\x00" + b"\xf0\xff\xff\xff"
    else:
        whole[place + skip : place + skip + 4] = b"\xf0\xff\xff\xff"
    (tmp_path / "a").write_bytes(whole)
    code = (
        "import sys, resource; from pathlib import Path; from echogls import cohorts; "
        "from hunt import most_used; "
        "from echogls.cohorts import _dicom_clip; "
        "resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)); "
        "rows, _ = cohorts.ingest_patient('dicom', Path(sys.argv[1]), {}); "
        "print(rows[0]['status'], most_used())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1] / "fuzz",  # for hunt
    )
    assert run.returncode == 0, run.stderr
    status, used = run.stdout.split()
    assert status in ("ok", "excluded")
    assert int(used) < 1_000_000_000


@pytest.mark.parametrize("offset", [0x70000000, 8])
def test_an_offset_table_of_another_file_is_said_and_asks_for_no_memory(tmp_path, offset):
    from pydicom.data import get_testdata_file

    whole = bytearray(Path(get_testdata_file("examples_ybr_color.dcm")).read_bytes())
    table = whole.index(b"\xe0\x7f\x10\x00OB") + 12  # the item that holds it
    entries = int.from_bytes(whole[table + 4 : table + 8], "little") // 4
    assert entries == 30
    third = table + 8 + 2 * 4
    whole[third : third + 4] = offset.to_bytes(4, "little")  # beyond the file, or before the second
    (tmp_path / "a.dcm").write_bytes(whole)
    excluded(tmp_path / "a.dcm", "undecodable", "begin where the file")


def test_a_size_that_no_scanner_writes_is_not_decoded(tmp_path):
    row = excluded(write_clip(tmp_path / "a", Rows=65535, Columns=65535), "undecodable", "65535")
    assert row["frames"] == 12
    excluded(
        write_clip(tmp_path / "b", NumberOfFrames=2**31 - 1),
        "too_many_frames",
        "more than 100000 frames",
    )


def test_five_thousand_frames_are_too_many_unless_the_config_says_so(tmp_path):
    frames = np.tile(fan_frames(20, 60, 80), (250, 1, 1))
    path = write_clip(tmp_path / "a", frames)
    excluded(path, "too_many_frames", "5000 frames, at most 2000")
    row, cine = only(path, max_frames=5000)
    assert row["status"] == "ok" and len(cine.frames) == 5000


def test_a_clip_that_would_fill_the_memory_is_made_smaller_and_that_is_said(tmp_path, monkeypatch):
    path = write_clip(tmp_path / "a")
    row, whole = only(path)
    monkeypatch.setattr("echogls.cohorts._grid.MOST_BYTES", whole.frames.size // 4)
    small_row, small = only(path)
    assert small_row["status"] == "ok" and "made 2 times smaller" in small_row["note"]
    assert "smaller" not in row["note"]
    assert small.frames.size <= 1.01 * whole.frames.size / 4
    assert small_row["spacing_mm"] == pytest.approx(2 * row["spacing_mm"])
    assert small_row["depth_mm"] == pytest.approx(row["depth_mm"], rel=0.02)
    np.testing.assert_array_equal(small.times_s, whole.times_s)
    halved = cv2.resize(whole.frames[3], small.sector.shape[::-1], interpolation=cv2.INTER_AREA)
    inside = cv2.erode(small.sector.astype(np.uint8), np.ones((5, 5))) > 0
    np.testing.assert_allclose(small.frames[3][inside], halved[inside], atol=2)


def test_sixteen_bits_and_colour_are_read_as_eight_bits_of_grey(tmp_path):
    plain = only(write_clip(tmp_path / "a"))[1]
    deep = only(write_clip(tmp_path / "b", fan_frames().astype(np.uint16) * 257))[1]
    colour = only(write_clip(tmp_path / "c", np.repeat(fan_frames()[..., None], 3, axis=-1)))[1]
    for cine in (deep, colour):
        assert cine.frames.dtype == np.uint8
        np.testing.assert_allclose(cine.frames.mean(), plain.frames.mean(), rtol=0.02)


def test_of_two_tissue_regions_the_larger_is_used_and_it_is_said(tmp_path):
    left, right = fan_frames(), fan_frames()[::-1]
    shifted = region((12, 108, 190, 290))
    path = write_clip(
        tmp_path / "a",
        np.concatenate([left, right], axis=2),
        SequenceOfUltrasoundRegions=Sequence([region(), shifted]),
    )
    row, cine = only(path)
    assert row["status"] == "ok" and "2 tissue regions" in row["note"]
    assert int(cine.provenance["sector_box"].split()[3]) <= 160


def test_two_images_side_by_side_without_regions_are_not_taken_for_one(tmp_path):
    both = np.concatenate([fan_frames(), fan_frames()[::-1]], axis=2)
    excluded(write_clip(tmp_path / "a", both, SequenceOfUltrasoundRegions=None), "several_images")


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_rotated_sector_is_found_whole(tmp_path, turns):
    frames = np.rot90(fan_frames(12, 160, 160), turns, axes=(1, 2))
    path = write_clip(
        tmp_path / "a", np.ascontiguousarray(frames), SequenceOfUltrasoundRegions=None
    )
    row, cine = only(path)
    upright = only(
        write_clip(tmp_path / "b", fan_frames(12, 160, 160), SequenceOfUltrasoundRegions=None)
    )[1]
    assert row["status"] == "ok"
    assert cine.sector.sum() == pytest.approx(upright.sector.sum(), rel=0.03)


@pytest.mark.parametrize(
    ("regions", "spacing", "note"),
    [
        ([region(delta=(0.0, 0.0))], None, "no usable calibration"),
        ([region(delta=(-0.05, 0.05))], 0.5, ""),
        ([region(delta=(0.05, 0.9))], None, "no usable calibration"),  # contradictory
        ([region(delta=(float("nan"), 0.05))], None, "no usable calibration"),
        (None, None, "spacing unknown"),
    ],
)
def test_a_spacing_that_cannot_be_is_unknown_and_said(tmp_path, regions, spacing, note):
    told = None if regions is None else Sequence(regions)
    row, cine = only(write_clip(tmp_path / "a", SequenceOfUltrasoundRegions=told))
    assert (row["status"], row["spacing_mm"], cine.spacing_mm) == ("ok", spacing, spacing)
    assert note in row["note"]


@pytest.mark.parametrize(
    ("vector", "reason"),
    [([0, *[20] * 5, -20, *[20] * 5], "bad_frame_times"), ([0] * 12, "no_frame_times")],
)
def test_frame_times_that_do_not_increase_or_are_absent(tmp_path, vector, reason):
    excluded(write_clip(tmp_path / "a", FrameTime=None, FrameTimeVector=vector), reason)


def test_a_copy_of_a_clip_is_used_once(tmp_path):
    write_clip(tmp_path / "p" / "a")
    write_clip(tmp_path / "p" / "copy", SOPInstanceUID="1.2.3", InstanceNumber=9)
    write_clip(tmp_path / "p" / "other", fan_frames()[::-1])
    rows, cines = cohorts.ingest_patient("dicom", tmp_path / "p", {})
    assert [row["reason"] for row in rows] == ["", "duplicate", ""]
    assert rows[1]["note"].startswith("as clip01") and list(cines) == ["clip01", "clip03"]


def test_a_file_that_may_not_be_opened_is_a_row(tmp_path, monkeypatch):
    write_clip(tmp_path / "p" / "good")
    secret = write_clip(tmp_path / "p" / "hidden", fan_frames()[::-1])
    secret.chmod(0)
    if os.access(secret, os.R_OK):  # root may read everything
        opened = Path.open

        def refuse(path, *arguments, **how):
            if path.name == "hidden":
                raise PermissionError(13, "Permission denied", str(path))
            return opened(path, *arguments, **how)

        monkeypatch.setattr(Path, "open", refuse)
        monkeypatch.setattr("echogls.cohorts._dicom_clip.read_header", _refused)
    rows, cines = cohorts.ingest_patient("dicom", tmp_path / "p", {})
    assert [row["reason"] for row in rows] == ["", "unreadable"]
    assert rows[1]["note"] == "PermissionError" and list(cines) == ["clip01"]


def _refused(file):
    from echogls.cohorts import foreign_code
    from echogls.cohorts._dicom_header import read_header

    with foreign_code("unreadable"):
        file.open("rb").close()
    return read_header(file)


@pytest.mark.parametrize("source", ["dicom", "video"])
@pytest.mark.parametrize("name", ["Pasient Åse Ø", 'it\'s "quoted"', "心臓 {x} [1]*", "-n; rm"])
def test_any_name_of_folder_and_file_is_read(tmp_path, source, name):
    folder = tmp_path / name
    if source == "dicom":
        write_clip(folder / f"{name} 1")
    else:
        folder.mkdir()
        plain = tmp_path / "clip.avi"
        writer = cv2.VideoWriter(str(plain), cv2.VideoWriter_fourcc(*"MJPG"), 30, (120, 90))
        for frame in SMALL:
            writer.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
        writer.release()
        plain.rename(folder / f"{name} 1.avi")
    (patient,) = cohorts.list_patients(source, tmp_path).items()
    row, _ = only(patient[1], source)
    assert row["status"] == "ok"
    assert name not in str(row) + patient[0]
