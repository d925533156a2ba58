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
JPEG_QUALITY = 90  # of 100; by judgement: less would blur speckle


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
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = _uid(patient, "study", 0)
    dataset.SeriesInstanceUID = _uid(patient, "series", 0)
    dataset.Modality, dataset.BodyPartExamined = "US", "HEART"
    dataset.Manufacturer = "EchoGLS simulation"
    dataset.ManufacturerModelName = "Simulated phased array"
    dataset.PatientName, dataset.PatientID = f"Simulated^{patient}", patient
    dataset.PatientBirthDate = dataset.PatientSex = ""
    dataset.StudyDate = dataset.StudyTime = dataset.ReferringPhysicianName = ""
    dataset.StudyID = dataset.AccessionNumber = ""
    dataset.PatientOrientation = ""
    dataset.SeriesNumber, dataset.InstanceNumber = 1, number
    _timing(dataset, clip)
    dataset.SequenceOfUltrasoundRegions = Sequence([_region(clip)])
    _pixels(dataset, frames, syntax)
    dataset.save_as(path, enforce_file_format=True)


def _timing(dataset: Dataset, clip: SimulatedClip) -> None:
    intervals = 1000 * np.diff(clip.times_s)
    dataset.FrameTime = f"{intervals.mean():.6g}"
    dataset.FrameIncrementPointer = 0x00181063  # FrameTime
    dataset.CineRate = dataset.RecommendedDisplayFrameRate = round(1000 / intervals.mean())
    waves = clip.rhythm.r_waves_s
    waves = waves[(waves >= 0) & (waves <= clip.times_s[-1])]
    if len(waves):
        dataset.RWaveTimeVector = [float(1000 * wave) for wave in waves]
    dataset.HeartRate = round(60 / np.diff(clip.rhythm.r_waves_s).mean())


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


def _pixels(dataset: FileDataset, frames: np.ndarray, syntax: str) -> None:
    colour = frames.ndim == 4
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = frames.shape[:3]
    dataset.SamplesPerPixel = 3 if colour else 1
    dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.LossyImageCompression = "01" if syntax == "jpeg" else "00"
    if syntax == "jpeg":
        parts = [_jpeg(frame) for frame in frames]
        dataset.LossyImageCompressionMethod = "ISO_10918_1"
        dataset.LossyImageCompressionRatio = f"{frames.nbytes / sum(map(len, parts)):.3g}"
        dataset.PixelData = encapsulate(parts)
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = SYNTAXES[syntax]
        if colour:
            dataset.PhotometricInterpretation = "YBR_FULL_422"
        return
    dataset.PixelData = frames.tobytes() + b"\0" * (frames.nbytes % 2)
    dataset["PixelData"].VR = "OB"
    if syntax == "rle":
        dataset.compress(SYNTAXES[syntax], generate_instance_uid=False)


def _jpeg(frame: np.ndarray) -> bytes:
    stream = io.BytesIO()
    options = {"subsampling": "4:2:2"} if frame.ndim == 3 else {}
    Image.fromarray(frame).save(stream, "JPEG", quality=JPEG_QUALITY, **options)
    return stream.getvalue()


def _uid(patient: str, kind: str, number: int) -> uid.UID:
    return uid.generate_uid(entropy_srcs=["echogls simulation", patient, kind, str(number)])
