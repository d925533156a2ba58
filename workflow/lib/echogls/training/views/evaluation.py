"""How good the classifier is and how well its probabilities can be believed."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from echogls.study import VIEWS
from echogls.views.opinion import tempered

NAMES = tuple(VIEWS)
COLUMNS = ("source", "view", "taken_for", *(f"probability_{view}" for view in NAMES))
BIN_COLUMNS = ("low", "high", "n", "confidence", "accuracy")
BINS = 10  # of a reliability curve; by judgement: narrower ones would hold too few images
# Tried ones, 2.4 % apart, from much too unsure to much too sure a network.
TEMPERATURES = np.exp(np.linspace(np.log(0.3), np.log(5.0), 120))


def image_rows(
    sources: Sequence[str], classes: np.ndarray, probabilities: np.ndarray
) -> list[dict]:
    """One row an image, with COLUMNS.

    Parameters
    ----------
    sources : (N,) where each image comes from.
    classes : (N,) index of study.VIEWS that it shows.
    probabilities : (N, 8) calibrated.
    """
    return [
        {"source": str(source), "view": NAMES[truth], "taken_for": NAMES[int(of_image.argmax())]}
        | {f"probability_{name}": float(p) for name, p in zip(NAMES, of_image, strict=True)}
        for source, truth, of_image in zip(sources, classes, probabilities, strict=True)
    ]


def confusion(truth: Sequence[str], taken_for: Sequence[str]) -> np.ndarray:
    """(8, 8) counts, a row the view that is shown and a column what it is taken for."""
    matrix = np.zeros((len(NAMES), len(NAMES)), int)
    for one, other in zip(truth, taken_for, strict=True):
        matrix[NAMES.index(one), NAMES.index(other)] += 1
    return matrix


def f1(matrix: np.ndarray, view: str = "a4c") -> float:
    """Harmonic mean of precision and recall of a view; NaN where it neither is nor is said.

    >>> f1(np.diag([3, 1, 0, 0, 0, 0, 0, 4]))
    1.0
    """
    k = NAMES.index(view)
    taken_and_shown = matrix[k].sum() + matrix[:, k].sum()
    return float(2 * matrix[k, k] / taken_and_shown) if taken_and_shown else float("nan")


def fit_temperature(probabilities: np.ndarray, classes: np.ndarray) -> float:
    """The temperature that makes the true classes most likely (Guo et al. 2017), of TEMPERATURES.

    Parameters
    ----------
    probabilities : (N, 8) as the network gives them.
    classes : (N,) the true ones.
    """
    place = np.arange(len(classes))

    def surprise(temperature):
        likelihood = tempered(probabilities, temperature)[place, classes]
        return -np.log(np.maximum(likelihood, 1e-12)).mean()

    return float(min(TEMPERATURES, key=surprise))


def reliability(probabilities: np.ndarray, classes: np.ndarray) -> list[dict]:
    """Rows with BIN_COLUMNS: how often the most probable view is right, by its probability."""
    sure, right = probabilities.max(-1), probabilities.argmax(-1) == classes
    edges = np.linspace(0, 1, BINS + 1)
    rows = []
    for low, high in pairwise(edges):
        here = (sure > low) & (sure <= high)
        row = {"low": float(low), "high": float(high), "n": int(here.sum())}
        if here.any():
            row |= {"confidence": float(sure[here].mean()), "accuracy": float(right[here].mean())}
        rows.append(row)
    return rows


def calibration_error(bins: Sequence[dict]) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over the images."""
    filled = [row for row in bins if row["n"]]
    total = sum(row["n"] for row in filled)
    return sum(row["n"] * abs(row["confidence"] - row["accuracy"]) for row in filled) / total
