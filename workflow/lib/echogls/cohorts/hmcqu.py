"""HMC-QU: AVI videos at 25 frames a second, and the wall of one cycle drawn in some of them.

Degerli et al., Biomedical Signal Processing and Control 87, 105448, 2024. `A4C.xlsx` (first
release: `HMC_QU.xlsx`) has the video's name in column ECHO and, in its last three, the first
frame of the cycle (from 1), its last frame, and whether there is a mask;
`Mask_{video}.mat` holds `predicted`, (F, 224, 224), the wall of the left ventricle. The first
word of a video's name is its patient.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from echogls.cine import Cine
from echogls.cohorts import Clip, Demo, Excluded, clip_of
from echogls.cohorts._patient_ids import patient_id
from echogls.study import LABELS

OWN_LAYOUT = CONTOURS = True
FPS = 25.0  # of all its videos, whatever a file says
# View -> folders of its videos, and its tables, the newest release's first.
FOLDERS = {
    "a4c": ("HMC-QU/A4C", "HMC-QU Echos/HMC-QU Echos", "HMC-QU Echos"),
    "a2c": ("HMC-QU/A2C",),
}
TABLES = {"a4c": ("A4C.xlsx", "HMC_QU.xlsx"), "a2c": ("A2C.xlsx",)}
MASKS = "LV Ground-truth Segmentation Masks"
KEY = "predicted"
MOST_BYTES = 64_000_000  # of a table or a mask file; more is damage, and would fill the memory


def list_patients(data: Path) -> dict[str, Path]:
    """The first word of each video's name -> the patient's first video."""
    patients: dict[str, Path] = {}
    for file in _videos(data):
        patients.setdefault(patient_id(_patient(file)), file)
    return dict(sorted(patients.items()))


def read_clips(path: Path, settings: dict) -> Iterator[Clip]:
    """The patient's videos, four-chamber first; `settings["views"]` limits them.

    `path` is one of the patient's videos: the others share its name's first word.
    """
    root = _root(path)
    if root is None:
        return
    wanted = settings.get("views") or FOLDERS
    files = [
        (view, file)
        for view in FOLDERS
        if view in wanted
        for file in _videos(root, view)
        if _patient(file) == _patient(path)
    ]
    for number, (view, file) in enumerate(files, start=1):
        read = partial(_read_video, root, file, view, settings)
        yield clip_of(f"clip{number:02}", read, view=view, timing="stated")


def source_files(path: Path) -> list[Path]:
    """What the patient's clips are read from: videos, tables and masks."""
    root = _root(path)
    if root is None:
        return []
    videos = [file for file in _videos(root) if _patient(file) == _patient(path)]
    tables = [root / name for names in TABLES.values() for name in names]
    beside = tables + [_mask_file(root, file) for file in videos]
    return videos + [file for file in beside if file.is_file()]


def whole_labels(wall: np.ndarray) -> np.ndarray:
    """Labels of study.LABELS of the wall alone: the cavity is what the wall's hull holds.

    Parameters
    ----------
    wall : (H, W) bool, an open horseshoe. The hull closes it straight across the annulus.

    Returns
    -------
    (H, W) uint8; all 0 where there is no wall.
    """
    import cv2

    from echogls.cohorts._sector import hull

    labels = np.where(wall, LABELS["myocardium"], 0).astype(np.uint8)
    if not wall.any():
        return labels
    _, parts, facts, _ = cv2.connectedComponentsWithStats((hull(wall) & ~wall).astype(np.uint8))
    if len(facts) > 1:
        labels[parts == 1 + facts[1:, cv2.CC_STAT_AREA].argmax()] = LABELS["cavity"]
    return labels


def recognises(data: Path) -> bool:
    """Whether a folder has the data set's folders of videos."""
    return data.is_dir() and bool(list_patients(data))


def write_demo(folder: Path, demo: Demo) -> None:
    """A four-chamber video, its table, and masks of a cycle from the largest cavity on."""
    import cv2
    from scipy.io import savemat

    from echogls.cohorts import _video
    from echogls.xlsx_writer import xlsx

    name, clip = "DEMO01 4CH_1", demo.a4c
    wanted = np.arange(0, clip.times_s[-1], 1 / FPS)
    frames = np.abs(clip.times_s[:, None] - wanted).argmin(axis=0)
    first = int(np.argmax(clip.cavity[frames][: len(frames) // 3]))
    walls = (clip.labels[frames[first:]] == LABELS["myocardium"]).astype(np.uint8)
    nearest = cv2.INTER_NEAREST_EXACT
    masks = np.stack([cv2.resize(wall, (224, 224), interpolation=nearest) for wall in walls])
    videos = folder / FOLDERS["a4c"][0]
    videos.mkdir(parents=True)
    (folder / MASKS).mkdir()
    _video.write_avi(videos / f"{name}.avi", clip.frames[frames], FPS)
    savemat(folder / MASKS / f"Mask_{name}.mat", {KEY: masks}, do_compression=True)
    header = ["ECHO", "SEG1", "Reference Frame", "End of Cycle", "Ground-truth Masks"]
    row = [name, "Non-MI", first + 1, len(frames), "x"]
    (folder / TABLES["a4c"][0]).write_bytes(xlsx([header, row]))


def _read_video(
    root: Path, file: Path, view: str, settings: dict, facts: dict, notes: list[str]
) -> Cine:
    from echogls.cohorts import _video

    movie = _video.read_video(file, settings["max_frames"])
    notes += filter(None, [movie.note])
    movie = replace(movie, times_s=np.arange(len(movie.grey)) / FPS)
    reference = _reference(root, file, view, movie.grey.shape, notes)
    origin = {"format": "hmcqu", "view": "stated"}
    return _video.video_cine(movie, settings, facts, view=view, origin=origin, reference=reference)


def _reference(
    root: Path, file: Path, view: str, shape: tuple[int, ...], notes: list[str]
) -> np.ndarray | None:
    """(T, H, W) uint8 labels in the frames of the drawn cycle; None without a mask."""
    import cv2

    mask_file = _mask_file(root, file)
    if view != "a4c" or not mask_file.is_file():
        return None
    first, count = _first_frame(root, file.stem, view), shape[0]
    try:
        walls = _read_mask(mask_file)
    except Excluded as excluded:
        notes.append(f"the mask is left out: {excluded.note}")
        return None
    if first is None and len(walls) != count:
        notes.append("the mask is left out: the table does not say which frame it begins at")
        return None
    first = first or 0
    if first + len(walls) > count:
        notes.append(f"the mask is left out: frames {first + 1} to {first + len(walls)} of {count}")
        return None
    labels = np.zeros(shape, np.uint8)
    for k, wall in enumerate(walls, start=first):
        # Between the pixels, so that the outline has no steps of the small mask.
        labels[k] = whole_labels(cv2.resize(wall.astype(np.float32), shape[:0:-1]) > 0.5)
    return labels if labels.any() else None


def _read_mask(file: Path) -> np.ndarray:
    """(F, h, w) bool."""
    from scipy.io import loadmat

    try:
        if file.stat().st_size > MOST_BYTES:
            raise Excluded("bad_image", f"more than {MOST_BYTES / 1e6:.0f} MB")
        values = np.asarray(loadmat(file, variable_names=[KEY])[KEY], np.float32)
    except Excluded:
        raise
    except KeyError:
        raise Excluded("bad_image", f"no '{KEY}' in its file") from None
    except Exception as error:  # scipy raises errors of every kind on a damaged file
        raise Excluded("unreadable", type(error).__name__) from None
    if values.ndim != 3 or not values.size or not np.isfinite(values).all():
        raise Excluded("bad_image", f"'{KEY}' has shape {values.shape}, expected (F, h, w)")
    return values > 0.5


def _first_frame(root: Path, stem: str, view: str) -> int | None:
    """The cycle's first frame, from 0, as the table states it; None where it does not."""
    for row in _table(root, view):
        if len(row) >= 4 and row[0].strip() == stem.strip():
            try:
                return max(int(float(row[-3])) - 1, 0)
            except (ValueError, OverflowError):  # no number, or one without end
                return None
    return None


def _table(root: Path, view: str) -> list[list[str]]:
    """Rows from column ECHO on, filled up to the header's length; none without a table."""
    from echogls.spreadsheets import UnreadableWorkbook, read_xlsx

    for file in (root / name for name in TABLES[view]):
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            continue
        try:
            sheets = list(read_xlsx(file.read_bytes()).values())
        except (UnreadableWorkbook, OSError):
            continue
        for rows in sheets:
            for number, header in enumerate(rows):
                if "ECHO" in header:
                    start, width = header.index("ECHO"), len(header)
                    return [
                        (row + [""] * (width - len(row)))[start:width] for row in rows[number + 1 :]
                    ]
    return []


def _mask_file(root: Path, video: Path) -> Path:
    return root / MASKS / f"Mask_{video.stem}.mat"


def _videos(root: Path, *views: str) -> list[Path]:
    """The videos of the views, in order of names; a view's first folder that holds any counts."""
    videos: list[Path] = []
    for view in views or FOLDERS:
        folders = (sorted((root / name).glob("*.avi")) for name in FOLDERS[view])
        videos += next((files for files in folders if files), [])
    return videos


def _root(video: Path) -> Path | None:
    """The folder of the data set that a video belongs to."""
    for name in (name for names in FOLDERS.values() for name in names):
        above = list(video.parents)[name.count("/") + 1 :]
        if video.is_file() and above and above[0] / name == video.parent:
            return above[0]
    return None


def _patient(video: Path) -> str:
    return (video.stem.split() or [video.stem])[0]
