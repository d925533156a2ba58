import numpy as np
import pytest

pytest.importorskip("keras")

from echogls.study import VIEWS
from echogls.training.views import network


@pytest.fixture(scope="module")
def model():
    return network.build_views()


def layers_named(model, part):
    return [layer for layer in model.layers if part in layer.name]


def test_input_and_output_are_the_paper_s(model):
    assert model.input_shape == (None, 128, 128, 1)
    assert model.output_shape == (None, 8) == (None, len(VIEWS))


def test_two_component_blocks_have_16_and_32_filters_and_are_pooled(model):
    for index, filters in ((1, 16), (2, 32)):
        layer = model.get_layer(f"component{index}_conv")
        assert (layer.filters, layer.kernel_size) == (filters, (3, 3))
        assert model.get_layer(f"component{index}_pool").pool_size == (2, 2)


def test_three_inception_modules_of_three_routes_double_their_filters_and_are_pooled(model):
    for index, filters in enumerate((16, 32, 64), start=1):
        kernels = {
            layer.name.removeprefix(f"inception{index}_"): layer.kernel_size
            for layer in layers_named(model, f"inception{index}_")
            if hasattr(layer, "filters")
        }
        assert kernels == {
            "1x1_conv": (1, 1),
            "3x3_bottleneck_conv": (1, 1),
            "3x3_conv": (3, 3),
            "5x5_bottleneck_conv": (1, 1),
            "5x5_conv": (5, 5),
        }
        assert model.get_layer(f"inception{index}_5x5_conv").filters == filters
        joined = model.get_layer(f"inception{index}_join")
        channels = [tensor.shape[-1] for tensor in joined.input]
        assert channels[1:] == [filters] * 3  # the first is the module's own input
        assert model.get_layer(f"transition{index}_conv").kernel_size == (1, 1)
        assert model.get_layer(f"transition{index}_pool").pool_size == (2, 2)


def test_last_two_inception_modules_have_no_5x5_route_with_dropout_between_them(model):
    names = [layer.name for layer in model.layers]
    for index in (4, 5):
        assert not layers_named(model, f"inception{index}_5x5")
        assert layers_named(model, f"inception{index}_3x3")
    assert names.index("inception4_join") < names.index("dropout") < names.index("inception5_join")
    assert len(layers_named(model, "pool")) == 5


def test_ends_in_a_compressing_convolution_prelu_spatial_average_and_softmax(model):
    compress = model.get_layer("compress")
    assert (compress.filters, compress.kernel_size) == (8, (1, 1))
    names = [layer.name for layer in model.layers]
    assert names[-4:] == ["compress", "compress_prelu", "average", "probabilities"]
    told = np.asarray(model(np.random.default_rng(0).random((2, 128, 128, 1), np.float32)))
    np.testing.assert_allclose(told.sum(-1), 1, atol=1e-5)
