"""How often the intervals of agreement hold the true value: the table of docs/statistics.md.

make coverage [DRAWS=2000]; or python benchmarks/coverage.py DRAWS docs/statistics.md

Studies of 21 patients are drawn again and again with known values; of each statistic the share
of intervals that hold the true one is counted (2,000 draws: standard error 0.5 %). True values
are closed forms, or those of a million patients. All 500 designs of tests/agreement/lme4 are
fitted, too.
"""

import importlib
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

import numpy as np
from scipy import optimize, stats

from echogls.agreement.against_truth import error_sizes
from echogls.agreement.bland_altman import bland_altman
from echogls.agreement.bland_altman_assumptions import bootstrap_limits, proportional_bias
from echogls.agreement.equivalence import compare_errors
from echogls.agreement.interchangeability import interchangeability
from echogls.agreement.limits_of_many import limits_with_mean
from echogls.agreement.pair_statistics import Options, pair_statistics
from echogls.agreement.passing_bablok import passing_bablok
from echogls.agreement.regression import deming
from echogls.agreement.regression_limits import limits_at, regression_limits
from echogls.agreement.reliability import intraclass_correlations, measurement_error
from echogls.agreement.repeatability import within_subject_cv
from echogls.agreement.repeated import limits_true_value_constant
from echogls.agreement.rows import Row
from echogls.agreement.variability import variance_components

N = 21  # patients, as in the paper
# SDs and bias in points of strain: the paper's, 2.3 to 2.5, 1.6 / sqrt(2) and 0.6.
PATIENTS, ERROR, BIAS = 2.5, 1.1, 0.6
OPTIONS = Options(margin=2.0, within=2.5)  # points; any, so that their statistics are computed
ROOM = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- coverage: begin -->", "<!-- coverage: end -->"
Draw = Callable[[np.random.Generator], list[Row]]
Scenario = tuple[str, Draw, dict[str, float]]


def pairs(rng: np.random.Generator, n: int = N) -> tuple[np.ndarray, np.ndarray]:
    """Two raters with normal errors of the same size, the second with a bias."""
    true = rng.normal(-18, PATIENTS, n)
    return true + rng.normal(0, ERROR, n), true + BIAS + rng.normal(0, ERROR, n)


def normal_pairs() -> Scenario:
    sd, z = ERROR * np.sqrt(2), 1.96
    large = pairs(np.random.default_rng(1), 1_000_000)
    percent = 200 * (large[1] - large[0]) / np.abs(large[0] + large[1])
    total = PATIENTS**2 + ERROR**2
    r = PATIENTS**2 / total

    def within(k):
        return stats.norm.cdf((k - BIAS) / sd) - stats.norm.cdf((-k - BIAS) / sd)

    mae = sd * np.sqrt(2 / np.pi) * np.exp(-(BIAS**2) / (2 * sd**2)) + BIAS * (
        1 - 2 * stats.norm.cdf(-BIAS / sd)
    )
    true = {
        "bias": BIAS,
        "sd": sd,
        "loa_lower": BIAS - z * sd,
        "loa_upper": BIAS + z * sd,
        "loa_lower_approximate": BIAS - z * sd,
        "loa_upper_approximate": BIAS + z * sd,
        "ratio": np.exp(np.log(large[1] / large[0]).mean()),
        "bias_percent": percent.mean(),
        "sd_percent": percent.std(),
        "loa_lower_percent": percent.mean() - z * percent.std(),
        "loa_upper_percent": percent.mean() + z * percent.std(),
        "proportional_slope": 0.0,
        "proportional_intercept": BIAS,
        "loa_lower_slope": 0.0,
        "loa_upper_slope": 0.0,
        "loa_lower_intercept": BIAS - z * sd,
        "loa_upper_intercept": BIAS + z * sd,
        "mae": mae,
        "rmse": np.hypot(BIAS, sd),
        "pearson_r": r,
        "spearman_r": 6 / np.pi * np.arcsin(r / 2),
        "deming_slope": 1.0,
        "deming_intercept": BIAS,
        "passing_bablok_slope": 1.0,
        "passing_bablok_intercept": BIAS,
        "icc_c1": r,
        "sem": ERROR,
        "mdc95": 1.96 * np.sqrt(2) * ERROR,
        "ccc": 2 * PATIENTS**2 / (2 * total + BIAS**2),
        "tdi_90": optimize.brentq(lambda k: within(k) - 0.9, 0, 10),
        "coverage_probability": within(OPTIONS.within),
        "absolute_mean_error": mae,
        "relative_mean_error": np.abs(percent).mean(),
    }
    return "two raters, normal errors", lambda rng: pair_statistics(*pairs(rng), OPTIONS), true


def heavy_tails() -> Scenario:
    """Differences of Student's t with 5 degrees, of the same SD."""
    sd = ERROR * np.sqrt(2)
    names = ("bias", "sd", "loa_lower", "loa_upper", "rmse")
    true = dict(zip(names, (BIAS, sd, BIAS - 1.96 * sd, BIAS + 1.96 * sd, np.hypot(BIAS, sd)),
                    strict=True))  # fmt: skip

    def draw(rng):
        first = rng.normal(-18, PATIENTS, N)
        errors = BIAS + sd * rng.standard_t(5, N) / np.sqrt(5 / 3)
        return [*bland_altman(first, first + errors), *error_sizes(first, first + errors)]

    return "heavy tails (t, 5 degrees)", draw, true


def bootstrapped() -> Scenario:
    sd = ERROR * np.sqrt(2)
    true = {
        "bias_bca": BIAS,
        "sd_bca": sd,
        "loa_lower_bca": BIAS - 1.96 * sd,
        "loa_upper_bca": BIAS + 1.96 * sd,
    }

    def draw(rng):
        return bootstrap_limits(*pairs(rng), seed=int(rng.integers(2**31)), resamples=999)

    return "two raters, normal errors, bootstrap of 999", draw, true


def against_truth() -> Scenario:
    """A method that shrinks strain by a tenth, against known strain."""

    def draw(rng):
        true = rng.normal(-18, PATIENTS, N)
        values = 0.9 * true - 1.2 + rng.normal(0, ERROR, N)
        exact = {"variance_ratio": np.inf}
        return [
            *proportional_bias(true, values, **exact),
            *deming(true, values, **exact),
            *passing_bablok(true, values, **exact),
            *regression_limits(true, values, **exact),
        ]

    true = {"proportional_slope": -0.1, "proportional_intercept": -1.2}
    true |= {"deming_slope": 0.9, "deming_intercept": -1.2, "passing_bablok_slope": 0.9}
    true |= {f"loa_{end}_slope": -0.1 for end in ("lower", "upper")}
    true |= {f"loa_{end}_intercept": -1.2 + sign * 1.96 * ERROR
             for end, sign in (("lower", -1), ("upper", 1))}  # fmt: skip
    return "method that shrinks, against truth", draw, true


def mean_of_readers() -> Scenario:
    """A method against the mean of three readers who err alike."""

    def draw(rng):
        true = rng.normal(-18, PATIENTS, N)
        mean = true + rng.normal(0, ERROR, (3, N)).mean(axis=0)
        method = true + BIAS + rng.normal(0, ERROR, N)
        return [
            *proportional_bias(mean, method, variance_ratio=3.0),
            *deming(mean, method, variance_ratio=3.0),
        ]

    true = {"proportional_slope": 0.0, "deming_slope": 1.0, "deming_intercept": BIAS}
    return "method, mean of 3 readers", draw, true


def uneven_spread() -> Scenario:
    """Errors that grow with the size of strain, SD 0.6 at -14 and 1.4 at -22, against truth."""

    def draw(rng):
        true = rng.uniform(-23, -13, N)
        values = true + BIAS + (-0.8 - 0.1 * true) * rng.normal(0, 1, N)
        lines = {"variance_ratio": np.inf}
        return [
            *regression_limits(true, values, **lines),
            *limits_at(true, values, [-18, -22], **lines),
        ]

    true = {}
    for end, sign in (("lower", -1), ("upper", 1)):
        slope, intercept = -0.1 * sign * 1.96, BIAS - 0.8 * sign * 1.96
        true |= {f"loa_{end}_slope": slope, f"loa_{end}_intercept": intercept}
        true |= {f"loa_{end}_at_{at}": intercept + slope * at for at in (-18, -22)}
    return "uneven spread, against truth", draw, true


def readers(count: int, repeats: int) -> Scenario:
    """Readers drawn at random, with biases, and a method that errs half as much again."""
    sds = {"patient": PATIENTS, "reader": 0.5, "both": 0.4, "error": ERROR}
    own = sds["both"] ** 2 + sds["error"] ** 2
    total = sds["patient"] ** 2 + sds["reader"] ** 2 + own
    true = {
        "icc_a1": sds["patient"] ** 2 / total,
        "icc_c1": sds["patient"] ** 2 / (total - sds["reader"] ** 2),
        "sem_agreement": np.sqrt(total - sds["patient"] ** 2),
        "variance_patient": sds["patient"] ** 2,
        "variance_reader": sds["reader"] ** 2,
        "variance_residual": sds["error"] ** 2 if repeats > 1 else own,
        "icc_a1_reml": sds["patient"] ** 2 / total,
        "icc_c1_reml": sds["patient"] ** 2 / (total - sds["reader"] ** 2),
        "reproducibility_sd": np.sqrt(total - sds["patient"] ** 2),
        "limits_with_mean": 1.96 * np.sqrt((1 - 1 / count) * (total - sds["patient"] ** 2)),
    }
    if repeats > 1:
        true |= {"variance_patient_reader": sds["both"] ** 2, "repeatability_sd": sds["error"]}

    def draw(rng):
        values = (
            rng.normal(-18, sds["patient"], (N, 1, 1))
            + rng.normal(0, sds["reader"], (1, count, 1))
            + rng.normal(0, sds["both"], (N, count, 1))
            + rng.normal(0, sds["error"], (N, count, repeats))
        )
        patient, reader, _ = np.indices(values.shape)
        return [
            *intraclass_correlations(values[:, :, 0]),
            *measurement_error(values[:, :, 0]),
            *limits_with_mean(values[:, :, 0]),
            *variance_components(patient.ravel(), reader.ravel(), values.ravel()),
        ]

    return f"{count} readers at random, {repeats} each", draw, true


def repeats() -> Scenario:
    """A rater's two readings: variation within patients; two raters' four: repeated limits."""
    large = np.random.default_rng(2)
    level = large.normal(-18, PATIENTS, (1_000_000, 1))
    table = level + large.normal(0, ERROR, (1_000_000, 2))
    cv = 100 * np.sqrt((table.var(axis=1, ddof=1) / table.mean(axis=1) ** 2).mean())
    sd = np.sqrt(2 * (ERROR**2 + 0.4**2))
    true = {"within_subject_cv": cv, "bias_repeated": BIAS, "sd_repeated": sd}
    true |= {f"loa_{end}_repeated": BIAS + sign * 1.96 * sd
             for end, sign in (("lower", -1), ("upper", 1))}  # fmt: skip

    def draw(rng):
        level = rng.normal(-18, PATIENTS, (N, 1))
        one, two = (
            level + shift + rng.normal(0, 0.4, (N, 1)) + rng.normal(0, ERROR, (N, 2))
            for shift in (0, BIAS)
        )
        again = level + rng.normal(0, ERROR, (N, 2))
        patients = np.repeat(np.arange(N), 2)
        limits = limits_true_value_constant(patients, one.ravel(), patients, two.ravel())
        return [*within_subject_cv(again), *limits]

    return "2 readings of each patient", draw, true


def replaced(count: int, bias: float) -> Scenario:
    """A method with error SD 1.5 times the readers'."""
    a, b = ERROR**2 * (1.5**2 + 1) + bias**2, 2 * ERROR**2
    true = {
        "equivalence_gamma": a - b,
        "equivalence_index": 2 * (a / b - 1),
        "disagreement_ratio": np.sqrt(a / b),
    }

    def draw(rng):
        level = rng.normal(-18, PATIENTS, (N, 1))
        method = (level + bias + rng.normal(0, 1.5 * ERROR, (N, 1)))[:, 0]
        return interchangeability(method, level + rng.normal(0, ERROR, (N, count)))

    return f"method in the place of {count} readers, bias {bias:g}", draw, true


def two_methods() -> Scenario:
    """Errors of two methods, correlated by 0.5."""
    factor = np.sqrt(2 / np.pi)
    true = {"mae_difference": factor * (1.5 - 1.0), "sd_ratio": 1.5}

    def draw(rng):
        shared = rng.normal(0, 1, N)
        errors = [scale * (np.sqrt(0.5) * shared + np.sqrt(0.5) * rng.normal(0, 1, N))
                  for scale in (1.0, 1.5)]  # fmt: skip
        return compare_errors(np.zeros(N), *errors)

    return "errors of two methods", draw, true


SCENARIOS = (
    normal_pairs,
    lambda: readers(2, 1),
    lambda: readers(3, 2),
    repeats,
    lambda: replaced(2, 0.0),
    lambda: replaced(3, BIAS),
    two_methods,
    against_truth,
    mean_of_readers,
    uneven_spread,
    heavy_tails,
    bootstrapped,
)


def covered(scenario: Scenario, draws: int, seed: int) -> list[dict]:
    """Of each statistic with a true value: share of intervals that hold it, and its mean."""
    name, draw, true = scenario
    hits_of = {key: [] for key in true}
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        for row in draw(rng):
            if (
                row["statistic"] in true
                and row["ci_low"] is not None
                and row["ci_high"] is not None
            ):
                hits_of[row["statistic"]].append(
                    [row[k] for k in ("estimate", "ci_low", "ci_high")]
                )
    rows = []
    for key, values in hits_of.items():
        if not values:
            raise SystemExit(f"coverage: {key} of '{name}' was never computed")
        estimate, low, high = np.array(values).T
        hits = (low <= true[key]) & (true[key] <= high)
        head = {"statistic": key, "study": name, "true": true[key], "draws": len(hits)}
        rows.append(head | {"median": np.median(estimate), "covered": 100 * hits.mean()})
    return rows


def lme4_agreement() -> str:
    """How many of the 500 designs have lme4's variance components."""
    sys.path.insert(0, str(ROOM / "tests" / "agreement"))
    tests = importlib.import_module("test_variability")
    worst, agreed, count = 0.0, 0, 0
    for expected, *readings in tests.lme4_designs():
        error, converged = tests.furthest_from_lme4(expected, *readings)
        count += 1
        if converged:
            agreed += error < 2e-4
            worst = max(worst, error)
    return (
        f"REML and lme4: {agreed} of {count} designs agree, furthest {worst:.1e} of the residual."
    )


def markdown(rows: list[dict], draws: int, comparison: str) -> str:
    """The table, and what stands under it."""
    lines = [
        f"{draws} studies of {N} patients a line, confidence 95 %.",
        "",
        "| study | statistic | true | median | covered, % |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        mark = "" if 93.5 <= row["covered"] <= 96.5 else " *"
        lines.append(
            f"| {row['study']} | `{row['statistic']}` | {row['true']:.3f} | {row['median']:.3f} | "
            f"{row['covered']:.1f}{mark} |"
        )
    return "\n".join([*lines, "", r"\* outside 93.5 to 96.5.", "", comparison])


def one_scenario(place: int, draws: int) -> list[dict]:
    """`covered` of one of SCENARIOS, said when done."""
    scenario = SCENARIOS[place]()
    rows = covered(scenario, draws, place)
    print(f"{scenario[0]}: done", file=sys.stderr, flush=True)
    return rows


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with ProcessPoolExecutor(max_workers=2) as pool:
        lme4 = pool.submit(lme4_agreement)
        results = pool.map(one_scenario, range(len(SCENARIOS)), repeat(draws))
        text = markdown([row for rows in results for row in rows], draws, lme4.result())
    print(text)
    if len(sys.argv) > 2:
        page = Path(sys.argv[2])
        before, rest = page.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
