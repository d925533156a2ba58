"""One graph on either runtime: the same answers, whichever is there."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from echogls import runtime
from echogls.motion._canvas import MODELS
from echogls.study import StudyError

GRAPH = runtime.shipped_model(MODELS, "refiner")
needs_openvino = pytest.mark.skipif(
    runtime.openvino_runtime() is None, reason="openvino is not installed here"
)


def inputs(count, shape):
    return np.random.default_rng(0).uniform(-1, 1, (count, *shape)).astype(np.float32)


@needs_openvino
def test_both_runtimes_give_the_same_but_for_rounding():
    one, other = (runtime.load_graph(GRAPH, 1, runtime=name) for name in ("litert", "openvino"))
    assert (one.runtime, other.runtime) == ("litert", "openvino")
    assert one.input_shape == other.input_shape
    (given,) = inputs(1, one.input_shape)
    assert np.abs(one(given) - other(given)).max() < 1e-3


@needs_openvino
def test_calls_side_by_side_do_not_mix_what_they_are_given():
    run = runtime.load_graph(GRAPH, 1, runtime="openvino")
    given = inputs(6, run.input_shape)
    expected = [run(array) for array in given]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(run, given))
    for a, b in zip(found, expected, strict=True):
        assert a.tobytes() == b.tobytes()


def test_without_openvino_litert_runs_the_graph(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    run = runtime.load_graph(GRAPH, 1, runtime="openvino")
    assert run.runtime == "litert"
    assert run(*inputs(1, run.input_shape)).shape[0] == 1


@needs_openvino
def test_what_openvino_cannot_run_litert_runs(monkeypatch):
    class NoProcessor:
        def compile_model(self, *_):
            raise RuntimeError("no device CPU")

    monkeypatch.setattr(runtime.openvino_runtime(), "Core", NoProcessor)
    assert runtime.load_graph(GRAPH, 1, runtime="openvino").runtime == "litert"


def test_an_unknown_runtime_is_refused():
    with pytest.raises(StudyError, match="neither 'litert' nor 'openvino'"):
        runtime.load_graph(GRAPH, runtime="tensorrt")


@needs_openvino
def test_nothing_of_openvino_is_loaded_that_reports_its_use(tmp_path):
    code = (
        "import sys; from pathlib import Path; from echogls import runtime\n"
        f"run = runtime.load_graph(Path({str(GRAPH)!r}), runtime='openvino')\n"
        "assert run.runtime == 'openvino'\n"
        "sys.exit(any(name.startswith(('openvino_telemetry', 'openvino.tools')) for name in "
        "sys.modules))"
    )
    environment = os.environ | {"HOME": str(tmp_path)}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )
    assert not list(tmp_path.iterdir())
