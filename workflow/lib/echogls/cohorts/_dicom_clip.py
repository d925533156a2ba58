"""One DICOM file -> one clip: decide what it is, find the sector, decode it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom

from echogls.cine import Cine, spread
from echogls.cohorts import Clip, Excluded, check_length, check_rate, clip_of
from echogls.cohorts._box import Box
from echogls.cohorts._colour import coloured, flow_share, is_doppler, is_drawn
from echogls.cohorts._dicom_geometry import (
    Region,
    fits,
    intersection,
    pixel_spacing,
    resized_by,
    scaled,
    tissue_region,
)
from echogls.cohorts._dicom_header import number, read_header, text
from echogls.cohorts._dicom_pixels import frames_inside, grey, read_frames
from echogls.cohorts._dicom_times import frame_times, heart_rate, r_waves
from echogls.cohorts._grid import (
    MOST_PIXELS,
    SURVEYED,
    SURVEYED_PIXELS,
    said_of_shrinking,
    shrinking,
    shrunk,
    square_pixels,
    square_spacing,
)
from echogls.cohorts._overrides import chosen_spacing
from echogls.cohorts._sector import bounding_box, find_sector

# Frames; half an hour at 55 a second. Beyond, something else was written there, which no note
# repeats.
MOST_STATED = 100_000


@dataclass(frozen=True)
class Place:
    """Where the ultrasound image is on the screen, and how large its pixels are.

    Attributes
    ----------
    sector : (H, W) bool, on the stored image.
    row_mm, column_mm : mm per stored pixel, or None where unknown.
    factor : screen pixels per stored pixel; 1 unless the object was scaled down.
    """

    sector: np.ndarray
    row_mm: float | None
    column_mm: float | None
    factor: float


def read_clip(file: Path, name: str, settings: dict) -> Clip:
    """One file as a clip; a file that cannot be used is a clip with a reason.

    `settings` are those of `cohorts.SETTINGS`, and may state `view`, `fps` and
    `spacing_mm` for the patient.
    """
    return clip_of(
        name, lambda facts, notes: _read_cine(file, read_header(file), settings, facts, notes)
    )


def _read_cine(
    file: Path, header: pydicom.Dataset, settings: dict, facts: dict, notes: list[str]
) -> Cine:
    """The cine of one file; fills `facts` (of `Clip`) and `notes` as far as it comes."""
    facts.update(vendor=text(header, "Manufacturer"), heart_rate=heart_rate(header))
    count = _frame_count(file, header, notes)
    rows, columns = int(number(header, "Rows")), int(number(header, "Columns"))
    facts.update(frames=count, rows=rows, columns=columns)
    facts.update(view=settings.get("view", ""))
    check_length(count, settings)
    if rows * columns > MOST_PIXELS:
        raise Excluded("undecodable", f"frames of {columns} x {rows}, at most {MOST_PIXELS:.0e} px")
    facts.update(kind="sequence")
    region, flow, remarks = tissue_region(header)
    notes += remarks
    times_s, timing, remarks = frame_times(
        header, count, settings.get("fps"), settings["rate_tolerance"]
    )
    notes += remarks
    waves_s = r_waves(header, times_s[-1])
    fps = float((count - 1) / times_s[-1])
    facts.update(fps=fps, timing=timing, r_waves=len(waves_s))
    check_rate(fps, settings)

    survey = _survey(file, header, count)
    place = _find_place(survey, region, flow, settings, notes)
    row_mm, column_mm, element = pixel_spacing(header)
    if place.row_mm is None and element:
        notes.append(f"spacing from {element}")
        place = Place(place.sector, row_mm, column_mm, place.factor)
    stated, sheet = chosen_spacing(settings, place.row_mm)
    if sheet and stated:
        place = Place(place.sector, stated, stated, place.factor)
    frames, sector, spacing = _decode(file, header, count, place, notes)
    spacing = spacing if stated else None
    if not spacing:
        notes.append("spacing unknown")
    facts.update(spacing_mm=spacing, rows=frames.shape[1], columns=frames.shape[2])
    provenance = {
        "format": "dicom",
        "manufacturer": text(header, "Manufacturer"),
        "model": text(header, "ManufacturerModelName"),
        "transfer_syntax": header.file_meta.TransferSyntaxUID.name,
        "photometric_interpretation": text(header, "PhotometricInterpretation"),
        "stored_size": f"{rows} x {columns}",
        "sector_box": " ".join(map(str, bounding_box(place.sector))),
        "scaled_down_by": f"{place.factor:g}",
        "timing": timing,
        "spacing": sheet or (element or "region" if spacing else "unknown"),
    }
    return Cine(
        frames=frames,
        times_s=times_s,
        sector=sector,
        spacing_mm=spacing,
        r_waves_s=waves_s,
        view=settings.get("view", ""),
        heart_rate=facts["heart_rate"],
        provenance=provenance,
    )


def _frame_count(file: Path, header: pydicom.Dataset, notes: list[str]) -> int:
    """How many frames there are: those inside the file, where it says another number."""
    stated = max(1, int(number(header, "NumberOfFrames", 1)))
    inside = frames_inside(file, header, stated)
    if inside == stated <= MOST_STATED:
        return stated
    if inside > MOST_STATED:
        raise Excluded(
            "too_many_frames", f"states more than {MOST_STATED} frames, as no recording has"
        )
    claim = stated if stated <= MOST_STATED else "a number that is none of"
    claim = claim if "NumberOfFrames" in header else "no number of"
    notes.append(f"the file states {claim} frames and holds {inside}, which are used")
    header.NumberOfFrames = inside
    return inside


def _survey(file: Path, header: pydicom.Dataset, count: int) -> np.ndarray:
    """(S, H, W) or (S, H, W, 3) uint8: frames spread evenly over the clip."""
    pixels = int(number(header, "Rows")) * int(number(header, "Columns"))
    most = max(4, min(SURVEYED, SURVEYED_PIXELS // pixels))
    return np.stack(list(read_frames(file, header, count, spread(count, most).tolist())))


def _find_place(
    survey: np.ndarray,
    region: Region | None,
    flow: list[Box],
    settings: dict,
    notes: list[str],
) -> Place:
    """The sector within the region, or anywhere; raises `Excluded` for Doppler and for nothing."""
    shape = survey.shape[1:3]
    picture = np.stack([grey(frame) for frame in survey])
    marks = coloured(survey) if survey.ndim == 4 else np.zeros(picture.shape, bool)
    region, factor = _on_image(region, shape, picture, notes)
    box = intersection(region.box, Box(0, shape[0], 0, shape[1]))
    part = np.s_[box.top : box.bottom, box.left : box.right]
    furniture = marks[:, *part].mean(axis=0) > 0
    inside = find_sector(picture[:, *part], furniture)
    with_colour = find_sector(picture[:, *part])
    if with_colour is None:
        raise Excluded("no_tissue_image", "no moving sector in the pixels")
    imaged = _on_whole(with_colour, box, shape)
    share = max(flow_share(marks, area) for area in _areas(imaged, flow, factor))
    if is_doppler(share, settings):
        if not flow and is_drawn(survey, marks, imaged):
            raise Excluded("drawing", f"{100 * share:.2g} % of the sector is painted")
        raise Excluded("colour_doppler", f"{100 * share:.2g} % of the sector is coloured")
    sector = _on_whole(with_colour if inside is None else inside, box, shape)
    return Place(sector, region.row_mm, region.column_mm, factor)


def _on_image(
    region: Region | None, shape: tuple[int, int], picture: np.ndarray, notes: list[str]
) -> tuple[Region, float]:
    """The region in stored pixels, and by how much the object was scaled down."""
    whole = Box(0, shape[0], 0, shape[1])
    if region is None:
        notes.append("no region is stated: sector found from the pixels")
        return Region(whole, None, None), 1.0
    if region.row_mm is None or region.column_mm is None:
        notes.append("the region has no usable calibration in cm")
        region = Region(region.box, None, None)
    if fits(region.box, shape):
        return region, 1.0
    sector = find_sector(picture)
    factor = None if sector is None else resized_by(region.box, shape, bounding_box(sector))
    if factor is None:
        notes.append("the region does not fit in the image and is not used")
        return Region(whole, None, None), 1.0
    notes.append(
        f"the region belongs to a {round(shape[1] * factor)} x {round(shape[0] * factor)} image: "
        f"scaled by {factor:g}"
    )
    in_mm = region.row_mm is not None
    return Region(
        scaled(region.box, factor),
        region.row_mm * factor if in_mm else None,
        region.column_mm * factor if in_mm else None,
    ), factor


def _areas(sector: np.ndarray, flow: list[Box], factor: float) -> list[np.ndarray]:
    """The sector, and the parts of it in which colour flow is stated, (H, W) bool each."""
    areas = [sector]
    for box in flow:
        top, bottom, left, right = scaled(box, factor)
        part = np.zeros_like(sector)
        part[top:bottom, left:right] = sector[top:bottom, left:right]
        if part.any():
            areas.append(part)
    return areas


def _on_whole(mask: np.ndarray, box: Box, shape: tuple[int, int]) -> np.ndarray:
    """A mask of a box as a mask of the whole image."""
    whole = np.zeros(shape, bool)
    whole[box.top : box.bottom, box.left : box.right] = mask
    return whole


def _decode(
    file: Path, header: pydicom.Dataset, count: int, place: Place, notes: list[str]
) -> tuple[np.ndarray, np.ndarray, float | None]:
    """(T, H, W) uint8 grey of the sector on square pixels, its (H, W) mask, mm per pixel."""
    top, bottom, left, right = bounding_box(place.sector)
    part = np.s_[top:bottom, left:right]
    in_mm = place.row_mm is not None
    row_mm, column_mm = (place.row_mm, place.column_mm) if in_mm else (1.0, 1.0)
    sector = square_pixels(place.sector[part].astype(np.uint8), row_mm, column_mm, labels=True) > 0
    factor = shrinking(count, *sector.shape)
    notes += filter(None, [said_of_shrinking(factor, count, *sector.shape)])
    sector = shrunk(255 * sector.astype(np.uint8), factor) > 127
    frames = np.empty((count, *sector.shape), np.uint8)
    for index, frame in enumerate(read_frames(file, header, count)):
        square = shrunk(square_pixels(grey(frame[part]), row_mm, column_mm), factor)
        frames[index] = np.where(sector, square, 0)
    return frames, sector, factor * square_spacing(row_mm, column_mm) if in_mm else None
