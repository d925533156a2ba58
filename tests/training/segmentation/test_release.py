import hashlib

import numpy as np
import pytest
import yaml
from horseshoe import horseshoe
from made_camus import made_camus
from PIL import Image

pytest.importorskip("keras")

from echogls import runtime
from echogls.study import StudyError
from echogls.training.segmentation import evaluation, release, unet

SETTINGS = {
    "steps": {"unet": 2},
    "batch_size": 2,
    "learning_rate": {"unet": 1e-3},
    "seed": 1,
    "precision": "float32",
}


@pytest.fixture
def camus(tmp_path):
    """Nine patients with a made ventricle, the last one for validation."""
    labels = horseshoe(96, (48.0, 66.0), 14, 40, 8).argmax(-1).astype(np.uint8)
    image = np.array([60, 20, 200, 90], np.uint8)[labels]
    return made_camus(tmp_path / "camus", lambda _: (image, labels))


def test_training_leaves_a_checked_graph_weights_and_what_was_measured(
    camus, tmp_path, monkeypatch
):
    monkeypatch.setitem(unet.BUILDERS, "unet", lambda: unet.build_unet(32, (4, 8)))
    rows = release.train_and_export("unet", camus, tmp_path / "out", settings=SETTINGS)
    assert {row["patient"] for row in rows} == {"patient0009"}
    assert set(rows[0]) == set(evaluation.COLUMNS)
    entry = yaml.safe_load((tmp_path / "out" / "entry.yaml").read_text())["unet"]
    graph = tmp_path / "out" / entry["file"]
    assert entry["sha256"] == hashlib.sha256(graph.read_bytes()).hexdigest()
    assert "16 images" in entry["trained_on"]
    assert entry["difference_from_keras"] < 0.01
    assert entry["measured"]["images"] == 2
    assert runtime.load_graph(graph).input_shape == (1, 32, 32, 1)
    assert (tmp_path / "out" / "unet.weights.h5").is_file()


def test_missing_folder_says_which_key_names_it(tmp_path):
    with pytest.raises(StudyError, match=r"train\.camus"):
        release.train_and_export("unet", tmp_path / "none", tmp_path, settings=SETTINGS)


def test_own_images_alone_train_a_network_that_begins_with_earlier_weights(tmp_path, monkeypatch):
    monkeypatch.setitem(unet.BUILDERS, "unet", lambda: unet.build_unet(32, (4, 8)))
    labels = horseshoe(96, (48.0, 66.0), 14, 40, 8).argmax(-1).astype(np.uint8)
    image = np.array([60, 20, 200, 90], np.uint8)[labels]
    for name in ("p1_a", "p2_a", "p2_b"):
        (tmp_path / "own").mkdir(exist_ok=True)
        Image.fromarray(image).save(tmp_path / "own" / f"{name}.png")
        Image.fromarray(labels).save(tmp_path / "own" / f"{name}_gt.png")
    start = tmp_path / "start.weights.h5"
    unet.build_unet(32, (4, 8)).save_weights(start)
    own = SETTINGS | {"data": [{"folder": str(tmp_path / "own"), "view": "a2c"}]}
    rows = release.train_and_export("unet", None, tmp_path / "out", settings=own, start_from=start)
    assert {row["patient"] for row in rows} == {"p2"}
    assert all(np.isnan(row["hausdorff_mm"]) for row in rows)  # the pictures know no spacing
    entry = yaml.safe_load((tmp_path / "out" / "entry.yaml").read_text())["unet"]
    assert entry["trained_on"].startswith("own images, apical two-chamber, 1 images")
    assert "begun with start.weights.h5" in entry["trained_on"]
    assert entry["measured"]["images"] == 2 and "cavity_dice" in entry["measured"]
    with pytest.raises(StudyError, match="neither"):
        release.train_and_export("unet", None, tmp_path / "none", settings=SETTINGS)
