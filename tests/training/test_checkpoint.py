"""A checkpoint that a training goes on from is read as data."""

import json

import pytest


@pytest.mark.slow
def test_a_checkpoint_that_brings_code_is_refused(tmp_path):
    keras = pytest.importorskip("keras")
    from echogls.training import learning

    marker = tmp_path / "it ran"
    place = str(marker)  # Keras saves what a function encloses, if it is text
    layer = keras.layers.Lambda(lambda x: (open(place, "w").close(), x)[1], output_shape=(1,))
    keras.Sequential([keras.Input((1,)), layer]).save(tmp_path / "checkpoint.keras")
    (tmp_path / "history.json").write_text(json.dumps([]))
    marker.unlink(missing_ok=True)
    with pytest.raises(ValueError, match=r"safe_mode|unsafe|lambda"):
        learning._resume(lambda: None, tmp_path, None, "mse")
    assert not marker.exists()
