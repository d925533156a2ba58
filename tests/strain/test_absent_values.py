"""A measure without a value never has status ok, whatever the recording lacks."""

from dataclasses import replace

import numpy as np
import pytest
from beating import TIMES, cine_of, midwall, path_of, wall_of

from echogls.cohort_tables.exclusions import exclusion_rows
from echogls.segmentation.clip import Segmentation
from echogls.strain.patient import measure_patient
from echogls.study import MEASURES, REASONS, SEGMENTS, UNTOLD, split_reasons

OF_EACH_CLIP = set(MEASURES) - {"gls_sd", "gls_beat", "segment_sd", "peak_strain", "views"}
RECORDINGS = {
    "whole": np.arange(60),
    "no next end-diastole": np.arange(35),
    "incomplete beat": np.arange(21),
    "stills": np.array([0, 20]),
    "no systole": np.arange(22, 40),
}


def rows_of(frames, spacing_mm=1.0, wanted=("a4c",)):
    """Rows of measurements.tsv of a clip with these frames of `beating`."""
    stills = len(frames) == 2
    whole = wall_of()
    parts = {
        name: value[frames]
        for name, value in vars(whole).items()
        if isinstance(value, np.ndarray) and len(value) == len(TIMES)
    }
    wall = Segmentation(**vars(whole) | parts | {"codes": ((),) * len(frames)})
    path = path_of(midwall())
    path = replace(
        path, states=path.states[frames], covariances=path.covariances[frames],
        times_s=np.arange(2.0) if stills else TIMES[frames],
    )  # fmt: skip
    cine = replace(
        cine_of(kind="ed_es" if stills else "sequence"), frames=cine_of().frames[frames],
        times_s=path.times_s, spacing_mm=spacing_mm,
    )  # fmt: skip
    return measure_patient(
        wanted=wanted,
        clips=[{"clip": "c1", "status": "ok", "reason": ""}],
        views=[{"clip": "c1", "view": "a4c", "chosen": "yes"}],
        cines={"c1": cine},
        walls={"c1": wall},
        fused={"c1": path},
        min_plausible=60,
        gls="peak_systolic",
        ed_rule=["area"],
        es_rule=["strain", "area"],
        drift="linear",
        judged={},
    )[1]


@pytest.mark.parametrize("spacing_mm", [1.0, None])
@pytest.mark.parametrize("recording", RECORDINGS)
def test_no_measure_without_a_value_has_status_ok(recording, spacing_mm):
    rows = rows_of(RECORDINGS[recording], spacing_mm, wanted=["a4c", "a2c"])
    assert {row["measure"] for row in rows} >= (
        {"gls"} if recording == "no systole" else OF_EACH_CLIP
    )
    for row in rows:
        known = row["value"] is not None and np.isfinite(row["value"])
        assert row["status"] == ("ok" if known else "excluded"), row
        assert known or row["reason"] in REASONS, row


def test_what_a_recording_does_not_tell_is_said_and_is_no_exclusion():
    told = {
        name: {
            row["measure"]: row["reason"] for row in rows_of(frames, None) if row["value"] is None
        }
        for name, frames in RECORDINGS.items()
    }
    assert told["whole"]["ed_length"] == "unknown_spacing"
    assert told["no next end-diastole"]["heart_rate"] == "no_whole_beat"
    assert {told["stills"][name] for name in ("ed_time", "es_time", "heart_rate")} == {"ed_es_only"}
    assert told["no systole"] == {"gls": "no_whole_systole"}
    for name, frames in RECORDINGS.items():
        whose = {"patient": "p1", "rater": "best"}
        rows = exclusion_rows("c", {}, {}, [row | whose for row in rows_of(frames, None)])
        assert len(rows) == (1 if name == "no systole" else 0)
    assert set(UNTOLD) <= set(REASONS)


def test_strain_is_flagged_and_what_is_not_known_is_not():
    rows = rows_of(RECORDINGS["incomplete beat"])
    for row in rows:
        assert ("incomplete_beat" in split_reasons(row["reason"])) == (row["status"] == "ok")
    assert {row["segment"] for row in rows if row["status"] == "ok"} == {"global", *SEGMENTS}
