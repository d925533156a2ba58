"""What several files need: pairs on disk, and TensorFlow without its talk."""

import os

import numpy as np
import pytest

pytest.importorskip("keras")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(scope="session")
def shards(tmp_path_factory):
    """Two pairs of noise that moves one pixel to the right, as if they were ultrasound."""
    from echogls.training.flownet.shards import save_shard
    from echogls.training.flownet.ultrasound import FLOW_STEP, WINDOW, WindowPair

    rng = np.random.default_rng(0)
    made = []
    for _ in range(4):
        first = rng.integers(30, 220, WINDOW).astype(np.uint8)
        flow = np.zeros((WINDOW[0] // FLOW_STEP, WINDOW[1] // FLOW_STEP, 2), np.float32)
        flow[..., 0] = 1.0
        wall, near = np.ones(flow.shape[:2], bool), np.ones(WINDOW, bool)
        rolled = [np.roll(first, k, axis=1) for k in (1, -1, 2)]
        second, before, after = rolled
        made.append(
            WindowPair(first, second, flow, wall, near, 0.4, before, after, (1.0, 1.0), 1.5)
        )
    path = tmp_path_factory.mktemp("shards") / "simulated_0.npz"
    save_shard(path, made)
    return path
