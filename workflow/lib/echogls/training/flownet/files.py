"""Optical-flow data sets on disk: FlyingChairs, FlyingThings3D, ChairsSDHom; .flo and .pfm.

FlyingChairs (Dosovitskiy et al. 2015): `NNNNN_img1.ppm`, `NNNNN_img2.ppm`, `NNNNN_flow.flo`.
FlyingThings3D (Mayer et al. 2016): `frames_cleanpass/.../left/NNNN.png` and
`optical_flow/.../into_future/left/OpticalFlowIntoFuture_NNNN_L.pfm`.
ChairsSDHom (Ilg et al. 2017): `data/{train,test}/{t0,t1}/NNNNN.png`, `flow/NNNNN.pfm`.

What the sets keep for tests is not listed: folders `test` and `TEST`, and the pairs that
FlyingChairs's `FlyingChairs_train_val.txt` marks with 2.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from echogls.study import StudyError

FLO_TAG = 202021.25  # the first number of a .flo file (Middlebury; "PIEH" as bytes)
LARGEST = 20_000  # pixels a side; a header beyond that is damage
UNKNOWN = 1e9  # pixels; .flo files mark unknown motion by more than that
CHAIRS_SPLIT = "FlyingChairs_train_val.txt"  # a line a pair: 1 to train on, 2 to test on


def read_flo(path: Path) -> np.ndarray:
    """(H, W, 2) float32 pixels (x, y) of a Middlebury .flo file.

    Raises
    ------
    StudyError : no such tag, sizes or length.
    """
    content = Path(path).read_bytes()
    if len(content) < 12 or np.frombuffer(content, "<f4", 1)[0] != np.float32(FLO_TAG):
        raise StudyError(f"{Path(path).name} is no .flo file: its first number is not {FLO_TAG}")
    width, height = (int(n) for n in np.frombuffer(content, "<i4", 2, 4))
    if not (0 < width <= LARGEST and 0 < height <= LARGEST):
        raise StudyError(f"{Path(path).name}: {width} x {height} is no image size")
    if len(content) != 12 + 8 * width * height:
        raise StudyError(
            f"{Path(path).name}: {len(content)} bytes, expected {12 + 8 * width * height} for "
            f"{width} x {height}; copy the file again"
        )
    return np.frombuffer(content, "<f4", offset=12).reshape(height, width, 2).copy()


def read_pfm(path: Path) -> np.ndarray:
    """(H, W) or (H, W, 3) float32 of a portable float map, top row first.

    Rows are stored bottom up; a negative scale means little endian.

    Raises
    ------
    StudyError : no such header or length.
    """
    content = Path(path).read_bytes()
    head = re.match(rb"(P[Ff])\s+(\d+)\s+(\d+)\s+(-?[\d.]+(?:[eE][+-]?\d+)?)[ \t\r]*\n", content)
    if not head:
        raise StudyError(f"{Path(path).name} is no .pfm file: it begins {content[:12]!r}")
    kind, width, height, scale = head.groups()
    shape = (int(height), int(width), 3) if kind == b"PF" else (int(height), int(width))
    if not (0 < shape[0] <= LARGEST and 0 < shape[1] <= LARGEST):
        raise StudyError(f"{Path(path).name}: {shape[1]} x {shape[0]} is no image size")
    body = content[head.end() :]
    if len(body) != 4 * int(np.prod(shape)):
        raise StudyError(
            f"{Path(path).name}: {len(body)} bytes of data, expected {4 * int(np.prod(shape))}; "
            "copy the file again"
        )
    values = np.frombuffer(body, "<f4" if float(scale) < 0 else ">f4").reshape(shape)
    return np.ascontiguousarray(values[::-1], np.float32)


def read_flow(path: Path) -> np.ndarray:
    """(H, W, 2) float32 of a .flo file, or of the first two channels of a .pfm; NaN: unknown."""
    flow = read_flo(path) if Path(path).suffix == ".flo" else read_pfm(path)
    if flow.ndim != 3:
        raise StudyError(f"{Path(path).name} has one channel, expected flow in x and y")
    flow = flow[..., :2]
    defined = (np.abs(flow) < UNKNOWN).all(axis=-1, keepdims=True)
    return np.where(defined, flow, np.float32(np.nan))


def list_pairs(folder: Path) -> list[tuple[Path, Path, Path]]:
    """(first, second, flow) files to train on, of whichever of the three layouts is there, sorted.

    Raises
    ------
    StudyError : none of them is there.
    """
    folder = Path(folder)
    for layout in (_chairs, _things, _small):
        pairs = sorted(
            pair
            for pair in layout(folder)
            if "test" not in map(str.lower, pair[0].relative_to(folder).parts)
        )
        if pairs:
            return pairs
    raise StudyError(
        f"'{folder}' has no flow pairs to train on; expected FlyingChairs (NNNNN_img1.ppm, "
        "_img2.ppm, _flow.flo), FlyingThings3D (frames_*/..., optical_flow/...) or ChairsSDHom "
        "(t0, t1, flow)"
    )


def read_pair(files: tuple[Path, Path, Path]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grey images (H, W) uint8 and flow (H, W, 2), NaN where it is unknown."""
    images = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in files[:2]]
    for image, file in zip(images, files, strict=False):
        if image is None:
            raise StudyError(f"{file.name} cannot be read as an image; copy the file again")
    flow = read_flow(files[2])
    if not images[0].shape == images[1].shape == flow.shape[:2]:
        raise StudyError(
            f"{files[0].name}: images {images[0].shape}, {images[1].shape}, flow {flow.shape[:2]}"
        )
    return *images, flow


def _chairs(folder: Path) -> Iterator[tuple[Path, Path, Path]]:
    split = next(folder.rglob(CHAIRS_SPLIT), None)
    part = split.read_text().split() if split else []
    for flow in folder.rglob("*_flow.flo"):
        stem = flow.name.removesuffix("_flow.flo")
        if stem.isdigit() and part[int(stem) - 1 : int(stem)] == ["2"]:
            continue
        first, second = (flow.with_name(f"{stem}_img{k}.ppm") for k in (1, 2))
        if first.is_file() and second.is_file():
            yield first, second, flow


def _things(folder: Path) -> Iterator[tuple[Path, Path, Path]]:
    for passes in ("frames_cleanpass", "frames_finalpass"):
        for first in (folder / passes).rglob("left/*.png"):
            second = first.with_name(f"{int(first.stem) + 1:0{len(first.stem)}d}.png")
            scene = first.parent.parent.relative_to(folder / passes)
            name = f"OpticalFlowIntoFuture_{first.stem}_L.pfm"
            flow = folder / "optical_flow" / scene / "into_future" / "left" / name
            if second.is_file() and flow.is_file():
                yield first, second, flow


def _small(folder: Path) -> Iterator[tuple[Path, Path, Path]]:
    for first in folder.rglob("t0/*.png"):
        second = first.parent.parent / "t1" / first.name
        flow = first.parent.parent / "flow" / first.with_suffix(".pfm").name
        if second.is_file() and flow.is_file():
            yield first, second, flow
