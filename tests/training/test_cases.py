import json

import numpy as np
import pytest
from made_camus import made_camus

from echogls.training import cases as camus_cases


@pytest.fixture
def camus(tmp_path):
    """Nine patients, the last one for validation."""
    image = np.full((32, 32), 90, np.uint8)
    return made_camus(tmp_path / "camus", lambda _: (image, (image > 0).astype(np.uint8)))


def test_split_follows_the_listing_or_takes_every_ninth(camus):
    assert camus_cases.split(camus)[1] == ["patient0009"]
    listing = {"train": ["patient0001"], "valid": ["patient0002"]}
    (camus / "split.json").write_text(json.dumps(listing))
    assert camus_cases.split(camus) == (["patient0001"], ["patient0002"])


def test_listed_patient_without_a_folder_is_named_and_left_out(camus, capsys):
    cases = camus_cases.read_cases(camus, ["patient0001", "patient0777"])
    assert [(name, phase) for name, phase, *_ in cases] == [
        ("patient0001", "ED"),
        ("patient0001", "ES"),
    ]
    assert "patient0777" in capsys.readouterr().out
