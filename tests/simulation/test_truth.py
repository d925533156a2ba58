import numpy as np
import pytest

from echogls.simulation.streams import wall_labels
from echogls.simulation.truth import (
    displacement,
    true_geometry,
    true_measures,
    velocity_field,
    whole_systoles,
)
from echogls.study import LABELS, SEGMENTS


def test_measures_are_those_of_the_drawn_heart(clip):
    found = true_measures(clip)
    assert found["global", "gls"] == pytest.approx(-18, abs=0.4)
    parts = [found[segment, "peak_systolic_strain"] for segment in SEGMENTS]
    np.testing.assert_allclose(parts, clip.heart.segment_strain_percent, atol=0.6)
    ed, es = whole_systoles(clip)[0]
    assert (found["global", "ed_time"], found["global", "es_time"]) == (ed, es)
    assert 0.25 < es - ed < 0.5


def test_clip_without_a_whole_systole_has_no_measures(clip):
    from dataclasses import replace

    short = replace(clip, times_s=clip.times_s[:5])
    assert true_measures(short) == {}


def test_displacement_of_the_wall_is_that_of_its_material(clip):
    for k in (0, 6, 12):
        for layer in (-0.3, 0.0, 0.4):
            start = clip.wall.layer(layer)[k][10:-10:7]
            end = clip.wall.layer(layer)[k + 1][10:-10:7]
            np.testing.assert_allclose(displacement(clip, k, start), end - start, atol=0.08)


def test_surroundings_move_with_the_heart_and_the_chest_stays(clip):
    outer = clip.wall.layer(0.5)
    k = 6
    beside = outer[k][20] + 1.0 * clip.wall.outward[k][20]
    moved = displacement(clip, k, beside[None])[0]
    np.testing.assert_allclose(moved, outer[k + 1][20] - outer[k][20], atol=0.6)
    far = np.array([[0.0, clip.probe.depth_mm - 1]])
    assert np.abs(displacement(clip, k, far)).max() < 0.3


def test_velocity_is_displacement_over_time_and_unknown_outside_the_sector(clip):
    field = velocity_field(clip)
    inside = clip.sector[::8, ::8]
    assert np.isfinite(field[:, inside]).all() and np.isnan(field[:, ~inside]).all()
    points = clip.raster.points(8)[inside]
    interval = clip.times_s[4] - clip.times_s[3]
    np.testing.assert_allclose(field[3][inside] * interval, displacement(clip, 3, points))


def test_geometry_counts_from_the_first_pixel(clip):
    geometry = true_geometry(clip)
    count = len(clip.times_s)
    assert geometry["centreline_mm"].shape == (count, 120, 2)
    rows, columns = clip.raster.shape
    size = np.array([columns, rows]) * clip.raster.spacing_mm
    assert (geometry["epicardium_mm"] > 0).all() and (geometry["epicardium_mm"] < size).all()
    steps = np.hypot(*np.diff(geometry["centreline_mm"][5], axis=0).T)
    np.testing.assert_allclose(steps, steps.mean(), rtol=0.02)


def test_muscle_is_brighter_than_the_cavity(clip):
    labels = wall_labels(clip, 0)
    muscle, cavity = (clip.frames[0][labels == LABELS[name]] for name in ("myocardium", "cavity"))
    assert muscle.mean() > cavity.mean() + 10


def test_speckle_follows_the_wall(clip):
    """The image at the wall's points looks more like itself where the truth says it went."""
    from scipy.ndimage import map_coordinates

    spacing, origin = clip.raster.spacing_mm, np.array(clip.raster.origin_mm)
    ed, es = whole_systoles(clip)[0]
    k = int(np.abs(clip.times_s - (ed + es) / 2).argmin())
    layers = np.linspace(-0.45, 0.45, 9)

    def patch(frame, at):
        points = np.stack([clip.wall.layer(w)[at] for w in layers])
        places = (points - origin) / spacing
        values = map_coordinates(clip.frames[frame].astype(float), [places[..., 1], places[..., 0]])
        return (values - values.mean()).ravel()

    first = patch(k, k)
    followed = np.corrcoef(first, patch(k + 2, k + 2))[0, 1]
    stayed = np.corrcoef(first, patch(k + 2, k))[0, 1]
    assert followed > stayed + 0.05
