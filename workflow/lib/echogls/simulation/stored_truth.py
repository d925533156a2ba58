"""What truth.npz of a simulated patient holds, for those who compare with it."""

from collections.abc import Mapping

import numpy as np

FIRST_VIEW = "a4c"  # which every simulated patient has
FIELD_STEP = 8  # pixels between the points where the dense velocity is written


def truth_of_view(arrays: Mapping[str, np.ndarray], view: str) -> dict[str, np.ndarray]:
    """`true_geometry` of one view, out of the arrays of truth.npz; empty if it is not there."""
    prefix = "" if view == FIRST_VIEW else f"{view}/"
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix) and "/" not in name.removeprefix(prefix)
    }
