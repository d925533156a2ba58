"""Run an exported network on the small LiteRT runtime, and find the shipped ones."""

import functools
import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml

from echogls.study import StudyError, nearest


def load_graph(path: Path, threads: int = 2) -> Callable[..., np.ndarray]:
    """Load a .tflite graph as a plain function of its input arrays.

    Parameters
    ----------
    path : the exported graph; fixed input shapes.
    threads : processor threads that one call may use.

    Returns
    -------
    A function from float32 arrays, one an input and shaped as exported, to the
    first output as a float32 array. It carries `input_shape`. Several threads may call it at
    once: each gets an interpreter of its own.
    """
    from ai_edge_litert.interpreter import Interpreter  # 0.1 s, only when a graph is run

    own = threading.local()

    def loaded():
        if not hasattr(own, "interpreter"):
            own.interpreter = Interpreter(model_path=str(path), num_threads=threads)
            own.interpreter.allocate_tensors()
        return own.interpreter

    inputs = sorted(loaded().get_input_details(), key=lambda detail: detail["name"])
    output = loaded().get_output_details()[0]["index"]

    def run(*arrays: np.ndarray) -> np.ndarray:
        interpreter = loaded()
        for detail, array in zip(inputs, arrays, strict=True):
            interpreter.set_tensor(detail["index"], np.ascontiguousarray(array, np.float32))
        interpreter.invoke()
        return interpreter.get_tensor(output)

    run.input_shape = tuple(int(n) for n in inputs[0]["shape"])
    return run


def model_names(models: Path, task: str = "segmentation") -> list[str]:
    """Names of the models for a task that a folder's `models.yaml` lists.

    Parameters
    ----------
    task : what an entry says under `task`; one that says nothing is for segmentation.

    Raises
    ------
    StudyError : there is no such file.
    """
    listed = _listed(models).items()
    return [name for name, facts in listed if facts.get("task", "segmentation") == task]


def trained_on(models: Path, name: str) -> str:
    """What `models.yaml` says a model was trained on."""
    return str(model_facts(models, name).get("trained_on"))


def model_facts(models: Path, name: str) -> dict:
    """What `models.yaml` says of a model: file, sha256, input, task, temperature ...

    Raises
    ------
    StudyError : the name is not listed, or its entry lacks `file` or `sha256`.
    """
    listed = _listed(models)
    if name not in listed:
        raise StudyError(f"model '{name}' is not in models.yaml{nearest(name, listed)}")
    for key in ("file", "sha256"):
        if not isinstance(listed[name].get(key), str):
            raise StudyError(f"models.yaml: '{name}' says no {key}; see workflow/models/README.md")
    return listed[name]


def _listed(models: Path) -> dict[str, dict]:
    """The entries of a folder's `models.yaml`; StudyError for what is none."""
    listing = Path(models) / "models.yaml"
    try:
        listed = _parsed(listing.read_text(encoding="utf-8")) or {}
    except OSError:
        raise StudyError(f"segment.models: '{models}' has no models.yaml") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise StudyError(f"{listing}: not YAML; expected a name with file, sha256 ...") from None
    if not isinstance(listed, dict) or not all(isinstance(one, dict) for one in listed.values()):
        raise StudyError(f"{listing}: expected names of models, each with file, sha256 ...")
    return listed


_parsed = functools.cache(yaml.safe_load)  # asked for a dozen times, which all read it


def shipped_model(models: Path, name: str) -> Path:
    """Path of a shipped graph listed in `models.yaml`, its content checked against the sha256.

    Raises
    ------
    StudyError : the name is not listed, the file is missing, or it is another file.
    """
    facts = model_facts(models, name)
    path = Path(models) / facts["file"]
    if not path.is_file():
        raise StudyError(f"model file {path.name} of '{name}' is missing; restore it from git")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != facts["sha256"]:
        raise StudyError(
            f"model file {path.name} has sha256 {digest[:12]}..., models.yaml says "
            f"{facts['sha256'][:12]}...; restore it from git, or list the new one"
        )
    return path
