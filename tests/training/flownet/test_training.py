"""Losses, batches, and that networks learn and go on where they were stopped."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from echogls.motion._flow import Flow
from echogls.motion.refiner import CHANNELS
from echogls.study import StudyError
from echogls.training.flownet import shapes
from echogls.training.flownet.batches import batches, sample_of
from echogls.training.flownet.evaluation import endpoint_rows, estimated_pairs
from echogls.training.flownet.layers import SCALE
from echogls.training.flownet.losses import MOST, WEIGHT, shrinkage_loss
from echogls.training.flownet.refiner_training import CROP, refiner_loss, sample, train_refiner
from echogls.training.flownet.shards import Shards
from echogls.training.flownet.stack import PAPER
from echogls.training.flownet.training import SHRINKAGE, Stage, endpoint_loss, train_network
from echogls.training.flownet.ultrasound import FLOW_STEP
from echogls.training.prefetch import ahead


def test_the_endpoint_loss_is_zero_for_the_truth_and_grows_with_the_error():
    truth = np.ones((1, 64, 64, 3), np.float32)
    right = [np.full((1, side, side, 2), 1 / SCALE, np.float32) for side in (1, 2)]
    off = [flow + 1 / SCALE for flow in right]
    assert float(endpoint_loss(truth, right, (1, 1), None)) == pytest.approx(0, abs=1e-3)
    # Both levels are off by sqrt(2) pixels, and the finest moves twice as far as it should.
    expected = 2 * np.sqrt(2) + SHRINKAGE * MOST
    assert float(endpoint_loss(truth, off, (1, 1), None)) == pytest.approx(expected, rel=1e-2)


def test_shrunk_motion_costs_by_how_much_it_is_shrunk():
    flow = np.random.default_rng(0).normal(0, 1, (2, 64, 64, 2)).astype(np.float32)
    counted = np.ones(flow.shape[:3], bool)
    tenth, fifth = (float(shrinkage_loss(-share * flow, flow, counted)) for share in (0.1, 0.2))
    assert fifth == pytest.approx(2 * tenth, rel=1e-3)
    assert tenth == pytest.approx(2 * WEIGHT * 0.1, rel=0.02)
    assert float(shrinkage_loss(0 * flow, flow, counted)) == 0


def test_pixels_without_weight_do_not_count():
    truth = np.ones((1, 64, 64, 3), np.float32)
    truth[:, 32:, :, 0] = 99.0
    truth[:, 32:, :, 2] = 0.0
    flows = [np.full((1, 64, 64, 2), 1 / SCALE, np.float32)]
    assert float(endpoint_loss(truth, flows, (1,), None)) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("kind", shapes.KINDS)
def test_shapes_carry_their_texture_along_the_flow(kind):
    import cv2

    stream = shapes.pairs(kind, 3, (128, 128))
    y, x = np.mgrid[:128, :128].astype(np.float32)
    inside = (slice(30, -30), slice(30, -30))
    for _ in range(5):
        first, second, flow = next(stream)
        back = cv2.remap(second, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR)
        still, moved = (
            np.corrcoef(first[inside].ravel(), image[inside].ravel())[0, 1]
            for image in (second, back)
        )
        assert moved > still


def test_a_stream_of_shapes_is_fixed_by_seed_and_number():
    one = next(shapes.pairs("small", 5, (64, 64), start=3))
    stream = shapes.pairs("small", 5, (64, 64))
    two = [next(stream) for _ in range(4)][3]
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_batches_are_the_same_with_one_and_with_three_threads():
    one, three = (batches(["small"], 1, 5, 64, 2, threads=n) for n in (1, 3))
    for _ in range(6):
        for a, b in zip(next(one), next(three), strict=True):
            assert np.array_equal(a, b)


def test_a_training_that_goes_on_sees_the_batches_that_it_would_have_seen():
    whole, later = (batches(["small"], 1, start, 128, 2, threads=1) for start in (0, 6))
    seen = [next(whole) for _ in range(7)]
    for a, b in zip(seen[6], next(later), strict=True):
        assert np.array_equal(a, b)


def test_crops_may_be_larger_than_samples_usually_are(shards):
    loaded = Shards({"simulated": [shards]})
    feed = batches(["ultrasound", "small"], 1, 0, 256, 1, sources={"shards": loaded}, threads=1)
    first, second, truth = next(feed)
    assert first.shape == second.shape == (1, 256, 256, 1) and truth.shape == (1, 256, 256, 3)


def test_mirrored_pieces_carry_their_flow(shards):
    loaded = Shards({"simulated": [shards]})
    feed = batches(["ultrasound"], 1, 0, 64, 8, sources={"shards": loaded}, threads=1)
    first, second, truth = next(feed)
    assert first.shape == second.shape == (8, 64, 64, 1) and truth.shape == (8, 64, 64, 3)
    assert set(np.round(truth[..., 0] / (4 / 3), 2).ravel()) == {-1.0, 1.0}


def test_an_error_in_a_thread_reaches_the_trainer():
    def broken(k):
        raise ValueError("no such pair")

    with pytest.raises(ValueError, match="no such pair"):
        next(ahead(broken, 0, 2))


def test_the_threads_that_make_ahead_end_with_their_iterator():
    before = set(threading.enumerate())
    made = ahead(lambda k: k, 0, 3)
    assert [next(made) for _ in range(5)] == [0, 1, 2, 3, 4]
    workers = set(threading.enumerate()) - before
    assert len(workers) == 3
    made.close()
    assert not any(worker.is_alive() for worker in workers)


def test_ultrasound_samples_are_enlarged_with_their_flow(shards):
    loaded = Shards({"simulated": [shards]})
    first, second, truth = sample_of(
        "ultrasound", np.random.default_rng(0), (64, 64), shards=loaded
    )
    assert first.shape == second.shape == (64, 64)
    assert truth[..., 0] == pytest.approx(4 / 3, abs=1e-3)


def test_half_of_a_small_shard_is_held_out(shards):
    loaded = Shards({"simulated": [shards]})
    assert len(loaded.kept("simulated")) == 2


def test_refiner_samples_ask_for_what_is_left_of_the_motion(shards):
    loaded = Shards({"simulated": [shards]}, estimates=True)
    rng = np.random.default_rng(0)
    for _ in range(6):
        given, truth = sample(rng, loaded.draw(rng))
        side = CROP // FLOW_STEP
        assert given.shape == (side, side, CHANNELS)
        assert truth.shape == (side, side, 5)
        estimate = given[..., 32:34] * 4.0  # FLOW_UNIT
        assert estimate + truth[..., :2] == pytest.approx(truth[..., 3:5], abs=1e-3)


def test_the_refiner_s_loss_is_least_at_the_truth():
    rng = np.random.default_rng(0)
    truth = np.concatenate(
        [rng.normal(size=(2, 16, 16, 2)), np.ones((2, 16, 16, 1)), rng.normal(size=(2, 16, 16, 2))],
        axis=-1,
    ).astype(np.float32)
    found = np.concatenate([truth[..., :2], np.zeros((2, 16, 16, 3), np.float32)], axis=-1)
    right = float(refiner_loss(truth, found))
    found[..., 0] += 0.5
    assert float(refiner_loss(truth, found)) > right + 0.5


def test_a_stage_is_named_by_what_it_sees_and_how_often():
    stage = Stage(["ultrasound", "small", "ultrasound"], 64, 16, 1, (0, 0))
    assert stage.name == "2 x ultrasound + small, 64 px"
    assert stage.clipped_px == 2
    assert replace(stage, clip_px=6.0).clipped_px == 6


@pytest.mark.slow
def test_a_network_learns_8_pairs_by_heart_and_goes_on_after_a_stop(tmp_path):
    def made(stage, start):
        rng = np.random.default_rng(0)
        first = rng.normal(size=(8, 64, 64, 1)).astype(np.float32)
        shift = np.arange(8) % 4
        second = np.stack([np.roll(a, s, axis=1) for a, s in zip(first, shift, strict=True)])
        truth = np.zeros((8, 64, 64, 3), np.float32)
        truth[..., 0] = shift[:, None, None]
        truth[..., 2] = 1
        while True:
            yield first, second, truth

    def stages(steps):
        return [Stage(["pairs"], 64, 8, steps, (2e-3, 2e-3))]

    options = {"before": {}, "widths": {"sd": 0.1}, "every": 20}
    said, ended = [], []
    train_network("sd", stages(40), made, tmp_path, report=said.append, **options)
    options["after_stage"] = lambda number, stage, network: ended.append((number, stage.name))
    train_network("sd", stages(120), made, tmp_path, report=said.append, **options)
    assert ended == [(0, "pairs, 64 px")]
    # A training that was stopped right after a stage comes by its end once more; of two, the last.
    train_network("sd", stages(120), made, tmp_path, report=said.append, **options)
    assert ended == 2 * [(0, "pairs, 64 px")]
    train_network("sd", stages(40) + stages(80), made, tmp_path, report=said.append, **options)
    assert ended[2:] == [(1, "pairs, 64 px")]
    assert [line.split("step ")[1].split()[0] for line in said][:3] == ["20", "40", "60"]
    losses = [float(line.split("loss ")[1].split()[0]) for line in said]
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.slow
@pytest.mark.parametrize("part", ("c", "sd"))
def test_networks_of_the_published_width_train(part, tmp_path):
    rng = np.random.default_rng(0)
    first = rng.normal(size=(1, 64, 64, 1)).astype(np.float32)
    truth = np.ones((1, 64, 64, 3), np.float32)

    def made(stage, start):
        while True:
            yield first, np.roll(first, 1, axis=(1, 2)), truth

    said = []
    stage = Stage(["pairs"], 64, 1, 2, (1e-4, 1e-4))
    network = train_network(
        part, [stage], made, tmp_path, before={}, widths=PAPER, every=1, report=said.append
    )
    assert network.count_params() > 39e6
    losses = [float(line.split("loss ")[1]) for line in said]
    assert np.isfinite(losses).all() and len(set(losses)) == 2


@pytest.mark.slow
def test_the_refiner_trains_and_leaves_its_weights(shards, tmp_path):
    loaded = Shards({"simulated": [shards]}, estimates=True)
    said = []
    first = train_refiner(loaded, tmp_path, steps=4, batch_size=2, every=2, report=said.append)
    kept = tmp_path / "refiner.weights.h5"
    assert len(said) == 2
    # Another training begins with them; without a step it still has them.
    again = train_refiner(loaded, tmp_path / "again", steps=0, start=str(kept))
    assert all(map(np.array_equal, first.get_weights(), again.get_weights()))
    for path in (tmp_path / "gone.weights.h5", tmp_path / "refiner.history.json"):
        with pytest.raises(StudyError, match=r"start.refiner.* has no weights of the refiner"):
            train_refiner(loaded, tmp_path / "bad", steps=0, start=str(path))


def test_an_estimator_is_measured_in_the_window_of_a_study():
    near = np.zeros((288, 384), bool)
    near[40:232, 100:244] = True  # 192 rows, twice as many in the window
    image = np.full(near.shape, 100, np.uint8)
    flow = np.zeros((72, 96, 2), np.float32)
    flow[..., 0] = 0.01 * np.arange(96) * 4
    pair = {"first": image, "second": image, "near": near, "flow": flow, "wall": flow[..., 0] > 0}

    def estimate(first, second):
        assert first.shape == (384, 288)
        assert (first > 0).mean() > 0.98
        columns = (np.arange(288) + 0.5) / 2 - 0.5 + 100  # of the pair
        motion = np.zeros((384, 288, 2), np.float32)
        motion[..., 0] = 2 * 0.01 * columns
        return Flow(motion, np.ones((384, 288), np.float32))

    ((found, true, wall),) = estimated_pairs(estimate, [pair], 4)
    assert found.shape == true.shape == (48, 36, 2) and wall.all()
    assert found == pytest.approx(true, abs=0.01)


def test_endpoint_rows_tell_ranges_and_shrinkage():
    true = np.array([[0.2, 0.0], [3.0, 0.0], [0.0, 6.0]])
    rows = endpoint_rows("net", "made", [(0.9 * true, true, np.array([True, True, True]))])
    by_range = {row["displacement_px"]: row for row in rows}
    assert by_range["all"]["slope"] == pytest.approx(0.9)
    assert by_range["0 to 0.5"]["endpoint_error_px"] == pytest.approx(0.02)
    assert by_range["4 up"]["places"] == 1
    assert by_range["1 to 2"]["endpoint_error_px"] is None
