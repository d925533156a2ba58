"""From a CAMUS folder and the simulator to a classifier that can be shipped: gather, train,
calibrate, export, measure, describe.
"""

from itertools import islice
from pathlib import Path

import numpy as np

from echogls import runtime
from echogls.simulation.streams import view_images
from echogls.study import StudyError
from echogls.training import export, learning
from echogls.training.cases import read_cases, split
from echogls.training.entry import grey_input, write_entry
from echogls.training.views import evaluation, training
from echogls.training.views.examples import (
    Examples,
    drawn_examples,
    gathered,
    network_input,
    rearranged_examples,
)
from echogls.training.views.rearranged import to_common_frame
from echogls.views.opinion import tempered

HELD_OUT_SHARE = 8  # as many times fewer held-out images as training images; by judgement
HELD_OUT_SEED = 1  # added to the seed for what is held out
COUNTED_BY_CONFIG = (
    "simulated",
    "rearranged",
    "drawn",
)  # kinds of images whose number the config says


def train_and_export(data: Path, folder: Path, *, settings: dict) -> list[dict]:
    """Train on the folder's training patients and leave what `workflow/models` needs.

    Parameters
    ----------
    data : CAMUS patients, see segmentation.release.
    folder : receives `views.tflite`, `views.weights.h5`, `entry.yaml` and, while it runs, the
        checkpoint to resume from.
    settings : the config's section `train`.

    Returns
    -------
    Rows of the held-out images, evaluation.COLUMNS.
    """
    if not data.is_dir():
        raise StudyError(f"train.camus: '{data}' is no folder; give the folder of CAMUS patients")
    seed, counts = settings["seed"], settings["views"]
    start_from = _first_weights(counts)
    names, held_out_names = split(data)
    learnt = gather(read_cases(data, names), seed, counts)
    fewer = {kind: max(counts[kind] // HELD_OUT_SHARE, 1) for kind in COUNTED_BY_CONFIG}
    held_out = gather(read_cases(data, held_out_names), seed + HELD_OUT_SEED, fewer)
    model = training.train(
        learnt,
        held_out,
        folder / "state",
        steps=settings["steps"]["views"],
        batch_size=counts["batch_size"],
        learning_rate=settings["learning_rate"]["views"],
        seed=seed,
        precision=settings["precision"],
        start_from=start_from,
    )
    return save_release(model, folder, held_out, training.counts_of(learnt))


def _first_weights(settings: dict) -> Path | None:
    """Weights that the training begins with; None where the config names none."""
    start = settings.get("start")
    shipped = "workflow/models/views.weights.h5"
    return learning.earlier_weights("train.views.start", start, shipped) if start else None


def gather(cases: list, seed: int, counts: dict) -> Examples:
    """Simulated, real, re-arranged and drawn pictures.

    Parameters
    ----------
    cases : of real four-chamber images, see segmentation.release.read_cases.
    seed : of the simulator's stream and of all that is drawn.
    counts : how many of each of MADE.
    """
    pairs = [case[2:] for case in cases]
    hearts = [heart for pair in pairs if (heart := to_common_frame(*pair)) is not None]
    if not hearts:
        raise StudyError("train.camus: no annotated four-chamber images to learn from")
    stream = islice(view_images(seed), counts["simulated"])
    simulated = gathered([(image, view, "simulated") for image, view in stream])
    real = gathered([(image, "a4c", "real") for image, _ in pairs])
    return (
        simulated
        + real
        + rearranged_examples(hearts, counts["rearranged"], seed)
        + drawn_examples(simulated.images, counts["drawn"], seed)
    )


def save_release(model, folder: Path, held_out: Examples, learnt: dict[str, int]) -> list[dict]:
    """Write weights, graph and the models.yaml entry of a trained network; measure the graph.

    learnt : how many images of each kind it has learnt from.
    """
    model.save_weights(folder / "views.weights.h5")
    graph = folder / "views.tflite"
    export.export_graph(model, graph, half_weights=True)
    run = runtime.load_graph(graph)
    inputs = network_input(held_out.images)
    raw = np.stack([run(image[None])[0].copy() for image in inputs])
    temperature = evaluation.fit_temperature(raw, held_out.classes)
    probabilities = tempered(raw, temperature)
    rows = evaluation.image_rows(held_out.sources, held_out.classes, probabilities)
    sample = inputs[:: max(1, len(inputs) // 20)]
    kinds = ", ".join(f"{count} {kind}" for kind, count in learnt.items())
    write_entry(
        folder / "entry.yaml",
        "views",
        graph,
        model,
        task="views",
        shows=grey_input(run.input_shape),
        trained_on=f"{kinds} images; the real ones are of CAMUS",
        difference=export.largest_difference(model, run, sample),
        measured=summary(rows, probabilities, held_out),
        temperature=round(temperature, 3),
    )
    return rows


def summary(rows: list[dict], probabilities: np.ndarray, held_out: Examples) -> dict[str, float]:
    """F1 of four-chamber and accuracy by kind of image, and the expected calibration error."""
    kinds = training.kinds_of(held_out)
    result: dict[str, float] = {"images": len(rows)}
    for kind in dict.fromkeys(kinds):
        of_kind = [row for row, own in zip(rows, kinds, strict=True) if own == kind]
        matrix = evaluation.confusion(
            [row["view"] for row in of_kind], [row["taken_for"] for row in of_kind]
        )
        result[f"{kind}_accuracy"] = float(np.trace(matrix) / matrix.sum())
        if kind in ("simulated", "rearranged"):
            result[f"{kind}_a4c_f1"] = evaluation.f1(matrix)
    bins = evaluation.reliability(probabilities, held_out.classes)
    return result | {"calibration_error": evaluation.calibration_error(bins)}
