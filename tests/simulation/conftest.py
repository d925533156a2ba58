import numpy as np
import pytest

from echogls.simulation.anatomy import draw_heart
from echogls.simulation.clip import draw_probe, draw_raster, simulate_clip


@pytest.fixture(scope="package")
def clip():
    """A small four-chamber clip of a whole systole."""
    rng = np.random.default_rng(11)
    heart = draw_heart(rng, pathology="normal", gls_percent=-18.0)
    probe = draw_probe(rng, heart)
    raster = draw_raster(rng, probe, rows=240)
    return simulate_clip(
        rng, heart, fps=30, beats=0.9, first_r_s=0.05, probe=probe, raster=raster, density=2.0
    )
