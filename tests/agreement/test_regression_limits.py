import numpy as np
import pytest
import statsmodels.api as sm
from published_examples import GERBER, TRIGLYCERIDE

from echogls.agreement.bland_altman_assumptions import proportional_bias
from echogls.agreement.regression_limits import limit_lines, limits_at, regression_limits


def ends(row):
    return row["ci_low"], row["ci_high"]


def test_fat_in_milk_of_bland_and_altman_1999(by_name):
    # Section 3.2: D = 0.079 - 0.0283 A, residual SD 0.08033, limits -0.078 and 0.236 - 0.0283 A.
    line = by_name(proportional_bias(GERBER, TRIGLYCERIDE))
    assert line["proportional_intercept"]["estimate"] == pytest.approx(0.079, abs=5e-4)
    assert line["proportional_slope"]["estimate"] == pytest.approx(-0.0283, abs=5e-5)
    rows = by_name(regression_limits(GERBER, TRIGLYCERIDE, even=True))
    assert rows["loa_lower_intercept"]["estimate"] == pytest.approx(-0.078, abs=5e-4)
    assert rows["loa_upper_intercept"]["estimate"] == pytest.approx(0.236, abs=6e-4)
    for end in ("lower", "upper"):
        assert rows[f"loa_{end}_slope"]["estimate"] == pytest.approx(-0.0283, abs=5e-5)


def test_regression_limits_follow_bias_and_spread():
    rng = np.random.default_rng(3)
    truth = np.linspace(5, 30, 40_000)
    first = truth
    second = 1.0 + 1.1 * truth + 0.02 * truth * rng.normal(size=truth.size)
    lines = limit_lines(regression_limits(first, second), np.array([10.0, 25.0]))
    # difference = 1 + 0.1 t with SD 0.02 t, at the mean 0.5 + 1.05 t.
    t = (lines["mean"] - 0.5) / 1.05
    np.testing.assert_allclose(lines["loa_upper"], 1 + 0.1 * t + 1.96 * 0.02 * t, atol=0.06)
    np.testing.assert_allclose(lines["loa_lower"], 1 + 0.1 * t - 1.96 * 0.02 * t, atol=0.06)


def test_regression_limits_keep_an_even_spread_even(by_name):
    rng = np.random.default_rng(5)
    first = rng.uniform(-25, -10, 300)
    second = 0.8 * first + rng.normal(0, 1, 300)
    rows = by_name(regression_limits(first, second, even=True))
    assert rows["loa_lower_slope"]["estimate"] == pytest.approx(rows["loa_upper_slope"]["estimate"])
    width = rows["loa_upper_intercept"]["estimate"] - rows["loa_lower_intercept"]["estimate"]
    fit = sm.OLS(second - first, sm.add_constant((first + second) / 2)).fit()
    assert width == pytest.approx(2 * 1.96 * np.sqrt(fit.mse_resid))


def test_intervals_of_uneven_limits_equal_statsmodels_hc3(by_name):
    rng = np.random.default_rng(9)
    mean = rng.uniform(5, 30, 30)
    half = (0.5 + 0.05 * mean * np.resize([1.2, -0.7, 0.9, -1.4], 30)) / 2
    first, second = mean - half, mean + half
    rows = by_name(regression_limits(first, second))
    design = np.column_stack([np.ones(30), mean])
    hat = np.diag(design @ np.linalg.inv(design.T @ design) @ design.T)

    def line(values):
        """Least squares, and White's sandwich with residuals over 1 - leverage, written out."""
        bread = np.linalg.inv(design.T @ design)
        params = bread @ design.T @ values
        left = values - design @ params
        return params, left, bread @ (design.T * (left / (1 - hat)) ** 2) @ design @ bread

    bias, left, bias_covariance = line(second - first)
    spread, _, of_spread = line(np.abs(left) * np.sqrt(np.pi / 2 / (1 - hat)))
    variance = np.diag(bias_covariance + 1.96**2 * of_spread)
    reach = 2.0484071 * np.sqrt(variance)  # t, 28 degrees
    for place, name in enumerate(("intercept", "slope")):
        row = rows[f"loa_upper_{name}"]
        assert "HC3" in row["method"]
        assert row["estimate"] == pytest.approx(bias[place] + 1.96 * spread[place])
        assert ends(row) == pytest.approx(
            (row["estimate"] - reach[place], row["estimate"] + reach[place])
        )


@pytest.mark.parametrize("uneven", [True, False])
def test_intervals_cover_the_true_lines_about_as_often_as_they_say(uneven, by_name):
    rng = np.random.default_rng(8)
    mean = np.linspace(5, 30, 40)
    sd = 0.05 * mean if uneven else np.full(40, 0.8)
    true = {"slope": 0.1 + 1.96 * 0.05 * uneven, "intercept": 1.0 + 1.96 * 0.8 * (not uneven)}
    hits = dict.fromkeys([*true, "at"], 0)
    for _ in range(200):
        half = (1 + 0.1 * mean + sd * rng.normal(size=40)) / 2
        rows = by_name(regression_limits(mean - half, mean + half))
        for name, value in true.items():
            low, high = ends(rows[f"loa_upper_{name}"])
            hits[name] += low < value < high
        row = by_name(limits_at(mean - half, mean + half, [12]))["loa_upper_at_12"]
        hits["at"] += row["ci_low"] < true["intercept"] + 12 * true["slope"] < row["ci_high"]
    assert all(0.90 <= hit / 200 <= 0.99 for hit in hits.values()), hits


def test_limits_at_a_level_lie_on_the_lines_and_say_what_was_not_measured(by_name):
    rng = np.random.default_rng(4)
    first = rng.uniform(-25, -10, 30)
    second = 0.9 * first + rng.normal(0, 1, 30)
    rows = by_name(limits_at(first, second, [-18, -40]))
    lines = limit_lines(regression_limits(first, second), np.array([-18.0, -40.0]))
    for place, level in enumerate(("-18", "-40")):
        for end in ("loa_lower", "loa_upper"):
            found = rows[f"{end}_at_{level}"]
            assert found["estimate"] == pytest.approx(lines[end][place])
    assert (
        "beyond" in rows["bias_at_-40"]["method"] and "beyond" not in rows["bias_at_-18"]["method"]
    )
    assert "fewer than 8 pairs" in regression_limits([1.0] * 5, [2.0] * 5)[0]["method"]
