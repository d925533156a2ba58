"""What models.yaml says of a trained network: one writer for all of them."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import keras
import yaml

# Of CAMUS, on which the shipped networks are trained, or on images made of it.
LICENCE = "CC BY-NC-SA 4.0"


def write_entry(
    path: Path,
    name: str,
    graph: Path,
    model: keras.Model,
    *,
    task: str,
    shows: str,
    trained_on: str,
    difference: float,
    measured: Mapping[str, float],
    licence: str = LICENCE,
    **facts: float,
) -> dict:
    """Write the entry of a network, ready to go into models.yaml, and return it.

    Parameters
    ----------
    graph : the exported network.
    task : "segmentation", "views" or "motion"; see `runtime.model_names`.
    shows : what goes into the network, in words.
    difference : of the graph's output from that of `model`, as the release measures it.
    measured : how good it is, by name, on data held out.
    facts : what else a study reads of it, such as `temperature`.
    """
    entry = {
        "file": graph.name,
        "sha256": hashlib.sha256(graph.read_bytes()).hexdigest(),
        "task": task,
        "input": shows,
        "trained_on": trained_on,
        "licence": licence,
        "parameters": int(model.count_params()),
        **facts,
        "difference_from_keras": float(f"{difference:.3g}"),
        "measured": {key: round(value, 4) for key, value in measured.items()},
    }
    path.write_text(yaml.safe_dump({name: entry}, sort_keys=False), encoding="utf-8")
    return entry


def grey_input(shape: tuple[int, ...]) -> str:
    """What a network for one grey image (1, H, W, 1) takes, in words."""
    return f"{shape[1]} x {shape[2]} grey, 0..1"
