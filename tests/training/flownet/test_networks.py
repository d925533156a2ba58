"""The family's networks: published sizes, shapes, what warping and correlation compute."""

import cv2
import keras
import numpy as np
import pytest

from echogls.runtime import load_graph
from echogls.training.export import export_graph
from echogls.training.flownet.correlation import Correlation, Standardized
from echogls.training.flownet.flownet_c import build_flownet_c
from echogls.training.flownet.flownet_fusion import build_flownet_fusion
from echogls.training.flownet.flownet_s import build_flownet_s
from echogls.training.flownet.flownet_sd import build_flownet_sd
from echogls.training.flownet.layers import HalvingConvolution, Upconvolution
from echogls.training.flownet.stack import NETWORKS, PAPER, build_stack
from echogls.training.flownet.warping import Magnitude, Warp

# Published with three colours: https://github.com/NVIDIA/flownet2-pytorch, README; the fusion
# network is what is left of FlowNet2's 162,518,834.
PUBLISHED = {
    build_flownet_c: (39_175_298, 3),
    build_flownet_s: (38_695_320, 12),
    build_flownet_sd: (45_371_666, 6),
    build_flownet_fusion: (581_226, 11),
}


@pytest.mark.parametrize("build", PUBLISHED)
def test_parameters_are_as_published_in_colour_and_within_2_percent_in_grey(build):
    published, channels = PUBLISHED[build]
    assert build((64, 64), channels=channels).count_params() == pytest.approx(published, rel=1e-5)
    assert build((64, 64)).count_params() == pytest.approx(published, rel=0.02)


@pytest.mark.parametrize("build", PUBLISHED)
def test_flow_comes_at_several_sizes_coarsest_first(build):
    model = build((64, 128), 0.1)
    sides = [output.shape[1:] for output in model.outputs]
    if build is build_flownet_fusion:
        assert sides == [(16, 32, 2), (32, 64, 2), (64, 128, 2)]
    else:
        assert sides == [(1, 2, 2), (2, 4, 2), (4, 8, 2), (8, 16, 2), (16, 32, 2)]


def test_correlation_is_the_mean_product_at_every_displacement():
    a, b = np.random.default_rng(0).random((2, 2, 6, 8, 4), np.float32)
    found = np.asarray(Correlation(4, 2)([a, b]))
    for i in range(5):
        for j in range(5):
            for y in range(6):
                for x in range(8):
                    row, column = y + (i - 2) * 2, x + (j - 2) * 2
                    inside = 0 <= row < 6 and 0 <= column < 8
                    expected = (a[:, y, x] * b[:, row, column]).mean(-1) if inside else 0
                    assert found[:, y, x, 5 * i + j] == pytest.approx(expected, abs=1e-6)


def test_features_are_compared_by_their_pattern_not_by_their_size():
    a = np.random.default_rng(0).random((1, 6, 8, 50), np.float32)
    one, other, blank = (np.asarray(Standardized()(x)) for x in (a, 9 * a + 5, 0 * a + 3))
    assert other == pytest.approx(one, abs=5e-3)
    matches = np.asarray(Correlation(4, 2)([one, other]))
    assert matches[..., 12] == pytest.approx(1, abs=5e-3)  # where it stands
    assert (np.delete(matches, 12, axis=-1) < 0.7).all()
    assert blank == pytest.approx(0, abs=1e-3)


def test_warping_looks_up_the_second_image_where_the_flow_points():
    image = np.arange(48, dtype=np.float32).reshape(1, 6, 8, 1)
    flow = np.zeros((1, 6, 8, 2), np.float32)
    flow[..., 0], flow[..., 1] = 0.5, 1.0
    found = np.asarray(Warp()([image, flow]))[0, :5, :7, 0]
    assert found == pytest.approx(image[0, 1:, :7, 0] + 0.5)
    assert np.asarray(Warp()([image, 0 * flow])) == pytest.approx(image)


def test_each_image_of_a_batch_is_warped_by_its_own_flow():
    rng = np.random.default_rng(0)
    images, flows = rng.random((2, 6, 8, 1), np.float32), rng.normal(size=(2, 6, 8, 2))
    together = np.asarray(Warp()([images, flows]))
    alone = [np.asarray(Warp()([images[k : k + 1], flows[k : k + 1]]))[0] for k in (0, 1)]
    assert together == pytest.approx(np.stack(alone))


@pytest.mark.parametrize("count", [2, 5])
def test_a_transposed_convolution_is_what_keras_makes_of_the_same_weights(count):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 3, 5, 7)).astype(np.float32)
    ours, theirs = Upconvolution(count), keras.layers.Conv2DTranspose(count, 4, 2, "same")
    ours(images), theirs(images)
    weights = [rng.normal(size=w.shape).astype(np.float32) for w in theirs.get_weights()]
    ours.set_weights(weights), theirs.set_weights(weights)
    assert np.asarray(ours(images)) == pytest.approx(np.asarray(theirs(images)), abs=1e-4)


@pytest.mark.parametrize("kernel", [5, 7])
def test_a_convolution_of_stride_2_is_what_keras_makes_of_the_same_weights(kernel):
    rng = np.random.default_rng(0)
    rows, columns = 8 + kernel - 1, 12 + kernel - 1
    images = rng.normal(size=(2, rows, columns, 6)).astype(np.float32)
    ours, theirs = HalvingConvolution(5, kernel, 2), keras.layers.Conv2D(5, kernel, 2)
    ours(images), theirs(images)
    weights = [rng.normal(size=w.shape).astype(np.float32) for w in theirs.get_weights()]
    ours.set_weights(weights), theirs.set_weights(weights)
    assert ours(images).shape == theirs(images).shape == (2, 4, 6, 5)
    assert np.asarray(ours(images)) == pytest.approx(np.asarray(theirs(images)), abs=1e-4)


def test_warping_ends_at_the_border():
    image = np.random.default_rng(0).random((1, 6, 8, 1), np.float32)
    flow = np.broadcast_to(np.float32([100, -100]), (1, 6, 8, 2))
    assert np.asarray(Warp()([image, flow])) == pytest.approx(image[0, 0, 7, 0])
    flow = np.broadcast_to(np.float32([0.25, 100]), (1, 6, 8, 2))
    found = np.asarray(Warp()([image, flow]))[0, 0, :, 0]
    assert found == pytest.approx(
        np.r_[0.75 * image[0, 5, :7, 0] + 0.25 * image[0, 5, 1:, 0], image[0, 5, 7, 0]]
    )


def test_magnitude_is_the_length_over_channels():
    assert np.asarray(Magnitude()(np.array([[[[3.0, 4.0]]]]))) == pytest.approx(5.0)


@pytest.fixture(scope="module")
def stack():
    keras.utils.set_random_seed(1)
    return build_stack((64, 64), dict.fromkeys(NETWORKS, 0.1))


def test_the_stack_gives_flow_at_full_size(stack):
    pair = np.random.default_rng(0).random((2, 1, 64, 64, 1), np.float32)
    assert np.asarray(stack(list(pair))).shape == (1, 64, 64, 2)


@pytest.mark.slow
def test_the_paper_s_width_builds_and_runs():
    stack = build_stack((64, 64), PAPER)
    assert stack.count_params() == pytest.approx(162_518_834, rel=0.02)
    pair = np.zeros((2, 1, 64, 64, 1), np.float32)
    assert np.isfinite(np.asarray(stack(list(pair)))).all()


@pytest.mark.slow
def test_the_exported_graph_gives_the_same_flow_within_a_thousandth_pixel(stack, tmp_path):
    # Untrained networks predict no motion; trained ones some pixels.
    rng = np.random.default_rng(1)
    networks = [layer for layer in stack.layers if isinstance(layer, keras.Model)]
    for network in networks:
        for layer in network.layers:
            if layer.name.startswith("predict"):
                layer.set_weights([rng.normal(0, 0.004, w.shape) for w in layer.get_weights()])
    graph = tmp_path / "stack.tflite"
    export_graph(stack, graph)
    noise = np.random.default_rng(0).normal(size=(2, 64, 64)).astype(np.float32)
    pair = [4 * cv2.GaussianBlur(image, (0, 0), 2)[None, ..., None] for image in noise]
    expected = np.asarray(stack(pair))
    assert 0.3 < np.abs(expected).max() < 20
    assert np.abs(load_graph(graph)(*pair) - expected).max() < 1e-3
