from pathlib import Path

import pytest

from echogls import runtime
from echogls.segmentation.quality import training_row

MODELS = Path(__file__).parents[2] / "workflow" / "models"


@pytest.mark.parametrize("network", runtime.model_names(MODELS))
def test_a_view_that_the_network_never_saw_is_said(network):
    data = runtime.trained_on(MODELS, network)
    assert training_row("clip01", "a4c", data)["value"] == 1
    row = training_row("clip01", "a2c", data)
    assert row["value"] == 0 and "four-chamber" in row["note"] and row["flag"] == ""
