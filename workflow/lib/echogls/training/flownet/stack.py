"""FlowNet 2: C, then S and S on warped images, SD beside them, and the fusion of both.

Ostvik et al. 2018, section 2.3, after Ilg et al. 2017. The networks are trained one after
another, each on what the frozen ones before it give. The fusion works on images of half the size:
motion is used as averages over 8 pixels (motion/_nodes.py), and at the whole size this smallest of
the networks would take half of the time.
"""

from collections.abc import Mapping

import keras
from keras import layers

from echogls.motion.flownet2 import SHAPE
from echogls.training.flownet.flownet_c import build_flownet_c
from echogls.training.flownet.flownet_fusion import build_flownet_fusion
from echogls.training.flownet.flownet_s import build_flownet_s
from echogls.training.flownet.flownet_sd import build_flownet_sd
from echogls.training.flownet.layers import SCALE, Scaled, resize
from echogls.training.flownet.warping import Magnitude, Warp

SIZE = SHAPE  # rows, columns, in and out
NETWORKS = {
    "c": build_flownet_c,
    "s1": build_flownet_s,
    "s2": build_flownet_s,
    "sd": build_flownet_sd,
    "fusion": build_flownet_fusion,
}
SHOWN = 8.0  # flow / SCALE is shown to the next network so much larger, as large as images are: in
# 8 bits, whose range is that of the largest, flow of a pixel would else be lost
FUSED = 2  # pixels of an image, each way, per pixel of the fusion's
# Filters over the published numbers: as published, and as shipped. C, made for large motion,
# matters least here; the fusion, a thousandth of the whole, can afford more.
PAPER = dict.fromkeys(NETWORKS, 1.0)
COMPACT = {"c": 0.2, "s1": 0.25, "s2": 0.25, "sd": 0.25, "fusion": 0.5}


def build_network(
    part: str, size: tuple[int, int], widths: Mapping[str, float] = COMPACT
) -> keras.Model:
    """One untrained network of the stack ("c", "s1", "s2", "sd" or "fusion") for images (H, W)."""
    if part == "fusion":
        size = size[0] // FUSED, size[1] // FUSED
    return NETWORKS[part](size, widths[part], name=f"flownet_{part}")


def inputs_of(part: str, images: list, networks: Mapping[str, keras.Model]):
    """What a network sees, made by the ones before it.

    Parameters
    ----------
    images : first and second, (batch, H, W, 1).
    networks : the trained ones before `part`.

    Returns
    -------
    A list of two images for "c", otherwise one array with the channels joined.
    """
    if part == "c":
        return images
    if part == "sd":
        return layers.Concatenate()(images)
    if part in ("s1", "s2"):
        return _after_warping(images, scaled_after({"s1": "c", "s2": "s1"}[part], images, networks))
    first, second = (layers.AveragePooling2D(FUSED)(image) for image in images)
    flows = [
        resize(_finest(name, images, networks), 4 // FUSED, "bilinear", f"fused_{name}")
        for name in ("s2", "sd")
    ]
    moved = [_brought_back(second, flow, FUSED) for flow in flows]
    shown = [Scaled(SHOWN)(flow) for flow in flows]
    planes = [first, *moved, *shown, *(Magnitude()(flow) for flow in shown)]
    planes += [_brightness_error(first, image) for image in moved]
    return layers.Concatenate()(planes)


def scaled_after(part: str, images: list, networks: Mapping[str, keras.Model]):
    """Flow (batch, H, W, 2) in pixels / SCALE that a network of the stack gives.

    So the next network takes it. To divide pixels by SCALE would need 1 / 20, which the 16 bits
    of a graph's constants do not hold.
    """
    factor = FUSED if part == "fusion" else 4
    return resize(_finest(part, images, networks), factor, "bilinear", f"whole_{part}")


def _finest(part, images, networks):
    """The finest flow that a network of the stack gives, whole pixels / SCALE."""
    return networks[part](inputs_of(part, images, networks))[-1]


def flow_after(part: str, images: list, networks: Mapping[str, keras.Model]):
    """Flow (batch, H, W, 2) in pixels that a network of the stack gives."""
    return Scaled(SCALE)(scaled_after(part, images, networks))


def build_stack(
    size: tuple[int, int] = SIZE,
    widths: Mapping[str, float] = COMPACT,
    networks: Mapping[str, keras.Model] | None = None,
) -> keras.Model:
    """The whole: inputs first and second (batch, H, W, 1), output flow (batch, H, W, 2) px.

    Parameters
    ----------
    size : (H, W), multiples of 64.
    networks : trained ones of this size and these widths; None: untrained.
    """
    if networks is None:
        networks = {part: build_network(part, size, widths) for part in NETWORKS}
    images = [keras.Input((*size, 1), name=name) for name in ("first", "second")]
    return keras.Model(images, flow_after("fusion", images, networks), name="flownet2")


def _after_warping(images, flow):
    first, second = images
    moved = _brought_back(second, flow)
    error = _brightness_error(first, moved)
    return layers.Concatenate()([first, second, moved, Scaled(SHOWN)(flow), error])


def _brought_back(image, flow, shrunk=1):
    """The image, shrunk so many times, warped by a flow in whole pixels / SCALE."""
    return Warp()([image, Scaled(SCALE / shrunk)(flow)])


def _brightness_error(first, moved):
    return Magnitude()(layers.Subtract()([first, moved]))
