"""Estimators around a network: what goes in, what comes out, whichever network it is."""

import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import cv2
import numpy as np
import pytest
import yaml

from echogls.motion import _canvas, flownet2, models_of, refiner, track_clip
from echogls.motion._canvas import MODELS, from_canvas, graph, on_canvas, scale_to
from echogls.study import StudyError


def test_flownet2_sees_a_normalised_pair_and_gives_the_network_s_flow(speckle):
    seen = []

    def network(first, second):
        seen.extend([first, second])
        flow = np.zeros((*flownet2.SHAPE, 2), np.float32)
        flow[...] = 1.3, -0.6
        return flow[None]

    flow = flownet2.estimate(speckle(), speckle(shift=(1.3, -0.6)), network=network)
    assert seen[0].shape == seen[1].shape == (1, *flownet2.SHAPE, 1)
    assert abs(seen[0][seen[0] != 0].mean()) < 0.1
    assert seen[0].std() < 2
    assert flow.displacement[24:-24, 24:-24].reshape(-1, 2).mean(axis=0) == pytest.approx(
        [1.3, -0.6], abs=0.01
    )
    assert flow.confidence[24:-24, 24:-24].mean() > 0.5
    assert len(seen) == 2


def test_flownet2_says_that_a_frame_held_twice_does_not_move_whatever_its_network_says(speckle):
    drift = np.full((1, *flownet2.SHAPE, 2), 0.05, np.float32)
    first, second = speckle(), speckle()
    second[:, 130:] = speckle(shift=(0.05, 0.05))[:, 130:]
    flow = flownet2.estimate(first, second, network=lambda *_: drift)
    assert np.abs(flow.displacement[24:-24, 24:90]).max() < 1e-4
    moved = flow.displacement[24:-24, 160:-24].reshape(-1, 2).mean(axis=0)
    assert moved == pytest.approx([0.05, 0.05], abs=0.01)


def test_flownet2_run_both_ways_takes_the_mean_of_there_and_back(speckle):
    ways = iter([(1.4, -0.6), (-1.2, 0.6)])

    def network(first, second):
        return np.broadcast_to(np.float32(next(ways)), (1, *flownet2.SHAPE, 2))

    pair = speckle(), speckle(shift=(1.3, -0.6))
    flow = flownet2.estimate(*pair, both_ways=True, network=network)
    found = flow.displacement[24:-24, 24:-24].reshape(-1, 2).mean(axis=0)
    assert found == pytest.approx([1.3, -0.6], abs=0.01)


def test_flownet2_trusts_a_way_back_that_does_not_lead_back_less(speckle):
    def network(back):
        ways = iter([(1.3, -0.6), back])
        return lambda first, second: np.broadcast_to(
            np.float32(next(ways)), (1, *flownet2.SHAPE, 2)
        )

    pair = speckle(), speckle(shift=(1.3, -0.6))
    closed, open_ = (
        flownet2.estimate(*pair, both_ways=True, network=network(back))
        .confidence[24:-24, 24:-24]
        .mean()
        for back in ((-1.3, 0.6), (-0.7, 1.4))
    )
    # One pixel away from the start halves the trust; the mean of both ways is off as well.
    assert open_ < 0.55 * closed


def test_a_network_without_corrections_leaves_the_refiner_s_first_estimate(speckle):
    rows, columns = (n // refiner.STRIDE for n in refiner.SHAPE)
    nothing = np.zeros((1, rows, columns, 5), np.float32)
    flow = refiner.estimate(speckle(), speckle(shift=(1.7, 0.0)), network=lambda _: nothing)
    found = flow.displacement[24:-24, 24:-24].reshape(-1, 2).mean(axis=0)
    assert found == pytest.approx([1.7, 0], abs=0.3)


@pytest.mark.parametrize("grey", [2, 60, 255])
def test_the_refiner_does_not_take_what_is_flat_for_what_stands_still(speckle, grey):
    rows, columns = (n // refiner.STRIDE for n in refiner.SHAPE)
    nothing = np.zeros((1, rows, columns, 5), np.float32)
    first, second = speckle(), speckle(shift=(1.7, 0.0))
    for image in (first, second):
        image[50:140, 80:180] = grey
    flow = refiner.estimate(first, second, network=lambda _: nothing)
    assert not flow.confidence[70:120, 100:160].any()
    assert flow.confidence[24:-24, 24:50].min() > 0


def test_what_the_refiner_s_network_says_beyond_what_it_learnt_does_no_harm(speckle):
    rows, columns = (n // refiner.STRIDE for n in refiner.SHAPE)
    beyond = np.zeros((1, rows, columns, 5), np.float32)
    beyond[..., [2, 4]] = -1000
    flow = refiner.estimate(speckle(), speckle(shift=(1.7, 0.0)), network=lambda _: beyond)
    assert np.isfinite(flow.displacement).all()
    assert flow.confidence.max() < 0.01


def test_the_expected_covariance_is_that_of_the_density_that_the_network_learns():
    heads = np.array([1.2, -0.4, 0.3])
    a, c = np.exp(heads[[0, 2]])
    factor = np.array([[a, 0], [heads[1] * np.sqrt(a * c), c]])  # L, of the information L L'
    xx, xy, yy = refiner.expected_covariance(heads)
    expected = 3 * np.linalg.inv(factor @ factor.T)
    assert np.array([[xx, xy], [xy, yy]]) == pytest.approx(expected)


def test_the_frames_around_a_pair_steady_its_motion():
    rng = np.random.default_rng(1)
    texture = cv2.GaussianBlur(rng.normal(0, 1, (260, 320)), (0, 0), 2.0)
    texture = (40 * texture / texture.std() + 110).astype(np.float32)
    frames = []
    for k in range(4):
        there = np.float32([[1, 0, 0.8 * k], [0, 1, -0.5 * k]])
        moved = cv2.warpAffine(texture, there, (320, 260), flags=cv2.INTER_CUBIC)[30:-30, 30:-30]
        grain = cv2.GaussianBlur(rng.normal(0, 80, moved.shape), (0, 0), 1.0)
        frames.append(np.clip(moved + grain, 1, 255).astype(np.uint8))

    def error(**around):
        sight = refiner.seen(frames[1], frames[2], **around)
        return np.abs(refiner.first_estimate(sight)[8:-8, 8:-8] - [0.8, -0.5]).mean()

    assert error(before=frames[0], after=frames[3]) < 0.8 * error()


def test_a_local_fit_leaves_uniform_strain_and_averages_noise():
    y, x = np.mgrid[:40, :60].astype(float)
    linear = np.stack([0.02 * x - 0.01 * y, 0.03 * y + 1], axis=-1)
    noisy = linear + np.random.default_rng(0).normal(0, 0.1, linear.shape)
    weight = np.ones((40, 60))
    assert refiner.locally_linear(linear, weight, 2.0) == pytest.approx(linear, abs=0.02)
    assert np.std(refiner.locally_linear(noisy, weight, 2.0) - linear) < 0.05


def test_places_without_weight_do_not_pull_at_the_fit():
    flow = np.zeros((40, 60, 2))
    flow[:, 30:] = 9.0
    weight = np.ones((40, 60))
    weight[:, 30:] = 0
    assert np.abs(refiner.locally_linear(flow, weight, 2.0)[:, :28]).max() < 0.01


@pytest.mark.parametrize("shape", [(384, 512), (100, 75), (600, 900)])
def test_the_canvas_gives_back_what_was_put_on_it(shape):
    y, x = np.mgrid[: shape[0], : shape[1]]
    image = (40 + 150 * (x / shape[1] + y / shape[0]) / 2).astype(np.uint8)
    scale = scale_to(shape, (288, 384))
    there = on_canvas(image, scale, (288, 384)).astype(np.float32)
    back = from_canvas(there, shape, scale)
    inside = (slice(4, -4), slice(4, -4))
    assert np.abs(back[inside] - image[inside]).max() < 2.5


def test_a_network_that_was_never_trained_is_named():
    with pytest.raises(StudyError, match=r"no trained network 'nothing'.*train_flow"):
        graph("nothing", 1)


def test_a_study_s_own_folder_of_models_comes_before_the_shipped_one(tmp_path):
    own = tmp_path / "own.tflite"
    own.write_bytes(b"no graph")
    facts = {"file": own.name, "task": "motion", "sha256": sha256(own.read_bytes()).hexdigest()}
    (tmp_path / "models.yaml").write_text(yaml.safe_dump({"refiner": facts}))
    assert models_of("refiner", tmp_path) == tmp_path
    assert models_of("flownet2", tmp_path) == MODELS
    frames = np.random.default_rng(0).integers(1, 255, (2, 64, 64)).astype(np.uint8)
    with pytest.raises(ValueError, match="not a valid Flatbuffer"):
        track_clip(
            frames, frames > 0, 0.4, np.arange(2.0), "refiner", models=tmp_path, smooth=False
        )


def test_pairs_side_by_side_load_a_graph_once(monkeypatch):
    loaded = []

    def load_graph(*_):
        time.sleep(0.05)
        loaded.append(1)

    monkeypatch.setattr(_canvas, "load_graph", load_graph)
    _canvas._loaded.cache_clear()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: graph("refiner", 1), range(3)))
    _canvas._loaded.cache_clear()
    assert len(loaded) == 1


def test_a_config_cannot_put_a_graph_in_an_estimator_s_place():
    frames, masks = np.zeros((2, 32, 32), np.uint8), np.ones((2, 32, 32), bool)
    with pytest.raises(StudyError, match="no option 'network'"):
        track_clip(frames, masks, 0.4, np.arange(2.0), "refiner", {"network": "mine.tflite"})
