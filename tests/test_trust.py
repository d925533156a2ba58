"""Files of models and results are data: none can bring code, and a changed network is refused."""

import ast
import shutil
from pathlib import Path

import numpy as np
import pytest

from echogls import cine, runtime
from echogls.places import MODELS
from echogls.segmentation.patient import segment_patient
from echogls.study import StudyError
from echogls.views.patient import classify_patient

ROOT = Path(__file__).parents[1]
CODE = [*ROOT.glob("workflow/**/*.py"), *ROOT.glob("benchmarks/*.py"), *ROOT.glob("docs/*.py")]
# What makes objects, or runs code, out of a file.
FORBIDDEN = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "torch"}
RUNS_CODE = {"eval", "exec", "compile", "__import__"}
UNSAFE_YAML = {"load", "unsafe_load", "full_load", "load_all"}


def calls():
    """(file, the words before the bracket, the node) of every call in the code."""
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path.name, ast.unparse(node.func), node


def keywords(node):
    return {word.arg: ast.unparse(word.value) for word in node.keywords}


def test_nothing_that_is_read_can_bring_code():
    wrong = []
    arrays = checkpoints = 0
    for file, name, node in calls():
        if name in ("np.load", "numpy.load"):
            arrays += 1
            wrong += [file] * (keywords(node).get("allow_pickle") != "False")
        if name.endswith("saving.load_model"):
            checkpoints += 1
            wrong += [file] * (keywords(node).get("safe_mode") != "True")
        wrong += [(file, name)] * (name in RUNS_CODE)
        wrong += [(file, name)] * (name.startswith("yaml.") and name[5:] in UNSAFE_YAML)
    assert not wrong and arrays > 5 and checkpoints == 1


def test_no_module_that_unpickles_is_imported():
    names = [
        (path.name, alias.name)
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in ([*node.names, ast.alias(getattr(node, "module", None) or "")])
    ]
    assert len(names) > 1000
    assert not [(file, name) for file, name in names if name.split(".")[0] in FORBIDDEN]


def test_every_graph_that_is_loaded_for_a_study_was_compared_with_its_digest():
    loads = [
        node
        for path in ROOT.glob("workflow/lib/echogls/**/*.py")
        if "training" not in path.parts and path.name != "runtime.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("load_graph")
    ]
    assert len(loads) >= 3
    for node in loads:
        assert ast.unparse(node.args[0].func).endswith("shipped_model")


class Bomb:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (Path.touch, (self.marker,))


def test_an_object_in_an_array_file_is_not_made(tmp_path):
    marker = tmp_path / "it ran"
    bomb = np.array([Bomb(marker)], dtype=object)
    np.savez(tmp_path / "cines.npz", **{"clip01/frames": bomb, "clip01/facts": bomb})
    with pytest.raises(ValueError, match="allow_pickle"):
        dict(cine.load_cines(tmp_path / "cines.npz"))  # an array is read when it is asked for
    assert not marker.exists()


@pytest.fixture
def changed_models(tmp_path):
    """The shipped models with one bit of each graph turned."""
    models = tmp_path / "models"
    models.mkdir()
    shutil.copy(MODELS / "models.yaml", models)
    for graph in MODELS.glob("*.tflite"):
        content = bytearray(graph.read_bytes())
        content[len(content) // 2] ^= 1
        (models / graph.name).write_bytes(content)
    return models


@pytest.mark.parametrize("name", ["fast", "unet", "views", "refiner", "flownet2"])
def test_one_changed_bit_is_refused(changed_models, name):
    with pytest.raises(StudyError, match=r"has sha256 .*models\.yaml says"):
        runtime.shipped_model(changed_models, name)


def test_the_stages_refuse_it_before_they_begin(changed_models):
    with pytest.raises(StudyError, match="sha256"):
        segment_patient({}, {}, models=changed_models, network="fast")
    settings = {"network": "views", "segmentation": "fast", "threshold": 0.5}
    with pytest.raises(StudyError, match="sha256"):
        classify_patient([], {}, models=changed_models, settings=settings, wanted=["a4c"])


@pytest.mark.parametrize(
    "listing",
    ["fast: 3", "- fast", "fast: {file: fast.tflite}", "fast: {sha256: ab}", "fast: [", "a: !!x 1"],
)
def test_a_listing_that_is_none_is_said(tmp_path, listing):
    (tmp_path / "models.yaml").write_text(listing)
    with pytest.raises(StudyError, match=r"models\.yaml"):
        runtime.shipped_model(tmp_path, "fast")
