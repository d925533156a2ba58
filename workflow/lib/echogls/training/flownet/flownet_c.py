"""FlowNetC: features of both images by the same layers, correlated (Dosovitskiy et al. 2015).

One thing differs from the paper's: features are standardized before they are correlated.
"""

import keras
from keras import layers

from echogls.training.flownet.correlation import Correlation, Standardized
from echogls.training.flownet.decoder import contract, expand
from echogls.training.flownet.layers import LEAK, convolve, filters, join


def build_flownet_c(
    size: tuple[int, int], width: float = 1.0, *, channels: int = 1, name: str = "flownet_c"
) -> keras.Model:
    """Untrained FlowNetC.

    Parameters
    ----------
    size : (H, W), multiples of 64.
    width : of the published numbers of filters (39.2 million parameters at 1).

    Returns
    -------
    keras.Model, inputs first and second (batch, H, W, channels); outputs flow / SCALE at
    1/64 to 1/4 of the size, coarsest first.
    """
    inputs = [keras.Input((*size, channels), name=part) for part in ("first", "second")]
    features = _features((*size, channels), width)
    (half_a, a), (_, b) = features(inputs[0]), features(inputs[1])
    compared = [Standardized(name=f"standardized_{k}")(x) for k, x in enumerate((a, b), 1)]
    matches = layers.LeakyReLU(LEAK, name="matches")(Correlation(name="correlation")(compared))
    kept = convolve(a, filters(32, width), 1, 1, "conv_redirect")
    third = convolve(join([kept, matches], "join"), filters(256, width), 3, 1, "conv3_1")
    deeper = contract(third, width)
    skips = {5: deeper[5], 4: deeper[4], 3: third, 2: half_a}
    return keras.Model(inputs, expand(deeper[6], skips, width), name=name)


def _features(shape, width):
    image = x = keras.Input(shape)
    x = convolve(x, filters(64, width), 7, 2, "conv1")
    second = convolve(x, filters(128, width), 5, 2, "conv2")
    third = convolve(second, filters(256, width), 5, 2, "conv3")
    return keras.Model(image, [second, third], name="features")
