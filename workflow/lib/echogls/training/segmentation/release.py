"""From a CAMUS folder to a network that can be shipped: train, export, measure, describe."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import keras
import numpy as np

from echogls import runtime
from echogls.segmentation.square import Square, normalise
from echogls.simulation.streams import labelled_images
from echogls.study import VIEWS, StudyError
from echogls.training import export, own
from echogls.training.cases import SPACING_MM, read_cases, split
from echogls.training.entry import LICENCE, grey_input, write_entry
from echogls.training.segmentation import evaluation, training

# Training images of each kind, by which a graph's 8-bit ranges are set; by judgement.
CALIBRATION = 75
SIMULATED_SIZE = (300, 400)  # rows and columns of simulated training images; by judgement


def train_and_export(
    network: str, data: Path | None, folder: Path, *, settings: dict, start_from: Path | None = None
) -> list[dict]:
    """Train on the folders' training patients and leave what `workflow/models` needs.

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
    if data is not None and not data.is_dir():
        raise StudyError(f"train.camus: '{data}' is no folder; give the folder of CAMUS patients")
    real, held_out, spacings, trained_on = [], [], [], []
    if data is not None:
        train_names, valid_names = split(data)
        real = [pair[2:] for pair in read_cases(data, train_names)]
        held_out = read_cases(data, valid_names)
        spacings = [SPACING_MM] * len(held_out)
        if not real:
            raise StudyError(f"train.camus: no annotated four-chamber images under '{data.name}'")
        trained_on.append(f"CAMUS, apical four-chamber, {len(real)} images")
    for place, view in own.folders(settings.get("data", ())):
        train, valid = own.own_cases(place)
        real += [(case.image, case.labels) for case in train]
        held_out += [(case.patient, case.name, case.image, case.labels) for case in valid]
        spacings += [case.spacing_mm for case in valid]
        trained_on.append(f"own images, {VIEWS[view]}, {len(train)} images")
    if not real:
        raise StudyError("train: neither train.camus nor train.data names a folder to learn from")
    simulated_count = settings.get("simulated", 0)
    stream = labelled_images(settings["seed"], size=SIMULATED_SIZE)
    simulated = list(islice(stream, simulated_count))
    if start_from is not None:
        trained_on.append(f"begun with {Path(start_from).name} (CAMUS)")
    model = training.train(
        network,
        # However many are simulated, half of what the network sees is real, or more.
        training.prepare(real) * max(1, -(-simulated_count // len(real)))
        + training.prepare(simulated),
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
    if simulated_count:
        trained_on.append(f"{simulated_count} simulated images")
    return save_release(
        network,
        model,
        folder,
        held_out=held_out,
        seen=seen,
        trained_on="; ".join(trained_on),
        spacing_mm=spacings,
    )


def save_release(
    network: str,
    model: keras.Model,
    folder: Path,
    *,
    held_out: list,
    seen: list[np.ndarray],
    trained_on: str,
    spacing_mm: Sequence[float | None],
) -> list[dict]:
    """Write weights, graph and the models.yaml entry of a trained network; measure the graph.

    seen : (H, W) uint8 training images, by which the graph's 8-bit ranges are set.
    trained_on : in words, with the views as study.VIEWS names them.
    spacing_mm : of each held-out image.
    """
    model.save_weights(folder / f"{network}.weights.h5")
    graph = folder / f"{network}.tflite"
    side = model.inputs[0].shape[1]
    export.export_graph(model, graph, calibration=_as_seen(seen, side))
    run = runtime.load_graph(graph)
    sample = _as_seen([case[2] for case in held_out[:4]], side)
    rows = evaluation.evaluate(run, held_out, spacing_mm)
    write_entry(
        folder / "entry.yaml",
        network,
        graph,
        model,
        task="segmentation",
        shows=grey_input(run.input_shape),
        trained_on=trained_on,
        # Weights that began with the shipped ones are made of CAMUS, too.
        licence=LICENCE if "CAMUS" in trained_on else "that of what it learnt from",
        difference=export.mean_difference(model, run, sample),
        measured=evaluation.summary(rows),
    )
    return rows


def _as_seen(images: list[np.ndarray], side: int) -> np.ndarray:
    """(N, side, side, 1) float32, what a network sees of (H, W) uint8 images."""
    cut = [Square.of_sector(image > 0).cut(image, side) for image in images]
    return np.stack([normalise(image.astype(np.float32) / 255) for image in cut])[..., None]
