"""How good a network is on images with an expert's labels, at their own resolution."""

from collections.abc import Callable

import numpy as np

from echogls.segmentation.overlap import dice, surface_distances
from echogls.segmentation.prediction import predict_labels
from echogls.segmentation.window import Window
from echogls.study import LABELS

COLUMNS = ("patient", "phase", "label", "dice", "mean_absolute_distance_mm", "hausdorff_mm")


def evaluate(
    network: Callable, cases: list[tuple[str, str, np.ndarray, np.ndarray]], spacing_mm: float
) -> list[dict]:
    """Dice and distances for each case and label.

    Parameters
    ----------
    network : as `runtime.load_graph` gives it.
    cases : (patient, phase, (H, W) uint8 image, (H, W) uint8 expert labels).
    spacing_mm : mm per pixel of the images.

    Returns
    -------
    Rows with COLUMNS.
    """
    rows = []
    for patient, phase, image, truth in cases:
        labels = predict_labels(network, image, Window.of_sector(image > 0))
        for name, label in LABELS.items():
            if label:
                a, b = labels == label, truth == label
                mean, largest = surface_distances(a, b, spacing_mm)
                values = (patient, phase, name, dice(a, b), mean, largest)
                rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def summary(rows: list[dict]) -> dict[str, float]:
    """Means by label and phase, and the SD over patients of each patient's mean Dice."""
    result: dict[str, float] = {"images": len({(row["patient"], row["phase"]) for row in rows})}
    for name in (key for key, label in LABELS.items() if label):
        of_label = [row for row in rows if row["label"] == name]
        patients = sorted({row["patient"] for row in of_label})
        per_patient = [
            np.mean([row["dice"] for row in of_label if row["patient"] == patient])
            for patient in patients
        ]
        result[f"{name}_dice"] = float(np.mean(per_patient))
        result[f"{name}_dice_sd"] = float(np.std(per_patient, ddof=1)) if len(patients) > 1 else 0.0
        for phase in sorted({row["phase"] for row in of_label}):
            of_phase = [row for row in of_label if row["phase"] == phase]
            for column in COLUMNS[3:]:
                mean = float(np.nanmean([row[column] for row in of_phase]))
                result[f"{name}_{phase.lower()}_{column}"] = mean
    return result
