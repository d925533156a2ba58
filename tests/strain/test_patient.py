"""All clips of one patient: repeats, and what was corrected by hand."""

from dataclasses import replace

import numpy as np
import pytest
from half_rings import SETTINGS, SYSTOLE, TIMES, half_ring, path_of, wall_of

from echogls.cine import Cine
from echogls.strain.cycle import Beat, Cycle, Marks, marked_cycle
from echogls.strain.patient import measure_patient


def patient(shares, marks=None, wanted=("a4c",), **changes):
    """Clips c0, c1 ... whose wall shortens by these shares, all of a4c; the first is best."""
    names = [f"c{k}" for k in range(len(shares))]
    frames = np.zeros((len(TIMES), 4, 4), np.uint8)
    cine = Cine(frames=frames, times_s=TIMES, sector=np.ones((4, 4), bool), spacing_mm=0.5)
    walls = {
        name: replace(wall_of(radius=30 * (1 - share * SYSTOLE)), **changes)
        for name, share in zip(names, shares, strict=True)
    }
    _, rows = measure_patient(
        wanted=wanted,
        clips=[{"clip": name, "status": "ok", "reason": ""} for name in names],
        views=[
            {"clip": n, "view": "a4c", "chosen": "yes", "repeat": str(k), "reason": ""}
            for k, n in enumerate(names, start=1)
        ],
        cines=dict.fromkeys(names, cine),
        walls=walls,
        fused={
            name: path_of(half_ring(30 * (1 - share * SYSTOLE), 120))
            for name, share in zip(names, shares, strict=True)
        },
        min_plausible=50,
        marks=marks,
        **SETTINGS,
    )
    return rows


def of_measure(rows, measure):
    return [(row["view"], row["repeat"], row["value"], row["reason"]) for row in rows
            if (row["segment"], row["measure"]) == ("global", measure)]  # fmt: skip


def test_each_clip_of_a_view_is_a_repeat():
    found = of_measure(patient([0.15, 0.2, 0.18]), "gls")
    assert [row[:2] for row in found] == [("a4c", 1), ("a4c", 2), ("a4c", 3)]
    assert [row[2] for row in found] == pytest.approx([-15, -20, -18], abs=0.1)


def test_beats_are_told_of_the_best_clip_alone_and_are_no_second_recording(monkeypatch):
    two = Cycle((Beat(0, 20, 25), Beat(25, 40, None)), (), "area", "")
    monkeypatch.setattr("echogls.strain.patient.clip_beats", lambda *args, **how: two)
    rows = patient([0.15, 0.2], wanted=("a4c", "a2c"))
    beats = of_measure(rows, "gls_beat")
    assert [row[:2] for row in beats] == [("a4c", 1), ("a4c", 2)]
    assert beats[0][2] == pytest.approx(-15, abs=0.2)
    # The second recording of one view makes no second average, and beats do not either.
    assert [row[:2] for row in of_measure(rows, "gls")] == [
        ("a4c", 1), ("a4c", 2), ("a2c", 1), ("apical", 1)
    ]  # fmt: skip


def test_a_view_that_is_missing_is_missing_from_the_first_average_alone():
    found = of_measure(patient([0.15, 0.2], wanted=("a4c", "a2c")), "gls")
    assert [row[:2] for row in found] == [("a4c", 1), ("a4c", 2), ("a2c", 1), ("apical", 1)]
    assert {row[3] for row in found if row[2] is None} == {"no_clip_of_view", "missing_view"}


def test_frames_set_by_hand_are_taken_and_marked():
    rows = patient([0.15, 0.15], {"c1": Marks(ed=2, es=12)})
    assert of_measure(rows, "es_frame")[1] == ("a4c", 2, 12, "corrected_by_hand")
    assert of_measure(rows, "ed_frame")[1][2] == 2
    assert of_measure(rows, "es_frame")[0][3] == ""
    l0, l1 = (1 - 0.15 * SYSTOLE[k] for k in (2, 12))
    (end,) = [row for row in of_measure(rows, "end_systolic_strain") if row[1] == 2]
    assert end[2] == pytest.approx(100 * (l1 / l0 - 1), abs=0.01)


def test_an_outline_by_hand_is_marked():
    assert {row["reason"] for row in patient([0.15], by_hand=(3,))} == {"corrected_by_hand"}


def test_what_is_not_marked_is_left_to_the_rules():
    found = Cycle((Beat(5, 20, 45), Beat(45, 60, 85)), (), "area", "")
    assert marked_cycle(Marks(ed=7), found, 90).beats == (Beat(7, 20, 45),)
    assert marked_cycle(Marks(es=58), found, 90).beats == (Beat(45, 58, 85),)
    assert marked_cycle(Marks(3, 22), found, 90).beats == (Beat(3, 22, 45),)
    lost = Cycle((), (), "", "no_whole_systole")
    assert marked_cycle(Marks(3, 22), lost, 90).beats == (Beat(3, 22, None),)
    for marks in (Marks(es=58), Marks(3, 99), Marks(30, 20)):
        cycle = marked_cycle(marks, lost, 90)
        assert cycle.reason == "no_whole_systole" and "by hand" in cycle.dropped[-1]
