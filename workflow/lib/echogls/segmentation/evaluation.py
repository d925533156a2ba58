"""How good a network is on images with an expert's labels, at their own resolution."""

from collections.abc import Callable, Sequence

import numpy as np

from echogls.segmentation.contour import clean_labels, most_probable
from echogls.segmentation.overlap import dice, surface_distances
from echogls.segmentation.window import Window, normalise
from echogls.study import LABELS

COLUMNS = ("patient", "phase", "label", "dice", "mean_absolute_distance_mm", "hausdorff_mm")
PHASES = ("ED", "ES")  # of CAMUS; images of one's own have names in their place


def predict_labels(network: Callable, image: np.ndarray, window: Window) -> np.ndarray:
    """(H, W) uint8 grey image -> (H, W) uint8 labels on the same grid, and nothing smoothed."""
    return labels_on_image(label_scores(network, image, window), window)


def label_scores(network: Callable, image: np.ndarray, window: Window) -> np.ndarray:
    """Probabilities (side, side, 4) of one (H, W) uint8 frame, on the network's grid."""
    side = network.input_shape[1]
    grey = normalise(window.cut(image, side).astype(np.float32) / 255)
    return network(grey[None, ..., None])[0]


def labels_on_image(scores: np.ndarray, window: Window) -> np.ndarray:
    """(H, W) uint8 cleaned labels on the image's grid, from scores on the network's."""
    return clean_labels(most_probable(window.paste(scores)))


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
        found = predict_labels(network, image, Window.of_sector(image > 0))
        for name, label in LABELS.items():
            if label:
                a, b = found == label, truth == label
                mean, largest = surface_distances(a, b, spacing or float("nan"))
                values = (patient, phase, name, dice(a, b), mean, largest)
                rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows


def summary(rows: list[dict]) -> dict[str, float]:
    """Means by label and phase, and the SD over patients of each patient's mean Dice."""
    result: dict[str, float] = {"images": len({(row["patient"], row["phase"]) for row in rows})}
    for name in (key for key, label in LABELS.items() if label):
        mine = [row for row in rows if row["label"] == name]
        patients = sorted({row["patient"] for row in mine})
        per_patient = [
            np.mean([row["dice"] for row in mine if row["patient"] == patient])
            for patient in patients
        ]
        result[f"{name}_dice"] = float(np.mean(per_patient))
        result[f"{name}_dice_sd"] = float(np.std(per_patient, ddof=1)) if len(patients) > 1 else 0.0
        for phase in PHASES:
            of_phase = [row for row in mine if row["phase"] == phase]
            for column in COLUMNS[3:]:
                known = [row[column] for row in of_phase if np.isfinite(row[column])]
                if known:
                    result[f"{name}_{phase.lower()}_{column}"] = float(np.mean(known))
    return result
