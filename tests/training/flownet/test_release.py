"""From pairs to a graph that can be shipped: the whole stack, as small as it can be."""

import json
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
import yaml

from echogls import runtime
from echogls.motion import flownet2, refiner
from echogls.study import StudyError
from echogls.training.flownet import release, shapes
from echogls.training.flownet.evaluation import RANGES_PX
from echogls.training.flownet.refiner import build_refiner
from echogls.training.flownet.stack import COMPACT, NETWORKS, build_network, build_stack, flow_after
from echogls.training.flownet.stack import SIZE as SHIPPED
from echogls.training.flownet.training import at_size

MODELS = Path(__file__).parents[3] / "workflow" / "models"
NARROW = dict.fromkeys(NETWORKS, 0.03)
SIZE = (128, 192)  # of the canvas here, to be quick
STAGE = {"data": ["ultrasound"], "crop": 64, "batch_size": 1, "steps": 1, "learning_rate": [0, 0]}


@pytest.mark.slow
def test_a_stack_is_trained_measured_after_each_stage_and_exported(shards, tmp_path, monkeypatch):
    monkeypatch.setattr(release, "AFTER_STAGE_PAIRS", 1)
    monkeypatch.setattr(release, "SIZE", SIZE)
    monkeypatch.setattr(flownet2, "SHAPE", SIZE)
    settings = {
        "curriculum": {part: [STAGE] for part in NETWORKS},
        "folders": {},
        "half_weights": False,
        "seed": 1,
        "start": {"flownet2": ""},
        "widths": NARROW,
    }
    rows = release.release_stack({"simulated": [shards]}, tmp_path, settings, report=lambda _: None)
    stages = [f"{part} after ultrasound, 64 px" for part in NETWORKS]
    assert list(dict.fromkeys(row["network"] for row in rows)) == [*stages, "flownet2", "dis"]
    assert len(rows) == len(RANGES_PX) * (len(stages) + 2)
    # Nothing was learnt, so nothing is found where a pixel is true; and it is known at once.
    of_stack = [row for row in rows if row["network"] == "flownet2"]
    assert of_stack[0]["slope"] == pytest.approx(0, abs=0.05)
    kept = json.loads((tmp_path / "flownet2.stages.json").read_text())
    assert list(kept) == [f"{part} 0" for part in NETWORKS]
    kept = [row for stage in kept.values() for row in stage]
    assert kept == rows[: len(kept)]
    assert {row["network"] for row in kept} == set(stages)

    trained = build_network("sd", (64, 64), NARROW)
    trained.load_weights(tmp_path / "sd.weights.h5")
    again = release.begun(tmp_path / "flownet2.weights.npz", "sd", NARROW).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(again, trained.get_weights(), strict=True))

    entry = yaml.safe_load((tmp_path / "flownet2.entry.yaml").read_text())["flownet2"]
    assert entry["difference_from_keras"] < 0.01  # untrained, it finds next to no motion
    run = runtime.load_graph(tmp_path / entry["file"])
    image = np.zeros((1, *SIZE, 1), np.float32)
    assert run(image, image).shape == (1, *SIZE, 2)


def test_a_training_begins_with_the_weights_of_an_earlier_one(tmp_path):
    network = build_network("sd", (64, 64), NARROW)
    network.set_weights([array + 1 for array in network.get_weights()])
    for half in (False, True):
        release.keep_weights(tmp_path / "start.npz", {"sd": network}, half=half)
        found = release.begun(tmp_path / "start.npz", "sd", NARROW).get_weights()
        for a, b in zip(found, network.get_weights(), strict=True):
            assert a == pytest.approx(b, rel=1e-3 if half else 0, abs=0)
    with pytest.raises(StudyError, match=r"train_flow.start.flownet2: .*is no file"):
        release.begun(tmp_path / "gone.npz", "sd", NARROW)
    with pytest.raises(StudyError, match="not those of a network of width"):
        release.begun(tmp_path / "start.npz", "sd", NARROW | {"sd": 2 * NARROW["sd"]})


@pytest.fixture(scope="module")
def shipped():
    """The networks of `flownet2` as they are shipped, on the window's size."""
    return {
        part: at_size(part, release.begun(MODELS / "flownet2.weights.npz", part, COMPACT), SHIPPED)
        for part in NETWORKS
    }


def speckled_pair(shift):
    """Two (h, w) uint8 images of one texture, the second moved by `shift` pixels (x, y)."""
    rng = np.random.default_rng(3)
    texture = cv2.GaussianBlur(rng.normal(0, 1, (330, 300)).astype(np.float32), (0, 0), 2.0)
    texture = 40 * texture / texture.std() + 110
    moved = cv2.warpAffine(
        texture, np.float32([[1, 0, shift[0]], [0, 1, shift[1]]]), (300, 330), flags=cv2.INTER_CUBIC
    )
    return [np.clip(image[40:-40, 40:-40], 1, 255).astype(np.uint8) for image in (texture, moved)]


def motion_of(estimator, pair, network):
    def run(*inputs):
        return np.asarray(network(list(inputs) if len(inputs) > 1 else inputs[0]))

    return estimator.estimate(*pair, network=run).displacement[16:-16, 16:-16]


@pytest.mark.parametrize("shift", [(0.3, -0.2), (3.4, -2.1)])
@pytest.mark.parametrize("name", ["flownet2", "refiner"])
def test_the_shipped_graph_finds_the_motion_that_the_shipped_weights_find(shipped, name, shift):
    if name == "flownet2":
        estimator, network = flownet2, build_stack(SHIPPED, COMPACT, shipped)
    else:
        estimator = refiner
        network = build_refiner(tuple(n // refiner.STRIDE for n in refiner.SHAPE))
        network.load_weights(MODELS / "refiner.weights.h5")
    pair = speckled_pair(shift)
    by_keras = motion_of(estimator, pair, network)
    by_graph = estimator.estimate(*pair).displacement[16:-16, 16:-16]
    wanted = pytest.approx(shift, abs=0.1 + 0.03 * np.hypot(*shift))
    assert by_keras.reshape(-1, 2).mean(axis=0) == wanted
    # 8 bits: some hundredths of a pixel and of the motion.
    assert np.abs(by_graph - by_keras).mean() < 0.02 + 0.02 * np.hypot(*shift)


@pytest.mark.parametrize("part", NETWORKS)
def test_each_shipped_network_finds_motion(shipped, part):
    images = [keras.Input((*SHIPPED, 1)) for _ in range(2)]
    network = keras.Model(images, flow_after(part, images, shipped))
    found, true = [], []
    for seed in range(4):
        first, second, flow = next(shapes.pairs("ground", seed, SHIPPED))
        seen = [image[None, ..., None] for image in flownet2.alike(first, second)]
        found.append(np.asarray(network(seen))[0])
        true.append(flow)
    slope = np.vdot(found, true) / np.vdot(true, true)
    assert 0.7 < slope < 1.15
