"""One patient's chosen clips segmented, and what is known of how well."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from echogls import runtime
from echogls.cine import Cine
from echogls.segmentation.clip import Segmentation, segment_clip
from echogls.segmentation.quality import quality_rows, training_row


def segment_patient(
    cines: Mapping[str, Cine],
    chosen: Mapping[str, str],
    *,
    models: Path,
    network: str,
    workers: int = 1,
    drawn: Mapping[str, Mapping[int, np.ndarray]] | None = None,
) -> tuple[dict[str, Segmentation], list[dict]]:
    """Segment the chosen clips.

    Parameters
    ----------
    chosen : clip -> view, of `chosen_clips`.
    models : the folder of models.yaml.
    network : a segmentation model that it lists.
    workers : frames at a time; the result does not depend on it.
    drawn : clip -> frame -> labels drawn by hand, as `segment_clip` takes them.

    Returns
    -------
    Segmentations by clip, and rows of quality.tsv: `view` and quality.COLUMNS.
    """
    graph = runtime.load_graph(runtime.shipped_model(models, network), threads=1)
    data = runtime.trained_on(models, network)
    by_hand = drawn or {}
    segmentations = {
        name: segment_clip(cines[name], graph, workers=workers, drawn=by_hand.get(name))
        for name in chosen
    }
    rows = [
        {"view": view} | row
        for name, view in chosen.items()
        for row in (
            *quality_rows(name, cines[name], segmentations[name]),
            training_row(name, view, data),
        )
    ]
    return segmentations, rows
