"""Where the variance of readings comes from: patient, reader, both together, repeats.

From the long table, so that patients may miss a reader and readings may be repeated; the
model is in `reml`. Intervals are asymptotic: with two or three readers the reader variance
has hardly any, and its interval says so by its width.
"""

import numpy as np
import pandas as pd

from echogls.agreement.reml import Components, fit_components
from echogls.agreement.rows import (
    MIN_PAIRS,
    Row,
    check_fraction,
    constant,
    not_computed,
    statistic,
    z_quantile,
)
from echogls.study import StudyError

VARIANCE_NAMES = (
    "variance_patient",
    "variance_reader",
    "variance_patient_reader",
    "variance_residual",
)
UNBOUNDED = "the likelihood has no maximum: readings repeat or add up exactly"
NAMES = (*VARIANCE_NAMES, "icc_a1_reml", "icc_c1_reml", "repeatability_sd", "reproducibility_sd")


def variance_components(
    patients: np.ndarray, readers: np.ndarray, values: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """Variance components by REML, and the intraclass correlations that they imply.

    value = mean + patient + reader + patient x reader + residual (`reml.fit_components`);
    icc_a1_reml = patient / all four, icc_c1_reml = patient / (all four - reader): ICC(A,1) and
    ICC(C,1) of McGraw & Wong 1996 for one reading by one reader, also where data are
    unbalanced. repeatability_sd = sqrt(residual), reproducibility_sd = sqrt(reader +
    patient_reader + residual) (VIM 2012). Variances: the values' unit squared.

    What cannot be told apart is not computed: without repeats by the same reader, patient x
    reader is in the residual; with one reader, reader and patient x reader are in no row.

    Parameters
    ----------
    patients, readers, values : (N,), one a reading; a missing value is left out.

    Returns
    -------
    rows NAMES; n is the number of patients. Wald intervals on the log scale (variances, SDs)
    and on Fisher's scale (ICC); none for a variance estimated as zero.

    Example
    -------
    >>> rows = variance_components(np.repeat(np.arange(4), 2), np.tile(["a", "b"], 4),
    ...                            [-20.0, -19.0, -15.0, -15.5, -18.0, -17.0, -22.0, -20.0])
    >>> [row["statistic"] for row in rows if row["estimate"] is None]
    ['variance_patient_reader', 'repeatability_sd']
    """
    check_fraction("confidence", confidence)
    frame = _readings(patients, readers, values)
    n = frame["patient"].nunique()
    fitted, reason = _estimable(frame)
    if reason:
        return not_computed(NAMES, n, reason)
    found = fit_components(
        frame["patient"].to_numpy(),
        frame["reader"].to_numpy(),
        frame["value"].to_numpy(),
        fitted=fitted,
    )
    if not found.converged:
        return not_computed(NAMES, n, UNBOUNDED)
    return _rows(found, n, confidence)


def one_way_correlation(
    patients: np.ndarray, values: np.ndarray, *, confidence: float = 0.95
) -> list[Row]:
    """ICC(1) by REML: patient / (patient + residual), readers not told apart, any number each.

    Shrout & Fleiss' ICC(1,1) for unbalanced data, row `icc_1_reml`.

    Example
    -------
    >>> row = one_way_correlation([1, 1, 2, 2, 2, 3, 3], [1.0, 2.0, 4.0, 6.0, 5.0, 9.0, 9.5])[0]
    >>> 0.9 < row["estimate"] < 1
    True
    """
    check_fraction("confidence", confidence)
    frame = _readings(patients, np.zeros(np.shape(values)), values)
    n = frame["patient"].nunique()
    if n < MIN_PAIRS or len(frame) == n or constant(_within(frame), frame["value"]):
        reason = (
            f"fewer than {MIN_PAIRS} patients"
            if n < MIN_PAIRS
            else "no patient was read twice or readings are equal"
        )
        return not_computed(["icc_1_reml"], n, reason)
    found = fit_components(
        frame["patient"].to_numpy(),
        np.zeros(len(frame)),
        frame["value"].to_numpy(),
        fitted=("patient", "residual"),
    )
    if not found.converged:
        return not_computed(["icc_1_reml"], n, UNBOUNDED)
    parts = ("patient", "residual")
    return [_correlation("icc_1_reml", found, parts, n, confidence)]


def _rows(found: Components, n: int, confidence: float) -> list[Row]:
    variances, rows = found.variances, []
    for name in VARIANCE_NAMES:
        component = name.removeprefix("variance_")
        if component not in found.fitted:
            why = (
                "one reader only"
                if "reader" not in found.fitted
                else "no repeats by the same reader: it is in the residual"
            )
            rows += not_computed([name], n, why)
            continue
        value, where = variances[component], found.fitted.index(component)
        error = np.sqrt(max(0.0, found.covariance[where, where]))
        interval: tuple = (None, None)
        if value > 0 and error > 0:
            with np.errstate(over="ignore"):  # an end that is infinite comes out empty
                reach = np.exp(z_quantile(confidence) * error / value)
            interval = (value / reach, value * reach)
        rows.append(statistic(name, value, n, "REML, Wald on the log scale", interval))
    if "reader" in found.fitted:
        consistent = tuple(part for part in found.fitted if part != "reader")
        rows.append(_correlation("icc_a1_reml", found, found.fitted, n, confidence))
        rows.append(_correlation("icc_c1_reml", found, consistent, n, confidence))
    else:
        rows += not_computed(["icc_a1_reml", "icc_c1_reml"], n, "one reader only")
    repeats = "reader" not in found.fitted or "patient_reader" in found.fitted
    if repeats:
        rows.append(_deviation("repeatability_sd", found, ("residual",), n, confidence))
    else:
        rows += not_computed(["repeatability_sd"], n, "no repeats by the same reader")
    if "reader" in found.fitted:
        apart = tuple(part for part in found.fitted if part != "patient")
        rows.append(_deviation("reproducibility_sd", found, apart, n, confidence))
    else:
        rows += not_computed(["reproducibility_sd"], n, "one reader only")
    return rows


def _deviation(
    name: str, found: Components, parts: tuple[str, ...], n: int, confidence: float
) -> Row:
    """The root of a sum of variances, with the delta method on its logarithm."""
    total = sum(found.variances[part] for part in parts)
    summed = np.array([float(part in parts) for part in found.fitted])
    error = np.sqrt(max(0.0, summed @ found.covariance @ summed))
    with np.errstate(over="ignore"):  # an end that is infinite comes out empty
        reach = np.exp(z_quantile(confidence) * error / total / 2)
    ends = (np.sqrt(total) / reach, np.sqrt(total) * reach) if error > 0 else (None, None)
    return statistic(name, np.sqrt(total), n, "REML, Wald on the log scale", ends)


def _correlation(
    name: str, found: Components, parts: tuple[str, ...], n: int, confidence: float
) -> Row:
    """patient / sum of parts, with the delta method on Fisher's scale."""
    total = sum(found.variances[part] for part in parts)
    icc = found.variances["patient"] / total
    gradient = np.array(
        [((part == "patient") - icc) / total if part in parts else 0.0 for part in found.fitted]
    )
    error = np.sqrt(max(0.0, gradient @ found.covariance @ gradient))
    if not 0 < icc < 1 or error == 0:
        return statistic(name, icc, n, "REML; no interval at the edge")
    reach = z_quantile(confidence) * error / (1 - icc**2)
    ends = np.tanh([np.arctanh(icc) - reach, np.arctanh(icc) + reach])
    return statistic(name, icc, n, "REML, delta method on Fisher z", tuple(ends))


def _readings(patients: np.ndarray, readers: np.ndarray, values: np.ndarray) -> pd.DataFrame:
    shapes = {np.shape(patients), np.shape(readers), np.shape(values)}
    if len(shapes) != 1:
        raise StudyError(f"agreement: patients, readers and values of {shapes}; expected equal")
    frame = pd.DataFrame(
        {"patient": patients, "reader": readers, "value": np.asarray(values, float)}
    )
    return frame.dropna(subset="value").reset_index(drop=True)


def _estimable(frame: pd.DataFrame) -> tuple[tuple[str, ...], str | None]:
    """Which components the pattern of readings can tell apart, or why none."""
    if frame["patient"].nunique() < MIN_PAIRS:
        return (), f"fewer than {MIN_PAIRS} patients"
    per_patient = frame.groupby("patient")
    if (per_patient.size() < 2).all():
        return (), "no patient was read twice"
    if constant(_within(frame), frame["value"]):
        return (), "all readings of a patient are equal"
    repeated = len(frame) > len(frame.drop_duplicates(["patient", "reader"]))
    several = frame["reader"].nunique() > 1 and (per_patient["reader"].nunique() > 1).any()
    if not several:
        return ("patient", "residual"), None
    if not repeated:
        return ("patient", "reader", "residual"), None
    return ("patient", "reader", "patient_reader", "residual"), None


def _within(frame: pd.DataFrame) -> np.ndarray:
    return (frame["value"] - frame.groupby("patient")["value"].transform("mean")).to_numpy()
