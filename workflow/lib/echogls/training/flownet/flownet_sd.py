"""FlowNetSD: FlowNetS for small displacements (Ilg et al. 2017, section 5).

Small first kernels, a first layer without stride, and a convolution before each
prediction.
"""

import keras

from echogls.training.flownet.decoder import contract, expand
from echogls.training.flownet.layers import convolve, filters


def build_flownet_sd(
    size: tuple[int, int], width: float = 1.0, *, channels: int = 2, name: str = "flownet_sd"
) -> keras.Model:
    """Untrained FlowNetSD.

    Parameters
    ----------
    size : (H, W), multiples of 64.
    width : of the published numbers of filters (45.4 million parameters at 1).
    channels : of both images together.

    Returns
    -------
    keras.Model, one input (batch, H, W, channels); outputs flow / SCALE at 1/64 to 1/4
    of the size, coarsest first.
    """
    inputs = x = keras.Input((*size, channels), name="joined")
    x = convolve(x, filters(64, width), 3, 1, "conv0")
    x = convolve(x, filters(64, width), 3, 2, "conv1")
    x = convolve(x, filters(128, width), 3, 1, "conv1_1")
    x = convolve(x, filters(128, width), 3, 2, "conv2")
    second = convolve(x, filters(128, width), 3, 1, "conv2_1")
    x = convolve(second, filters(256, width), 3, 2, "conv3")
    third = convolve(x, filters(256, width), 3, 1, "conv3_1")
    deeper = contract(third, width)
    skips = {5: deeper[5], 4: deeper[4], 3: third, 2: second}
    return keras.Model(inputs, expand(deeper[6], skips, width, smooth=True), name=name)
