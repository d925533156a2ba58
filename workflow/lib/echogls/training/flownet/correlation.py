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
    zero where that lies outside. `step` divides `reach` and W. 1 / C is rounded to the 16 bits
    that a graph's constants have.

    Columns a step apart are brought side by side. Then one matrix product a vertical step holds
    every pair of columns of each row, and the band of wanted ones is cut out by shearing, which is
    a reshape. A loop over all displacements takes twenty times as long.
    """

    def __init__(self, reach: int = 20, step: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.reach, self.step = reach, step

    def call(self, inputs):
        first, second = inputs
        reach, step = self.reach, self.step
        _, height, width, depth = first.shape
        side = 2 * (reach // step) + 1
        short = width // step
        wide = short + side - 1
        padded = ops.pad(second, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
        # (B, step, H, short, C) and (B, step, H + 2 reach, C, wide)
        rows = ops.reshape(first, (-1, height, short, step, depth))
        rows = ops.transpose(rows, (0, 3, 1, 2, 4))
        columns = ops.reshape(padded, (-1, height + 2 * reach, wide, step, depth))
        columns = ops.transpose(columns, (0, 3, 1, 4, 2))
        bands = []
        for row in range(0, 2 * reach + 1, step):
            pairs = ops.matmul(rows, columns[:, :, row : row + height])  # (B, step, H, short, wide)
            lines = ops.reshape(pairs, (-1, step * height, short * wide))
            lines = ops.pad(lines, ((0, 0), (0, 0), (0, short)))
            bands.append(ops.reshape(lines, (-1, step * height * short, wide + 1))[..., :side])
        matches = ops.reshape(
            ops.concatenate(bands, axis=-1), (-1, step, height, short, side * side)
        )
        matches = ops.reshape(
            ops.transpose(matches, (0, 2, 3, 1, 4)), (-1, height, width, side * side)
        )
        return matches * float(np.float16(1.0 / depth))

    def compute_output_shape(self, shapes):
        side = 2 * (self.reach // self.step) + 1
        return (*shapes[0][:3], side * side)

    def get_config(self):
        return super().get_config() | {"reach": self.reach, "step": self.step}
