import cv2
import numpy as np
import pytest
from horseshoe_scores import scores_of

from echogls.cine import Cine
from echogls.views import shape


def network_of(pictures):
    """A network that gives the scores of one made ventricle after the other."""
    waiting = iter(pictures)

    def run(image):
        return next(waiting)[None]

    run.input_shape = (1, 128, 128, 1)
    return run


def judged(*settings, kind="sequence"):
    pictures = [scores_of(**one) for one in settings]
    frames = [
        cv2.resize((np.array([70, 30, 160, 30])[p.argmax(-1)]).astype(np.uint8), (128, 128))
        for p in pictures
    ]
    cine = Cine(
        np.stack(frames), np.arange(len(frames)) / 30.0, np.ones((128, 128), bool), kind=kind
    )
    return shape.judge(cine, network_of(pictures), range(len(frames)))


BEAT = [{"width": 17 + 4 * np.cos(k)} for k in range(8)]


def test_beating_ventricle_with_its_atrium_below_is_plausible():
    found = judged(*BEAT)
    assert (found.shape, found.plausible_share) == ("plausible", 1.0)
    assert found.area_change > 0.2
    assert found.coverage == pytest.approx(1.0)


def test_a_round_ventricle_is_plausible_but_no_textbooks():
    slender = judged(*({"width": 13 + 2 * np.cos(k)} for k in range(8)))
    assert slender.plausible_share == slender.textbook_share == 1.0
    assert judged(*BEAT).textbook_share < 0.5


def test_same_ventricle_that_stands_still_is_not():
    assert judged(*[BEAT[0]] * 8).shape == "still"


def test_two_stills_need_not_beat():
    assert judged(BEAT[0], BEAT[0], kind="ed_es").shape == "plausible"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"turn_deg": 90}, "tilt_deg"),
        ({"turn_deg": 180}, "tilt_deg"),
        ({"atrium": False}, "atrium_area"),
        ({"sure": 0.6}, "certainty"),
    ],
)
def test_what_is_wrong_is_named(changed, code):
    assert judged(*[one | changed for one in BEAT]).shape == code


def test_nothing_found_is_no_ventricle():
    empty = np.zeros((128, 128, 4), np.float32)
    empty[..., 0] = 1
    cine = Cine(np.zeros((3, 64, 64), np.uint8), np.arange(3) / 30, np.ones((64, 64), bool))
    found = shape.judge(cine, network_of([empty] * 3), range(3))
    assert (found.shape, found.plausible_share) == ("no_ventricle", 0.0)


def test_every_limit_and_verdict_is_explained():
    assert set(shape.LIMITS) <= set(shape.CODES)
