import hashlib

import numpy as np
import pytest
import yaml
from hearts import made_heart
from made_camus import made_camus

keras = pytest.importorskip("keras")

from echogls import runtime  # noqa: E402
from echogls.study import VIEWS, StudyError  # noqa: E402
from echogls.training.views import evaluation, release, training  # noqa: E402
from echogls.views import SIZE  # noqa: E402

SETTINGS = {
    "views": {"simulated": 8, "rearranged": 24, "drawn": 8, "batch_size": 4},
    "steps": {"views": 2},
    "learning_rate": {"views": 1e-3},
    "seed": 1,
    "precision": "float32",
}


def small():
    """A stand-in with the same ends as the paper's network, quickly trained."""
    layers = keras.layers
    image = keras.Input((SIZE, SIZE, 1))
    x = layers.AveragePooling2D(16)(image)
    x = layers.Conv2D(len(VIEWS), 3, padding="same")(x)
    return keras.Model(image, layers.Softmax()(layers.GlobalAveragePooling2D()(x)))


@pytest.fixture
def camus(tmp_path):
    """Nine patients with a made heart, the last one for validation."""
    return made_camus(tmp_path / "camus", made_heart)


def test_training_leaves_a_checked_graph_with_its_temperature_and_what_was_measured(
    camus, tmp_path, monkeypatch
):
    monkeypatch.setattr(training, "build_views", small)
    rows = release.train_and_export(camus, tmp_path / "out", settings=SETTINGS)
    assert set(rows[0]) == set(evaluation.COLUMNS)
    assert len(rows) == 2 + 1 + 3 + 1  # two real images, and an eighth of all else
    entry = yaml.safe_load((tmp_path / "out" / "entry.yaml").read_text())["views"]
    graph = tmp_path / "out" / entry["file"]
    assert entry["sha256"] == hashlib.sha256(graph.read_bytes()).hexdigest()
    assert entry["task"] == "views" and entry["temperature"] > 0
    assert "16 real" in entry["trained_on"] and "24 rearranged" in entry["trained_on"]
    assert entry["measured"]["images"] == len(rows)
    assert runtime.load_graph(graph).input_shape == (1, 128, 128, 1)
    assert (tmp_path / "out" / "views.weights.h5").is_file()


def test_a_training_goes_on_from_named_weights(camus, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "build_views", small)
    model = small()
    model.save_weights(tmp_path / "first.weights.h5")
    settings = SETTINGS | {"learning_rate": {"views": 1e-9}}
    settings["views"] = SETTINGS["views"] | {"start": str(tmp_path / "first.weights.h5")}
    release.train_and_export(camus, tmp_path / "out", settings=settings)
    again = small()
    again.load_weights(tmp_path / "out" / "views.weights.h5")
    for one, other in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)

    settings["views"]["start"] = "elsewhere.weights.h5"
    with pytest.raises(StudyError, match="is no file; expected weights"):
        release.train_and_export(camus, tmp_path / "other", settings=settings)


def test_held_out_images_are_others_than_those_learnt_from(camus):
    cases = release.read_cases(camus, ["patient0001"])
    counts = {"simulated": 3, "rearranged": 3, "drawn": 3}
    one, other = (release.gather(cases, seed, counts) for seed in (1, 2))
    simulated = one.sources == "simulated"
    assert (one.images[simulated] != other.images[simulated]).any()


def test_missing_folder_says_which_key_names_it(tmp_path):
    with pytest.raises(StudyError, match=r"train\.camus"):
        release.train_and_export(tmp_path / "none", tmp_path, settings=SETTINGS)
