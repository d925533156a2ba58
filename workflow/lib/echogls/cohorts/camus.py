"""CAMUS: one folder a patient, apical four- and two-chamber, NIfTI or MetaImage.

Leclerc et al., IEEE Transactions on Medical Imaging 38(9), 2198-2210, 2019.
Files are `{patient}_{4CH,2CH}_{ED,ES}`, the frames between them as
`_half_sequence` (NIfTI) or `_sequence` (MetaImage), and `_gt` after each name
for the expert's labels. A view with its sequence and labels is a clip of kind
"sequence"; without the sequence it is a pair of stills of kind "ed_es".
"""

import glob
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from echogls.cine import Cine
from echogls.cohorts import (
    Clip,
    Demo,
    Excluded,
    check_length,
    check_rate,
    clip_of,
    foreign_code,
)
from echogls.cohorts._overrides import chosen_spacing
from echogls.cohorts._patient_ids import patients_by_id
from echogls.study import LABELS, StudyError

OWN_LAYOUT = CONTOURS = True
CHAMBERS = {"a4c": "4CH", "a2c": "2CH"}
ENDINGS = (".nii.gz", ".nii", ".mhd")
SEQUENCES = ("half_sequence", "sequence")
# Twice and five times what there is: a recording has some 25 million pixels at most, and pixels of
# CAMUS are at most twice as high as wide. More is damage.
MOST_PIXELS = 60_000_000
MOST_UNEQUAL = 10


def list_patients(data: Path) -> dict[str, Path]:
    """Each folder of `data` that holds images named after it is a patient."""
    folders = (folder for folder in data.iterdir() if folder.is_dir())
    return patients_by_id(f for f in folders if any(f.glob(f"{glob.escape(f.name)}_?CH_*")))


def read_clips(path: Path, settings: dict) -> Iterator[Clip]:
    """One clip a view that the folder holds, "a4c" then "a2c"; `settings["views"]` limits them."""
    wanted = settings.get("views") or CHAMBERS
    for view, chamber in CHAMBERS.items():
        if view in wanted and any(path.glob(f"*_{chamber}_*")):
            yield clip_of(view, partial(_read_view, path, view, settings), view=view)


def recognises(data: Path) -> bool:
    """Whether a folder holds CAMUS patients."""
    return data.is_dir() and bool(list_patients(data))


def write_demo(folder: Path, demo: Demo) -> None:
    """ED and ES of both views, with labels."""
    import nibabel

    patient = folder / "patient0001"
    patient.mkdir(parents=True)
    for view, clip in (("a4c", demo.a4c), ("a2c", demo.a2c)):
        stills = {"ED": int(np.argmax(clip.cavity)), "ES": int(np.argmin(clip.cavity))}
        for phase, k in stills.items():
            for ending, image in (("", clip.frames[k]), ("_gt", clip.labels[k])):
                spacings = np.diag([clip.spacing_mm] * 2 + [1, 1])
                stored = nibabel.Nifti1Image(np.ascontiguousarray(image.T), spacings)
                stored.header.set_zooms((clip.spacing_mm, clip.spacing_mm))
                name = f"{patient.name}_{CHAMBERS[view]}_{phase}{ending}.nii.gz"
                nibabel.save(stored, patient / name)


def read_pairs(
    folder: Path, patients: Iterable[str], views: Iterable[str] = ("a4c",)
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Images with their labels, to train on: ED then ES of each view of each patient.

    Parameters
    ----------
    folder : holds one folder a patient.
    patients : names of these folders.
    views : keys of study.VIEWS.

    Returns
    -------
    (image, labels) pairs, (H, W) uint8 each on square pixels.

    Raises StudyError if a file is missing or cannot be used.
    """
    pairs = []
    for patient in patients:
        for view in views:
            for phase in ("ED", "ES"):
                stem = folder / patient / f"{patient}_{CHAMBERS[view]}_{phase}"
                try:
                    images, _ = _read_images(stem)
                    labels = _read_labels(stem, images.shape)
                except Excluded as excluded:
                    raise StudyError(
                        f"cannot train on {patient}, {view}, {phase}: {excluded.reason} "
                        f"({excluded.note}); leave the patient out or mend the file"
                    ) from None
                if labels is None:
                    raise StudyError(f"{patient}, {view}, {phase} has no labels to train on (_gt)")
                pairs.append((images[0], labels[0]))
    return pairs


def _read_view(path: Path, view: str, settings: dict, facts: dict, notes: list[str]) -> Cine:
    stem = path / f"{path.name}_{CHAMBERS[view]}"
    info = _read_info(path / f"Info_{CHAMBERS[view]}.cfg")
    names = [f"{stem.name}_{name}" for name in SEQUENCES]
    sequence = next((path / name for name in names if _exists(path / name)), None)
    if sequence is not None:
        cine = _sequence(sequence, info, settings, facts, notes)
    else:
        if info.get("NbFrame", 0) > 2:
            notes.append(f"the sequence of {info['NbFrame']:g} frames is missing")
        cine = _stills(stem, facts, notes)
    spacing, _ = chosen_spacing(settings, cine.spacing_mm)
    rows, columns = cine.sector.shape
    facts.update(spacing_mm=spacing, rows=rows, columns=columns)
    origin = {"format": "camus", "timing": facts.get("timing", ""), "view": "stated"}
    return replace(cine, view=view, spacing_mm=spacing, provenance=origin)


def _stills(stem: Path, facts: dict, notes: list[str]) -> Cine:
    """ED and ES as a cine of two frames."""
    facts.update(kind="ed_es", frames=2)
    images, labels, spacings = [], [], []
    for phase in ("ED", "ES"):
        still = stem.with_name(f"{stem.name}_{phase}")
        image, spacing = _read_images(still)
        if len(image) != 1:
            raise Excluded("bad_image", f"{phase} holds {len(image)} images")
        images.append(image)
        labels.append(_read_labels(still, image.shape))
        spacings.append(spacing)
    if images[0].shape != images[1].shape or not np.isclose(*spacings, rtol=0.005):
        sizes = " and ".join(f"{i.shape[1]} x {i.shape[2]}" for i in images)
        raise Excluded("bad_image", f"ED and ES differ in size or spacing: {sizes}")
    if any(label is None for label in labels):
        notes.append("labels of ED or ES are missing")
    frames = np.concatenate(images)
    return Cine(
        frames=frames,
        times_s=np.array([0.0, 1.0]),
        sector=_lit(frames),
        spacing_mm=spacings[0],
        kind="ed_es",
        reference=None if any(label is None for label in labels) else np.concatenate(labels),
    )


def _sequence(
    file: Path, info: dict[str, float], settings: dict, facts: dict, notes: list[str]
) -> Cine:
    """The frames from ED to ES."""
    frames, spacing = _read_images(file)
    labels = _read_labels(file, frames.shape)
    facts.update(kind="sequence", rows=frames.shape[1], columns=frames.shape[2])
    frames, labels = _from_ed_to_es(frames, labels, info, notes)
    facts.update(frames=len(frames))
    check_length(len(frames), settings)
    timing = "sheet" if settings.get("fps") else "FrameRate"
    fps = settings.get("fps") or info.get("FrameRate", 0.0)
    if not fps > 0:
        raise Excluded("no_frame_times", "no FrameRate in the Info file")
    facts.update(fps=fps, timing=timing, r_waves=0)
    check_rate(fps, settings)
    if labels is None:
        notes.append("labels of the sequence are missing")
    return Cine(
        frames=frames,
        times_s=np.arange(len(frames)) / fps,
        sector=_lit(frames),
        spacing_mm=spacing,
        reference=labels,
    )


def _from_ed_to_es(
    frames: np.ndarray, labels: np.ndarray | None, info: dict[str, float], notes: list[str]
) -> tuple[np.ndarray, np.ndarray | None]:
    """Frames and labels from ED to ES; where ES was recorded first, in reverse order."""
    first, last = int(info.get("ED", 1)) - 1, int(info.get("ES", len(frames))) - 1
    if not (0 <= first < len(frames) and 0 <= last < len(frames)):
        raise Excluded(
            "bad_image", f"ED {first + 1} or ES {last + 1} is not one of {len(frames)} frames"
        )
    order = np.arange(min(first, last), max(first, last) + 1)
    if last < first:
        notes.append("recorded from ES to ED; frames are reversed to run from ED to ES")
        order = order[::-1]
    return frames[order], None if labels is None else labels[order]


def _read_info(file: Path) -> dict[str, float]:
    """The numbers of an Info file (lines `Key: value`); empty if there is none."""
    info = {}
    for line in file.read_text("latin-1").splitlines() if file.is_file() else []:
        key, _, value = line.partition(":")
        try:
            number = float(value)
        except ValueError:
            continue  # Sex, ImageQuality
        if np.isfinite(number):
            info[key.strip()] = number
    return info


def _read_labels(stem: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """(T, H, W) uint8 labels of an image, or None where it has none."""
    stem = stem.with_name(f"{stem.name}_gt")
    if not _exists(stem):
        return None
    labels, _ = _read_images(stem, labels=True)
    if labels.shape != shape:
        raise Excluded("bad_image", f"labels have shape {labels.shape}, the image {shape}")
    if labels.max() > max(LABELS.values()):
        raise Excluded("bad_image", f"a label of {labels.max()}, at most {max(LABELS.values())}")
    return labels


def read_images(file: Path, labels: bool = False) -> tuple[np.ndarray, float]:
    """(T, H, W) uint8 of a NIfTI or MetaImage file on square pixels, and mm per pixel; `labels`
    keeps whole numbers. Raises Excluded for what is none."""
    ending = next((end for end in ENDINGS if file.name.endswith(end)), "")
    return _read_images(file.with_name(file.name.removesuffix(ending)), labels)


def _read_images(stem: Path, labels: bool = False) -> tuple[np.ndarray, float]:
    """(T, H, W) uint8 on square pixels, and mm per pixel."""
    # Here, because the workflow lists patients each time it starts.
    from echogls.cohorts._grid import square_pixels, square_spacing

    part = stem.name.removeprefix(f"{stem.parent.name}_")
    file = _exists(stem)
    if file is None:
        raise Excluded("missing_image", f"no {part}")
    try:
        with foreign_code("unreadable"):
            images, (row_mm, column_mm) = _READERS[file.suffix](file)
    except Excluded as excluded:
        raise Excluded(excluded.reason, f"{part}: {excluded.note}") from None
    spacings = sorted((row_mm, column_mm))
    plausible = spacings[0] > 0 and np.isfinite(spacings).all()
    if images.size == 0 or not plausible or spacings[1] > MOST_UNEQUAL * spacings[0]:
        raise Excluded("bad_image", f"{part}: size {images.shape}, {row_mm} x {column_mm} mm")
    if not np.isfinite(images).all() or images.min() < 0 or images.max() > 255:
        raise Excluded("bad_image", f"{part}: grey levels outside 0 to 255")
    images = np.round(images).astype(np.uint8)
    square = np.stack([square_pixels(image, row_mm, column_mm, labels) for image in images])
    return square, square_spacing(row_mm, column_mm)


def _read_nifti(file: Path) -> tuple[np.ndarray, tuple[float, float]]:
    """(T, H, W) images, and mm between rows and columns; the file has [x, y] or [x, y, t]."""
    import nibabel

    from echogls.cohorts._metaimage import check_size

    image = nibabel.load(file)
    check_size(image.shape, MOST_PIXELS)
    values = np.asanyarray(image.dataobj)
    column_mm, row_mm = (round(float(mm), 6) for mm in image.header.get_zooms()[:2])
    return values.reshape(*values.shape[:2], -1).transpose(2, 1, 0), (row_mm, column_mm)


def _read_mhd(file: Path) -> tuple[np.ndarray, tuple[float, float]]:
    from echogls.cohorts._metaimage import read_metaimage

    return read_metaimage(file, MOST_PIXELS)


_READERS = {".gz": _read_nifti, ".nii": _read_nifti, ".mhd": _read_mhd}


def _exists(stem: Path) -> Path | None:
    """The file of a stem, with whichever ending; a MetaImage header without data does not count."""
    for ending in ENDINGS:
        file = stem.with_name(stem.name + ending)
        data = [file.with_suffix(".raw"), file.with_suffix(".zraw")] if ending == ".mhd" else [file]
        if file.is_file() and any(part.is_file() for part in data):
            return file
    return None


def _lit(frames: np.ndarray) -> np.ndarray:
    """(H, W) bool: the hull of the largest part that is lit in any frame; outside is black."""
    import cv2

    from echogls.cohorts._sector import hull

    lit = (frames.max(axis=0) > 0).astype(np.uint8)
    _, parts, facts, _ = cv2.connectedComponentsWithStats(lit)
    if len(facts) < 2:
        raise Excluded("no_tissue_image", "the images are black")
    return hull(parts == 1 + facts[1:, cv2.CC_STAT_AREA].argmax())
