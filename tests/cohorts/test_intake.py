"""Recordings as people have them: what is mended, flagged, or excluded with its reason."""

import numpy as np
import pytest
from dicom_files import (
    compressed,
    fan,
    fan_frames,
    jpeg_baseline,
    region,
    save,
    with_furniture,
    write_clip,
)
from PIL import Image
from pydicom import uid
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from video_files import write_avi

from echogls import cohorts
from echogls.cohorts._colour import coloured, flow_share, is_drawn
from echogls.cohorts._dicom_times import frame_times
from echogls.cohorts._doubts import depth_doubt, jumps, repeated_frames
from echogls.cohorts._sector import find_sector
from echogls.study import REASONS

ROWS, COLUMNS = 240, 320


def one(path, source="dicom", **sheet):
    rows, cines = cohorts.ingest_patient(source, path, {}, sheet)
    assert len(rows) == 1
    assert not rows[0]["reason"] or rows[0]["reason"] in REASONS
    return rows[0], cines.get(rows[0]["clip"])


def large():
    return fan_frames(12, ROWS, COLUMNS)


# Spacing


def test_a_picture_too_shallow_for_a_heart_is_measured_with_spacing_unknown(tmp_path):
    shallow = region(delta=(0.03, 0.03))
    row, cine = one(write_clip(tmp_path / "a", SequenceOfUltrasoundRegions=Sequence([shallow])))
    assert (row["status"], row["flags"]) == ("ok", "implausible_spacing")
    assert row["spacing_mm"] is None and row["depth_mm"] is None and cine.spacing_mm is None
    assert "rows x 0.3 mm" in row["note"] and cine.flags["implausible_spacing"] in row["note"]


@pytest.mark.parametrize("spacing", [0.2, 4.0])
def test_the_sheet_too_may_not_make_such_a_picture_but_may_say_unknown(tmp_path, spacing):
    path = write_clip(tmp_path / "a")
    row, cine = one(path, spacing_mm=str(spacing))
    assert row["flags"] == "implausible_spacing" and cine.spacing_mm is None
    row, cine = one(path, spacing_mm="unknown")
    assert (row["status"], row["flags"], cine.spacing_mm) == ("ok", "", None)
    row, cine = one(path)
    assert cine.spacing_mm == 0.5 and row["depth_mm"] == 0.5 * row["rows"]


def test_spacing_without_regions_is_that_of_the_pixels(tmp_path):
    elements = {"SequenceOfUltrasoundRegions": None, "PixelSpacing": [0.6, 0.6]}
    row, cine = one(write_clip(tmp_path / "a", **elements))
    assert cine.spacing_mm == 0.6 and cine.provenance["spacing"] == "PixelSpacing"
    assert "PixelSpacing" in row["note"]


def test_depths_of_newborns_and_of_the_deepest_setting_are_no_doubt():
    assert not depth_doubt(100, 0.45) and not depth_doubt(1000, 0.3) and not depth_doubt(100, None)
    assert "33.6 mm deep (112 rows x 0.3 mm)" in depth_doubt(112, 0.3)
    assert "expected 40 to 320 mm" in depth_doubt(600, 1)


# Sector


@pytest.mark.parametrize("rows", [4, 12])
def test_a_banner_that_touches_the_fan_does_not_widen_it(rows):
    frames = large()
    top = int(np.flatnonzero(fan(ROWS, COLUMNS).any(axis=1))[0])
    part = frames[:, top:].copy()
    before = find_sector(part)
    part[:, :rows] = 42
    found = find_sector(part)
    assert (found & before).sum() > 0.97 * found.sum()
    assert found.sum() > 0.9 * before.sum()


def test_text_and_logos_that_touch_the_fan_are_blanked(tmp_path):
    import cv2

    frames = large()
    for frame in frames:
        cv2.putText(frame, "113/62", (195, 80), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 200, 3)
        cv2.rectangle(frame, (60, 60), (110, 90), 120, -1)
    write_avi(tmp_path / "a.avi", frames)
    row, cine = one(tmp_path / "a.avi", "video")
    top, bottom, left, right = map(int, cine.provenance["sector_box"].split())
    near = cv2.dilate(fan(ROWS, COLUMNS).astype(np.uint8), np.ones((21, 21)))
    outside = near[top:bottom, left:right] == 0
    assert row["status"] == "ok" and not cine.frames[:, outside].any()


# Colours


def dithered(frames):
    """(T, H, W) indices into a palette of 3, 3 and 2 bits, dithered each by its own pattern."""
    rng = np.random.default_rng(2)
    pattern = rng.uniform(0, 1, (3, 8, 8))
    rows, columns = frames.shape[1:]
    tiled = np.tile(pattern, (1, rows // 8 + 1, columns // 8 + 1))[:, :rows, :columns]
    levels = [
        np.minimum(np.floor(frames / 255 * top + noise), top).astype(np.uint8)
        for top, noise in zip((7, 7, 3), tiled, strict=True)
    ]
    return levels[0] << 5 | levels[1] << 2 | levels[2]


def test_a_dithered_palette_is_grey(tmp_path):
    palette = [
        value
        for k in range(256)
        for value in ((k >> 5) * 255 // 7, (k >> 2 & 7) * 255 // 7, (k & 3) * 85)
    ]
    pictures = [Image.fromarray(frame) for frame in dithered(large())]
    for picture in pictures:
        picture.putpalette(palette)
    path = tmp_path / "a.gif"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=20, optimize=False)
    shown = np.stack([np.asarray(picture.convert("RGB")) for picture in pictures])
    assert coloured(shown).mean() < 0.005
    row, cine = one(path, "video")
    assert row["status"] == "ok", row
    assert cine.sector.sum() > 0.9 * fan(ROWS, COLUMNS).sum()


def painted(kind):
    """(T, H, W, 3) RGB of the fan with a ventricle painted over it, or with flow in it."""
    import cv2

    made = []
    for k, frame in enumerate(large()):
        image = np.repeat(frame[..., None], 3, axis=-1)
        middle = (COLUMNS // 2, ROWS // 2)
        if kind == "shining through":
            over = image.copy()
            cv2.ellipse(over, middle, (28, 60), 0, 0, 360, (255, 40, 40), -1)
            image = cv2.addWeighted(over, 0.4, image, 0.6, 0)
        elif kind == "solid":
            cv2.ellipse(image, middle, (28, 60), 0, 0, 360, (30, 200, 60), -1)
        elif kind == "line":
            cv2.ellipse(image, middle, (28, 60), 0, 0, 360, (255, 255, 0), 5)
        elif kind == "one frame" and k == 0:
            cv2.ellipse(image, middle, (40, 60), 0, 0, 360, (255, 40, 40), -1)
        elif kind == "flow":
            rng = np.random.default_rng(k)
            speed = cv2.GaussianBlur(rng.normal(0, 1, frame.shape).astype(np.float32), (0, 0), 6)
            speed = 8 * speed + np.sin(k / 2)
            red = np.clip(80 + 150 * speed, 0, 255)
            blue = np.clip(80 - 150 * speed, 0, 255)
            colour = np.stack([red * (speed > 0), 0 * speed, blue * (speed <= 0)], axis=-1)
            jet = np.zeros(frame.shape, np.uint8)
            cv2.ellipse(jet, middle, (20, 45), 0, 0, 360, 1, -1)
            image = np.where(jet[..., None] > 0, colour, image).astype(np.uint8)
        made.append(image)
    return np.stack(made)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("shining through", "drawing"),
        ("solid", "drawing"),
        ("line", "drawing"),
        ("one frame", "drawing"),
        ("flow", "colour_doppler"),
    ],
)
def test_paint_is_called_a_drawing_and_flow_colour_doppler(tmp_path, kind, reason):
    frames = painted(kind)
    marks = coloured(frames)
    assert flow_share(marks, fan(ROWS, COLUMNS)) > 0.005
    assert is_drawn(frames, marks, fan(ROWS, COLUMNS)) == (reason == "drawing")
    whole = Sequence([region((0, ROWS, 0, COLUMNS))])
    path = write_clip(tmp_path / "a", frames, SequenceOfUltrasoundRegions=whole)
    row, _ = one(path)
    assert row["reason"] == reason and "%" in row["note"]
    assert row["vendor"] == "Maker"


# Times and frames


def header(**elements):
    from pydicom import Dataset

    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


@pytest.mark.parametrize(
    ("named", "interval"), [("FrameTime", 20), ("FrameTimeVector", 40), (None, 40), ("Rows", 40)]
)
def test_the_element_that_the_increment_pointer_names_decides(named, interval):
    elements = {"FrameTime": 20, "FrameTimeVector": [0, 40, 40, 40]}
    if named:
        elements["FrameIncrementPointer"] = Tag(named)
    times_s, timing, notes = frame_times(header(**elements), 4)
    np.testing.assert_allclose(times_s, np.arange(4) * interval / 1000)
    assert timing == (named if named in elements else "FrameTimeVector") and len(notes) == 1


@pytest.mark.parametrize("vector", [[0, 10, 20, 10], [10, 20, 10, 10]])
def test_a_vector_one_value_short_is_used_and_said(vector):
    times_s, timing, notes = frame_times(header(FrameTimeVector=vector, FrameTime=30), 5)
    np.testing.assert_allclose(times_s, [0, 0.01, 0.03, 0.04, 0.05])
    assert timing == "FrameTimeVector" and "4 values for 5 frames" in notes[0]


@pytest.mark.parametrize("stated", [10, 1, 30, None])
@pytest.mark.parametrize("kind", ["jpeg", "rle"])
def test_compressed_frames_are_counted_in_the_file(tmp_path, stated, kind):
    frames = with_furniture(fan_frames(20))
    clip = jpeg_baseline(frames) if kind == "jpeg" else compressed(frames, uid.RLELossless)
    clip.NumberOfFrames = stated
    if stated is None:
        del clip.NumberOfFrames
    row, cine = one(save(clip, tmp_path / "a"))
    assert (row["status"], row["frames"], len(cine.frames)) == ("ok", 20, 20)
    assert "holds 20" in row["note"]


def test_single_frames_of_one_series_are_told_from_stills(tmp_path):
    for k, frame in enumerate(fan_frames(20)):
        series = "1.2.3.4" if k < 12 else f"1.2.3.5.{k}"
        write_clip(tmp_path / "p" / f"{k:02}.dcm", frame[None], SeriesInstanceUID=series)
    rows, cines = cohorts.ingest_patient("dicom", tmp_path / "p", {})
    reasons = [row["reason"] for row in rows]
    assert reasons == ["frames_in_files"] * 12 + ["single_frame"] * 8 and not cines
    assert "12 single images of one series" in rows[0]["note"]
    assert not any("1.2.3" in str(value) for row in rows for value in row.values())


def test_the_stated_heart_rate_and_the_vendor_are_kept(tmp_path):
    row, cine = one(write_clip(tmp_path / "a", HeartRate=63))
    assert row["heart_rate"] == cine.heart_rate == 63 and row["vendor"] == "Maker"
    row, cine = one(write_clip(tmp_path / "b", fan_frames(5), HeartRate=0))
    assert row["reason"] == "too_few_frames" and row["heart_rate"] is None
    assert row["vendor"] == "Maker"


def moving(count):
    rng = np.random.default_rng(4)
    return rng.integers(30, 200, (count, 60, 80)).astype(np.uint8)


def test_repeated_frames_are_found_also_where_coding_changed_them():
    frames = moving(20)
    everywhere = np.ones(frames.shape[1:], bool)
    assert repeated_frames(frames, everywhere) == ()
    frames[7] = frames[6]
    noise = np.random.default_rng(5).integers(-2, 3, frames[0].shape)
    frames[15] = np.clip(frames[14] + noise, 0, 255)
    assert repeated_frames(frames, everywhere) == (7, 15)
    doubled = np.repeat(moving(8), 2, axis=0)
    assert repeated_frames(doubled, everywhere) == tuple(range(1, 16, 2))
    assert repeated_frames(np.repeat(frames[:1], 9, axis=0), everywhere) == ()


def swaying(count, phase=0.0):
    """(count, 90, 120) pictures whose texture sways to and fro, and grain that is new in each."""
    rng = np.random.default_rng(6)
    x, y = np.meshgrid(np.arange(120.0), np.arange(90.0))
    grain = rng.normal(0, 8, (count, 90, 120))
    sway = 6 * np.sin(np.arange(count) / 4)[:, None, None]
    texture = np.sin((x + sway) / 7 + phase) * np.cos(y / 9 + 2 * phase)
    return np.clip(120 + 80 * texture + grain, 0, 255).astype(np.uint8)


def test_two_recordings_in_one_clip_jump_and_one_does_not():
    everywhere = np.ones((90, 120), bool)
    assert jumps(swaying(40), everywhere) == {}
    assert jumps(np.repeat(swaying(20), 2, axis=0), everywhere) == {}
    both = np.concatenate([swaying(20), swaying(20, 1.5)])
    assert list(jumps(both, everywhere)) == [20]
    odd = swaying(30)
    odd[12] = 0
    assert list(jumps(odd, everywhere)) == [12, 13]
    assert jumps(odd[:4], everywhere) == {} and jumps(both, ~everywhere) == {}
    assert jumps(np.repeat(odd[:1], 9, axis=0), everywhere) == {}


def test_a_jump_is_said_and_the_clip_is_used(tmp_path):
    frames = fan_frames(24)
    frames[12:] = np.where(frames[12:] > 0, 255 - frames[12:] // 2, 0)
    row, cine = one(write_clip(tmp_path / "a", frames))
    assert row["status"] == "ok" and "jump_in_clip" in row["flags"].split()
    assert cine.flags["jump_in_clip"].startswith("at frame 12 ")


def test_repeated_frames_are_said(tmp_path):
    frames = fan_frames(13)
    frames[5] = frames[4]
    row, cine = one(write_clip(tmp_path / "a", frames))
    assert 5 in cine.repeated and row["repeated_frames"] == len(cine.repeated)
    assert "repeated_frames" in row["flags"] and "repeat the one before" in row["note"]


def test_the_other_files_of_an_installed_package_are_no_forgotten_patients():
    from echogls.cohorts import unlisted

    entry = {"format": "dicom", "data": "package:pydicom/data/test_files"}
    assert unlisted(entry, {}) == {}
