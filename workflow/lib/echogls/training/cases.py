"""Which images of a CAMUS folder the networks learn from, and which they are measured on."""

import json
from pathlib import Path

import numpy as np

from echogls.cohorts import camus

SPACING_MM = 0.308  # of CAMUS images, as the files of the NIfTI release state it
EVERY = 9  # one of so many patients validates, where split.json says nothing: 50 of 450 of CAMUS


def split(data: Path) -> tuple[list[str], list[str]]:
    """Training and validation patients of a CAMUS folder."""
    listed = data / "split.json"
    if listed.is_file():
        names = json.loads(listed.read_text())
        return names["train"], names["valid"]
    names = sorted(path.name for path in data.iterdir() if path.is_dir())
    valid = names[EVERY - 1 :: EVERY]
    return [name for name in names if name not in valid], valid


def read_cases(data: Path, names: list[str]) -> list[tuple[str, str, np.ndarray, np.ndarray]]:
    """(patient, phase, image, labels) of every annotated ED and ES image; a patient
    without a folder is named in the log and left out."""
    cases = []
    for name in names:
        if not (data / name).is_dir():
            print(f"{name} is listed but has no folder: left out")
            continue
        pairs = camus.read_pairs(data, [name])
        cases += [(name, phase, *pair) for phase, pair in zip(("ED", "ES"), pairs, strict=True)]
    return cases
