"""Bring the second image back by a flow, and what then still differs."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("echogls")
class Warp(layers.Layer):
    """image(p + flow(p)), bilinear; the border's pixels go on outside.

    Inputs (batch, H, W, C) and flow (batch, H, W, 2) in pixels (x, y).
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32"} | kwargs)

    def call(self, inputs):
        image, flow = (ops.cast(part, "float32") for part in inputs)
        _, height, width, depth = image.shape
        along, down = ops.split(flow, 2, axis=-1)
        x = ops.clip(ops.arange(width, dtype="float32")[None, None, :, None] + along, 0, width - 1)
        y = ops.arange(height, dtype="float32")[None, :, None, None] + down
        y = ops.clip(y, 0, height - 1)
        left = ops.clip(ops.floor(x), 0, width - 2)
        top = ops.clip(ops.floor(y), 0, height - 2)
        right, low = x - left, y - top
        corner = ops.cast(top * width + left, "int32")
        corner = ops.reshape(corner, (-1, height * width))
        flat = ops.reshape(image, (-1, height * width, depth))
        # The four corners side by side, so that each place is looked up once.
        after = [ops.roll(flat, -step, axis=1) for step in (0, 1, width, width + 1)]
        first = ops.arange(ops.shape(flat)[0], dtype="int32")[:, None] * (height * width)
        corners = ops.reshape(ops.concatenate(after, axis=-1), (-1, 4 * depth))
        values = ops.take(corners, ops.reshape(corner + first, (-1,)), axis=0)
        values = ops.reshape(values, (-1, height, width, 4 * depth))
        one, beside, below, across = ops.split(values, 4, axis=-1)
        upper = one * (1 - right) + beside * right
        lower = below * (1 - right) + across * right
        return upper * (1 - low) + lower * low

    def compute_output_shape(self, shapes):
        return tuple(shapes[0])


@keras.saving.register_keras_serializable("echogls")
class Magnitude(layers.Layer):
    """Length over the channels, (batch, H, W, 1): of a difference the brightness error."""

    def call(self, x):
        return ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True) + 1e-12)

    def compute_output_shape(self, shape):
        return (*shape[:-1], 1)
