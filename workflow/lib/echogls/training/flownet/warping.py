"""Bring the second image back by a flow, and what then still differs."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable("echogls")
class Warp(layers.Layer):
    """image(p + flow(p)), bilinear; the border's pixels go on outside.

    Inputs (batch, H, W, 1) and flow (batch, H, W, 2) in pixels (x, y).

    What picks, joins or adds channels is a convolution with constant weights, which the graph's
    runtime does several times as fast as it takes channels apart and puts them side by side.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32"} | kwargs)

    def call(self, inputs):
        image, flow = (ops.cast(part, "float32") for part in inputs)
        _, height, width, _ = image.shape
        here = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
        place = ops.clip(np.float32(here) + flow, 0.0, np.float32([width - 1, height - 1]))
        corner = ops.floor(place)
        share = place - corner
        # No convolution, which a GPU may round to 10 bits.
        number = ops.cast(ops.sum(corner * np.float32([1, width]), axis=-1), "int32")
        number = ops.reshape(number, (-1, height * width))
        number += ops.arange(ops.shape(number)[0], dtype="int32")[:, None] * (height * width)
        # The four corners side by side, so that each place is looked up once.
        wide = ops.pad(image, ((0, 0), (0, 1), (0, 1), (0, 0)))
        corners = ops.conv(wide, np.eye(4, dtype=np.float32).reshape(2, 2, 1, 4))
        values = ops.take(ops.reshape(corners, (-1, 4)), ops.reshape(number, (-1,)), axis=0)
        values = ops.reshape(values, (-1, height, width, 4))
        along = _mixed(share, [[-1, 1, -1, 1], [0, 0, 0, 0]]) + np.float32([1, 0, 1, 0])
        down = _mixed(share, [[0, 0, 0, 0], [-1, -1, 1, 1]]) + np.float32([1, 1, 0, 0])
        return _mixed(values * along * down, np.ones((4, 1)))

    def compute_output_shape(self, shapes):
        return tuple(shapes[0])


@keras.saving.register_keras_serializable("echogls")
class Magnitude(layers.Layer):
    """Length over the channels, (batch, H, W, 1): of a difference the brightness error."""

    def call(self, x):
        return ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True) + 1e-12)

    def compute_output_shape(self, shape):
        return (*shape[:-1], 1)


def _mixed(x, weights):
    """Channels (batch, H, W, C) by constant weights (C, D) into others."""
    return ops.conv(x, np.float32(weights)[None, None])
