"""A simulated clip as a scanner would store it: DICOM Ultrasound Multi-frame."""

import io
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import Dataset, uid
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from echogls.simulation.clip import SimulatedClip

SYNTAXES = {
    "uncompressed": uid.ExplicitVRLittleEndian,
    "rle": uid.RLELossless,
    "jpeg": uid.JPEGBaseline8Bit,
}
JPEG_QUALITY = 90


def write_dicom(
    path: Path, frames: np.ndarray, clip: SimulatedClip, *, patient: str, syntax: str, number: int
) -> None:
    """Write one clip.

    Parameters
    ----------
    frames : (T, H, W) grey or (T, H, W, 3) RGB uint8, what is shown; with furniture or not.
    clip : its times, R waves, pixels and probe.
    patient : the study's key, which seeds the file's unique identifiers.
    syntax : key of SYNTAXES.
    number : instance number within the patient.
    """
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = uid.UltrasoundMultiFrameImageStorage
    meta.MediaStorageSOPInstanceUID = _uid(patient, "instance", number)
    meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SpecificCharacterSet = "ISO_IR 192"
    made.ImageType = ["ORIGINAL", "PRIMARY"]
    made.SOPClassUID = meta.MediaStorageSOPClassUID
    made.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    made.StudyInstanceUID = _uid(patient, "study", 0)
    made.SeriesInstanceUID = _uid(patient, "series", 0)
    made.Modality, made.BodyPartExamined = "US", "HEART"
    made.Manufacturer = "EchoGLS simulation"
    made.ManufacturerModelName = "Simulated phased array"
    made.PatientName, made.PatientID = f"Simulated^{patient}", patient
    made.PatientBirthDate = made.PatientSex = ""
    made.StudyDate = made.StudyTime = made.ReferringPhysicianName = ""
    made.StudyID = made.AccessionNumber = ""
    made.PatientOrientation = ""
    made.SeriesNumber, made.InstanceNumber = 1, number
    _timing(made, clip)
    made.SequenceOfUltrasoundRegions = Sequence([_region(clip)])
    _pixels(made, frames, syntax)
    made.save_as(path, enforce_file_format=True)


def _timing(made: Dataset, clip: SimulatedClip) -> None:
    intervals = 1000 * np.diff(clip.times_s)
    made.FrameTime = f"{intervals.mean():.6g}"
    made.FrameIncrementPointer = 0x00181063  # FrameTime
    made.CineRate = made.RecommendedDisplayFrameRate = round(1000 / intervals.mean())
    waves = clip.rhythm.r_waves_s
    waves = waves[(waves >= 0) & (waves <= clip.times_s[-1])]
    if len(waves):
        made.RWaveTimeVector = [float(1000 * wave) for wave in waves]
    made.HeartRate = round(60 / np.diff(clip.rhythm.r_waves_s).mean())


def _region(clip: SimulatedClip) -> Dataset:
    rows, columns = np.flatnonzero(clip.sector.any(1)), np.flatnonzero(clip.sector.any(0))
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 2
    region.RegionLocationMinX0, region.RegionLocationMaxX1 = int(columns[0]), int(columns[-1])
    region.RegionLocationMinY0, region.RegionLocationMaxY1 = int(rows[0]), int(rows[-1])
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3  # cm
    region.PhysicalDeltaX = region.PhysicalDeltaY = clip.raster.spacing_mm / 10
    region.TransducerFrequency = round(1000 * clip.probe.frequency_mhz)
    return region


def _pixels(made: FileDataset, frames: np.ndarray, syntax: str) -> None:
    colour = frames.ndim == 4
    made.NumberOfFrames, made.Rows, made.Columns = frames.shape[:3]
    made.SamplesPerPixel = 3 if colour else 1
    made.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        made.PlanarConfiguration = 0
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    made.LossyImageCompression = "01" if syntax == "jpeg" else "00"
    if syntax == "jpeg":
        parts = [_jpeg(frame) for frame in frames]
        made.LossyImageCompressionMethod = "ISO_10918_1"
        made.LossyImageCompressionRatio = f"{frames.nbytes / sum(map(len, parts)):.3g}"
        made.PixelData = encapsulate(parts)
        made["PixelData"].VR = "OB"
        made["PixelData"].is_undefined_length = True
        made.file_meta.TransferSyntaxUID = SYNTAXES[syntax]
        if colour:
            made.PhotometricInterpretation = "YBR_FULL_422"
        return
    made.PixelData = frames.tobytes() + b"\0" * (frames.nbytes % 2)
    made["PixelData"].VR = "OB"
    if syntax == "rle":
        made.compress(SYNTAXES[syntax], generate_instance_uid=False)


def _jpeg(frame: np.ndarray) -> bytes:
    stream = io.BytesIO()
    options = {"subsampling": "4:2:2"} if frame.ndim == 3 else {}
    Image.fromarray(frame).save(stream, "JPEG", quality=JPEG_QUALITY, **options)
    return stream.getvalue()


def _uid(patient: str, kind: str, number: int) -> uid.UID:
    return uid.generate_uid(entropy_srcs=["echogls simulation", patient, kind, str(number)])
