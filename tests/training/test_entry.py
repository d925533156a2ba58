from types import SimpleNamespace

import pytest

pytest.importorskip("keras")

from echogls import runtime
from echogls.training.entry import LICENCE, write_entry


def test_an_entry_is_what_models_yaml_holds(tmp_path):
    (tmp_path / "mine.tflite").write_bytes(b"graph")
    entry = write_entry(
        tmp_path / "models.yaml",
        "mine",
        tmp_path / "mine.tflite",
        SimpleNamespace(count_params=lambda: 12),
        task="views",
        shows="a picture",
        trained_on="9 images",
        difference=0.000123456,
        measured={"f1": 0.98765},
        temperature=1.5,
    )
    assert runtime.model_facts(tmp_path, "mine") == entry
    assert runtime.shipped_model(tmp_path, "mine") == tmp_path / "mine.tflite"
    assert runtime.model_names(tmp_path, "views") == ["mine"]
    assert (entry["difference_from_keras"], entry["measured"]) == (0.000123, {"f1": 0.9877})
    assert (entry["licence"], entry["parameters"], entry["temperature"]) == (LICENCE, 12, 1.5)
