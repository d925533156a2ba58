"""The layers that all networks of the family are made of."""

import math

import keras
from keras import layers, ops

LEAK = 0.1  # as published (Dosovitskiy et al. 2015)
START = "he_normal"  # Glorot's loses the signal over ten layers, and nothing is learnt
FEW_CHANNELS = range(2, 8)  # of more or one, putting pixels side by side costs more than it saves
SCALE = 20.0  # networks predict flow / SCALE (Dosovitskiy et al. 2015)


def filters(count: int, width: float) -> int:
    """A published number of filters at a width multiplier, at least 4."""
    return max(round(count * width), 4)


def convolve(x, count: int, kernel: int, stride: int, name: str):
    """Convolution with bias and leaky ReLU, padded as in Caffe: evenly on both sides."""
    made = {"kernel_initializer": START, "name": name}
    if stride > 1:
        x = layers.ZeroPadding2D((kernel - 1) // 2, name=f"{name}_pad")(x)
        few = kernel > 3 and x.shape[-1] in FEW_CHANNELS
        convolution = HalvingConvolution if few else layers.Conv2D
        x = convolution(count, kernel, stride, "valid", **made)(x)
    else:
        x = layers.Conv2D(count, kernel, padding="same", **made)(x)
    return layers.LeakyReLU(LEAK, name=f"{name}_leak")(x)


@keras.saving.register_keras_serializable("echogls")
class HalvingConvolution(layers.Conv2D):
    """Convolution of stride 2, without padding, of an odd kernel: the same sums as one of stride 1.

    Four pixels become one with four times the channels, on which a kernel of half the side (and a
    row and a column of zeros) sees the same. LiteRT, which takes channels by eights, does that in
    two thirds of the time where there are few. Weights are those of Conv2D.
    """

    def call(self, x):
        channels, side = x.shape[-1], (self.kernel_size[0] + 1) // 2
        x = _four_as_one(ops.cast(x, self.compute_dtype))
        kernel = ops.pad(self.kernel, ((0, 1), (0, 1), (0, 0), (0, 0)))
        kernel = ops.reshape(kernel, (side, 2, side, 2, channels, self.filters))
        kernel = ops.transpose(kernel, (0, 2, 1, 3, 4, 5))
        kernel = ops.reshape(kernel, (side, side, 4 * channels, self.filters))
        return ops.conv(x, ops.cast(kernel, self.compute_dtype)) + self.bias


def _four_as_one(x):
    """(batch, 2 h, 2 w, C) -> (batch, h, w, 4 C), rows first."""
    height, width, channels = x.shape[1] // 2, x.shape[2] // 2, x.shape[3]
    lines = ops.reshape(x, (-1, height, 2, width, 2 * channels))
    lines = ops.transpose(lines, (0, 1, 3, 2, 4))
    return ops.reshape(lines, (-1, height, width, 4 * channels))


@keras.saving.register_keras_serializable("echogls")
class Upconvolution(layers.Conv2DTranspose):
    """Transposed convolution, 4 x 4, stride 2: the same sums as one plain convolution.

    Each pixel becomes four, each of them a sum over 2 x 2 places: a 2 x 2 convolution with four
    times the filters gives all of them, which are then put side by side (Shi et al. 2016, CVPR,
    1874-1883). LiteRT does that in a quarter of the time. Weights are those of Conv2DTranspose.
    """

    def __init__(self, filters: int, **kwargs):
        fixed = {"kernel_size": 4, "strides": 2, "padding": "same"}
        super().__init__(filters, **(kwargs | fixed))

    def call(self, x):
        batch, height, width = ops.shape(x)[:3]
        parts = [(row, column) for row in (0, 1) for column in (0, 1)]
        kernels = [self.kernel[3 - row :: -2, 3 - column :: -2] for row, column in parts]
        joined = ops.concatenate([ops.transpose(k, (0, 1, 3, 2)) for k in kernels], axis=-1)
        x = ops.pad(ops.cast(x, self.compute_dtype), ((0, 0), (1, 1), (1, 1), (0, 0)))
        sums = ops.conv(x, ops.cast(joined, self.compute_dtype)) + ops.tile(self.bias, 4)
        four = [
            ops.slice(
                sums, (0, row, column, k * self.filters), (batch, height, width, self.filters)
            )
            for k, (row, column) in enumerate(parts)
        ]
        beside = [ops.concatenate(four[k : k + 2], axis=-1) for k in (0, 2)]
        lines = [ops.reshape(row, (-1, height, 2 * width * self.filters)) for row in beside]
        whole = ops.concatenate(lines, axis=-1)
        return ops.reshape(whole, (-1, 2 * height, 2 * width, self.filters))


def upconvolve(x, count: int, name: str):
    """Transposed convolution, 4 x 4, stride 2, with leaky ReLU."""
    x = Upconvolution(count, kernel_initializer=START, name=name)(x)
    return layers.LeakyReLU(LEAK, name=f"{name}_leak")(x)


def predict(x, name: str):
    """Flow of one level, linear, in float32 whatever the precision of the rest; at first zero."""
    return layers.Conv2D(
        2, 3, padding="same", kernel_initializer="zeros", dtype="float32", name=name
    )(x)


def enlarge_flow(flow, name: str):
    """Flow to the next finer level by a learnt transposed convolution, as published."""
    return Upconvolution(2, dtype="float32", name=name)(flow)


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
        x = ops.cast(x, "float32")
        most = 2.0 ** math.floor(math.log2(self.factor))
        return x * most + x * (self.factor - most)

    def get_config(self):
        return super().get_config() | {"factor": self.factor}
