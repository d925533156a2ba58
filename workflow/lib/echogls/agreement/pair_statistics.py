"""Everything that is said about two raters of the same patients."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from echogls.agreement.against_truth import error_sizes
from echogls.agreement.bland_altman import (
    MULTIPLIER,
    bland_altman,
    bland_altman_percent,
    bland_altman_ratio,
)
from echogls.agreement.bland_altman_assumptions import (
    BOOTSTRAP_NAMES,
    bootstrap_limits,
    breusch_pagan,
    proportional_bias,
    shapiro_wilk,
)
from echogls.agreement.concordance import (
    concordance_correlation,
    coverage_probability,
    total_deviation_index,
)
from echogls.agreement.equivalence import EQUIVALENCE_NAMES, equivalence, paired_tests
from echogls.agreement.passing_bablok import passing_bablok
from echogls.agreement.percentiles import percentile_limits
from echogls.agreement.precision import precision_rows
from echogls.agreement.regression import deming, pearson, spearman
from echogls.agreement.regression_limits import limits_at, regression_limits
from echogls.agreement.reliability import ERROR_NAMES as SEM_NAMES
from echogls.agreement.reliability import intraclass_correlations, measurement_error
from echogls.agreement.repeatability import relative_mean_error, within_subject_cv
from echogls.agreement.repeated import limits_true_value_constant, limits_true_value_varying
from echogls.agreement.rows import FEW, MIN_PAIRS, Row, not_computed
from echogls.agreement.tolerance import (
    MARGIN_NAME,
    limits_within,
    patients_outside,
    tolerance_limits,
)
from echogls.agreement.variability import variance_components
from echogls.study import StudyError

TRUE_VALUES = ("constant", "varying")


@dataclass(frozen=True)
class Options:
    """What a study sets for its statistics; units are the measure's."""

    confidence: float = 0.95
    multiplier: float = MULTIPLIER  # SDs from bias to limit
    margin: float | None = None  # of equivalence; no TOST without one
    limit_margin: float | None = None  # within which both limits are to lie; no test without
    within: float | None = None  # bound of coverage probability; none without
    limit_width: float | None = None  # wanted width of a limit's interval; none without
    variance_ratio: float = 1.0  # error variance of a method over that of a reader
    even_spread: bool = False  # limits as lines: the spread does not go with the level
    levels: tuple[float, ...] = ()  # at which those limits are told
    true_value: str = "constant"  # between repeats of a patient, or "varying" with paired repeats
    resamples: int = 0  # of the bootstrap; 0: none
    seed: int = 0

    def __post_init__(self):
        if self.true_value not in TRUE_VALUES:
            raise StudyError(
                f"agreement: true_value '{self.true_value}'; expected {' or '.join(TRUE_VALUES)}"
            )


def pair_statistics(
    first: np.ndarray,
    second: np.ndarray,
    options: Options,
    *,
    variance_ratio: float | None = None,
    alike: bool = True,
) -> list[Row]:
    """Everything about one reading each by two raters (N,), NaN where one is missing.

    Formulas and sources are with the functions that it calls. What the options do not ask for
    is a row without estimate that says which of them would.

    Parameters
    ----------
    variance_ratio : error variance of the second over that of the first, infinite where the
        first is known without error; by default that of the options.
    alike : whether both are of one kind (two readers, two methods, repeats).

    Example
    -------
    >>> rows = pair_statistics([-20.0, -18.0, -16.0], [-19.0, -18.5, -14.0], Options())
    >>> rows[0]["statistic"], round(rows[0]["estimate"], 3)
    ('bias', 0.833)
    """
    confidence, multiplier = options.confidence, options.multiplier
    ratio = options.variance_ratio if variance_ratio is None else variance_ratio
    table = np.column_stack([first, second])
    lines = {"even": options.even_spread, "variance_ratio": ratio}
    lines |= {"multiplier": multiplier, "confidence": confidence}
    rows = [
        *bland_altman(first, second, multiplier=multiplier, confidence=confidence),
        *bland_altman_percent(first, second, multiplier=multiplier, confidence=confidence),
        *bland_altman_ratio(first, second, multiplier=multiplier, confidence=confidence),
        *percentile_limits(first, second, confidence=confidence),
        *patients_outside(first, second, multiplier=multiplier, confidence=confidence),
        *tolerance_limits(first, second, confidence=confidence),
        *proportional_bias(first, second, variance_ratio=ratio, confidence=confidence),
        *breusch_pagan(first, second, variance_ratio=ratio),
        *regression_limits(first, second, **lines),
        *limits_at(first, second, options.levels, **lines),
        *shapiro_wilk(first, second),
        *error_sizes(first, second, confidence=confidence),
        *pearson(first, second, confidence=confidence),
        *spearman(first, second, confidence=confidence),
        *deming(first, second, variance_ratio=ratio, confidence=confidence),
        *passing_bablok(first, second, variance_ratio=ratio, confidence=confidence),
        *intraclass_correlations(table, confidence=confidence),
        *_shared_error(table, ratio, alike, confidence),
        *concordance_correlation(first, second, confidence=confidence),
        *total_deviation_index(first, second, confidence=confidence),
        *relative_mean_error(first, second, confidence=confidence),
        *paired_tests(first, second),
    ]
    rows += precision_rows(
        first,
        second,
        width=options.limit_width,
        margin=options.limit_margin,
        multiplier=multiplier,
        confidence=confidence,
    )
    n = rows[0]["n"]
    if options.limit_margin is None:
        rows += not_computed([MARGIN_NAME], n, "no margin of limits (agreement.limit_margin)")
    else:
        rows += limits_within(first, second, margin=options.limit_margin, multiplier=multiplier)
    if options.within is None:
        rows += not_computed(["coverage_probability"], n, "no bound (agreement.within)")
    else:
        rows += coverage_probability(first, second, within=options.within, confidence=confidence)
    if options.margin is None:
        rows += not_computed(EQUIVALENCE_NAMES, n, "no margin set beforehand (agreement.margin)")
    else:
        rows += equivalence(first, second, margin=options.margin)
    if not options.resamples:
        rows += not_computed(BOOTSTRAP_NAMES, n, "no resamples asked for (agreement.resamples)")
    else:
        rows += bootstrap_limits(
            first,
            second,
            seed=options.seed,
            resamples=options.resamples,
            multiplier=multiplier,
            confidence=confidence,
        )
    return rows


def limits_and_errors(
    first: np.ndarray,
    second: np.ndarray,
    *,
    multiplier: float = MULTIPLIER,
    confidence: float = 0.95,
) -> list[Row]:
    """Bias, SD, limits and sizes of errors: what is told of subgroups and definitions.

    Example
    -------
    >>> rows = limits_and_errors([-20.0, -18.0, -16.0], [-19.0, -18.5, -14.0])
    >>> rows[0]["statistic"], rows[-1]["statistic"]
    ('bias', 'rmse')
    """
    return [
        *bland_altman(first, second, multiplier=multiplier, confidence=confidence),
        *error_sizes(first, second, confidence=confidence),
    ]


def _shared_error(table: np.ndarray, ratio: float, alike: bool, confidence: float) -> list[Row]:
    """What splits an error between both raters, which a reference without error has no part in."""
    if np.isinf(ratio):
        n = int((~np.isnan(table).any(axis=1)).sum())
        names = (*SEM_NAMES, "within_subject_cv")
        return not_computed(names, n, "the reference has no error: see sd, the other's own")
    return [
        *measurement_error(table, alike=alike, confidence=confidence),
        *within_subject_cv(table, alike=alike, confidence=confidence),
    ]


def repeated_statistics(first: pd.DataFrame, second: pd.DataFrame, options: Options) -> list[Row]:
    """Limits and concordance from all readings of both raters: tables (patients, repeats), NaN
    where none."""
    width = {"multiplier": options.multiplier, "confidence": options.confidence}
    ones, twos = first.stack(), second.stack()
    if options.true_value == "varying":
        both = pd.concat([ones, twos], axis=1, join="inner")
        limits = limits_true_value_varying(
            both.index.get_level_values("patient"), *both.to_numpy().T, **width
        )
        n = limits[0]["n"]
        return limits + not_computed(["ccc_repeated"], n, "the true value varies between readings")
    patients = [values.index.get_level_values("patient") for values in (ones, twos)]
    limits = limits_true_value_constant(
        patients[0], ones.to_numpy(), patients[1], twos.to_numpy(), **width
    )
    return [*limits, repeated_concordance(first, second, confidence=options.confidence)]


def repeated_concordance(
    first: pd.DataFrame, second: pd.DataFrame, *, confidence: float = 0.95
) -> Row:
    """Concordance of single readings by two raters from all their readings, row ccc_repeated.

    patient / (patient + rater + patient x rater + residual) by REML (Carrasco & Jover 2003,
    Biometrics 59:849; repeated readings: Carrasco, King & Chinchilli 2009, J Biopharm Stat
    19:90), interval as of `variance_components`.

    When and how: as `ccc`, where raters read patients several times.

    Example
    -------
    >>> first = pd.DataFrame([[1.0, 1.2], [2.0, 2.1], [4.0, 3.8]])
    >>> round(repeated_concordance(first, first + 0.1)["estimate"], 3)
    0.993
    """
    tables = [table.rename_axis("patient").stack() for table in (first, second)]
    patients = [table.index.get_level_values("patient").to_numpy() for table in tables]
    common = np.intersect1d(*patients)
    kept = [np.isin(each, common) for each in patients]
    n, repeated = len(common), sum(int(each.sum()) for each in kept) > 2 * len(common)
    if n < MIN_PAIRS or not repeated:
        why = FEW if n < MIN_PAIRS else "no patient was read twice"
        return not_computed(["ccc_repeated"], n, why)[0]
    rows = variance_components(
        np.concatenate([each[keep] for each, keep in zip(patients, kept, strict=True)]),
        np.repeat([0, 1], [keep.sum() for keep in kept]),
        np.concatenate([table.to_numpy()[keep] for table, keep in zip(tables, kept, strict=True)]),
        confidence=confidence,
    )
    row = next(row for row in rows if row["statistic"] == "icc_a1_reml")
    method = row["method"] if row["estimate"] is None else f"{row['method']} (Carrasco 2003, 2009)"
    return row | {"statistic": "ccc_repeated", "method": method}
