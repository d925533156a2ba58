from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from echogls.fusion import Fused
from echogls.strain.cycle import Beat
from echogls.strain.longitudinal import arc_length, cumulative_arc_length
from echogls.strain.measure import curve_columns, measure_clip
from echogls.study import MEASUREMENT_COLUMNS, SEGMENTS, StudyError

TIMES = np.arange(61) * 0.02
BEATS = (Beat(0, 20, 40), Beat(40, 60, None))


def fused(scale, times=TIMES, sd=0.3):
    """A wall scaled about the origin: its strain is 100 (scale - 1) everywhere."""
    angle = np.linspace(np.pi, 0, 120)
    wall = np.stack([25 * np.cos(angle), 85 * np.sin(angle)], axis=1)
    scale = np.asarray(scale, float)
    states = np.zeros((len(scale), 120, 6))
    states[..., :2] = wall * scale[:, None, None]
    covariances = np.broadcast_to(sd**2 * np.eye(6), (len(scale), 120, 6, 6))
    return Fused(states, covariances, times, 10.0, sd, 5.0, calibrated=True)


def loop(depth=0.2, peak=20):
    """Shortens by `depth` at frame `peak` of 40, a beat and a half."""
    frames = np.arange(61) % 40
    fall = np.clip(frames / peak, 0, 1) - np.clip((frames - peak) / (40 - peak), 0, 1)
    return 1 - depth * fall


def values(rows):
    return {(row["segment"], row["measure"]): row["value"] for row in rows}


def measured(scale, beats=BEATS, **options):
    curve, rows = measure_clip(fused(scale), beats, clip="c1", view="a4c", **options)
    return pd.DataFrame(curve, columns=list(curve_columns(["a4c"]))), values(rows)


def test_a_wall_that_shortens_evenly_has_that_strain_everywhere():
    _, found = measured(loop(0.2))
    assert found["global", "gls"] == pytest.approx(-20.0)
    for segment in ("global", *SEGMENTS):
        assert found[segment, "peak_systolic_strain"] == pytest.approx(-20.0)
        assert found[segment, "end_systolic_strain"] == pytest.approx(-20.0)


def test_frames_times_rate_and_length():
    _, found = measured(loop())
    assert found["global", "ed_frame"] == 0
    assert found["global", "es_frame"] == 20
    assert found["global", "es_time"] == pytest.approx(0.4)
    assert found["global", "heart_rate"] == pytest.approx(75.0)
    assert found["global", "beats"] == 2
    assert found["global", "ed_length"] == pytest.approx(arc_length(fused([1.0]).positions[0]))


def test_peak_systolic_and_end_systolic_differ_where_the_peak_is_early():
    _, peak = measured(loop(peak=15))
    _, end = measured(loop(peak=15), gls="end_systolic")
    assert peak["global", "gls"] == pytest.approx(-20.0)
    assert end["global", "gls"] == pytest.approx(-16.0)
    assert peak["global", "end_systolic_strain"] == end["global", "end_systolic_strain"]


def test_shortening_after_systole_is_no_systolic_peak():
    _, found = measured(loop(peak=26), beats=BEATS[:1])
    assert found["global", "gls"] == pytest.approx(-20.0 * 21 / 26)  # one frame of tolerance


def test_beats_are_averaged():
    scale = np.r_[loop(0.2)[:40], loop(0.1)[40:]]
    _, found = measured(scale)
    assert found["global", "gls"] == pytest.approx(-15.0)


def test_sd_shrinks_with_the_number_of_beats():
    _, one = measured(loop(), beats=BEATS[:1])
    _, two = measured(loop(), beats=BEATS)
    assert two["global", "gls_sd"] == pytest.approx(one["global", "gls_sd"] / np.sqrt(2))


def test_beats_that_err_together_are_no_surer_than_one():
    alike = replace(fused(loop()), length_covariance_mm2=np.full((61, 61), 4.0))
    length = arc_length(alike.positions[0])
    for beats in (BEATS[:1], BEATS):
        rows = measure_clip(alike, beats, clip="c1", view="a4c")[1]
        expected = 100 * 2.0 * 0.2 / length
        assert values(rows)["global", "gls_sd"] == pytest.approx(expected)


@pytest.mark.parametrize("drift", ["none", "linear"])
def test_the_sd_of_one_beat_is_that_of_its_curve(drift):
    scale = loop() + 0.05 * np.arange(61) / 40
    curve, found = measured(scale, beats=BEATS[:1], drift=drift)
    at = curve["strain_global"][curve["time_from_ed_s"] <= 0.42].idxmin()
    assert found["global", "gls_sd"] == pytest.approx(curve["strain_global_sd"][at])


def test_an_error_that_nobody_compared_with_known_ones_is_called_the_models_and_draws_no_band():
    told = replace(fused(loop()), calibrated=False)
    curve, rows = measure_clip(told, BEATS, clip="c1", view="a4c")
    found, calibrated = (
        values(rows),
        values(measure_clip(fused(loop()), BEATS, clip="c1", view="a4c")[1]),
    )
    assert ("global", "gls_sd") not in found
    assert found["global", "gls_model_sd"] == calibrated["global", "gls_sd"]
    assert all(row["strain_global_sd"] is None for row in curve)


def test_of_several_beats_each_has_its_own_gls():
    scale = np.r_[loop(0.2)[:40], loop(0.1)[40:]]
    _, rows = measure_clip(fused(scale), BEATS, clip="c1", view="a4c")
    told = {row["repeat"]: row["value"] for row in rows if row["measure"] == "gls_beat"}
    assert told == {1: pytest.approx(-20.0), 2: pytest.approx(-10.0)}
    _, rows = measure_clip(fused(scale), BEATS[:1], clip="c1", view="a4c")
    assert "gls_beat" not in {row["measure"] for row in rows}


def test_sd_equals_monte_carlo():
    rng = np.random.default_rng(1)
    clean = fused([1.0, 0.8], times=np.arange(2.0), sd=0.05)
    along = cumulative_arc_length(clean.positions)
    apart = np.abs(along[:, :, None] - along[:, None, :])
    root = np.linalg.cholesky(np.exp(-apart / clean.correlation_length_mm))
    errors = 0.05 * np.einsum("tij,mtjc->mtic", root, rng.normal(size=(2000, 2, 120, 2)))
    ed, es = arc_length(clean.positions + errors).T
    _, rows = measure_clip(clean, [Beat(0, 1)], clip="c", view="a4c")
    expected = np.std(100 * (es - ed) / ed)
    assert values(rows)["global", "gls_sd"] == pytest.approx(expected, rel=0.06)


def test_curve_has_every_frame_of_every_beat_with_time_from_its_ed():
    curve, _ = measured(loop())
    assert tuple(curve.columns) == curve_columns(["a4c"])
    assert list(curve["frame"]) == [*range(41), *range(40, 61)]
    second = curve[curve["beat"] == 2]
    assert second["time_from_ed_s"].iloc[0] == 0
    assert second["time_s"].iloc[0] == pytest.approx(0.8)
    assert (curve.groupby("beat")["strain_global"].first() == 0).all()
    assert (curve.groupby("beat")["strain_global_sd"].first() == 0).all()
    assert (curve["clip"] == "c1").all()


def test_linear_drift_closes_the_loop_and_takes_its_share_from_the_peak():
    scale = loop() + 0.05 * np.arange(61) / 40
    curve, found = measured(scale, beats=BEATS[:1], drift="linear")
    assert found["global", "gls"] == pytest.approx(-20.0)
    assert curve["strain_global"].iloc[-1] == pytest.approx(0.0, abs=1e-12)
    assert curve["strain_global_sd"].iloc[-1] == 0
    _, as_it_is = measured(scale, beats=BEATS[:1])
    assert as_it_is["global", "gls"] == pytest.approx(-17.5)


def test_drift_of_a_beat_that_does_not_close_is_left():
    scale = loop() + 0.05 * np.arange(61) / 40
    corrected, plain = (
        measured(scale, beats=BEATS[1:], drift=rule)[1] for rule in ("linear", "none")
    )
    assert corrected == plain


def test_unknown_spacing_leaves_lengths_empty_and_strain_as_it_is():
    curve, found = measured(loop(), spacing_known=False)
    assert found["global", "ed_length"] is None
    assert curve["length_mm"].isna().all()
    assert found["global", "gls"] == pytest.approx(-20.0)


def test_two_stills_have_strain_but_no_times():
    stills = fused([1.0, 0.83], times=np.arange(2.0))
    curve, rows = measure_clip(stills, [Beat(0, 1)], clip="c", view="a4c", timed=False)
    found = values(rows)
    assert found["global", "gls"] == pytest.approx(-17.0)
    assert found["global", "gls_sd"] > 0
    assert found["global", "es_frame"] == 1
    for measure in ("ed_time", "es_time", "heart_rate"):
        assert found["global", measure] is None
    assert len(curve) == 2


def test_no_beat_is_one_excluded_row_with_its_reason():
    curve, (row,) = measure_clip(fused(loop()), [], clip="c", view="a4c")
    assert (row["measure"], row["value"]) == ("gls", None)
    assert (row["status"], row["reason"]) == ("excluded", "no_whole_systole")
    assert curve == []


def test_a_beat_without_a_contour_at_ed_or_es_is_left_out():
    scale = loop()
    scale[20] = np.nan
    _, found = measured(scale)
    assert found["global", "beats"] == 1
    assert found["global", "ed_frame"] == 40
    scale[60] = np.nan
    _, (row,) = measure_clip(fused(scale), BEATS, clip="c", view="a4c")
    assert row["reason"] == "no_contour"


def test_rows_have_the_table_s_columns():
    _, rows = measure_clip(fused(loop()), BEATS, clip="c", view="a4c")
    expected = set(MEASUREMENT_COLUMNS) - {"cohort", "patient", "rater"}
    assert all(set(row) == expected for row in rows)
    assert {row["status"] for row in rows} == {"ok"}


def test_a_rule_that_is_not_known_says_which_are():
    for options in ({"gls": "peak"}, {"drift": "spline"}):
        with pytest.raises(StudyError, match="peak_systolic, end_systolic"):
            measured(loop(), **options)
