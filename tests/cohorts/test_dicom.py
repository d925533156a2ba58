"""DICOM clips: what is used, what is left out and why, and that nothing personal leaves."""

import numpy as np
import pytest
from dicom_files import (
    NAME,
    REGION,
    compressed,
    dataset,
    fan_frames,
    jpeg_baseline,
    region,
    save,
    with_flow,
    with_furniture,
    write_clip,
)
from pydicom import uid
from pydicom.sequence import Sequence

from echogls.cine import save_cines
from echogls.cohorts import SETTINGS, ingest_patient, resolve_data

EXAMPLE = "package:pydicom/data/test_files/examples_ybr_color.dcm"


def only_row(path, settings=None, overrides=None):
    rows, cines = ingest_patient("dicom", path, settings or {}, overrides)
    assert len(rows) == 1
    assert set(cines) == ({"clip01"} if rows[0]["status"] == "ok" else set())
    return rows[0]


def test_the_example_clip_has_its_physical_depth():
    rows, cines = ingest_patient("dicom", resolve_data(EXAMPLE), {})
    cine = cines["clip01"]
    depth_mm = cine.sector.any(axis=1).sum() * cine.spacing_mm
    assert depth_mm == pytest.approx(190, abs=7)
    assert rows[0]["fps"] == pytest.approx(30, rel=0.001)
    assert (rows[0]["timing"], rows[0]["frames"]) == ("FrameTime", 30)
    assert "640 x 480" in rows[0]["note"]
    assert cine.frames[:, ~cine.sector].max() == 0
    assert cine.frames.max() > 150


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"Modality": "CT"}, "wrong_modality"),
        ({"SOPClassUID": uid.EnhancedUSVolumeStorage}, "wrong_object"),
        ({"Rows": None}, "wrong_object"),
        ({"NumberOfFrames": None}, "single_frame"),
        ({"NumberOfFrames": 1}, "single_frame"),
        ({"FrameTime": None}, "no_frame_times"),
        ({"FrameTime": 0}, "no_frame_times"),
        ({"FrameTime": -20}, "bad_frame_times"),
        ({"FrameTime": 100}, "low_frame_rate"),
        ({"SequenceOfUltrasoundRegions": Sequence([region(space=2)])}, "no_tissue_image"),
        ({"SequenceOfUltrasoundRegions": Sequence([region(kind=10)])}, "no_tissue_image"),
        ({"PixelData": None}, "undecodable"),
    ],
)
def test_unusable_clips_say_why(tmp_path, elements, reason):
    row = only_row(write_clip(tmp_path / "a", **elements))
    assert (row["status"], row["reason"]) == ("excluded", reason)


def test_the_limits_of_length_are_settings(tmp_path):
    file = write_clip(tmp_path / "a")
    assert only_row(file, {"min_frames": 13})["reason"] == "too_few_frames"
    assert only_row(file, {"max_frames": 11})["reason"] == "too_many_frames"
    assert only_row(file, {"min_frames": 12, "max_frames": 12})["status"] == "ok"


def test_a_rate_in_the_sheet_mends_missing_times(tmp_path):
    row = only_row(write_clip(tmp_path / "a", FrameTime=None), overrides={"fps": 30})
    assert (row["status"], row["timing"], row["fps"]) == ("ok", "sheet", pytest.approx(30))


def test_a_black_clip_has_no_tissue(tmp_path):
    row = only_row(write_clip(tmp_path / "a", np.zeros((12, 60, 80), np.uint8)))
    assert row["reason"] == "no_tissue_image"


@pytest.mark.parametrize("regions", [[region()], [region(), region(kind=2)], None])
def test_colour_flow_is_left_out(tmp_path, regions):
    regions = None if regions is None else Sequence(regions)
    file = write_clip(tmp_path / "a", with_flow(fan_frames()), SequenceOfUltrasoundRegions=regions)
    assert only_row(file)["reason"] == "colour_doppler"


def test_the_stated_share_is_the_least_that_is_doppler(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "echogls.cohorts._dicom_clip.flow_share", lambda *_: SETTINGS["doppler_share"]
    )
    assert only_row(write_clip(tmp_path / "a"))["reason"] == "colour_doppler"


def test_a_colour_region_without_colour_is_grey(tmp_path):
    frames = np.repeat(fan_frames()[..., None], 3, axis=-1)
    both = Sequence([region(), region(kind=2)])
    assert (
        only_row(write_clip(tmp_path / "a", frames, SequenceOfUltrasoundRegions=both))["status"]
        == "ok"
    )


@pytest.mark.parametrize("tint", [(1.0, 0.78, 0.5), (0.6, 0.8, 1.0)])
def test_a_tinted_grey_scale_is_no_colour_flow(tmp_path, tint):
    frames = (fan_frames()[..., None] * np.array(tint)).round().astype(np.uint8)
    assert only_row(write_clip(tmp_path / "a", frames))["status"] == "ok"


def test_truncated_pixels_say_how_many_frames_there_are(tmp_path):
    whole = write_clip(tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(whole[: -len(fan_frames()[0]) * 160 * 2 - 7])
    row = only_row(tmp_path / "a")
    assert row["reason"] == "undecodable"
    assert "9 of 12 frames" in row["note"]


@pytest.mark.parametrize("make", [jpeg_baseline, "rle"])
def test_truncated_compressed_pixels_are_undecodable(tmp_path, make):
    colour = with_furniture(fan_frames())
    clip = compressed(colour, uid.RLELossless) if make == "rle" else make(colour)
    whole = save(clip, tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(whole[: len(whole) // 2])
    row = only_row(tmp_path / "a")
    assert row["reason"] == "undecodable"
    decoded = int(row["note"].split()[0])
    assert 3 <= decoded <= 7


def test_what_is_not_dicom_is_unreadable(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"something else" * 100)
    assert only_row(tmp_path / "a.dcm")["reason"] == "unreadable"
    (tmp_path / "b.dcm").write_bytes(bytes(128) + b"DICM" + b"\xff" * 300)
    assert only_row(tmp_path / "b.dcm")["reason"] in ("unreadable", "wrong_modality")


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a").write_bytes(bytes(128) + b"DICM" + b"\xff" * 300)
    write_clip(tmp_path / "p" / "deep" / "b")
    (tmp_path / "p" / "c.txt").write_text("a note")
    rows, cines = ingest_patient("dicom", tmp_path / "p", {})
    assert [row["clip"] for row in rows] == ["clip01", "clip02"]
    assert [row["status"] for row in rows] == ["excluded", "ok"]
    assert "not DICOM: 1" in rows[0]["note"]
    assert list(cines) == ["clip02"]


def test_a_folder_without_dicom_counts_what_it_holds(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    row = only_row(tmp_path)
    assert (row["reason"], row["note"]) == ("no_clips", "ignored files that are not DICOM: 1")


def test_furniture_is_masked_and_cut_off(tmp_path):
    file = write_clip(tmp_path / "a", with_furniture(fan_frames()))
    cine = ingest_patient("dicom", file, {})[1]["clip01"]
    top, bottom, left, right = map(int, cine.provenance["sector_box"].split())
    expected = fan_frames()[:, top:bottom, left:right]
    assert cine.frames[:, ~cine.sector].max() == 0
    lost = (expected[:, ~cine.sector] > 0).mean()
    assert lost < 0.02
    np.testing.assert_array_equal(cine.frames[:, cine.sector], expected[:, cine.sector])


def test_pixels_are_made_square_at_the_finer_spacing(tmp_path):
    regions = Sequence([region(delta=(-0.05, 0.1))])
    file = write_clip(tmp_path / "a", SequenceOfUltrasoundRegions=regions)
    square = ingest_patient("dicom", write_clip(tmp_path / "b"), {})[1]["clip01"]
    cine = ingest_patient("dicom", file, {})[1]["clip01"]
    assert cine.spacing_mm == square.spacing_mm == 0.5
    assert cine.sector.shape == (square.sector.shape[0], 2 * square.sector.shape[1])


def test_a_region_without_centimetres_gives_no_spacing(tmp_path):
    file = write_clip(tmp_path / "a", SequenceOfUltrasoundRegions=Sequence([region(units=0)]))
    row = only_row(file)
    assert (row["status"], row["spacing_mm"]) == ("ok", None)


def test_the_region_of_a_clip_scaled_down_later_is_scaled_too(tmp_path):
    original = tuple(4 * edge for edge in REGION)
    regions = Sequence([region(original, (0.0125, 0.0125))])
    row = only_row(write_clip(tmp_path / "a", SequenceOfUltrasoundRegions=regions))
    assert row["spacing_mm"] == pytest.approx(0.5)
    assert "640 x 480" in row["note"]


def test_of_two_images_side_by_side_the_tissue_region_is_used(tmp_path):
    frames = fan_frames()
    both = np.concatenate([with_flow(frames), np.repeat(frames[..., None], 3, axis=-1)], axis=2)
    right = (REGION[0], REGION[1], REGION[2] + 160, REGION[3] + 160)
    regions = Sequence([region(kind=2), region(right)])
    file = write_clip(tmp_path / "a", both, SequenceOfUltrasoundRegions=regions)
    rows, cines = ingest_patient("dicom", file, {})
    assert rows[0]["status"] == "ok"
    assert int(cines["clip01"].provenance["sector_box"].split()[2]) >= 160 + REGION[2]


def test_r_waves_within_the_clip_are_kept(tmp_path):
    file = write_clip(tmp_path / "a", RWaveTimeVector=[-5, 40, 200, 4000])
    rows, cines = ingest_patient("dicom", file, {})
    np.testing.assert_allclose(cines["clip01"].r_waves_s, [0.04, 0.2])
    assert rows[0]["r_waves"] == 2


def test_nothing_personal_leaves(tmp_path, capfd):
    folder = tmp_path / "DOE JANE"
    write_clip(folder / "JANE.dcm", with_furniture(fan_frames()))
    write_clip(folder / "DOE.dcm", Modality="CT")
    rows, cines = ingest_patient("dicom", folder, {})
    save_cines(tmp_path / "cines.npz", cines)
    with np.load(tmp_path / "cines.npz") as stored:
        texts = "".join(str(stored[name]) for name in stored.files if name.endswith("/facts"))
        texts += " ".join(stored.files)
    texts += str(rows) + "".join(capfd.readouterr())
    for word in ("DOE", "JANE", NAME, "4711", "1970", "2020", "Nowhere", str(tmp_path)):
        assert word not in texts


def test_ingest_is_deterministic(tmp_path):
    file = save(dataset(with_furniture(fan_frames())), tmp_path / "a")
    first, again = (ingest_patient("dicom", file, {}) for _ in range(2))
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1]["clip01"].frames, again[1]["clip01"].frames)


def test_a_file_without_preamble_is_read(tmp_path):
    whole = write_clip(tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(whole[132:])
    assert only_row(tmp_path / "a")["status"] == "ok"


def test_whatever_is_broken_in_a_file_it_becomes_a_row(tmp_path):
    rng = np.random.default_rng(11)
    whole = write_clip(tmp_path / "a", fan_frames(10, 48, 64)).read_bytes()
    for _ in range(40):
        broken = bytearray(whole)
        for place in rng.integers(132, 1100, 4):
            broken[place] = rng.integers(0, 256)
        (tmp_path / "a").write_bytes(broken)
        assert only_row(tmp_path / "a")["clip"] == "clip01"
