"""A small network that corrects a first estimate of motion, and says how sure it is.

It sees how well small displacements about the estimate match (a local cost volume, as in
PWC-Net, Sun et al. 2018) and what Lucas and Kanade (1981) would do, both made by
`echogls.motion.refiner.evidence` at a quarter of the size; what is left to learn is whom to
believe: neighbours, clutter that stands still, speckle that has changed.
"""

import keras
from keras import layers

from echogls.motion.refiner import CHANNELS
from echogls.training.flownet.layers import LEAK

COUNTS = (48, 64, 96, 96)  # filters at 1/4, 1/8, 1/16 and 1/32 of the images' size


def build_refiner(size: tuple[int, int], name: str = "refiner") -> keras.Model:
    """Untrained; at first it changes nothing.

    Parameters
    ----------
    size : (h, w) of the evidence, multiples of 8.

    Returns
    -------
    keras.Model, one input (batch, h, w, CHANNELS), output (batch, h, w, 5): what to add to
        the flow, pixels of the images (x, y), and what is then known of it, the three heads of
        `echogls.motion.refiner.expected_covariance`.
    """
    inputs = x = keras.Input((*size, CHANNELS), name="evidence")
    skips = {}
    for level, count in enumerate(COUNTS):
        x = _convolve(x, count, 2 if level else 1, f"down{level}_1")
        x = _convolve(x, count, 1, f"down{level}_2")
        skips[level] = x
    for level in (2, 1, 0):
        up = layers.UpSampling2D(2, interpolation="bilinear", name=f"up{level}")(x)
        x = layers.Concatenate(name=f"join{level}")([skips[level], up])
        x = _convolve(x, COUNTS[level], 1, f"up{level}_1")
        x = _convolve(x, COUNTS[level], 1, f"up{level}_2")
    x = layers.Concatenate(name="join")([inputs, x])
    heads = layers.Conv2D(
        5, 3, padding="same", kernel_initializer="zeros", dtype="float32", name="correction"
    )(x)
    return keras.Model(inputs, heads, name=name)


def _convolve(x, count, stride, name):
    x = layers.Conv2D(count, 3, stride, "same", kernel_initializer="he_normal", name=name)(x)
    return layers.LeakyReLU(LEAK, name=f"{name}_leak")(x)
