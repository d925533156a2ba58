import numpy as np
import pytest

from echogls import fusion
from echogls.options import check_at_least, check_options
from echogls.study import StudyError


def function(
    image, *, passes: int = 1, gate: float = 4.0, smooth: bool = True, sd: float | None = None
):
    return passes, gate, smooth, sd


@pytest.mark.parametrize(
    "options",
    [{"passes": 2}, {"gate": 3}, {"gate": np.inf}, {"smooth": False}, {"sd": None}, {"sd": 0.5}],
)
def test_values_of_their_kind_pass(options):
    assert check_options(function, options, "it") == options


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("passes", 1.5, "a whole number"),
        ("passes", "2", "a whole number"),
        ("passes", True, "a whole number"),
        ("gate", "4", "a number"),
        ("gate", np.nan, "a number"),
        ("gate", None, "a number"),
        ("smooth", 1, "true or false"),
        ("sd", "no", "a number or null"),
    ],
)
def test_values_of_another_kind_are_named(name, value, expected):
    with pytest.raises(StudyError) as error:
        check_options(function, {name: value}, "it")
    assert str(error.value) == f"it has {name} {value!r}, expected {expected}"


def test_the_least_value_is_told():
    check_at_least("it", 1, passes=1)
    with pytest.raises(StudyError, match="it has passes 0, expected 1 or more"):
        check_at_least("it", 1, passes=0)


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("material", "contour_sd_mm"),
        ("material", "annulus_sd_mm"),
        ("material", "flow_share"),
        ("material", "gate"),
        ("kalman", "contour_sd_mm"),
        ("kalman", "along_sd_mm"),
        ("kalman", "position_sd_mm"),
        ("kalman", "velocity_sd_mm_s"),
        ("kalman", "acceleration_sd_mm_s2"),
        ("kalman", "acceleration_time_s"),
    ],
)
def test_no_fusion_takes_an_error_below_zero(method, name):
    line = np.stack([np.zeros((3, 5)), np.tile(np.arange(5.0), (3, 1))], axis=-1)

    def still(k, points):
        return np.zeros_like(points), np.ones(len(points))

    with pytest.raises(StudyError, match=f"'{method}' has {name} -1, expected"):
        fusion.fuse_clip(
            line, still, np.arange(3) / 50, method=method, pixel_mm=0.3, options={name: -1}
        )
