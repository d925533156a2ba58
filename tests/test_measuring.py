import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import echogls
from echogls import measuring, project
from echogls.measurement import Measurement
from echogls.simulation.anatomy import draw_heart
from echogls.simulation.clip import simulate_clip

# The quickest way from image to strain, for what does not depend on the motion.
QUICK = {"segmentation": "fast", "motion": "none", "fusion": "none"}


@pytest.fixture(scope="module")
def clip():
    rng = np.random.default_rng(5)
    heart = draw_heart(rng, gls_mean=-18.0, gls_sd=1.0)
    return simulate_clip(rng, heart, view="a4c", fps=40.0, beats=1.2)


@pytest.fixture(scope="module")
def quick(clip):
    return echogls.measure(
        clip.frames, fps=40, spacing_mm=clip.raster.spacing_mm, method=QUICK, title="heart"
    )


def test_an_array_is_measured_with_the_study_s_defaults(clip):
    result = echogls.measure(clip.frames, fps=40, spacing_mm=clip.raster.spacing_mm, view="a4c")
    assert result.method == next(iter(project.study_config()["methods"])) == "best"
    assert result.status == "ok" and -22 < result.gls < -13
    assert result.path_mm.shape == (len(clip.frames), 120, 2)
    assert result.endocardium_mm.shape[0] == len(clip.frames)
    assert len(result.segments) == 6 and result.measures["beats"] == 1
    assert result.curve["strain_global"].min() == pytest.approx(result.gls, abs=1.0)
    assert (result.table["unit"] == "%").sum() == 16 + 6  # strain, and the error of each segment


def test_a_method_by_its_parts_has_the_options_of_the_config(clip):
    parts = {"segmentation": "fast", "motion": "dis", "fusion": "kalman"}
    how = {"fps": 40, "spacing_mm": clip.raster.spacing_mm}
    own = {"fuse": {"options": {"kalman": {"contour_sd_mm": 0.01, "along_sd_mm": 0.01}}}}
    ours = echogls.measure(clip.frames, method="dis", **how)
    assert abs(echogls.measure(clip.frames, method=parts, config=own, **how).gls - ours.gls) > 0.1


def test_a_config_file_is_over_the_defaults(clip, quick, tmp_path):
    (tmp_path / "my.yaml").write_text("strain: {gls: end_systolic}")
    how = {"fps": 40, "spacing_mm": clip.raster.spacing_mm, "method": QUICK}
    found = echogls.measure(clip.frames, config=tmp_path / "my.yaml", **how)
    ends = {row["measure"]: row["value"] for row in quick.rows if row["segment"] == "global"}
    assert found.gls == ends["end_systolic_strain"]


def test_fractions_in_colour_are_read_as_grey_levels(clip, quick):
    frames = np.repeat(clip.frames[..., None] / 255, 3, axis=-1)
    found = echogls.measure(frames, fps=40, spacing_mm=clip.raster.spacing_mm, method=QUICK)
    assert found.gls == pytest.approx(quick.gls, abs=0.3)


def test_pixels_that_are_not_square_are_made_so(clip, quick):
    half = clip.frames[:, ::2]
    spacing = (2 * clip.raster.spacing_mm, clip.raster.spacing_mm)
    found = echogls.measure(half, fps=40, spacing_mm=spacing, method=QUICK)
    assert found.gls == pytest.approx(quick.gls, abs=1.5)
    length = found.measures["ed_length"]
    assert length == pytest.approx(quick.measures["ed_length"], rel=0.05)


def test_without_a_spacing_strain_comes_out_and_no_length(clip, quick):
    found = echogls.measure(clip.frames, fps=40, method=QUICK)
    assert found.gls == pytest.approx(quick.gls, abs=0.3)
    assert found.measures["ed_length"] is None


def test_a_clip_that_cannot_be_measured_says_why(clip):
    found = echogls.measure(clip.frames[:5], fps=40)
    assert (found.status, found.reason, found.gls) == ("excluded", "too_few_frames", None)
    assert "fewer frames" in "\n".join(found.lines())
    assert len(found.plot()._repr_png_()) > 1000


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({}, "give fps"),
        ({"fps": 0}, "positive"),
        ({"fps": 40, "spacing_mm": -1}, "positive"),
        ({"fps": 40, "spacing_mm": (1, 2, 3)}, "positive"),
        ({"fps": 40, "view": "a5c"}, "expected one of a4c"),
        ({"fps": 40, "method": "bets"}, "did you mean 'best'"),
        ({"fps": 40, "method": QUICK | {"motion": "diss"}}, "did you mean 'dis'"),
        ({"times_s": [0.0, 1.0]}, "times_s"),
    ],
)
def test_what_is_asked_for_by_mistake_is_said(clip, wrong, told):
    with pytest.raises(echogls.StudyError, match=told):
        echogls.measure(clip.frames, **wrong)


def test_flags_and_errors_of_segments_are_said_beside_those_of_the_clip():
    headline = {"status": "ok", "reason": "incomplete_beat"}
    told = [{"flag": "incomplete_beat", "note": "at the end"}]
    told += [{"flag": "uneven_segments", "note": f"{name} -8 %"} for name in ("one", "other")]
    first, second = measuring._flags(headline, told)
    assert first.startswith("incomplete beat: at the end; ")
    assert second.startswith("uneven segments: one -8 %; other -8 %; ")
    strain, sd = {"basal_septal": -8.0, "mid_septal": None}, {"basal_septal": 3.21}
    found = Measurement(
        "p1", "best", "a4c", status="ok", gls=-18.0, segments=strain, segments_sd=sd
    )
    assert "basal septal -8.0 (SD 3.2), mid septal not measured" in found.lines()[1]


@pytest.mark.parametrize(
    "frames", [np.zeros((4, 4)), np.full((12, 9, 9), np.nan), -np.ones((2, 9, 9))]
)
def test_what_are_no_frames_is_said(frames):
    with pytest.raises(echogls.StudyError, match="expected"):
        echogls.measure(frames, fps=40)


def test_the_picture_and_the_files(quick, tmp_path):
    figure = quick.plot(tmp_path / "heart.png")
    assert Image.open(tmp_path / "heart.png").size[0] > 500 and len(figure.axes) == 3
    files = quick.save(tmp_path / "out")
    assert Image.open(files["movie"]).n_frames > 10
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        f"heart.a4c.own.{end}"
        for end in ("overlay.webp", "overlay.png", "curve.svg", "curve.tsv",
                    "measurements.tsv", "quality.tsv")
    }  # fmt: skip


def test_importing_the_package_loads_nothing_of_it():
    code = "import sys, echogls; sys.exit(any(m.startswith('echogls.') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
