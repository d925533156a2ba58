"""Regions of DICOM clips."""

import pytest
from dicom_files import region
from pydicom import Dataset
from pydicom.sequence import Sequence

from echogls.cohorts import Excluded
from echogls.cohorts._box import Box
from echogls.cohorts._dicom_geometry import overlap, resized_by, tissue_region


def header(*regions) -> Dataset:
    made = Dataset()
    made.SequenceOfUltrasoundRegions = Sequence(regions)
    return made


def test_deltas_are_centimetres_of_either_sign():
    found, _, _ = tissue_region(header(region(delta=(-0.03, 0.05))))
    assert (found.row_mm, found.column_mm) == (pytest.approx(0.3), pytest.approx(0.5))


def test_the_tissue_plane_is_picked_among_others():
    tissue = region((10, 90, 10, 70))
    found, flow, notes = tissue_region(
        header(region(kind=10), region(kind=2), region(space=3), tissue)
    )
    assert found.box == Box(10, 90, 10, 70)
    assert flow == [Box(12, 108, 20, 140)]
    assert notes == []


def test_of_two_tissue_planes_the_larger_is_used_and_it_is_said():
    found, _, notes = tissue_region(header(region((0, 10, 0, 10)), region()))
    assert found.box == Box(12, 108, 20, 140)
    assert notes


def test_no_regions_are_none_but_only_others_are_left_out():
    assert tissue_region(Dataset())[0] is None
    with pytest.raises(Excluded, match="no_tissue_image"):
        tissue_region(header(region(space=2)))


@pytest.mark.parametrize(
    ("screen", "factor"), [((480, 640), 2.0), ((600, 800), 2.5), ((768, 1024), 3.2)]
)
def test_the_screen_of_a_region_is_found_from_where_the_sector_lies(screen, factor):
    box = Box(*(round(edge * screen[0] / 480) for edge in (31, 415, 84, 596)))
    assert resized_by(box, (240, 320), Box(20, 204, 42, 298)) == pytest.approx(factor)


def test_a_region_that_no_screen_explains_gives_none():
    assert resized_by(Box(300, 420, 500, 640), (240, 320), Box(0, 60, 0, 80)) is None


def test_overlap_is_intersection_over_union():
    assert overlap(Box(0, 2, 0, 2), Box(0, 2, 1, 3)) == pytest.approx(1 / 3)
    assert overlap(Box(0, 1, 0, 1), Box(5, 6, 5, 6)) == 0
