"""Trained flow networks -> graphs that can be shipped, with what was measured of them."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np
import yaml

from echogls import motion, runtime
from echogls.flownet.batches import batches, folder_files
from echogls.flownet.evaluation import endpoint_rows, estimated_pairs
from echogls.flownet.refiner import build_refiner
from echogls.flownet.refiner_training import train_refiner
from echogls.flownet.shards import Shards
from echogls.flownet.stack import NETWORKS, SIZE, build_network, build_stack
from echogls.flownet.training import train_network
from echogls.flownet.ultrasound import FLOW_STEP
from echogls.motion import refiner as refiner_estimator
from echogls.segmentation.export import export_graph

# Data of each network's stages, in order (Ilg et al. 2017, sections 3 and 5; ours is the last).
STAGES = {
    "c": ("chairs", "things", "ultrasound"),
    "s1": ("chairs", "things", "ultrasound"),
    "s2": ("chairs", "things", "ultrasound"),
    "sd": ("chairs", "small", "ultrasound"),
    "fusion": ("small", "ultrasound"),
}


def release_refiner(
    shards: Mapping[str, list[Path]], folder: Path, settings: dict, report: Callable = print
) -> list[dict]:
    """Train the refiner, export `refiner.tflite`, measure it: rows of `evaluation.COLUMNS`."""
    loaded = Shards(shards, estimates=True)
    model = train_refiner(
        loaded,
        folder,
        steps=settings["refiner_steps"],
        learning_rate=settings["refiner_learning_rate"],
        seed=settings["seed"],
        report=report,
    )
    rows, columns = (n // refiner_estimator.STRIDE for n in refiner_estimator.SHAPE)
    whole = build_refiner((rows, columns))
    whole.set_weights(model.get_weights())
    sample = np.zeros((1, rows, columns, refiner_estimator.CHANNELS), np.float32)
    sample[..., :25] = np.random.default_rng(0).uniform(-1, 1, (1, rows, columns, 25))
    return _release("refiner", whole, [sample], folder, loaded, shards, settings, report)


def release_stack(
    shards: Mapping[str, list[Path]], folder: Path, settings: dict, report: Callable = print
) -> list[dict]:
    """Train the stack network by network, export `flownet2.tflite`, measure it: rows as above."""
    loaded = Shards(shards)
    sources = {"shards": loaded, "folders": folder_files(settings["folders"])}
    side, width = settings["crop"], settings["width"]
    trained: dict[str, keras.Model] = {}
    for part in NETWORKS:
        stages = [(data, settings["steps"][data]) for data in STAGES[part]]
        trained[part] = train_network(
            part,
            stages,
            lambda data, start: batches(
                data,
                settings["seed"],
                start,
                (side, side),
                settings["batch_size"],
                sources=sources,
            ),
            folder,
            before=dict(trained),
            size=(side, side),
            width=width,
            learning_rate=settings["learning_rate"],
            report=report,
        )
    whole = {part: build_network(part, SIZE, width) for part in NETWORKS}
    for part, network in whole.items():
        network.set_weights(trained[part].get_weights())
    stack = build_stack(SIZE, width, whole)
    stack.save_weights(Path(folder) / "flownet2.weights.h5")
    pair = np.random.default_rng(0).normal(size=(2, 1, *SIZE, 1)).astype(np.float32)
    return _release("flownet2", stack, list(pair), folder, loaded, shards, settings, report)


def _release(name, model, sample, folder, loaded, shards, settings, report):
    folder = Path(folder)
    graph = folder / f"{name}.tflite"
    export_graph(model, graph, half_weights=settings["half_weights"])
    run = runtime.load_graph(graph)
    expected = model(sample if len(sample) > 1 else sample[0], training=False)
    difference = float(np.abs(np.asarray(expected) - run(*sample)).max())
    rows = measure(motion.estimator(name).estimate, name, loaded, shards, run)
    entry = {
        "file": graph.name,
        "sha256": hashlib.sha256(graph.read_bytes()).hexdigest(),
        "task": "motion",
        "parameters": int(model.count_params()),
        "difference_from_keras": difference,
        "measured": summary(name, rows),
    }
    (folder / f"{name}.entry.yaml").write_text(yaml.safe_dump({name: entry}, sort_keys=False))
    report(f"{name}: {entry['parameters']} parameters, graph differs by {difference:.2g}")
    return rows


def summary(name: str, rows: list[dict]) -> dict[str, float]:
    """End-point error and slope of one network over all displacements, by kind of pair."""
    found = {}
    for row in rows:
        if row["network"] == name and row["displacement_px"] == "all":
            found[f"{row['data']}_endpoint_error_px"] = round(row["endpoint_error_px"], 4)
            found[f"{row['data']}_slope"] = round(row["slope"], 4)
    return found


def measure(estimate, name, loaded, kinds, run) -> list[dict]:
    """Rows of `evaluation.COLUMNS` of a graph, beside those of `dis`, on pairs held out."""
    rows = []
    for kind in kinds:
        kept = loaded.kept(kind)
        for estimator, function in (
            (name, lambda a, b: estimate(a, b, network=run)),
            ("dis", motion.estimator("dis").estimate),
        ):
            rows += endpoint_rows(estimator, kind, estimated_pairs(function, kept, FLOW_STEP))
    return rows


def learning_curves(folder: Path) -> list[dict]:
    """Step and loss of every network trained in a folder, in order."""
    rows = []
    for path in sorted(Path(folder).glob("*.history.json")):
        rows += json.loads(path.read_text())
    return rows
