"""How good a network is on images with an expert's labels, at their own resolution."""

from collections.abc import Callable, Sequence

import numpy as np

from echogls.segmentation.overlap import dice, surface_distances
from echogls.segmentation.prediction import predict_labels
from echogls.segmentation.square import Square
from echogls.study import LABELS

COLUMNS = ("patient", "phase", "label", "dice", "mean_absolute_distance_mm", "hausdorff_mm")
PHASES = ("ED", "ES")  # of CAMUS; images of one's own have names in their place


def evaluate(
    network: Callable,
    cases: list[tuple[str, str, np.ndarray, np.ndarray]],
    spacing_mm: float | Sequence[float | None],
) -> list[dict]:
    """Dice and distances for each case and label.

    Parameters
    ----------
    network : as `runtime.load_graph` gives it.
    cases : (patient, phase, (H, W) uint8 image, (H, W) uint8 expert labels).
    spacing_mm : mm per pixel of the images, or of each; None: unknown, then distances are NaN.

    Returns
    -------
    Rows with COLUMNS.
    """
    rows = []
    spacings = spacing_mm if isinstance(spacing_mm, Sequence) else [spacing_mm] * len(cases)
    for (patient, phase, image, truth), spacing in zip(cases, spacings, strict=True):
        labels = predict_labels(network, image, Square.of_sector(image > 0))
        for name, label in LABELS.items():
            if label:
                a, b = labels == label, truth == label
                mean, largest = surface_distances(a, b, spacing or float("nan"))
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
        for phase in PHASES:
            of_phase = [row for row in of_label if row["phase"] == phase]
            for column in COLUMNS[3:]:
                finite = [row[column] for row in of_phase if np.isfinite(row[column])]
                if finite:
                    result[f"{name}_{phase.lower()}_{column}"] = float(np.mean(finite))
    return result
