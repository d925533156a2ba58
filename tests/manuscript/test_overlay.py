"""What the drawn pictures say of a measurement that may be wrong."""

import subprocess
import sys
import warnings
from xml.etree import ElementTree

import numpy as np
import pytest

from echogls.manuscript import overlay
from echogls.manuscript.curve import save_notice
from echogls.manuscript.flags import doubts_in_words, flagged_patients, what_came
from echogls.study import REASONS

LINE = np.stack([np.linspace(10, 90, 81), np.full(81, 50.0)], -1)  # level, one point a pixel
BOUNDS = np.linspace(0, 80, 7).round().astype(int)


def coloured(hidden, bounds=None):
    """Whether the line is drawn at each of its points."""
    frame = np.zeros((100, 100), np.uint8)
    picture = overlay.draw_frame(frame, 1.0, LINE, segment_bounds=bounds, hidden=hidden)
    zoom = overlay.HEIGHT / 100
    places = np.round((LINE + 0.5) * zoom - 0.5).astype(int)
    return np.array([picture[y, x].any() for x, y in places])


@pytest.mark.parametrize("bounds", [None, BOUNDS])
def test_the_line_is_dashed_where_it_lies_outside_the_picture(bounds):
    hidden = np.arange(81) >= 40
    assert coloured(None, bounds).all()
    drawn = coloured(hidden, bounds)
    assert drawn[:40].all()
    assert 0.3 < drawn[40:].mean() < 0.9 and not drawn[40:].all()


def test_flags_are_told_with_what_they_mean_and_what_came():
    row = {"patient": "p1", "rater": "best", "view": "a4c", "measure": "gls", "status": "ok"}
    measurements = [
        row | {"reason": "incomplete_beat"},
        row | {"patient": "p2", "reason": "ed_es_only"},
        row | {"patient": "p3", "reason": "incomplete_beat", "status": "excluded"},
    ]
    assert flagged_patients(measurements, "best") == {"p1": ["incomplete_beat"]}
    told = {"patient": "p1", "method": "best", "view": "a4c"}
    quality = [
        told | {"flag": "incomplete_beat", "note": "end-systole is frame 29 of 0 to 29"},
        told | {"flag": "incomplete_beat", "note": "end-systole is frame 29 of 0 to 29"},
        told | {"flag": "", "note": ""},
        told | {"method": "", "flag": "outlier", "note": "of the outlines"},
        told | {"method": "dis", "flag": "outside_image", "note": "another method"},
    ]
    came = what_came(quality, "p1", "best")
    assert came == {"incomplete_beat": ["apical four-chamber: end-systole is frame 29 of 0 to 29"]}


def test_flags_of_segments_name_them_and_are_none_of_the_gls():
    row = {"patient": "p1", "rater": "best", "view": "a4c", "status": "ok", "segment": "global"}
    rows = [row | {"measure": "gls", "reason": ""}]
    for name in ("apical_septal", "apical_lateral"):
        of_segment = {"segment": name, "reason": "uneven_segments"}
        rows += [row | of_segment | {"measure": "peak_systolic_strain"}] * 2
    assert doubts_in_words(rows) == ["uneven segments (apical septal, apical lateral)"]
    assert flagged_patients(rows, "best") == {}


def test_the_longest_reason_ends_inside_the_picture():
    longest = max(REASONS.values(), key=len)
    picture = overlay.notice([f"excluded: {longest}"], width=300)
    assert (picture[:, -14:] == picture[0, 0]).all() and (picture[-14:] == picture[0, 0]).all()
    frame = np.zeros((200, 150), np.uint8)
    drawn = overlay.draw_frame(frame, 1.0, np.full((2, 2), np.nan), caption=[longest])
    assert not drawn[:, -5:].any() and drawn[20:40].any()


def test_a_patient_without_a_curve_needs_no_matplotlib(tmp_path):
    code = "import sys; from echogls.manuscript import patient, viewer; "
    code += "patient.save_notice(sys.argv[1], 'a < b'); sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "notice.svg")], check=True)
    assert ElementTree.parse(tmp_path / "notice.svg").getroot()[-1].text == "a < b"


def test_a_notice_instead_of_a_curve_breaks_its_lines(tmp_path):
    longest = max(REASONS.values(), key=len)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a text that leaves no room
        save_notice(tmp_path / "notice.svg", f"patient\n{longest}")
    told = (tmp_path / "notice.svg").read_text()
    assert longest.split()[-1] in told and longest not in told
