from dataclasses import replace

import numpy as np
import pytest

from echogls.simulation.acoustics import Probe, Raster, ScanConverter, receive, sector
from echogls.simulation.looks import Machine, draw_look

PROBE = Probe(2.5, 3.0, 20.0, 80.0, 150.0, 40.0)
RASTER = Raster(0.5, (-110.0, -3.0), (312, 442))


def envelope(points, amplitudes):
    return np.hypot(*np.moveaxis(receive(PROBE, np.array(points), np.array(amplitudes)), -1, 0))


def test_one_scatterer_is_seen_where_it_is():
    depths, angles = PROBE.grid()
    image = envelope([[20.0, 75.0]], [1.0])
    row, column = np.unravel_index(image.argmax(), image.shape)
    assert depths[row] == pytest.approx(np.hypot(20, 75), abs=0.3)
    assert angles[column] == pytest.approx(np.arctan2(20, 75), abs=0.01)


def width_mm(image, axis, step):
    row, column = np.unravel_index(image.argmax(), image.shape)
    profile = image[:, column] if axis == 0 else image[row]
    return (profile > profile.max() / 2).sum() * step


def test_pulse_is_as_long_as_stated_and_the_beam_is_wider_away_from_the_focus():
    depths, angles = PROBE.grid()
    at_focus, beyond = (envelope([[0.0, y]], [1.0]) for y in (80.0, 145.0))
    step = depths[1] - depths[0]
    assert width_mm(at_focus, 0, step) == pytest.approx(2.355 * PROBE.axial_sd_mm, abs=1.5 * step)
    beam = angles[1] - angles[0]
    assert width_mm(beyond, 1, 145 * beam) > 1.5 * width_mm(at_focus, 1, 80 * beam)


def test_scatterers_a_quarter_wavelength_apart_cancel():
    apart = PROBE.wavelength_mm / 4
    alone = envelope([[0.0, 80.0]], [1.0]).max()
    both = envelope([[0.0, 80.0], [0.0, 80.0 + apart]], [1.0, 1.0]).max()
    together = envelope([[0.0, 80.0], [0.0, 80.0 + 2 * apart]], [1.0, 1.0]).max()
    assert both < 0.3 * alone
    assert together > 1.7 * alone


def test_many_scatterers_make_rayleigh_speckle():
    rng = np.random.default_rng(0)
    count = 250_000
    r, a = 150 * np.sqrt(rng.random(count)), rng.uniform(-0.7, 0.7, count)
    points = np.stack([r * np.sin(a), r * np.cos(a)], -1)
    image = envelope(points, rng.standard_normal(count))
    depths, _ = PROBE.grid()
    part = image[(depths > 60) & (depths < 110), 20:-20]
    # mean over standard deviation of a Rayleigh distribution: sqrt(pi / (4 - pi)) = 1.91
    assert part.mean() / part.std() == pytest.approx(1.91, abs=0.12)


def test_sector_is_black_outside_and_lit_within():
    beams = np.ones(tuple(map(len, PROBE.grid())), np.float32)
    image = ScanConverter(PROBE, RASTER)(beams)
    inside = sector(PROBE, RASTER)
    assert (image[inside] == 1).all() and (image[~inside] == 0).all()
    assert 0.3 < inside.mean() < 0.7


def test_stationary_clutter_stays_and_noise_does_not():
    rng = np.random.default_rng(1)
    quiet = np.zeros((*map(len, PROBE.grid()), 2), np.float32)
    look = replace(draw_look(rng), haze_db=0.0, haze_mm=30.0, noise_db=-60.0, persistence=0.0)
    machine = Machine(rng, PROBE, look, 1.0)
    one, two = machine.develop(quiet), machine.develop(quiet)
    near = PROBE.grid()[0] < 30
    assert np.corrcoef(one[near].ravel(), two[near].ravel())[0, 1] > 0.95
    look = replace(look, haze_db=-90.0, reverberation_db=-90.0, noise_db=-20.0)
    machine = Machine(rng, PROBE, look, 1.0)
    one, two = machine.develop(quiet), machine.develop(quiet)
    one, two = (image - image.mean(1, keepdims=True) for image in (one, two))  # gain over depth
    assert abs(np.corrcoef(one[~near].ravel(), two[~near].ravel())[0, 1]) < 0.3
