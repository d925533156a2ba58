"""Explicit correlation of two feature maps (Dosovitskiy et al. 2015, equation 1)."""

import keras
import numpy as np
from keras import layers, ops

# Of a place's features; by judgement: where an image is blank they are next to nothing, and would
# be blown up.
LEAST_DEVIATION = 1e-2


@keras.saving.register_keras_serializable("echogls")
class Standardized(layers.Layer):
    """Features (batch, H, W, C) of each place less their mean, in units of their deviation.

    The correlation of such features is a correlation coefficient. Of features as they are the mean
    product is large wherever they are, whether they match or not, and little is learnt of it:
    of made-up shapes that move by 18 pixels on average, FlowNetC at a fifth of its width found
    nothing of the motion in 200 steps, and a fifth of it in 250 once they were standardized.
    """

    def call(self, x):
        off = x - ops.mean(x, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(off), axis=-1, keepdims=True)
        return off / ops.sqrt(variance + LEAST_DEVIATION**2)


@keras.saving.register_keras_serializable("echogls")
class Correlation(layers.Layer):
    """Mean product of the features of each place with those of its surroundings.

    Inputs (batch, H, W, C) twice; output (batch, H, W, (2 n + 1)^2) with n = reach / step:
    channel (i, j) is sum_c a[y, x, c] b[y + (i - n) step, x + (j - n) step, c] / C, and
    zero where that lies outside. 1 / C is rounded to the 16 bits that a graph's constants have.

    One matrix product a row and vertical step holds every pair of columns; its band of
    wanted ones is cut out by shearing, which is a reshape. A loop over all displacements
    takes twenty times as long.
    """

    def __init__(self, reach: int = 20, step: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.reach, self.step = reach, step

    def call(self, inputs):
        first, second = inputs
        reach, step = self.reach, self.step
        _, height, width, depth = first.shape
        wide = width + 2 * reach
        padded = ops.pad(second, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
        columns = ops.transpose(padded, (0, 1, 3, 2))  # (B, H + 2 reach, C, wide)
        band = np.arange(width)[:, None] * (wide + 1) + np.arange(0, 2 * reach + 1, step)
        band = band.ravel().astype(np.int32)  # of the pairs (W, wide), the wanted ones
        bands = []
        for row in range(0, 2 * reach + 1, step):
            pairs = ops.matmul(first, columns[:, row : row + height])  # (B, H, W, wide)
            wanted = ops.take(ops.reshape(pairs, (-1, height, width * wide)), band, axis=-1)
            bands.append(ops.reshape(wanted, (-1, height, width, 2 * (reach // step) + 1)))
        return ops.concatenate(bands, axis=-1) * float(np.float16(1.0 / depth))

    def compute_output_shape(self, shapes):
        side = 2 * (self.reach // self.step) + 1
        return (*shapes[0][:3], side * side)

    def get_config(self):
        return super().get_config() | {"reach": self.reach, "step": self.step}
