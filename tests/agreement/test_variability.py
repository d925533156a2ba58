from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from published_examples import DYESTUFF, PENICILLIN, SHROUT_FLEISS
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM

from echogls.agreement import reml
from echogls.agreement.reliability import intraclass_correlations, mean_squares
from echogls.agreement.reml import fit_components
from echogls.agreement.variability import one_way_correlation, variance_components
from echogls.study import StudyError


def simulated(seed, patients=60, readers=4, repeats=2, kept=1.0, sds=(2.5, 0.6, 0.8, 1.0)):
    """Long readings with known standard deviations: patient, reader, both, error."""
    rng = np.random.default_rng(seed)
    shape = (patients, readers, repeats)
    value = (
        -18
        + rng.normal(0, sds[0], (patients, 1, 1))
        + rng.normal(0, sds[1], (1, readers, 1))
        + rng.normal(0, sds[2], (patients, readers, 1))
        + rng.normal(0, sds[3], shape)
    )
    patient, reader, _ = np.indices(shape)
    keep = rng.random(shape) < kept
    return patient[keep], reader[keep], value[keep]


def test_balanced_data_give_the_analysis_of_variance(by_name):
    patient, reader = np.indices(SHROUT_FLEISS.shape)
    rows = by_name(variance_components(patient.ravel(), reader.ravel(), SHROUT_FLEISS.ravel()))
    ms = mean_squares(SHROUT_FLEISS)
    expected = {
        "variance_patient": (ms.patients - ms.error) / 4,
        "variance_reader": (ms.raters - ms.error) / 6,
        "variance_residual": ms.error,
    }
    for name, value in expected.items():
        assert rows[name]["estimate"] == pytest.approx(value, rel=1e-4)
    icc = by_name(intraclass_correlations(SHROUT_FLEISS))
    for name in ("icc_a1", "icc_c1"):
        assert rows[f"{name}_reml"]["estimate"] == pytest.approx(icc[name]["estimate"], abs=1e-4)
    assert rows["variance_patient_reader"]["estimate"] is None
    assert "repeats" in rows["variance_patient_reader"]["method"]


def components(table):
    """REML of a table (patients, readers)."""
    patient, reader = np.indices(np.shape(table))
    rows = variance_components(patient.ravel(), reader.ravel(), np.ravel(table))
    return {row["statistic"].removeprefix("variance_"): row["estimate"] for row in rows}


def test_penicillin_and_dyestuff_as_lme4_prints_them():
    # Bates et al., lme4: 24 plates by 6 samples; 6 batches of 5.
    found = components(PENICILLIN)
    assert found["patient"] == pytest.approx(0.716905, rel=1e-4)
    assert found["reader"] == pytest.approx(3.731132, rel=1e-4)
    assert found["residual"] == pytest.approx(0.302415, rel=1e-4)
    batch = np.repeat(np.arange(6), 5)
    found = fit_components(
        batch, np.zeros(30), DYESTUFF.ravel(), fitted=("patient", "residual")
    ).variances
    assert found["patient"] == pytest.approx(1764.05, rel=1e-4)
    assert found["residual"] == pytest.approx(2451.25, rel=1e-4)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ([[-16, -15], [-19, -21], [-17, -17], [-19, -20], [-18, -19]], (3.1, 0.05, 0.65)),
        ([[-19, -20], [-17, -15], [-20, -19], [-16, -16], [-17, -16]], (3.05, 0.05, 0.65)),
    ],
)
def test_whole_numbers_by_two_readers_give_the_analysis_of_variance(table, expected):
    ms = mean_squares(np.array(table, float))
    anova = ((ms.patients - ms.error) / 2, (ms.raters - ms.error) / 5, ms.error)
    assert anova == pytest.approx(expected)
    found = components(table)
    assert [found[name] for name in ("patient", "reader", "residual")] == pytest.approx(
        anova, rel=1e-4
    )


def test_a_search_that_comes_to_zero_leaves_it_again():
    # Expected mean squares are all positive, so that REML equals them in a balanced design.
    rng = np.random.default_rng(29)
    fitted = 0
    for _ in range(60):
        readers = rng.normal(0, 0.35, (1, 3, 1))
        cube = rng.normal(-18, 2.5, (21, 1, 1)) + readers + rng.normal(0, 0.6, (21, 3, 1))
        cube = np.round(cube + rng.normal(0, 1, (21, 3, 2)), 1)
        ms, error = mean_squares(cube.mean(axis=2)), cube.var(axis=2, ddof=1).mean()
        anova = [
            (ms.patients - ms.error) / 3,
            (ms.raters - ms.error) / 21,
            ms.error - error / 2,
            error,
        ]
        if min(anova) <= 1e-3:
            continue
        fitted += 1
        patient, reader, _ = np.indices(cube.shape)
        found = fit_components(
            patient.ravel(), reader.ravel(), cube.ravel(), fitted=reml.COMPONENTS
        )
        assert list(found.variances.values()) == pytest.approx(anova, rel=1e-3)
    assert fitted > 20


LME4 = Path(__file__).parent / "lme4"


def lme4_designs():
    """(design with its components by lme4, patients, readers, values), of 500 designs."""
    designs = pd.read_csv(LME4 / "designs.tsv", sep="\t", dtype=str)
    expected = pd.read_csv(LME4 / "components.tsv", sep="\t", comment="#")
    for design, found in zip(designs.itertuples(), expected.itertuples(), strict=True):
        readings = [
            (i, j, float(tenths) / 10)
            for i, patient in enumerate(design.readings.split(";"))
            for j, cell in enumerate(patient.split("|"))
            for tenths in cell.split(",")
            if tenths
        ]
        yield (found, *map(np.array, zip(*readings, strict=True)))


def furthest_from_lme4(expected, patients, readers, values):
    """The largest difference of a component, over the residual or itself; whether converged."""
    names = [name for name in reml.COMPONENTS if not np.isnan(getattr(expected, name))]
    found = fit_components(patients, readers, values, fitted=tuple(names))
    differences = [
        abs(found.variances[name] - getattr(expected, name))
        / max(expected.residual, getattr(expected, name))
        for name in names
    ]
    return max(differences), found.converged


@pytest.mark.slow
def test_500_random_designs_agree_with_lme4():
    designs = list(lme4_designs())
    assert len(designs) == 500
    for expected, *readings in designs:
        error, converged = furthest_from_lme4(expected, *readings)
        # Design 303 has no maximum, as components.tsv's residual of 5e-8 says.
        assert (converged and error < 2e-4) or expected.design == 303, expected


def test_balanced_data_with_repeats_give_the_four_expected_mean_squares(by_name):
    patient, reader, value = simulated(1)
    rows = by_name(variance_components(patient, reader, value))
    cube = value.reshape(60, 4, 2)
    cells = cube.mean(axis=2)
    error = cube.var(axis=2, ddof=1).mean()
    ms = mean_squares(cells)
    assert rows["variance_residual"]["estimate"] == pytest.approx(error, rel=1e-4)
    assert rows["variance_patient_reader"]["estimate"] == pytest.approx(
        ms.error - error / 2, rel=1e-4
    )
    assert rows["variance_reader"]["estimate"] == pytest.approx(
        (ms.raters - ms.error) / 60, rel=1e-3
    )
    assert rows["repeatability_sd"]["estimate"] == pytest.approx(np.sqrt(error), rel=1e-4)


def test_the_likelihood_equals_the_dense_one_of_unbalanced_data():
    patient, reader, value = simulated(2, patients=12, readers=3, kept=0.7)
    same_patient, same_reader = patient[:, None] == patient, reader[:, None] == reader

    def dense(patient_v, reader_v, both_v, error_v):
        v = patient_v * same_patient + reader_v * same_reader
        v = v + both_v * (same_patient & same_reader) + error_v * np.eye(len(value))
        ones = np.ones(len(value))
        weights = np.linalg.solve(v, ones)
        mean = weights @ value / weights.sum()
        squares = (value - mean) @ np.linalg.solve(v, value - mean)
        return np.linalg.slogdet(v)[1] + np.log(weights.sum()) + squares

    cells = reml._cells(patient, reader, value)
    points = [(4.0, 0.5, 0.6, 1.0), (1.0, 0.0, 2.0, 0.3), (0.0, 1.0, 0.0, 2.0)]
    ours = reml._deviance(np.array(points), cells)
    np.testing.assert_allclose(np.diff(ours), np.diff([dense(*p) for p in points]), rtol=1e-9)


def test_unbalanced_one_way_equals_statsmodels():
    patient, _, value = simulated(3, patients=25, readers=1, repeats=4, kept=0.6)
    fit = MixedLM(value, np.ones((len(value), 1)), groups=patient).fit(reml=True)
    row = one_way_correlation(patient, value)[0]
    between = fit.cov_re[0, 0] if isinstance(fit.cov_re, np.ndarray) else fit.cov_re.iloc[0, 0]
    assert row["estimate"] == pytest.approx(between / (between + fit.scale), abs=1e-4)
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_missing_readings_hardly_move_the_components(by_name):
    whole, part = (
        by_name(variance_components(*simulated(4, patients=150, readers=10, kept=kept)))
        for kept in (1.0, 0.6)
    )
    for name in ("patient", "reader", "patient_reader", "residual"):
        row = part[f"variance_{name}"]
        assert row["estimate"] == pytest.approx(whole[f"variance_{name}"]["estimate"], rel=0.2)
        assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_intervals_of_complete_readings_are_those_of_mcgraw_and_wong(by_name):
    patient, reader = np.indices(SHROUT_FLEISS.shape)
    rows = by_name(variance_components(patient.ravel(), reader.ravel(), SHROUT_FLEISS.ravel()))
    icc = by_name(intraclass_correlations(SHROUT_FLEISS))
    for name in ("icc_a1", "icc_c1"):
        for end in ("ci_low", "ci_high"):
            assert rows[f"{name}_reml"][end] == pytest.approx(icc[name][end], abs=1e-3)
    one_way = one_way_correlation(patient.ravel(), SHROUT_FLEISS.ravel())[0]
    assert one_way["estimate"] == pytest.approx(icc["icc_1"]["estimate"], abs=1e-3)
    assert one_way["ci_low"] == 0 > icc["icc_1"]["ci_low"]
    assert one_way["ci_high"] == pytest.approx(icc["icc_1"]["ci_high"], abs=1e-3)


def test_repeatability_has_the_chi_squared_interval_of_its_mean_square(by_name):
    patient, reader, value = simulated(9, patients=15, readers=3)
    row = by_name(variance_components(patient, reader, value))["repeatability_sd"]
    square = value.reshape(15, 3, 2).var(axis=2, ddof=1).mean()
    ends = np.sqrt(45 * square / stats.chi2.ppf([0.975, 0.025], 45))
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(tuple(ends), rel=1e-4)


def test_intervals_of_the_deviations_hold_the_true_ones_about_as_often_as_they_say(by_name):
    sds = (2.5, 0.6, 0.8, 1.0)
    true = {"repeatability_sd": 1.0, "reproducibility_sd": np.sqrt(0.6**2 + 0.8**2 + 1.0)}
    hits = dict.fromkeys(true, 0)
    for seed in range(60):
        rows = by_name(variance_components(*simulated(seed, patients=12, readers=3, sds=sds)))
        for name, value in true.items():
            hits[name] += rows[name]["ci_low"] < value < rows[name]["ci_high"]
    assert all(hit >= 52 for hit in hits.values()), hits


def test_readers_without_bias_have_a_variance_of_zero_with_an_upper_end(by_name):
    rng = np.random.default_rng(5)
    table = rng.normal(-18, 3, (50, 1)) + rng.normal(0, 1, (50, 2))
    table -= table.mean(axis=0)
    patient, reader = np.indices(table.shape)
    rows = by_name(variance_components(patient.ravel(), reader.ravel(), table.ravel()))
    assert rows["variance_reader"]["estimate"] == 0
    assert rows["variance_reader"]["ci_low"] == 0
    # Chi-squared with one degree, of a mean square that is the residual's.
    largest = rows["variance_residual"]["estimate"] / 50 * (1 / stats.chi2.ppf(0.025, 1) - 1)
    assert rows["variance_reader"]["ci_high"] == pytest.approx(largest, rel=0.02)
    assert rows["icc_a1_reml"]["estimate"] == pytest.approx(rows["icc_c1_reml"]["estimate"])


def test_what_one_reader_cannot_tell_is_left_out(by_name):
    patient, _, value = simulated(6, readers=1, repeats=3)
    rows = by_name(variance_components(patient, np.zeros(len(patient)), value))
    assert rows["repeatability_sd"]["estimate"] > 0
    for name in ("variance_reader", "icc_a1_reml", "reproducibility_sd"):
        assert rows[name]["method"] == "not computed: one reader only"


@pytest.mark.parametrize(
    ("patients", "values", "reason"),
    [
        ([1, 1, 2, 2], [1, 2, 3, 4], "fewer than 3 patients"),
        ([1, 2, 3, 4], [1, 2, 3, 4], "no patient was read twice"),
        ([1, 1, 2, 2, 3, 3], [1, 1, 2, 2, 5, 5], "all readings of a patient are equal"),
        (
            [1, 1, 2, 2, 3, 3],
            [1, 2, 2, 3, 5, 6],
            "the likelihood has no maximum: readings repeat or add up exactly",
        ),
    ],
)
def test_what_cannot_be_fitted_says_why(patients, values, reason):
    readers = np.arange(len(patients)) % 2
    rows = variance_components(patients, readers, values)
    assert {row["method"] for row in rows} == {f"not computed: {reason}"}


@pytest.mark.parametrize(
    ("patients", "values"),
    [([1, 1, 2, 2], [1, 2, 3, 4]), ([1, 2, 3], [1, 2, 3]), ([1, 1, 2, 2, 3], [1, 1, 2, 2, 5])],
)
def test_one_way_correlation_needs_three_patients_and_readings_that_differ(patients, values):
    assert one_way_correlation(patients, values)[0]["estimate"] is None


def test_missing_values_are_left_out_and_unknown_components_refused():
    patient, reader, value = simulated(7, patients=20)
    frame = pd.DataFrame({"p": patient, "r": reader, "v": value})
    frame.loc[::5, "v"] = np.nan
    rest = frame.dropna()
    assert variance_components(frame.p, frame.r, frame.v) == variance_components(
        rest.p.to_numpy(), rest.r.to_numpy(), rest.v.to_numpy()
    )
    with pytest.raises(StudyError, match="components"):
        fit_components(patient, reader, value, fitted=("patient", "vendor", "residual"))
