"""Outlines drawn elsewhere, which stand in place of the network's: labels by frame.

A NIfTI of the clip's columns, rows and frames (as ITK-SNAP and 3D Slicer write it), or a folder
of PNG images whose names end in the frame's number, from 0. Labels are study.LABELS, those of
CAMUS: 1 cavity, 2 myocardium, 3 atrium. Frames without a label keep the network's outline.
"""

import re
from pathlib import Path

import cv2
import numpy as np

from echogls.segmentation.square import Square
from echogls.study import LABELS, StudyError

# Times the network's pixels on which edges are drawn before they are averaged; by judgement.
FINER = 4
_NUMBER = re.compile(r"(\d+)$")
NIFTI = (".nii", ".nii.gz")


def read_outlines(path: Path, frames: int, shape: tuple[int, int]) -> dict[int, np.ndarray]:
    """Frame -> (H, W) uint8 labels on the cine's grid, of the frames that are drawn.

    Parameters
    ----------
    path : a NIfTI, a folder of PNG images, or one PNG.
    frames : of the clip.
    shape : (H, W) of the cine, whose pixels are square; an image with the same field in other
        pixels is resampled.

    Raises
    ------
    StudyError : what came and what was expected; nothing of the file is quoted.
    """
    path = Path(path)
    if path.name.lower().endswith(NIFTI):
        drawn = _nifti(path, frames)
    else:
        drawn = _pictures(path, frames)
    outlines = {}
    for frame, labels in drawn.items():
        if not labels.any():
            continue
        missing = [name for name in ("cavity", "myocardium") if LABELS[name] not in labels]
        if labels.max() > max(LABELS.values()) or missing:
            values = sorted(set(labels.ravel().tolist()))
            raise StudyError(
                f"outline of frame {frame}: labels {values[:8]}; expected 1 cavity, 2 myocardium "
                "and perhaps 3 atrium"
            )
        outlines[frame] = _on_grid(labels, shape)
    if not outlines:
        raise StudyError("the outline's images hold no label; expected 1 cavity, 2 myocardium")
    return outlines


def drawn_scores(labels: np.ndarray, square: Square, side: int) -> np.ndarray:
    """Labels (H, W) as the network's probabilities would be, (side, side, 4): edges between its
    pixels are shares of them."""
    fine = square.cut(labels, side * FINER, labels=True)
    planes = [
        cv2.resize((fine == value).astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
        for value in LABELS.values()
    ]
    return np.stack(planes, axis=-1)


def _nifti(path: Path, frames: int) -> dict[int, np.ndarray]:
    import nibabel

    try:
        values = np.asarray(nibabel.load(path).dataobj).squeeze()
    except Exception as error:  # whatever a parser raises on a bad file
        raise StudyError(f"the outline is no NIfTI ({type(error).__name__})") from None
    if values.ndim == 2:
        values = values[..., None]
    if values.ndim != 3 or values.shape[2] != frames:
        raise StudyError(
            f"the outline has {values.shape[-1]} images of {values.ndim} dimensions; expected "
            f"{frames}, one a frame"
        )
    return {k: np.ascontiguousarray(values[..., k].T.astype(np.uint8)) for k in range(frames)}


def _pictures(path: Path, frames: int) -> dict[int, np.ndarray]:
    from PIL import Image  # only where an outline was drawn

    files = sorted(path.glob("*.png")) if path.is_dir() else [path]
    if not files or not all(file.is_file() for file in files):
        raise StudyError("the outline is no file, or a folder without PNG images")
    drawn: dict[int, np.ndarray] = {}
    for file in files:
        number = _NUMBER.search(file.stem)
        frame = int(number[1]) if number else -1
        if not 0 <= frame < frames or frame in drawn:
            raise StudyError(
                f"an outline's name gives frame {frame if number else 'none'}; expected PNG names "
                f"that end in 0 to {frames - 1}, each once"
            )
        try:
            with Image.open(file) as image:
                labels = np.asarray(image)
        except OSError:
            raise StudyError(f"the outline of frame {frame} is no image") from None
        drawn[frame] = (labels if labels.ndim == 2 else labels[..., 0]).astype(np.uint8)
    return drawn


def _on_grid(labels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Labels in the cine's square pixels: of the two sides one may have had other pixels."""
    if labels.shape == shape:
        return labels
    if labels.shape[0] != shape[0] and labels.shape[1] != shape[1]:
        raise StudyError(
            f"the outline has {labels.shape[1]} x {labels.shape[0]} pixels; expected "
            f"{shape[1]} x {shape[0]}, as cines.npz has the clip"
        )
    return cv2.resize(labels, shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
