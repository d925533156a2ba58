"""What truth.npz of a simulated patient holds, for those who compare with it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from echogls.study import VIEW_SEGMENTS

FIRST_VIEW = "a4c"  # which every simulated patient has
FIELD_STEP = 8  # pixels between the points where the dense velocity, which is smooth, is written


def truth_of_view(arrays: Mapping[str, np.ndarray], view: str) -> dict[str, np.ndarray]:
    """`true_geometry` of one view, out of the arrays of truth.npz; empty if it is not there."""
    prefix = "" if view == FIRST_VIEW else f"{view}/"
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix) and "/" not in name.removeprefix(prefix)
    }


def true_lines(path: Path | None) -> dict[str, dict[str, np.ndarray]]:
    """View -> its arrays of a truth.npz but the dense velocity; empty without a file."""
    if path is None:
        return {}
    with np.load(path, allow_pickle=False) as stored:
        lines = {name: stored[name] for name in stored.files if "velocity" not in name}
    return {view: truth_of_view(lines, view) for view in VIEW_SEGMENTS}
