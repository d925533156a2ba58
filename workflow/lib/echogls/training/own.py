"""Images of one's own with masks beside them, to train segmentation on.

A folder holds pairs, NAME.png and NAME_gt.png (or NAME_mask.png), or NAME.nii.gz and
NAME_gt.nii.gz, flat or in one subfolder a patient. In a flat folder the patient is what stands
before the first `_` of the name. Masks have the labels of CAMUS (study.LABELS); frames of a NIfTI
sequence without any label are left out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from echogls.cohorts import Excluded, camus
from echogls.study import LABELS, StudyError
from echogls.training.cases import EVERY

PICTURES = (".png", ".tif", ".tiff", ".bmp")  # without loss: a mask in JPEG has no sharp labels
ENDINGS = (*PICTURES, *camus.ENDINGS)
MASKS = ("_gt", "_mask")


@dataclass(frozen=True)
class Case:
    """One image with its labels.

    Attributes
    ----------
    patient, name : whose it is, and which.
    image, labels : (H, W) uint8, square pixels.
    spacing_mm : mm per pixel, None where the file does not say.
    """

    patient: str
    name: str
    image: np.ndarray
    labels: np.ndarray
    spacing_mm: float | None


def own_cases(folder: Path) -> tuple[list[Case], list[Case]]:
    """The cases of a folder to train on and to validate on, split by patient.

    `split.json` in the folder (lists `train` and `valid` of patients) says how, else every ninth
    patient validates; of fewer than nine the last.

    Raises
    ------
    StudyError : no folder, no pair, one patient alone, a pair that does not fit, or labels other
        than study.LABELS; says which file.
    """
    if not folder.is_dir():
        raise StudyError(f"train.data: '{folder}' is no folder; give a folder of images and masks")
    pairs = list(_pairs(folder))
    if not pairs:
        raise StudyError(
            f"train.data: no pair NAME.png and NAME_gt.png (or .nii.gz) under '{folder.name}'; "
            f"endings that are read: {', '.join(ENDINGS)}"
        )
    train, valid = _split(folder, sorted({patient for patient, *_ in pairs}))
    cases = [case for pair in pairs for case in _read(*pair)]
    return (
        [case for case in cases if case.patient in train],
        [case for case in cases if case.patient in valid],
    )


def _pairs(folder):
    """(patient, image, mask) of each pair, sorted."""
    for mask in sorted(path for path in folder.rglob("*") if path.is_file()):
        ending = next((end for end in ENDINGS if mask.name.endswith(end)), None)
        stem = mask.name.removesuffix(ending) if ending else ""
        kind = next((word for word in MASKS if stem.endswith(word)), None)
        if kind is None or mask.name.startswith("."):
            continue
        name = stem.removesuffix(kind)
        pairs = [mask.with_name(name + end) for end in ENDINGS]
        images = [path for path in pairs if path.is_file()]
        if not images:
            raise StudyError(f"train.data: mask {mask.name} has no image {name}{ending} beside it")
        inside = mask.relative_to(folder).parts
        yield inside[0] if len(inside) > 1 else name.split("_")[0], images[0], mask


def _split(folder, patients) -> tuple[set[str], set[str]]:
    listed = folder / "split.json"
    if listed.is_file():
        split = json.loads(listed.read_text(encoding="utf-8"))
        train, valid = set(split.get("train", [])), set(split.get("valid", []))
    else:
        valid = set(patients[EVERY - 1 :: EVERY] or patients[-1:])
        train = set(patients) - valid
    if not train & set(patients) or not valid & set(patients) or train & valid:
        raise StudyError(
            f"train.data: '{folder.name}' has {len(patients)} patients, {len(train)} to train and "
            f"{len(valid)} to validate; expected some of each, and none of both"
        )
    return train, valid


def _read(patient, image, mask):
    name = image.name
    frames, spacing = _images(image)
    labels, _ = _images(mask, labels=True)
    if labels.shape != frames.shape:
        raise StudyError(
            f"train.data: {mask.name} has shape {labels.shape}, {name} {frames.shape}; expected "
            "the same"
        )
    if labels.max() > max(LABELS.values()):
        label_names = ", ".join(f"{value} {label}" for label, value in LABELS.items())
        raise StudyError(
            f"train.data: {mask.name} has a label {labels.max()}; expected {label_names}"
        )
    for k in range(len(frames)):
        if labels[k].any():
            clip = name if len(frames) == 1 else f"{name} {k}"
            yield Case(patient, clip, frames[k], labels[k], spacing)


def _images(file: Path, labels: bool = False) -> tuple[np.ndarray, float | None]:
    """(T, H, W) uint8 on square pixels, and mm per pixel."""
    try:
        if file.suffix in PICTURES:
            with Image.open(file) as picture:
                # A palette's numbers are the labels, its colours are not.
                plain = picture if labels and picture.mode in ("P", "L") else picture.convert("L")
                return np.array(plain, np.uint8)[None], None
        return camus.read_images(file, labels=labels)
    except (Excluded, OSError) as error:
        reason = getattr(error, "note", "") or type(error).__name__
        raise StudyError(f"train.data: {file.name} cannot be read ({reason})") from None


def folders(data: Sequence[str | dict]) -> list[tuple[Path, str]]:
    """Each entry of `train.data` as its folder and the view that its images show."""
    entries = [{"folder": entry} if isinstance(entry, str) else entry for entry in data]
    return [(Path(entry["folder"]), entry.get("view", "a4c")) for entry in entries]
