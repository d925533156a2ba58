"""Both networks replaced by functions, so that what is done with them is seen."""

import numpy as np
import pytest

from echogls.cine import Cine, spread
from echogls.views import opinion, shape


def cine(count=40, kind="sequence"):
    frames = np.full((count, 64, 64), 60, np.uint8)
    frames[:, 10:20, 10:20] = np.arange(count)[:, None, None] % 100 + 120
    return Cine(frames, np.arange(count) / 40, np.ones((64, 64), bool), kind=kind)


def classifier(view="a4c", sure=0.9, mirrored=None):
    """Says `view`; or `mirrored` where the bright patch is on the right."""
    seen = []

    def run(image):
        seen.append(image)
        said = view
        if mirrored and image[0, :, 64:].sum() > image[0, :, :64].sum():
            said = mirrored
        told = np.full((1, 8), (1 - sure) / 7, np.float32)
        told[0, opinion.NAMES.index(said)] = sure
        return told

    run.input_shape = (1, 128, 128, 1)
    run.seen = seen
    return run


def never(image):
    raise AssertionError("the second opinion was asked")


def test_at_most_16_frames_are_looked_at_spread_over_the_clip():
    network = classifier("psax")
    opinion.form_opinion(cine(400), network, never)
    assert len(network.seen) == 2 * opinion.MOST_FRAMES  # each as it is and mirrored
    np.testing.assert_array_equal(spread(400, 16)[[0, -1]], (0, 399))
    np.testing.assert_array_equal(spread(3, 16), (0, 1, 2))


def test_probabilities_sum_to_one_and_a_temperature_makes_them_less_sure():
    plain = opinion.form_opinion(cine(), classifier("psax"), never)
    warm = opinion.form_opinion(cine(), classifier("psax"), never, temperature=3)
    assert sum(warm.probabilities.values()) == pytest.approx(1)
    assert plain.best == warm.best == "psax"
    assert warm.probabilities["psax"] < plain.probabilities["psax"] == pytest.approx(0.9)


def test_second_opinion_is_asked_of_apical_views_only(monkeypatch):
    asked = []
    found = shape.Shape("plausible", 1.0, 0.3, 1.0)
    monkeypatch.setattr(shape, "judge", lambda *a, **how: asked.append(a) or found)
    told = opinion.form_opinion(cine(), classifier("a4c"), never)
    assert (told.shape, told.area_change, len(asked)) == ("plausible", 0.3, 1)
    assert len(asked[0][2]) <= opinion.SEGMENTED_FRAMES
    opinion.form_opinion(cine(), classifier("ivc"), never)
    assert len(asked) == 1
    opinion.form_opinion(cine(), classifier("ivc"), never, always=True)
    assert len(asked) == 2


def test_mirrored_four_chamber_is_seen_by_exchanging_left_and_right():
    told = opinion.form_opinion(cine(), classifier("unknown", mirrored="a4c"), never)
    assert told.best == "unknown"
    assert told.mirrored > 0.8


def test_frames_side_by_side_give_the_same_opinion(monkeypatch):
    def classify(image):
        told = np.full((1, 8), 0.02, np.float32)
        told[0, opinion.NAMES.index("a4c")] = image.mean()
        told[0, 0] += 1 - told.sum()
        return told

    classify.input_shape = (1, 128, 128, 1)
    monkeypatch.setattr(
        shape,
        "frame_measures",
        lambda network, frame, *rest: {"area": float(frame.max()), "inside": 1.0},
    )
    monkeypatch.setattr(shape, "frame_codes", lambda measures: ())
    cines = {"long": cine(40), "short": cine(5)}
    one, two = (
        opinion.form_opinions(
            cines, classify, never, temperature=1.0, wanted=[cines["long"].view], workers=workers
        )
        for workers in (1, 2)
    )
    assert one == two
    assert one["long"].area_change > 0
