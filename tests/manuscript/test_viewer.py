import base64
import io

import numpy as np
import pytest
from PIL import Image

from echogls.manuscript import viewer


@pytest.mark.parametrize("most", [100, 1_300, 1_700, 1_900, 10_000])
def test_images_have_the_best_quality_that_fits(most, monkeypatch):
    qualities = {}
    coded = viewer._as_webp

    def remembered(picture, quality):
        data = coded(picture, quality)
        qualities[data] = (picture.size, quality)
        return data

    monkeypatch.setattr(viewer, "_as_webp", remembered)
    frames = np.random.default_rng(0).integers(0, 60, (4, 40, 50), np.uint8)
    sheet, columns = viewer._sheet(frames, (50, 40), most)
    data = base64.b64decode(sheet)
    size, quality = qualities[data]
    assert len(data) <= most and Image.open(io.BytesIO(data)).size == size
    whole = Image.fromarray(np.hstack(frames))
    larger = [q for q in viewer.QUALITIES if len(coded(whole, q)) <= most]
    assert (columns, size) == (4, (200, 40) if larger else size)
    assert quality == max(larger, default=quality)
