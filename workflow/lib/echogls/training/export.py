"""A trained network -> the graph that the rules run, without TensorFlow."""

from pathlib import Path

import keras
import numpy as np


def export_graph(
    model: keras.Model,
    path: Path,
    *,
    half_weights: bool = False,
    eight_bits: bool = False,
    calibration: np.ndarray | None = None,
) -> None:
    """Write a model as a .tflite graph for one image at a time, float32 in and out.

    Parameters
    ----------
    model : a Keras model with fixed spatial input shapes, on the TensorFlow backend.
    half_weights : store weights in 16 bits (half the file, the same speed).
    eight_bits : weights take 8 bits, and so does what goes into each convolution, in the range
        that it has in that very call; what comes out is float32. A quarter of the file, and two
        to four times as fast.
    calibration : (N, H, W, C) float32 inputs as the model will see; weights and the values
        between layers then take 8 bits, their ranges those of these inputs (Jacob et al.
        2018, CVPR, 2704-2713): a quarter of the file and of the time. Probabilities bear that;
        motion does not, whose small values are lost in the range of the largest.
    """
    import tensorflow as tf

    # Named in order: a graph lists its inputs by name, and Keras numbers nameless ones anew.
    inputs = [
        keras.Input(batch_shape=(1, *tensor.shape[1:]), name=f"input_{number}")
        for number, tensor in enumerate(model.inputs)
    ]
    single = keras.Model(inputs, model(inputs if len(inputs) > 1 else inputs[0]))
    converter = tf.lite.TFLiteConverter.from_keras_model(single)
    if eight_bits:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if half_weights:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    if calibration is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([image[None]] for image in calibration)
    Path(path).write_bytes(converter.convert())


def largest_difference(model: keras.Model, run, images: np.ndarray) -> float:
    """Largest absolute difference between a model and its exported graph over some images."""
    return max(
        float(np.abs(np.asarray(model(image[None])) - run(image[None])).max()) for image in images
    )


def mean_difference(model: keras.Model, run, images: np.ndarray) -> float:
    """Mean absolute difference between a model and its exported graph over some images."""
    return float(
        np.mean([np.abs(np.asarray(model(image[None])) - run(image[None])) for image in images])
    )
