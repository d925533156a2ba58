"""Every encoding of a clip decodes to the same grey."""

import gdcm
import numpy as np
import pytest
from dicom_files import (
    compressed,
    dataset,
    fan_frames,
    jpeg_baseline,
    palette,
    save,
    ybr_full,
    ybr_full_422,
)
from pydicom import uid

from echogls.cohorts._dicom_header import read_header
from echogls.cohorts._dicom_pixels import grey, read_frames

FRAMES = fan_frames(3)
COLOUR = np.repeat(FRAMES[..., None], 3, axis=-1)

ENCODINGS = {
    "MONOCHROME2": lambda: dataset(FRAMES),
    "MONOCHROME1": lambda: dataset(255 - FRAMES, "MONOCHROME1"),
    "16 bit": lambda: dataset(FRAMES.astype(np.uint16) * 257),
    "12 of 16 bit": lambda: dataset(FRAMES.astype(np.uint16) * 16, BitsStored=12, HighBit=11),
    "signed": lambda: dataset((FRAMES.astype(np.int16) - 128) * 256, PixelRepresentation=1),
    "window": lambda: dataset(
        FRAMES.astype(np.uint16) + 500, WindowCenter=500 + 128, WindowWidth=256
    ),
    "RGB": lambda: dataset(COLOUR),
    "RGB by planes": lambda: dataset(
        np.ascontiguousarray(np.moveaxis(COLOUR, -1, 1)).reshape(COLOUR.shape),
        "RGB",
        PlanarConfiguration=1,
    ),
    "YBR_FULL": lambda: ybr_full(COLOUR),
    "YBR_FULL_422": lambda: ybr_full_422(COLOUR),
    "PALETTE COLOR": lambda: palette(FRAMES),
    "RLE grey": lambda: compressed(FRAMES, uid.RLELossless),
    "RLE RGB": lambda: compressed(COLOUR, uid.RLELossless),
    "JPEG-LS grey": lambda: compressed(FRAMES, uid.JPEGLSLossless),
    "JPEG-LS RGB": lambda: compressed(COLOUR, uid.JPEGLSLossless),
    "JPEG 2000 grey": lambda: compressed(FRAMES, uid.JPEG2000Lossless),
    "JPEG 2000 YBR_RCT": lambda: compressed(
        COLOUR, uid.JPEG2000Lossless, PhotometricInterpretation="YBR_RCT"
    ),
}


def decode(file, **options):
    frames = read_frames(file, read_header(file), len(FRAMES), **options)
    return np.stack([grey(frame) for frame in frames])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_lossless_encodings_give_the_same_grey(tmp_path, encoding):
    found = decode(save(ENCODINGS[encoding](), tmp_path / "a"))
    assert found.dtype == np.uint8
    np.testing.assert_allclose(found.astype(int), FRAMES, atol=1)


def test_jpeg_baseline_gives_nearly_the_same_grey(tmp_path):
    found = decode(save(jpeg_baseline(COLOUR), tmp_path / "a"))
    assert np.abs(found.astype(int) - FRAMES).mean() < 2


def test_lossless_jpeg_gives_the_same_grey(tmp_path):
    save(dataset(FRAMES), tmp_path / "a")
    reader = gdcm.ImageReader()
    reader.SetFileName(str(tmp_path / "a"))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(tmp_path / "b"))
    assert writer.Write()
    np.testing.assert_array_equal(decode(tmp_path / "b"), FRAMES)


def test_single_frames_can_be_picked(tmp_path):
    file = save(compressed(FRAMES, uid.RLELossless), tmp_path / "a")
    np.testing.assert_array_equal(decode(file, indices=[2, 0]), FRAMES[[2, 0]])


def test_colours_weigh_as_the_eye_sees_them():
    assert grey(np.uint8([[[0, 255, 0]]]))[0, 0] == round(0.587 * 255)
