"""A folder as CAMUS has it, of made images: helper of tests, no test itself."""

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np


def made_camus(folder: Path, picture: Callable[[int], tuple[np.ndarray, np.ndarray]]) -> Path:
    """Nine patients, the last one for validation; picture(k) is the image and labels of still k,
    ED and ES of patient n being stills 2 n and 2 n + 1."""
    for number in range(1, 10):
        name = f"patient{number:04d}"
        (folder / name).mkdir(parents=True)
        for still, phase in enumerate(("ED", "ES"), start=2 * number):
            for ending, array in zip(("", "_gt"), picture(still), strict=True):
                file = folder / name / f"{name}_4CH_{phase}{ending}.nii.gz"
                nibabel.save(nibabel.Nifti1Image(array.T, np.diag([0.3, 0.3, 1, 1])), file)
    return folder
