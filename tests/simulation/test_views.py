import numpy as np
import pytest

from echogls.simulation.anatomy import draw_heart
from echogls.simulation.clip import draw_pose, draw_probe
from echogls.simulation.heartbeat import draw_rhythm
from echogls.simulation.scene import CODES
from echogls.simulation.views import BUILDERS


def scene(view, seed=3):
    rng = np.random.default_rng(seed)
    heart = draw_heart(rng)
    probe, pose = draw_probe(rng, heart), draw_pose(rng, heart)
    rhythm = draw_rhythm(rng, heart_rate=60, first_r_s=0.1, duration_s=0.3)
    return BUILDERS[view](rng, probe, heart, rhythm, pose, np.array([0.1, 0.2]), view)


@pytest.mark.parametrize("view", BUILDERS)
def test_every_view_has_blood_and_walls_round_it(view):
    labels = scene(view).labels
    shares = {name: (labels == code).mean() for name, code in CODES.items()}
    if view != "unknown":
        assert shares["blood"] > 0.02
        assert shares["wall"] + shares["thin_wall"] + shares["nothing"] > 0.005


def test_the_long_axis_shows_the_aorta_and_the_two_chamber_does_not():
    """Its closed valve is painted; that of the mitral valve is lines, and moves."""
    closed = {view: (scene(view).labels == CODES["valve"]).sum() for view in ("alax", "a2c")}
    assert closed["alax"] > 20 and closed["a2c"] == 0


def test_the_right_heart_lies_on_the_septal_side():
    def blood_left(view):
        made = scene(view)
        columns = np.nonzero(made.labels == CODES["blood"])[1]
        return (columns * 0.5 + made.origin_mm[0] < -20).sum()

    assert blood_left("a4c") > 5 * max(blood_left("a2c"), 1)
