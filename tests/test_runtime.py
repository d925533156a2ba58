import hashlib
from pathlib import Path

import pytest
import yaml

from echogls import runtime
from echogls.study import StudyError

MODELS = Path(__file__).parents[1] / "workflow" / "models"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.tflite").write_bytes(b"graph")
    digest = hashlib.sha256(b"graph").hexdigest()
    listing = {"good": {"file": "a.tflite", "sha256": digest}}
    listing["other"] = {"file": "a.tflite", "sha256": "0" * 64}
    listing["gone"] = {"file": "b.tflite", "sha256": digest}
    listing["sorter"] = {"file": "a.tflite", "sha256": digest, "task": "views", "temperature": 1.5}
    (tmp_path / "models.yaml").write_text(yaml.safe_dump(listing))
    return tmp_path


def test_listed_model_is_found(folder):
    assert runtime.shipped_model(folder, "good") == folder / "a.tflite"
    assert runtime.model_names(folder) == ["gone", "good", "other"]


def test_models_are_listed_by_what_they_are_for(folder):
    assert runtime.model_names(folder, "views") == ["sorter"]
    assert runtime.model_facts(folder, "sorter")["temperature"] == 1.5


@pytest.mark.parametrize(
    ("name", "said"),
    [("other", "sha256"), ("gone", "missing"), ("goof", "did you mean 'good'")],
)
def test_wrong_missing_and_unknown_models_are_refused(folder, name, said):
    with pytest.raises(StudyError, match=said):
        runtime.shipped_model(folder, name)


def test_every_shipped_model_is_there_with_its_card_and_quality():
    listing = yaml.safe_load((MODELS / "models.yaml").read_text())
    assert {"unet", "fast", "views"} <= set(listing)
    for name, entry in listing.items():
        path = runtime.shipped_model(MODELS, name)
        assert path.stat().st_size < 20e6
        assert {"input", "trained_on", "licence", "measured"} <= set(entry)
        assert (MODELS / f"{name}.md").is_file()


def test_importing_the_package_and_its_rooms_loads_no_tensorflow():
    import subprocess
    import sys

    rooms = (
        "cine, cohorts, fusion, motion, runtime, segmentation.clip, strain.patient, views.opinion"
    )
    code = "import sys\n" + "\n".join(f"import echogls.{room.strip()}" for room in rooms.split(","))
    code += "\nsys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
