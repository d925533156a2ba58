"""What every estimator owes: each file of motion/ is put through the same tests."""

import inspect

import numpy as np
import pytest

from echogls import motion
from echogls.motion._canvas import MODELS
from echogls.runtime import model_names
from echogls.study import StudyError

ESTIMATORS = motion.names()
# Pixels by which the mean of a known shift may be off: more, where a stack is run one way only.
SHIFT_ERROR = {"flownet2": 0.15}
INTERIOR = (slice(24, -24), slice(24, -24))
SHIFTS = [(0.3, 0.0), (0.0, 0.3), (1.7, 0.0), (0.0, 1.7), (-2.4, 0.0), (0.0, -2.4), (1.7, -2.4)]

pytestmark = pytest.mark.parametrize("name", ESTIMATORS)


@pytest.fixture(autouse=True)
def trained(name):
    """An estimator that runs a graph is tested where the graph is."""
    needs = "network" in inspect.signature(motion.estimator(name).estimate).parameters
    if needs and name not in model_names(MODELS, "motion"):
        pytest.skip(f"{name} has no trained network in workflow/models; see `train_flow`")


@pytest.fixture
def estimate(name):
    return motion.estimator(name).estimate


def mean_shift(flow, where=INTERIOR):
    return flow.displacement[where].reshape(-1, 2).mean(axis=0)


def test_zero_motion_gives_zero(estimate, speckle):
    image = speckle()
    flow = estimate(image, image.copy())
    assert np.abs(flow.displacement).max() < 0.02
    assert flow.confidence[INTERIOR].min() > 0.5


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_known_shift_is_found(name, estimate, speckle, shift):
    flow = estimate(speckle(), speckle(shift=shift))
    assert mean_shift(flow) == pytest.approx(shift, abs=SHIFT_ERROR.get(name, 0.1))


@pytest.mark.parametrize("shift", [(1.7, -0.3), (-0.8, 2.4)])
def test_the_edge_of_the_mask_does_not_hold_the_motion_back(estimate, speckle, ring, shift):
    near, wall = ring(inner=35, outer=90), ring(inner=48, outer=77)
    first, second = (np.where(near, image, 0) for image in (speckle(), speckle(shift=shift)))
    flow = estimate(first.astype(np.uint8), second.astype(np.uint8))
    assert mean_shift(flow, wall) == pytest.approx(shift, abs=0.1)


@pytest.mark.parametrize(("flip", "axis"), [(np.fliplr, 0), (np.flipud, 1)])
def test_flipped_images_have_flipped_flow(estimate, speckle, flip, axis):
    first, second = speckle(), speckle(shift=(1.3, -0.6))
    flow = estimate(first, second).displacement
    mirrored = estimate(np.ascontiguousarray(flip(first)), np.ascontiguousarray(flip(second)))
    expected = flip(flow).copy()
    expected[..., axis] *= -1
    assert np.abs(mirrored.displacement - expected)[INTERIOR].mean() < 0.1


def test_swapped_frames_have_the_opposite_motion(estimate, speckle):
    first, second = speckle(), speckle(shift=(1.3, -0.6))
    there, back = mean_shift(estimate(first, second)), mean_shift(estimate(second, first))
    assert back == pytest.approx(-there, abs=0.1)


def test_the_same_images_give_the_same_bits(estimate, speckle):
    first, second = speckle(), speckle(shift=(0.8, -0.6), seed=0)
    one, two = estimate(first, second), estimate(first, second)
    assert one.displacement.tobytes() == two.displacement.tobytes()
    assert one.confidence.tobytes() == two.confidence.tobytes()


@pytest.mark.parametrize("shape", [(384, 512), (100, 75)])
def test_shapes_types_and_range(estimate, speckle, shape):
    flow = estimate(speckle(shape), speckle(shape, shift=(0.5, 0.5)))
    assert flow.displacement.shape == (*shape, 2)
    assert flow.displacement.dtype == np.float32
    assert flow.confidence.shape == shape
    assert flow.confidence.dtype == np.float32
    assert np.isfinite(flow.displacement).all()
    assert flow.confidence.min() >= 0
    assert flow.confidence.max() <= 1


def test_unrelated_images_are_trusted_less(estimate, speckle):
    first = speckle()
    same = estimate(first, speckle(shift=(0.7, 0.4))).confidence.mean()
    other = estimate(first, speckle(seed=1)).confidence.mean()
    assert other < 0.7 * same


def test_black_images_have_no_motion_and_no_confidence(estimate):
    black = np.zeros((192, 256), np.uint8)
    flow = estimate(black, black)
    assert not flow.displacement.any()
    assert not flow.confidence.any()


@pytest.mark.parametrize("grey", [0, 3, 60, 255])
@pytest.mark.parametrize("order", [1, -1])
def test_beside_a_flat_image_speckle_tells_no_motion(estimate, speckle, ring, grey, order):
    near, wall = ring(inner=35, outer=90), ring(inner=48, outer=77)
    pair = [np.where(near, image, 0) for image in (speckle(), np.full(near.shape, grey))]
    flow = estimate(*(image.astype(np.uint8) for image in pair[::order]))
    assert np.isfinite(flow.displacement).all()
    assert flow.confidence.max() <= 1
    assert flow.confidence[wall].mean() < 0.05


def test_inputs_are_left_as_they_were(estimate, speckle):
    first, second = speckle(), speckle(shift=(1, 0))
    before = first.copy(), second.copy()
    estimate(first, second)
    assert np.array_equal(first, before[0])
    assert np.array_equal(second, before[1])


def test_other_than_grey_bytes_is_refused(estimate, speckle):
    image = speckle()
    with pytest.raises(StudyError, match=r"float32.*expected grey"):
        estimate(image.astype(np.float32), image)
    with pytest.raises(StudyError, match="expected grey"):
        estimate(image, np.dstack([image] * 3))
    with pytest.raises(StudyError, match="differ in size"):
        estimate(image, image[:-8])
