"""From a CAMUS folder to a network that can be shipped: train, export, measure, describe."""

import hashlib
from itertools import islice
from pathlib import Path

import keras
import numpy as np
import yaml

from echogls import runtime
from echogls.segmentation import evaluation
from echogls.segmentation.window import Window, normalise
from echogls.simulation.streams import labelled_images
from echogls.study import StudyError
from echogls.training import export
from echogls.training.cases import SPACING_MM, read_cases, split
from echogls.training.segmentation import training

CALIBRATION = 75  # training images of each kind, by which a graph's 8-bit ranges are set
SIMULATED_SIZE = (300, 400)  # rows and columns of simulated training images


def train_and_export(
    network: str, data: Path, folder: Path, *, settings: dict, start_from: Path | None = None
) -> list[dict]:
    """Train on the folder's training patients and leave what `workflow/models` needs.

    Parameters
    ----------
    network : a key of `unet.BUILDERS`.
    data : CAMUS patients; `split.json` with lists `train` and `valid`, else every
        ninth patient validates.
    folder : receives `{network}.tflite`, `{network}.weights.h5`, `entry.yaml` (what
        to put into models.yaml) and, while it runs, the checkpoint to resume from.
    settings : the config's section `train`.
    start_from : weights of a network with the same layers, to start from.

    Returns
    -------
    The validation rows, `evaluation.COLUMNS`.
    """
    if not data.is_dir():
        raise StudyError(f"train.camus: '{data}' is no folder; give the folder of CAMUS patients")
    train_names, valid_names = split(data)
    real = [pair[2:] for pair in read_cases(data, train_names)]
    held_out = read_cases(data, valid_names)
    if not real:
        raise StudyError(f"train.camus: no annotated four-chamber images under '{data.name}'")
    made = settings.get("simulated", 0)
    simulated = list(islice(labelled_images(settings["seed"], size=SIMULATED_SIZE), made))
    model = training.train(
        network,
        # However many are simulated, half of what the network sees is real, or more.
        training.prepare(real) * max(1, -(-made // len(real))) + training.prepare(simulated),
        training.prepare([case[2:] for case in held_out]),
        folder / "state",
        steps=settings["steps"][network],
        batch_size=settings["batch_size"],
        learning_rate=settings["learning_rate"][network],
        seed=settings["seed"],
        precision=settings["precision"],
        start_from=start_from,
    )
    seen = [
        image
        for kind in (real, simulated)
        for image, _ in kind[:: max(1, len(kind) // CALIBRATION)]
    ]
    return save_release(network, model, folder, held_out, seen, len(real), made)


def save_release(
    network: str,
    model: keras.Model,
    folder: Path,
    held_out: list,
    seen: list[np.ndarray],
    images: int,
    simulated: int = 0,
) -> list[dict]:
    """Write weights, graph and the models.yaml entry of a trained network; measure the graph.

    seen : (H, W) uint8 training images, by which the graph's 8-bit ranges are set.
    """
    model.save_weights(folder / f"{network}.weights.h5")
    graph = folder / f"{network}.tflite"
    side = model.inputs[0].shape[1]
    export.export_graph(model, graph, calibration=_as_seen(seen, side))
    run = runtime.load_graph(graph)
    sample = _as_seen([case[2] for case in held_out[:4]], side)
    rows = evaluation.evaluate(run, held_out, SPACING_MM)
    entry = {
        "file": graph.name,
        "sha256": hashlib.sha256(graph.read_bytes()).hexdigest(),
        "input": f"{run.input_shape[1]} x {run.input_shape[2]} grey, 0..1",
        "trained_on": f"CAMUS, apical four-chamber, {images} images"
        + (f"; {simulated} simulated images" if simulated else ""),
        "licence": "CC BY-NC-SA 4.0",
        "difference_from_keras": round(export.mean_difference(model, run, sample), 5),
        "measured": {key: round(value, 4) for key, value in evaluation.summary(rows).items()},
    }
    (folder / "entry.yaml").write_text(yaml.safe_dump({network: entry}, sort_keys=False))
    return rows


def _as_seen(images: list[np.ndarray], side: int) -> np.ndarray:
    """(N, side, side, 1) float32, what a network sees of (H, W) uint8 images."""
    cut = [Window.of_sector(image > 0).cut(image, side) for image in images]
    return np.stack([normalise(image.astype(np.float32) / 255) for image in cut])[..., None]
