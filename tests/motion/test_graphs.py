"""Estimators around a network: what goes in, what comes out, whichever network it is."""

import numpy as np
import pytest

from echogls.motion import flownet2, refiner, track_clip
from echogls.motion._canvas import from_canvas, graph, on_canvas, scale_to
from echogls.study import StudyError


def test_flownet2_sees_a_normalised_pair_and_gives_the_network_s_flow(speckle):
    seen = []

    def network(first, second):
        way = -1 if seen else 1  # asked for the way back once it has told the way there
        seen.extend([first, second])
        flow = np.zeros((*flownet2.SHAPE, 2), np.float32)
        flow[...] = 1.3 * way, -0.6 * way
        return flow[None]

    flow = flownet2.estimate(speckle(), speckle(shift=(1.3, -0.6)), network=network)
    assert seen[0].shape == seen[1].shape == (1, *flownet2.SHAPE, 1)
    assert abs(seen[0][seen[0] != 0].mean()) < 0.1
    assert seen[0].std() < 2
    assert flow.displacement[24:-24, 24:-24].reshape(-1, 2).mean(axis=0) == pytest.approx(
        [1.3, -0.6], abs=0.01
    )
    assert flow.confidence[24:-24, 24:-24].mean() > 0.5


def test_flownet2_trusts_a_way_back_that_does_not_lead_back_less(speckle):
    def network(back):
        ways = iter([(1.3, -0.6), back])
        return lambda first, second: np.broadcast_to(
            np.float32(next(ways)), (1, *flownet2.SHAPE, 2)
        )

    pair = speckle(), speckle(shift=(1.3, -0.6))
    closed, open_ = (
        flownet2.estimate(*pair, network=network(back)).confidence[24:-24, 24:-24].mean()
        for back in ((-1.3, 0.6), (-0.7, 1.4))
    )
    # One pixel away from the start halves the trust; the mean of both ways is off as well.
    assert open_ < 0.55 * closed


def test_a_network_without_corrections_leaves_the_refiner_s_first_estimate(speckle):
    rows, columns = (n // refiner.STRIDE for n in refiner.SHAPE)
    nothing = np.zeros((1, rows, columns, 3), np.float32)
    flow = refiner.estimate(speckle(), speckle(shift=(1.7, 0.0)), network=lambda _: nothing)
    found = flow.displacement[24:-24, 24:-24].reshape(-1, 2).mean(axis=0)
    assert found == pytest.approx([1.7, 0], abs=0.3)


@pytest.mark.parametrize("grey", [2, 60, 255])
def test_the_refiner_does_not_take_what_is_flat_for_what_stands_still(speckle, grey):
    rows, columns = (n // refiner.STRIDE for n in refiner.SHAPE)
    nothing = np.zeros((1, rows, columns, 3), np.float32)
    first, second = speckle(), speckle(shift=(1.7, 0.0))
    for image in (first, second):
        image[50:140, 80:180] = grey
    flow = refiner.estimate(first, second, network=lambda _: nothing)
    assert not flow.confidence[70:120, 100:160].any()
    assert flow.confidence[24:-24, 24:50].min() > 0


def test_what_the_refiner_s_network_says_beyond_what_it_learnt_does_no_harm(speckle):
    rows, columns = (n // refiner.STRIDE for n in refiner.SHAPE)
    beyond = np.zeros((1, rows, columns, 3), np.float32)
    beyond[..., 2] = 1000
    flow = refiner.estimate(speckle(), speckle(shift=(1.7, 0.0)), network=lambda _: beyond)
    assert np.isfinite(flow.displacement).all()
    assert flow.confidence.max() < 0.01


def test_a_local_fit_leaves_uniform_strain_and_averages_noise():
    y, x = np.mgrid[:40, :60].astype(float)
    linear = np.stack([0.02 * x - 0.01 * y, 0.03 * y + 1], axis=-1)
    noisy = linear + np.random.default_rng(0).normal(0, 0.1, linear.shape)
    weight = np.ones((40, 60))
    assert refiner.locally_linear(linear, weight, 2.0) == pytest.approx(linear, abs=0.02)
    assert np.std(refiner.locally_linear(noisy, weight, 2.0) - linear) < 0.05


def test_places_without_weight_do_not_pull_at_the_fit():
    flow = np.zeros((40, 60, 2))
    flow[:, 30:] = 9.0
    weight = np.ones((40, 60))
    weight[:, 30:] = 0
    assert np.abs(refiner.locally_linear(flow, weight, 2.0)[:, :28]).max() < 0.01


@pytest.mark.parametrize("shape", [(384, 512), (100, 75), (600, 900)])
def test_the_canvas_gives_back_what_was_put_on_it(shape):
    y, x = np.mgrid[: shape[0], : shape[1]]
    image = (40 + 150 * (x / shape[1] + y / shape[0]) / 2).astype(np.uint8)
    scale = scale_to(shape, (288, 384))
    there = on_canvas(image, scale, (288, 384)).astype(np.float32)
    back = from_canvas(there, shape, scale)
    inside = (slice(4, -4), slice(4, -4))
    assert np.abs(back[inside] - image[inside]).max() < 2.5


def test_a_network_that_was_never_trained_is_named():
    with pytest.raises(StudyError, match=r"no trained network 'nothing'.*train_flow"):
        graph("nothing", 1)


def test_a_config_cannot_put_a_graph_in_an_estimator_s_place():
    frames, masks = np.zeros((2, 32, 32), np.uint8), np.ones((2, 32, 32), bool)
    with pytest.raises(StudyError, match="no option 'network'"):
        track_clip(frames, masks, 0.4, np.arange(2.0), "refiner", {"network": "mine.tflite"})
