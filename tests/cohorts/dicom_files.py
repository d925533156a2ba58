"""Small valid DICOM clips for the tests: a moving fan with screen furniture around it."""

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from pydicom import Dataset, uid
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import convert_color_space
from pydicom.sequence import Sequence

NAME = "DOE^JANE"
ROWS, COLUMNS = 120, 160
REGION = (12, 108, 20, 140)  # top, bottom, left, right, half open


def fan(rows: int = ROWS, columns: int = COLUMNS) -> np.ndarray:
    """(H, W) bool, a sector of 80 degrees with its apex at the top."""
    y, x = np.mgrid[:rows, :columns].astype(float)
    y, x = y - 0.12 * rows, x - columns / 2
    radius = np.hypot(x, y)
    return (radius < 0.75 * rows) & (np.abs(np.arctan2(x, y)) < np.radians(40))


def fan_frames(count: int = 12, rows: int = ROWS, columns: int = COLUMNS) -> np.ndarray:
    """(T, H, W) uint8: speckle that moves up and down in a fan with a dark cavity."""
    rng = np.random.default_rng(7)
    speckle = cv2.GaussianBlur(rng.uniform(0, 255, (rows, columns)).astype(np.float32), (0, 0), 1.2)
    speckle = np.clip((speckle - 90) * 4, 20, 235)
    cv2.ellipse(speckle, (columns // 2, rows // 2), (columns // 12, rows // 5), 0, 0, 360, 2.0, -1)
    frames = []
    for index in range(count):
        shift = np.float32([[1, 0, 0], [0, 1, 3 * np.sin(2 * np.pi * index / count)]])
        moved = cv2.warpAffine(speckle, shift, (columns, rows), borderMode=cv2.BORDER_REFLECT)
        frames.append(np.where(fan(rows, columns), moved, 0))
    return np.stack(frames).round().astype(np.uint8)


def with_furniture(frames: np.ndarray) -> np.ndarray:
    """(T, H, W, 3) uint8 RGB: the fan among text, a ruler, a logo, a bar and a running ECG."""
    count, rows, columns = frames.shape
    made = np.repeat(frames[..., None], 3, axis=-1)
    for index, frame in enumerate(made):
        cv2.putText(frame, NAME, (2, 9), cv2.FONT_HERSHEY_SIMPLEX, 0.3, (230, 230, 230))
        cv2.rectangle(frame, (2, 14), (9, 21), (240, 120, 60), -1)
        for tick in range(15, rows - 15, 10):
            frame[tick, columns - 8 : columns - 5] = 220
        cv2.rectangle(frame, (20, rows - 6), (columns - 20, rows - 1), (90, 60, 50), -1)
        x = np.arange(10, 10 + (columns - 20) * (index + 1) // count)
        y = (rows - 10 - 3 * np.exp(-(((x % 50) - 25) ** 2) / 8)).astype(int)
        frame[y, x] = (0, 255, 0)
    return made


def with_flow(frames: np.ndarray) -> np.ndarray:
    """(T, H, W, 3) uint8 RGB: grey with red and blue flow in a part of the fan, at times."""
    made = np.repeat(frames[..., None], 3, axis=-1)
    _, rows, columns = frames.shape
    for index, frame in enumerate(made):
        colour = [(220, 60, 20), (20, 60, 220), None][index % 3]
        if colour:
            cv2.circle(frame, (columns // 2, rows // 2), rows // 12, colour, -1)
    return made


def region(box=REGION, delta=(0.05, 0.05), *, kind: int = 1, space: int = 1, units: int = 3):
    """One item of SequenceOfUltrasoundRegions; `delta` is (y, x) in cm."""
    item = Dataset()
    top, bottom, left, right = box
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = space, kind, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = left, top
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = right - 1, bottom - 1
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = units
    item.PhysicalDeltaY, item.PhysicalDeltaX = delta
    return item


def dataset(frames: np.ndarray, photometric: str | None = None, **elements) -> FileDataset:
    """An uncompressed clip of (T, H, W) grey or (T, H, W, 3) RGB frames.

    `elements` are set last, by keyword; None deletes one. A `FrameTime` of 20 ms
    and one tissue region are there unless said otherwise.
    """
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = uid.UltrasoundMultiFrameImageStorage
    meta.MediaStorageSOPInstanceUID = uid.generate_uid(entropy_srcs=["clip"])
    meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    clip = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    clip.SOPClassUID = meta.MediaStorageSOPClassUID
    clip.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    clip.Modality, clip.Manufacturer, clip.ManufacturerModelName = "US", "Maker", "Model 1"
    clip.PatientName, clip.PatientID, clip.PatientBirthDate = NAME, "ID-4711", "19700101"
    clip.StudyDate, clip.InstitutionName = "20200202", "Hospital of Nowhere"
    clip.FrameTime = 20.0
    clip.SequenceOfUltrasoundRegions = Sequence([region()])
    clip.NumberOfFrames, clip.Rows, clip.Columns = frames.shape[:3]
    clip.SamplesPerPixel = 1 if frames.ndim == 3 else 3
    clip.PhotometricInterpretation = photometric or ("MONOCHROME2" if frames.ndim == 3 else "RGB")
    clip.BitsAllocated = 8 * frames.dtype.itemsize
    clip.BitsStored, clip.HighBit = clip.BitsAllocated, clip.BitsAllocated - 1
    clip.PixelRepresentation = 0
    if frames.ndim == 4:
        clip.PlanarConfiguration = 0
    clip.PixelData = frames.tobytes()
    for keyword, value in elements.items():
        if value is None:
            del clip[keyword]
        else:
            setattr(clip, keyword, value)
    return clip


def save(clip: FileDataset, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    clip.save_as(path, enforce_file_format=True)
    return path


def write_clip(path: Path, frames: np.ndarray | None = None, **elements) -> Path:
    """Write an uncompressed clip (see `dataset`) and return its path."""
    return save(dataset(fan_frames() if frames is None else frames, **elements), path)


def jpeg_baseline(frames: np.ndarray) -> FileDataset:
    """YBR_FULL_422 in JPEG, what most machines write."""
    clip = dataset(frames, "YBR_FULL_422")
    parts = []
    for frame in frames:
        stream = io.BytesIO()
        Image.fromarray(frame).save(stream, "JPEG", quality=95, subsampling="4:2:2")
        parts.append(stream.getvalue())
    clip.PixelData = encapsulate(parts)
    clip["PixelData"].is_undefined_length = True
    clip.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
    return clip


def compressed(frames: np.ndarray, syntax: uid.UID, **elements) -> FileDataset:
    """Lossless RLE, JPEG-LS or JPEG 2000."""
    clip = dataset(frames, **elements)
    clip.compress(syntax, generate_instance_uid=False)
    return clip


def ybr_full(frames: np.ndarray) -> FileDataset:
    converted = np.stack([convert_color_space(frame, "RGB", "YBR_FULL") for frame in frames])
    return dataset(converted, "YBR_FULL")


def ybr_full_422(frames: np.ndarray) -> FileDataset:
    """Uncompressed, each pair of pixels as Y Y Cb Cr."""
    full = np.stack([convert_color_space(frame, "RGB", "YBR_FULL") for frame in frames])
    clip = dataset(full, "YBR_FULL_422")
    pairs = full.reshape(-1, 2, 3)
    packed = np.column_stack([pairs[:, 0, 0], pairs[:, 1, 0], pairs[:, 0, 1], pairs[:, 0, 2]])
    clip.PixelData = packed.tobytes()
    return clip


def palette(frames: np.ndarray) -> FileDataset:
    """Indices into a reversed grey palette with 16-bit entries."""
    clip = dataset(255 - frames, "PALETTE COLOR")
    table = (np.arange(255, -1, -1, dtype=np.uint16) * 257).tobytes()
    for colour in ("Red", "Green", "Blue"):
        setattr(clip, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(clip, f"{colour}PaletteColorLookupTableData", table)
    return clip
