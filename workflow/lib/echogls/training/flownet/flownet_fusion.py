"""The network that makes one flow of the large and the small one (Ilg et al. 2017, figure 2)."""

import keras

from echogls.training.flownet.layers import (
    convolve,
    enlarge_flow,
    filters,
    join,
    predict,
    upconvolve,
)


def build_flownet_fusion(
    size: tuple[int, int], width: float = 1.0, *, channels: int = 11, name: str = "flownet_fusion"
) -> keras.Model:
    """Untrained fusion network.

    Parameters
    ----------
    size : (H, W), multiples of 4.
    width : of the published numbers of filters (0.58 million parameters at 1).
    channels : 11, as published in colour: first image, both flows / SCALE, their magnitudes,
        and the brightness error after each. In grey, the second image brought back by either
        flow takes the place of two colours: the network can then correct the flow that it
        chooses, by the sign of what still differs.

    Returns
    -------
    keras.Model, one input (batch, H, W, channels); outputs flow / SCALE at 1/4, 1/2 and the
    whole of the size.
    """
    inputs = keras.Input((*size, channels), name="joined")
    whole = convolve(inputs, filters(64, width), 3, 1, "conv0")
    x = convolve(whole, filters(64, width), 3, 2, "conv1")
    half = convolve(x, filters(128, width), 3, 1, "conv1_1")
    x = convolve(half, filters(128, width), 3, 2, "conv2")
    x = convolve(x, filters(128, width), 3, 1, "conv2_1")
    flows = [predict(x, "predict2")]
    for level, skip, count, inter in ((1, half, 32, 32), (0, whole, 16, 16)):
        up = upconvolve(x, filters(count, width), f"up{level}")
        x = join([skip, up, enlarge_flow(flows[-1], f"flow{level}_up")], f"join{level}")
        before = convolve(x, filters(inter, width), 3, 1, f"inter{level}")
        flows.append(predict(before, f"predict{level}"))
    return keras.Model(inputs, flows, name=name)
