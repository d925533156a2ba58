"""Trained flow networks -> graphs that can be shipped, with what was measured of them."""

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np
from keras.ops import convert_to_numpy

from echogls import motion, runtime
from echogls.files import whole_file
from echogls.motion import flownet2
from echogls.motion import refiner as refiner_estimator
from echogls.study import StudyError
from echogls.training import learning
from echogls.training.entry import write_entry
from echogls.training.export import export_graph
from echogls.training.flownet.batches import batches, folder_files
from echogls.training.flownet.evaluation import endpoint_rows, estimated_pairs
from echogls.training.flownet.refiner import build_refiner
from echogls.training.flownet.refiner_training import train_refiner
from echogls.training.flownet.shards import Shards
from echogls.training.flownet.stack import NETWORKS, SIZE, build_network, build_stack, flow_after
from echogls.training.flownet.training import Stage, at_size, train_network
from echogls.training.flownet.ultrasound import FLOW_STEP

BEGINS_AS = {"s2": "s1"}  # the same layers on the same kind of input
SHOWS = {
    "refiner": "evidence at every fourth pixel of the window (motion/refiner.py)",
    "flownet2": "two masked images on 384 x 320 pixels, in units of their own mean and deviation",
}
KINDS = {
    "simulated": "simulated pairs",
    "real_texture": "real texture of CAMUS training images carried by known motion",
}
# Held-out pairs of each kind on which each stage is measured: enough to see that it learns, in
# seconds.
AFTER_STAGE_PAIRS = 20
COMPARED_PAIRS = 20  # of each kind, on which a graph is compared with Keras


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
        start=settings["start"]["refiner"],
        seed=settings["seed"],
        report=report,
    )
    rows, columns = (n // refiner_estimator.STRIDE for n in refiner_estimator.SHAPE)
    whole = build_refiner((rows, columns))
    whole.set_weights(model.get_weights())
    return _release(
        "refiner",
        whole,
        folder=folder,
        loaded=loaded,
        shards=shards,
        settings=settings,
        report=report,
    )


def release_stack(
    shards: Mapping[str, list[Path]], folder: Path, settings: dict, report: Callable = print
) -> list[dict]:
    """Train the stack network by network, export `flownet2.tflite`, measure it: rows as above."""
    loaded = Shards(shards)
    sources = {"shards": loaded, "folders": folder_files(settings["folders"])}
    widths, seed = settings["widths"], settings["seed"]
    trained: dict[str, keras.Model] = {}
    # Kept on disk: a training that goes on does not come by the stages that have ended.
    measured = Path(folder) / "flownet2.stages.json"
    staged: dict[str, list] = json.loads(measured.read_text()) if measured.exists() else {}

    def feed(stage, start):
        return batches(stage.data, seed, start, stage.crop, stage.batch_size, sources=sources)

    for part in NETWORKS:

        def measure_stage(number, stage, network, part=part):
            if (key := f"{part} {number}") in staged:
                return
            name = f"{part} after {stage.name}"
            staged[key] = _part_rows(
                name,
                part,
                networks=trained | {part: network},
                widths=widths,
                loaded=loaded,
                kinds=shards,
            )
            with whole_file(measured, "w") as stream:
                json.dump(staged, stream, indent=1)

        keras.utils.set_random_seed(seed)
        trained[part] = train_network(
            part,
            [Stage(**stage) for stage in settings["curriculum"][part]],
            feed,
            folder,
            before=dict(trained),
            start=begun(Path(settings["start"]["flownet2"]), part, widths)
            if settings["start"]["flownet2"]
            else trained.get(BEGINS_AS.get(part, "")),
            widths=widths,
            report=report,
            after_stage=measure_stage,
        )
    whole = {part: at_size(part, network, SIZE, widths) for part, network in trained.items()}
    stack = build_stack(SIZE, widths, whole)
    keep_weights(Path(folder) / "flownet2.weights.npz", trained, half=settings["half_weights"])
    rows = [row for measured_rows in staged.values() for row in measured_rows]
    return rows + _release(
        "flownet2",
        stack,
        folder=folder,
        loaded=loaded,
        shards=shards,
        settings=settings,
        report=report,
    )


def keep_weights(path: Path, networks: Mapping[str, keras.Model], *, half: bool) -> None:
    """Weights of the stack's networks for `begun`, in 16 bits if `half`, as in the graph."""
    kind = np.float16 if half else np.float32
    arrays = {
        f"{part}/{k}": array.astype(kind)
        for part, network in networks.items()
        for k, array in enumerate(network.get_weights())
    }
    np.savez_compressed(path, **arrays)


def begun(path: Path, part: str, widths: Mapping[str, float]) -> keras.Model:
    """A network of the stack with the weights of an earlier training.

    path : npz with arrays `{part}/{k}`, the k-th of the network's weights (`keep_weights`).

    Raises StudyError if there is no such file, or it is of networks of other widths.
    """
    shipped = "workflow/models/flownet2.weights.npz"
    learning.earlier_weights("train_flow.start.flownet2", path, shipped)
    network = build_network(part, (64, 64), widths)
    try:
        with np.load(path, allow_pickle=False) as kept:
            values = [
                kept[name] for k in range(len(network.weights)) if (name := f"{part}/{k}") in kept
            ]
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise StudyError(
            f"train_flow.start.flownet2: '{path}' has no weights of the stack; expected such as "
            f"{shipped} ({error})"
        ) from error
    shapes = [tuple(weight.shape) for weight in network.weights]
    if [value.shape for value in values] != shapes:
        raise StudyError(
            f"train_flow.start.flownet2: the weights of '{part}' in {path.name} are not "
            f"those of a network of width {widths[part]:g}; name weights of that "
            "width, or set train_flow.widths"
        )
    network.set_weights(values)
    return network


def _part_rows(name, part, *, networks, widths, loaded, kinds):
    """End-point errors of what a network of the stack gives with those before it."""
    whole = {other: at_size(other, network, SIZE, widths) for other, network in networks.items()}
    images = [keras.Input((*SIZE, 1), name=image) for image in ("first", "second")]
    model = keras.Model(images, flow_after(part, images, whole))
    run = functools.partial(model, training=False)

    def estimate(first, second):
        return flownet2.estimate(
            first, second, network=lambda *pair: convert_to_numpy(run(list(pair)))
        )

    rows = []
    for kind in kinds:
        kept = loaded.kept(kind)[:AFTER_STAGE_PAIRS]
        rows += endpoint_rows(name, kind, estimated_pairs(estimate, kept, FLOW_STEP))
    return rows


def _release(name, model, *, folder, loaded, shards, settings, report):
    folder = Path(folder)
    graph = folder / f"{name}.tflite"
    if settings["half_weights"]:  # what is released are these weights, in Keras as in the graph
        model.set_weights([array.astype(np.float16) for array in model.get_weights()])
    export_graph(model, graph, eight_bits=True)
    run = runtime.load_graph(graph)
    kept = [pair for kind in shards for pair in loaded.kept(kind)[:COMPARED_PAIRS]]
    difference = _difference(name, model, run, kept)
    rows = measure(motion.estimator(name).estimate, name, loaded, shards, run)
    entry = write_entry(
        folder / f"{name}.entry.yaml",
        name,
        graph,
        model,
        task="motion",
        shows=SHOWS[name],
        trained_on=f"{' and '.join(KINDS[kind] for kind in shards)} (train_flow)",
        difference=difference,
        measured=summary(name, rows),
    )
    report(f"{name}: {entry['parameters']} parameters, graph differs by {difference:.2g}")
    return rows


def _difference(name, model, run, pairs):
    """Root mean square over the wall of how far motion by a graph and by Keras lie apart, pixels of
    the window."""

    def keras_run(*inputs):
        return convert_to_numpy(model(list(inputs) if len(inputs) > 1 else inputs[0]))

    estimator = motion.estimator(name)
    around = getattr(estimator, "AROUND", False)
    by_graph, by_keras = (
        estimated_pairs(
            functools.partial(estimator.estimate, network=network), pairs, FLOW_STEP, around=around
        )
        for network in (run, keras_run)
    )
    apart = [
        (one - other)[wall]
        for (one, _, wall), (other, _, _) in zip(by_graph, by_keras, strict=True)
    ]
    return float(np.sqrt(np.mean(np.concatenate(apart) ** 2)))


def summary(name: str, rows: list[dict]) -> dict[str, float]:
    """End-point error and slope of one network over all displacements, by kind of pair."""
    means = {}
    for row in rows:
        if row["network"] == name and row["displacement_px"] == "all":
            means[f"{row['data']}_endpoint_error_px"] = round(row["endpoint_error_px"], 4)
            means[f"{row['data']}_slope"] = round(row["slope"], 4)
    return means


def measure(estimate, name, loaded, kinds, run) -> list[dict]:
    """Rows of `evaluation.COLUMNS` of a graph, beside those of `dis`, on pairs held out."""
    rows = []
    for kind in kinds:
        kept = loaded.kept(kind)
        for estimator, function in (
            (name, functools.partial(estimate, network=run)),
            ("dis", motion.estimator("dis").estimate),
        ):
            around = getattr(motion.estimator(estimator), "AROUND", False)
            estimates = estimated_pairs(function, kept, FLOW_STEP, around=around)
            rows += endpoint_rows(estimator, kind, estimates)
    return rows


def learning_curves(folder: Path) -> list[dict]:
    """Step and loss of every network trained in a folder, in order."""
    rows = []
    for path in sorted(Path(folder).glob("*.history.json")):
        rows += json.loads(path.read_text())
    return rows
