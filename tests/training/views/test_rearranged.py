import numpy as np
import pytest
from hearts import GREY, made_heart

from echogls.training.views import rearranged
from echogls.training.views.rearranged import REACH, SIDE, UNIT


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture(scope="module")
def heart():
    return rearranged.to_common_frame(*made_heart())


@pytest.fixture(scope="module")
def other():
    return rearranged.to_common_frame(*made_heart(1))


def at(picture, x, y):
    """Mean grey around a place of the common frame."""
    row, column = int((y + REACH[1]) * UNIT), int((x + REACH[0]) * UNIT)
    return float(picture[0, row - 4 : row + 5, column - 4 : column + 5].mean())


def test_common_frame_has_the_annulus_at_zero_the_apex_above_and_the_septum_left(heart):
    ends = heart.endocardium[[0, -1]] / UNIT - np.array(REACH[:2])
    np.testing.assert_allclose(ends.mean(0), (0, 0), atol=0.03)
    assert ends[0, 0] < 0 < ends[1, 0]
    apex = heart.endocardium[heart.endocardium[:, 1].argmin()] / UNIT - np.array(REACH[:2])
    np.testing.assert_allclose(apex, (0, -1), atol=0.06)
    picture = rearranged.picture_of(heart)
    assert at(picture, -0.65, -0.45) == pytest.approx(GREY["cavity"], abs=12)  # right heart
    assert at(picture, 0.6, -0.3) == pytest.approx(GREY["background"], abs=15)


def test_a_mirrored_recording_is_brought_to_the_same_frame():
    image, labels = made_heart()
    turned = rearranged.to_common_frame(image[:, ::-1].copy(), labels[:, ::-1].copy())
    # by its labels alone a mirrored heart cannot be told; the right heart is then on the right
    assert at(rearranged.picture_of(turned), 0.65, -0.45) < 50


def test_image_without_a_ventricle_gives_nothing():
    image, labels = made_heart()
    assert rearranged.to_common_frame(image, np.zeros_like(labels)) is None


def test_four_chamber_keeps_the_right_heart_and_two_chamber_has_none(rng, heart, other):
    four = rearranged.four_chamber(rng, heart, other)
    two = rearranged.two_chamber(rng, heart, other)
    assert at(four, -0.65, -0.45) < 50 < at(two, -0.65, -0.45)
    for picture in (four, two):  # both keep cavity and wall
        assert at(picture, 0.1, -0.5) < 50
        assert at(picture, 0.38, -0.3) > 90


def test_long_axis_has_a_dark_root_right_of_the_atrium_that_two_chamber_lacks(rng, heart, other):
    two = rearranged.two_chamber(rng, heart, other)
    long = rearranged.long_axis(rng, heart, other)
    changed = np.abs(long[0] - two[0]) > 25
    columns = np.nonzero(changed)[1] / UNIT - REACH[0]
    assert changed.sum() > 0.02 * changed.size
    assert np.median(columns) > 0.1


def test_ring_closes_the_wall_round_the_cavity(rng, heart):
    picture = rearranged.ring(rng, heart)
    middle = np.array([REACH[0], REACH[1] - 0.35]) * UNIT
    profiles = []
    for angle in np.deg2rad(np.arange(0, 360, 30)):
        r = np.arange(0, 0.6 * UNIT)
        x, y = (middle + np.stack([np.cos(angle) * r, np.sin(angle) * r], -1)).T.round().astype(int)
        profiles.append(picture[0][y, x].max() > 120)
    assert np.mean(profiles) > 0.9


def test_ventricle_can_be_wiped_out(rng, heart, other):
    wiped = rearranged.without_ventricle(rng, heart, other)
    plain = rearranged.picture_of(heart)
    for side in (-0.33, 0.33):  # the wall
        assert at(wiped, side, -0.5) < 0.8 * at(plain, side, -0.5)
    np.testing.assert_allclose(at(wiped, -0.9, 0.2), at(plain, -0.9, 0.2), atol=1)


def test_scan_turns_and_mirrors_the_heart(heart):
    def right_heart_is_left(**options):
        rng = np.random.default_rng(0)
        image = rearranged.scanned(rng, rearranged.picture_of(heart), **options).astype(float)
        left, right = image[20:90, 30:70], image[20:90, 90:130]
        return np.mean(left[left > 0] < 50) > np.mean(right[right > 0] < 50)

    assert right_heart_is_left()
    assert not right_heart_is_left(mirrored=True)


def test_scan_is_a_whole_sector_and_seeded(heart):
    one, two = (
        rearranged.scanned(np.random.default_rng(5), rearranged.picture_of(heart), turn_deg=70)
        for _ in range(2)
    )
    assert (one.shape, one.dtype) == ((SIDE, SIDE), np.uint8)
    np.testing.assert_array_equal(one, two)
    rows = np.flatnonzero((one > 0).any(1))
    widths = (one > 0).sum(1)[rows[2] : rows[0] + len(rows) // 2]
    assert (np.diff(widths.astype(int)) >= -1).mean() > 0.9  # it opens from the probe on


def test_shuffled_picture_has_the_same_grey_levels_elsewhere(rng):
    image, _ = made_heart()
    moved = rearranged.shuffled(rng, image)
    assert abs(moved.mean() - image[image > 0].mean()) < 60
    assert moved.shape == (SIDE, SIDE)


def test_texture_comes_from_the_other_image_and_shapes_stay(rng):
    image, _ = made_heart()
    grainy = np.random.default_rng(0).integers(1, 255, image.shape).astype(np.uint8)
    made = rearranged.with_texture_of(rng, image, grainy).astype(float)
    lit = image > 0
    assert (made[~lit] == 0).all()
    blurred = [np.convolve(x[150], np.ones(15) / 15, "same") for x in (image, made)]
    assert np.corrcoef(*blurred)[0, 1] > 0.7
