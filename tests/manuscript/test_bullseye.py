"""The bull's-eye drawn: every segment in its place."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from echogls.manuscript.bullseye import RINGS, draw_bullseye, save_bullseye, segment_means
from echogls.strain.bullseye import MODELS


def row(number, value, **cells):
    told = {"patient": "p1", "repeat": "1", "model": "17", "status": "ok"}
    return told | {"number": str(number), "value": str(value)} | cells


@pytest.mark.parametrize("model", list(RINGS))
def test_each_segment_is_drawn_once_towards_its_wall(model):
    values = {k: -float(k) for k in range(1, len(MODELS[model]) + 1)}
    figure, axes = plt.subplots()
    draw_bullseye(axes, values, "p1", model)
    assert len(axes.patches) == len(values)
    place = {t.get_text(): np.array(t.get_position()) for t in axes.texts}
    for k, name in enumerate(MODELS[model], start=1):
        x, y = place[f"\N{MINUS SIGN}{k}"]
        _, _, wall = name.partition("_")
        if wall:
            if wall in ("anterolateral", "anteroseptal"):
                assert y > 0.1
            assert (x < -0.1) == wall.endswith("septal") and (x > 0.1) == wall.endswith("lateral")
    assert place["\N{MINUS SIGN}1"][1] > 2 > -2 > place["\N{MINUS SIGN}4"][1]
    plt.close(figure)


def test_means_are_over_patients_and_first_readings():
    rows = [row(1, -10), row(1, -20, patient="p2"), row(1, -90, repeat="2"), row(2, -5, model="18")]
    rows.append(row(3, "", status="excluded", patient="p3"))
    assert segment_means(rows) == ({1: -15.0}, 2)


def test_a_flagged_segment_has_a_question_mark(tmp_path):
    rows = [row(1, -10, reason="uneven_segments"), row(2, -20, reason="")]
    save_bullseye(tmp_path / "a.svg", rows, "p1, dis")
    told = (tmp_path / "a.svg").read_text()
    assert "10?" in told and "20?" not in told and "?: flagged" in told
    save_bullseye(tmp_path / "b.svg", rows[1:], "p1, dis")
    assert "?: flagged" not in (tmp_path / "b.svg").read_text()


def test_a_bullseye_without_any_segment_is_drawn_too(tmp_path):
    save_bullseye(tmp_path / "a.svg", [], "p1, dis")
    assert (tmp_path / "a.svg").stat().st_size > 1000
