"""The layers that all networks of the family are made of."""

import math

import keras
from keras import layers

LEAK = 0.1
START = "he_normal"  # Glorot's loses the signal over ten layers, and nothing is learnt
SCALE = 20.0  # networks predict flow / SCALE (Dosovitskiy et al. 2015)


def filters(count: int, width: float) -> int:
    """A published number of filters at a width multiplier, at least 4."""
    return max(round(count * width), 4)


def convolve(x, count: int, kernel: int, stride: int, name: str):
    """Convolution with bias and leaky ReLU, padded as in Caffe: evenly on both sides."""
    if stride > 1:
        x = layers.ZeroPadding2D((kernel - 1) // 2, name=f"{name}_pad")(x)
    padding = "same" if stride == 1 else "valid"
    x = layers.Conv2D(count, kernel, stride, padding, kernel_initializer=START, name=name)(x)
    return layers.LeakyReLU(LEAK, name=f"{name}_leak")(x)


def upconvolve(x, count: int, name: str):
    """Transposed convolution, 4 x 4, stride 2, with leaky ReLU."""
    x = layers.Conv2DTranspose(count, 4, 2, "same", kernel_initializer=START, name=name)(x)
    return layers.LeakyReLU(LEAK, name=f"{name}_leak")(x)


def predict(x, name: str):
    """Flow of one level, linear, in float32 whatever the precision of the rest; at first zero."""
    return layers.Conv2D(
        2, 3, padding="same", kernel_initializer="zeros", dtype="float32", name=name
    )(x)


def enlarge_flow(flow, name: str):
    """Flow to the next finer level by a learnt transposed convolution, as published."""
    return layers.Conv2DTranspose(2, 4, 2, "same", dtype="float32", name=name)(flow)


def join(parts, name: str):
    return layers.Concatenate(name=name)(parts)


def resize(x, factor: int, how: str, name: str):
    """Enlarge by a whole factor; "bilinear" or "nearest"."""
    return layers.UpSampling2D(factor, interpolation=how, dtype="float32", name=name)(x)


@keras.saving.register_keras_serializable("echogls")
class Scaled(layers.Layer):
    """Multiply by a constant, in float32.

    In two parts: one product would become part of the weights of the convolution before it when
    a graph is made, and be rounded with them to 16 bits, a thousandth of a pixel here.
    """

    def __init__(self, factor: float, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, x):
        x = keras.ops.cast(x, "float32")
        most = 2.0 ** math.floor(math.log2(self.factor))
        return x * most + x * (self.factor - most)

    def get_config(self):
        return super().get_config() | {"factor": self.factor}
