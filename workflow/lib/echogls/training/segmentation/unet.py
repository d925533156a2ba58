"""The U-Net of the paper (Ostvik et al. 2018, section 2.2), in Keras 3.

Five downsampling and five upsampling levels joined by concatenated skips; each
level has two 3 x 3 convolutions with the same number of filters, 32 to 128 from
top to bottom; 2 x 2 max pooling down, nearest-neighbour upsampling up. Batch
normalisation after each convolution is our addition (the paper does not say).
"""

import keras
from keras import layers

from echogls.study import LABELS

# Ostvik et al. 2018, section 2.2: five levels, 32 to 128 filters; those between are our reading.
PAPER_SIZE = 256
PAPER_FILTERS = (32, 32, 64, 128, 128)
FAST_SIZE = 128  # half of it: a quarter of the pixels


def build_unet(
    size: int = PAPER_SIZE,
    filters: tuple[int, ...] = PAPER_FILTERS,
    classes: int = len(LABELS),
    name: str = "unet",
) -> keras.Model:
    """Build the segmentation network, untrained.

    Parameters
    ----------
    size : side of the square grey input in pixels, a multiple of 2 ** len(filters).
    filters : filters per level, top to bottom; the bottom below the last pooling
        repeats the last number.
    classes : number of output labels.

    Returns
    -------
    keras.Model, input (batch, size, size, 1) grey in 0..1, output
    (batch, size, size, classes) probabilities that sum to one.
    """
    if size % 2 ** len(filters):
        raise ValueError(f"input side {size} must be a multiple of {2 ** len(filters)}")
    image = x = keras.Input((size, size, 1), name="image")
    skips = []
    for level, count in enumerate(filters, start=1):
        x = _two_convolutions(x, count, f"down{level}")
        skips.append(x)
        x = layers.MaxPooling2D(2, name=f"down{level}_pool")(x)
    x = _two_convolutions(x, filters[-1], "bottom")
    for level in range(len(filters), 0, -1):
        x = layers.UpSampling2D(2, interpolation="nearest", name=f"up{level}_upsample")(x)
        x = layers.Concatenate(name=f"up{level}_skip")([x, skips[level - 1]])
        x = _two_convolutions(x, filters[level - 1], f"up{level}")
    x = layers.Conv2D(classes, 1, dtype="float32", name="scores")(x)
    probabilities = layers.Softmax(dtype="float32", name="probabilities")(x)
    return keras.Model(image, probabilities, name=name)


def build_fast(name: str = "fast") -> keras.Model:
    """Build our faster network: the paper's layers on a quarter of its pixels, 128 x 128."""
    return build_unet(FAST_SIZE, name=name)


BUILDERS = {"unet": build_unet, "fast": build_fast}


def _two_convolutions(x, filters: int, name: str):
    for index in (1, 2):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv{index}")(x)
        x = layers.BatchNormalization(name=f"{name}_norm{index}")(x)
        x = layers.ReLU(name=f"{name}_relu{index}")(x)
    return x
