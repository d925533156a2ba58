"""The sector is found from the pixels."""

import cv2
import numpy as np
import pytest
from dicom_files import fan, fan_frames, with_furniture

from echogls.cohorts._colour import coloured, flow_share
from echogls.cohorts._dicom_pixels import grey
from echogls.cohorts._sector import bounding_box, find_sector, hull


def iou(one, other):
    return (one & other).sum() / (one | other).sum()


def furnished(rows, columns):
    frames = with_furniture(fan_frames(12, rows, columns))
    return frames, np.stack([grey(frame) for frame in frames])


@pytest.mark.parametrize(("rows", "columns"), [(120, 160), (480, 640), (708, 1016)])
def test_the_fan_is_found_among_furniture(rows, columns):
    _, picture = furnished(rows, columns)
    found = find_sector(picture)
    # At 120 rows the fan's point and the opening brush are a few pixels each.
    assert iou(found, fan(rows, columns)) > (0.95 if rows < 200 else 0.98)


def test_a_running_trace_across_the_fan_does_not_widen_it():
    rows, columns = 480, 640
    frames, _ = furnished(rows, columns)
    for index, frame in enumerate(frames):
        x = np.arange(0, columns * (index + 1) // len(frames))
        y = (400 + 6 * np.sin(x / 9)).astype(int)
        for thick in range(2):
            frame[y + thick, x] = (0, 255, 0)
    picture = np.stack([grey(frame) for frame in frames])
    marks = coloured(frames)
    found = find_sector(picture, marks.mean(axis=0) > 0)
    assert iou(found, fan(rows, columns)) > 0.98
    assert flow_share(marks, found) < 0.001


def beside_the_fan(rows, columns, write):
    """Frames with marks beside the fan that a codec makes flicker, blocks of 8 pixels at a time."""
    rng = np.random.default_rng(5)
    picture = fan_frames(12, rows, columns)
    marks = np.zeros((12, rows, columns), np.uint8)
    for index, frame in enumerate(marks):
        write(frame, index)
    coded = cv2.dilate(marks.max(axis=0), np.ones((9, 9))) > 0
    noise = rng.normal(0, 3, picture.shape) * (coded & ~fan(rows, columns))
    shown = np.where(marks > 0, marks, picture) + noise
    return np.clip(np.round(shown), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("text", "place"), [("113/62", (345, 95)), ("EF 55%", (190, 110)), ("HR 6{}", (540, 440))]
)
def test_text_beside_the_fan_that_a_codec_makes_flicker_does_not_widen_it(text, place):
    rows, columns = 480, 640

    def write(frame, index):
        words = text.format(index // 4)
        cv2.putText(frame, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, 210, 2)

    found = find_sector(beside_the_fan(rows, columns, write))
    assert iou(found, fan(rows, columns)) > 0.97


def test_a_grey_background_is_no_sector():
    picture = np.where(fan(480, 640), fan_frames(12, 480, 640), 40).astype(np.uint8)
    assert iou(find_sector(picture), fan(480, 640)) > 0.98


def test_a_picture_that_stands_still_is_still_found():
    picture = np.repeat(fan_frames(1, 480, 640), 12, axis=0)
    assert iou(find_sector(picture), fan(480, 640)) > 0.98


def test_noise_of_compression_outside_is_no_sector():
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 2, (12, 480, 640))
    picture = np.clip(fan_frames(12, 480, 640) + noise, 0, 255).astype(np.uint8)
    assert iou(find_sector(picture), fan(480, 640)) > 0.98


@pytest.mark.parametrize("level", [0, 60])
def test_a_blank_clip_has_none(level):
    assert find_sector(np.full((12, 60, 80), level, np.uint8)) is None


def test_text_alone_has_none():
    picture = np.zeros((12, 240, 320), np.uint8)
    for frame in picture:
        cv2.putText(frame, "NO SIGNAL", (20, 120), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255)
    assert find_sector(picture) is None


def test_hull_fills_and_the_box_is_tight():
    mask = np.zeros((9, 9), bool)
    mask[[1, 1, 7], [1, 7, 4]] = True
    filled = hull(mask)
    assert filled[2, 4] and not filled[7, 1]
    assert bounding_box(filled) == (1, 8, 1, 8)
