"""The view classifier of the paper (Ostvik et al. 2018, section 2.1), in Keras 3.

Two component blocks, then three times an inception module, whose input is joined to its
output, and a transition; two inception modules without pooling and without the 5 x 5
route, dropout between them; a compressing convolution, PReLU, the spatial average,
softmax. The paper leaves open how wide the routes are: ours are in `ROUTES`. There is no
batch normalisation, which on a processor would double the cost of a training step.
"""

import keras
from keras import layers

from echogls.study import VIEWS
from echogls.views import SIZE

COMPONENTS = (16, 32)  # filters, as in Ostvik et al. 2018, section 2.1
ROUTES = (16, 32, 64)  # filters of each route, doubled before every new pooling layer as there
DROPOUT = 0.4  # which the paper does not state; by judgement


def build_views(classes: int = len(VIEWS), name: str = "views") -> keras.Model:
    """Build the classifier, untrained.

    Returns
    -------
    keras.Model, input (batch, 128, 128, 1) grey in 0..1, output (batch, classes)
    probabilities that sum to one, in the order of study.VIEWS.
    """
    image = x = keras.Input((SIZE, SIZE, 1), name="image")
    for index, filters in enumerate(COMPONENTS, start=1):
        x = _convolution(x, filters, 3, f"component{index}")
        x = layers.MaxPooling2D(2, name=f"component{index}_pool")(x)
    for index, filters in enumerate(ROUTES, start=1):
        x = _inception(x, filters, (3, 5), f"inception{index}")
        x = _convolution(x, 2 * filters, 1, f"transition{index}")
        x = layers.MaxPooling2D(2, name=f"transition{index}_pool")(x)
    x = _inception(x, ROUTES[-1], (3,), "inception4")
    x = layers.Dropout(DROPOUT, name="dropout")(x)
    x = _inception(x, ROUTES[-1], (3,), "inception5")
    x = layers.Conv2D(classes, 1, name="compress")(x)
    x = layers.PReLU(shared_axes=(1, 2), name="compress_prelu")(x)
    x = layers.GlobalAveragePooling2D(dtype="float32", name="average")(x)
    return keras.Model(image, layers.Softmax(dtype="float32", name="probabilities")(x), name=name)


def _inception(x, filters: int, kernels: tuple[int, ...], name: str):
    """Parallel routes, each with a bottleneck, all but one followed by a larger kernel; the
    input is joined to their outputs."""
    routes = [x, _convolution(x, filters, 1, f"{name}_1x1")]
    for kernel in kernels:
        route = _convolution(x, filters, 1, f"{name}_{kernel}x{kernel}_bottleneck")
        routes.append(_convolution(route, filters, kernel, f"{name}_{kernel}x{kernel}"))
    return layers.Concatenate(name=f"{name}_join")(routes)


def _convolution(x, filters: int, kernel: int, name: str):
    convolution = layers.Conv2D(
        filters, kernel, padding="same", kernel_initializer="he_normal", name=f"{name}_conv"
    )
    return layers.ReLU(name=f"{name}_relu")(convolution(x))
