"""Where a DICOM clip shows tissue, and how large its pixels are (PS3.3 C.8.5.5)."""

from dataclasses import dataclass

import pydicom

from echogls.cohorts import Excluded
from echogls.cohorts._box import Box
from echogls.cohorts._dicom_header import number, numbers

# Codes of RegionSpatialFormat (2D), RegionDataType (tissue, colour flow) and PhysicalUnits (cm),
# DICOM PS3.3 C.8.5.5.
FLAT, TISSUE, COLOUR_FLOW, CENTIMETRES = 1, 1, 2, 3

# Width and height of screens that machines record (VGA to full HD, PAL and NTSC); used only to
# explain a region that does not fit in its image. One that is missing leaves the spacing unknown.
SCREENS = (
    (640, 480),
    (720, 480),
    (720, 576),
    (768, 576),
    (800, 600),
    (960, 720),
    (1016, 708),
    (1024, 768),
    (1280, 720),
    (1280, 960),
    (1280, 1024),
    (1600, 1200),
    (1920, 1080),
)
PLAIN_FACTORS = (1.5, 2.0, 3.0, 4.0)  # by which other screens are made smaller; by judgement
# A region may exceed its image by this fraction: vendors count the last pixel differently; by
# judgement, some pixels of a screen.
SLACK = 0.01
# Least overlap (intersection over union) of a region and what the pixels show there; by judgement:
# a region holds the sector and some margin, and one of a wrong factor lies elsewhere.
LEAST_AGREEMENT = 0.5
# mm per pixel that a picture of the heart can have (100 mm are 10 to 10,000 pixels), and how many
# times as large one side of a pixel can be as the other; by judgement, beyond any seen.
PLAUSIBLE_MM = (0.01, 10.0)
MOST_ANISOTROPY = 8.0


@dataclass(frozen=True)
class Region:
    """A calibrated part of the screen: its box in pixels, and mm per pixel or None."""

    box: Box
    row_mm: float | None
    column_mm: float | None


def tissue_region(header: pydicom.Dataset) -> tuple[Region | None, list[Box], list[str]]:
    """The region of the grey image, the boxes of colour flow, and remarks.

    The largest two-dimensional tissue region is taken, the first of equals; a
    colour-flow region where no tissue region is stated. No regions at all give
    None; regions of which none shows a plane raise `Excluded`.
    """
    items = list(header.get("SequenceOfUltrasoundRegions") or [])
    planes = [item for item in items if number(item, "RegionSpatialFormat") == FLAT]
    tissue = [_region(item) for item in planes if number(item, "RegionDataType") == TISSUE]
    flow = [_region(item) for item in planes if number(item, "RegionDataType") == COLOUR_FLOW]
    candidates = [region for region in tissue or flow if region.box.area > 0]
    if items and not candidates:
        raise Excluded("no_tissue_image", "no two-dimensional tissue region")
    if not candidates:
        return None, [], []
    notes = [f"{len(candidates)} tissue regions, one used"] if len(candidates) > 1 else []
    best = max(candidates, key=lambda region: region.box.area)
    return best, [region.box for region in flow], notes


def _region(item: pydicom.Dataset) -> Region:
    left, top = number(item, "RegionLocationMinX0"), number(item, "RegionLocationMinY0")
    right, bottom = number(item, "RegionLocationMaxX1"), number(item, "RegionLocationMaxY1")
    row_mm = _millimetres(item, "PhysicalUnitsYDirection", "PhysicalDeltaY")
    column_mm = _millimetres(item, "PhysicalUnitsXDirection", "PhysicalDeltaX")
    if row_mm and column_mm and not 1 / MOST_ANISOTROPY < row_mm / column_mm < MOST_ANISOTROPY:
        row_mm = column_mm = None
    return Region(Box(int(top), int(bottom) + 1, int(left), int(right) + 1), row_mm, column_mm)


def _millimetres(item: pydicom.Dataset, units: str, delta: str) -> float | None:
    """mm per pixel; a delta is in cm, and negative where its axis points up or left."""
    size = 10 * abs(number(item, delta))
    plausible = PLAUSIBLE_MM[0] <= size <= PLAUSIBLE_MM[1]
    return size if number(item, units) == CENTIMETRES and plausible else None


def pixel_spacing(header: pydicom.Dataset) -> tuple[float | None, float | None, str]:
    """mm per pixel of rows and of columns where a file states them of the whole image, as secondary
    captures and converters do, and the element; None, None, "" where it does not."""
    for keyword in ("PixelSpacing", "NominalScannedPixelSpacing"):
        values = numbers(header, keyword)
        if len(values) != 2 or not all(PLAUSIBLE_MM[0] <= v <= PLAUSIBLE_MM[1] for v in values):
            continue
        if 1 / MOST_ANISOTROPY < values[0] / values[1] < MOST_ANISOTROPY:
            return float(values[0]), float(values[1]), keyword
    return None, None, ""


def stated_depth(header: pydicom.Dataset) -> tuple[float, float | None]:
    """Rows of the picture as the file states it, and mm per row; None where it does not say."""
    region, _, _ = tissue_region(header)
    rows = number(header, "Rows")
    if region is None or region.row_mm is None:
        row_mm, _, _ = pixel_spacing(header)
        return rows, row_mm
    return min(region.box.bottom, rows) - max(region.box.top, 0), region.row_mm


def fits(box: Box, shape: tuple[int, int], factor: float = 1.0) -> bool:
    """Whether a box, divided by a factor, lies in an image of (rows, columns)."""
    rows, columns = shape
    within = (1 + SLACK) * factor
    return box.bottom <= rows * within and box.right <= columns * within


def resized_by(box: Box, shape: tuple[int, int], seen: Box) -> float | None:
    """How many times smaller the image is than the screen that a region was stated for.

    Objects are scaled down after acquisition and keep their regions. The factor
    is one that leads back to a usual screen of the same proportions, holds the
    region, and puts it where the image shows tissue.

    Parameters
    ----------
    box : the region as stated, not in the image.
    shape : (rows, columns) of the image.
    seen : the box of the sector as found from the pixels.

    Returns
    -------
    Screen pixels per image pixel, above 1, or None if no factor explains the region.
    """
    rows, columns = shape
    factors = {
        width / columns
        for width, height in SCREENS
        if abs(width / columns - height / rows) <= SLACK * width / columns
    }
    factors.update(PLAIN_FACTORS)
    possible = [factor for factor in sorted(factors) if factor > 1 and fits(box, shape, factor)]
    agreement = {factor: overlap(scaled(box, factor), seen) for factor in possible}
    best = max(agreement, key=agreement.get, default=None)
    return best if best is not None and agreement[best] >= LEAST_AGREEMENT else None


def scaled(box: Box, factor: float) -> Box:
    """A box divided by a factor, in whole pixels."""
    return Box(*(round(edge / factor) for edge in box))


def intersection(one: Box, other: Box) -> Box:
    """The part that two boxes share; its area is 0 if they share none."""
    top, left = max(one.top, other.top), max(one.left, other.left)
    bottom, right = min(one.bottom, other.bottom), min(one.right, other.right)
    return Box(top, max(top, bottom), left, max(left, right))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    shared = intersection(one, other).area
    return shared / max(one.area + other.area - shared, 1)
