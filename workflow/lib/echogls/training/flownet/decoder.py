"""The expanding part that FlowNetC, FlowNetS and FlowNetSD share: flow from coarse to fine."""

from echogls.training.flownet.layers import (
    convolve,
    enlarge_flow,
    filters,
    join,
    predict,
    upconvolve,
)

COUNTS = {5: 512, 4: 256, 3: 128, 2: 64}  # level -> filters (Dosovitskiy et al. 2015)


def expand(deepest, skips: dict, width: float, *, smooth: bool = False) -> list:
    """Flow / SCALE at levels 6 (1/64 of the size) to 2 (1/4), coarsest first.

    Parameters
    ----------
    deepest : features of level 6.
    skips : level (5 to 2) -> features of that level.
    smooth : a convolution before each prediction, as FlowNetSD has.
    """
    flow = predict(deepest, "predict6")
    flows, x = [flow], deepest
    for level, count in COUNTS.items():
        up = upconvolve(x, filters(count, width), f"up{level}")
        x = join([skips[level], up, enlarge_flow(flow, f"flow{level}_up")], f"join{level}")
        before = convolve(x, filters(count, width), 3, 1, f"inter{level}") if smooth else x
        flow = predict(before, f"predict{level}")
        flows.append(flow)
    return flows


def contract(x, width: float) -> dict:
    """Levels 4 to 6 from features of level 3: level -> features."""
    features = {}
    for level, count in ((4, 512), (5, 512), (6, 1024)):
        x = convolve(x, filters(count, width), 3, 2, f"conv{level}")
        x = convolve(x, filters(count, width), 3, 1, f"conv{level}_1")
        features[level] = x
    return features
