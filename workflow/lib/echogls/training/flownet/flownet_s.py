"""FlowNetS: one stack of layers on all its inputs joined (Dosovitskiy et al. 2015).

After a first estimate the inputs are both images, the second one warped by that estimate,
the estimate, and the brightness error (Ilg et al. 2017, section 4).
"""

import keras

from echogls.training.flownet.decoder import contract, expand
from echogls.training.flownet.layers import convolve, filters


def build_flownet_s(
    size: tuple[int, int], width: float = 1.0, *, channels: int = 6, name: str = "flownet_s"
) -> keras.Model:
    """Untrained FlowNetS.

    Parameters
    ----------
    size : (H, W), multiples of 64.
    width : of the published numbers of filters (38.7 million parameters at 1).
    channels : 6 after a first estimate in grey (first, second, warped, flow / SCALE,
        brightness error), 2 without.

    Returns
    -------
    keras.Model, one input (batch, H, W, channels); outputs flow / SCALE at 1/64 to 1/4
    of the size, coarsest first.
    """
    inputs = x = keras.Input((*size, channels), name="joined")
    x = convolve(x, filters(64, width), 7, 2, "conv1")
    second = convolve(x, filters(128, width), 5, 2, "conv2")
    x = convolve(second, filters(256, width), 5, 2, "conv3")
    third = convolve(x, filters(256, width), 3, 1, "conv3_1")
    deeper = contract(third, width)
    skips = {5: deeper[5], 4: deeper[4], 3: third, 2: second}
    return keras.Model(inputs, expand(deeper[6], skips, width), name=name)
