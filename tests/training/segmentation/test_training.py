import json

import numpy as np
import pytest
from horseshoe import horseshoe

keras = pytest.importorskip("keras")

from echogls import runtime  # noqa: E402
from echogls.training import export, learning  # noqa: E402
from echogls.training.segmentation import (  # noqa: E402
    evaluation,
    training,
    unet,
)


def small(name="unet"):
    return unet.build_unet(32, (4, 8), name=name)


@pytest.fixture
def tiny_network(monkeypatch):
    monkeypatch.setitem(unet.BUILDERS, "unet", small)


def pairs(count=4):
    rng = np.random.default_rng(0)
    made = []
    for _ in range(count):
        centre = (48.0 + rng.uniform(-6, 6), 66.0)
        labels = horseshoe(96, centre, 14, 40, 8).argmax(-1).astype(np.uint8)
        grey = np.array([60, 20, 200, 90])[labels] * rng.uniform(0.8, 1.2, labels.shape)
        made.append((grey.astype(np.uint8), labels))
    return training.prepare(made)


def test_paper_s_network_has_five_levels_of_two_convolutions_with_32_to_128_filters():
    model = unet.build_unet()
    assert model.input_shape == (None, 256, 256, 1)
    assert model.output_shape == (None, 256, 256, 4)
    for side in ("down", "up"):
        for level, filters in enumerate(unet.PAPER_FILTERS, start=1):
            for index in (1, 2):
                layer = model.get_layer(f"{side}{level}_conv{index}")
                assert (layer.filters, layer.kernel_size) == (filters, (3, 3))
    assert (unet.PAPER_FILTERS[0], unet.PAPER_FILTERS[-1]) == (32, 128)
    assert len(unet.PAPER_FILTERS) == 5


def test_input_that_cannot_be_halved_often_enough_is_refused():
    with pytest.raises(ValueError, match="multiple of 32"):
        unet.build_unet(100)


def test_dice_loss_is_zero_for_a_perfect_and_near_one_for_a_wrong_answer():
    truth = np.eye(4, dtype=np.float32)[np.arange(4 * 64).reshape(1, 16, 16) % 4]
    assert float(training.dice_loss(truth, truth)) == pytest.approx(0, abs=1e-6)
    assert float(training.dice_loss(truth, np.roll(truth, 1, -1))) > 0.95


def test_network_learns_four_images(tiny_network, tmp_path):
    model = training.train(
        "unet", pairs(), pairs(), tmp_path, steps=150, batch_size=8, every=75,
        learning_rate=0.01, report=lambda line: None,
    )  # fmt: skip
    history = json.loads((tmp_path / "history.json").read_text())
    assert history[-1]["step"] == 150
    assert history[-1]["loss"] < history[0]["loss"] - 0.05
    assert training.mean_dice(model, pairs())["dice_cavity"] > 0.5


def test_learning_rate_rises_and_falls_to_zero_while_images_get_milder():
    rates = [learning.learning_rate(k, 1000, 0.01) for k in range(1000)]
    mild = [training.mild_share(k, 1000) for k in range(1000)]
    assert rates[0] < 0.0002 and rates[-1] < 1e-5
    assert max(rates) == pytest.approx(0.01, rel=0.05)
    assert (np.diff(rates)[:90] > 0).all() and (np.diff(rates)[110:] < 0).all()
    assert mild[0] == 0 and mild[-1] == pytest.approx(training.MILD_SHARE, rel=0.01)


def test_larger_network_starts_from_the_weights_of_a_smaller_one(tiny_network, tmp_path):
    smaller = unet.build_unet(16, (4, 8))
    smaller.save_weights(tmp_path / "smaller.weights.h5")
    model = training.train(
        "unet", pairs(2), [], tmp_path, steps=1, batch_size=2, learning_rate=1e-9,
        start_from=tmp_path / "smaller.weights.h5", report=lambda line: None,
    )  # fmt: skip
    for ours, theirs in zip(model.trainable_weights, smaller.trainable_weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_stopped_training_goes_on_where_it_was(tiny_network, tmp_path, monkeypatch):
    settings = {"batch_size": 2, "every": 4, "report": lambda line: None}
    seen = []
    plain = training.batch
    monkeypatch.setattr(training, "batch", lambda *a, **b: seen.append(a[2]) or plain(*a, **b))
    monkeypatch.setattr(learning, "_checkpoint", _stop_after(learning._checkpoint, 1))
    with pytest.raises(KeyboardInterrupt):
        training.train("unet", pairs(2), [], tmp_path, steps=8, **settings)
    seen.clear()
    monkeypatch.undo()
    monkeypatch.setitem(unet.BUILDERS, "unet", small)
    monkeypatch.setattr(training, "batch", lambda *a, **b: seen.append(a[2]) or plain(*a, **b))
    training.train("unet", pairs(2), [], tmp_path, steps=8, **settings)
    assert sorted(seen) == [4, 5, 6, 7]
    assert [row["step"] for row in json.loads((tmp_path / "history.json").read_text())] == [4, 8]


def _stop_after(checkpoint, count):
    def stop(*arguments, **named):
        checkpoint(*arguments, **named)
        raise KeyboardInterrupt

    return stop


def test_exported_graph_says_what_keras_says(tmp_path):
    model = small()
    export.export_graph(model, tmp_path / "m.tflite")
    run = runtime.load_graph(tmp_path / "m.tflite")
    images = np.random.default_rng(0).random((2, 32, 32, 1), dtype=np.float32)
    assert run.input_shape == (1, 32, 32, 1)
    assert export.largest_difference(model, run, images) < 1e-4


def test_a_graph_of_8_bits_is_smaller_and_says_nearly_the_same(tmp_path):
    model = small()
    images = np.random.default_rng(0).random((8, 32, 32, 1), dtype=np.float32)
    export.export_graph(model, tmp_path / "full.tflite")
    export.export_graph(model, tmp_path / "8_bit.tflite", calibration=images)
    run = runtime.load_graph(tmp_path / "8_bit.tflite")
    assert export.largest_difference(model, run, images[:2]) < 0.1
    sizes = [(tmp_path / name).stat().st_size for name in ("8_bit.tflite", "full.tflite")]
    assert sizes[0] < 0.7 * sizes[1]


def test_a_graph_whose_ranges_are_those_of_each_call_says_nearly_the_same_at_any_scale(tmp_path):
    model = small()
    export.export_graph(model, tmp_path / "full.tflite")
    export.export_graph(model, tmp_path / "8_bit.tflite", eight_bits=True)
    run = runtime.load_graph(tmp_path / "8_bit.tflite")
    images = np.random.default_rng(0).random((2, 32, 32, 1), dtype=np.float32)
    for scale in (0.1, 1, 10):
        assert export.largest_difference(model, run, scale * images) < 0.1
    sizes = [(tmp_path / name).stat().st_size for name in ("8_bit.tflite", "full.tflite")]
    assert sizes[0] < sizes[1]


def test_evaluation_measures_a_perfect_network_as_perfect():
    scores = horseshoe()
    labels = scores.argmax(-1).astype(np.uint8)

    def network(image):
        return scores[None]

    network.input_shape = (1, 256, 256, 1)
    cases = [("p1", phase, np.full((256, 256), 9, np.uint8), labels) for phase in ("ED", "ES")]
    summary = evaluation.summary(evaluation.evaluate(network, cases, 0.5))
    assert summary["images"] == 2
    assert summary["myocardium_dice"] > 0.99
    assert summary["cavity_ed_hausdorff_mm"] < 0.8
